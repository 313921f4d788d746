// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-metrics.h"

#include "ns3/hs-metric-readers.h"
#include "ns3/hs-times-rows.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;
using F = TrafficFigures;

constexpr MetricUse kSeriesTotal{InSeries::Total, true, true};

Value
Seconds(const std::optional<TimeNs>& time)
{
    return time ? Value(ToSeconds(*time)) : Value();
}

// What can be said of a traffic depends on what is known of its ends.

bool
KnowsSource(const F& f)
{
    return f.source == Insight::Full;
}

bool
SeesSource(const F& f)
{
    return f.source != Insight::None;
}

/// A kernel gives no mean of its samples, only the least.
bool
SamplesSource(const F& f)
{
    return f.source == Insight::Foreign || f.source == Insight::Full;
}

bool
CountsTimeouts(const F& f)
{
    return f.source == Insight::Full || (f.source == Insight::Kernel && f.countsTimeouts);
}

bool
KnowsSink(const F& f)
{
    return f.sink == Insight::Full;
}

bool
SeesSink(const F& f)
{
    return f.sink != Insight::None;
}

/// States of a socket, which a kernel tells, too.
bool
KnowsOneSource(const F& f)
{
    return (f.source == Insight::Full || f.source == Insight::Kernel) && f.isOne;
}

bool
KnowsOneSink(const F& f)
{
    return (f.sink == Insight::Full || f.sink == Insight::Kernel) && f.isOne;
}

bool
IsMultipath(const F& f)
{
    const bool isKnown = f.source != Insight::None || f.sink != Insight::None;
    return f.isMultipath && (isKnown || !f.isLive);
}

bool
CountsReinjections(const F& f)
{
    return f.isMultipath &&
           (f.source == Insight::Full || (f.source == Insight::Kernel && f.countsReinjections));
}

bool
KnowsMultipathSource(const F& f)
{
    return f.isMultipath && f.source == Insight::Full;
}

bool
KnowsMultipathSink(const F& f)
{
    return f.isMultipath && f.sink == Insight::Full;
}

bool
HasContent(const F& f)
{
    return f.hasContent;
}

bool
IsExchange(const F& f)
{
    return f.isExchange;
}

bool
IsBothWays(const F& f)
{
    return f.isBothWays;
}

bool
CanTellResumption(const F& f)
{
    return f.resumptions.has_value();
}

template <auto member>
Value
Sent(const F& f)
{
    return Plain(f.counts.sent.*member);
}

template <auto member>
Value
Received(const F& f)
{
    return Plain(f.counts.received.*member);
}

template <auto member>
Value
SentNow(const F& f)
{
    return Plain(f.counts.sent.*member);
}

template <auto member>
Value
ReceivedNow(const F& f)
{
    return Plain(f.counts.received.*member);
}

template <auto member>
Value
LeftBy(const F& f)
{
    return Plain(f.counts.sent.outputs.*member);
}

bool
HasWaysOut(const F& f)
{
    const auto& outputs = f.counts.sent.outputs;
    return KnowsSource(f) && outputs.full + outputs.fast + outputs.fastRepairs > 0;
}

template <std::uint64_t TrafficCounts::*member>
Value
Counted(const F& f)
{
    return Plain(f.counts.*member);
}

MetricTable<F>
MakeTrafficTable()
{
    MetricTable<F> table{
        {"goodput",
         U::BitsPerSecond,
         kMeasuredRate,
         "bytes read by the receiver per time, from the connect call (of datagrams: the start) to "
         "the last read (or the end)",
         [](const F& f) { return PerTime(f.counts.bytesRead, f.elapsed); }},
        {"bytes",
         U::Bytes,
         kMeasuredCount,
         "bytes read by the receiving application",
         Counted<&TrafficCounts::bytesRead>},
        {"back.goodput",
         U::BitsPerSecond,
         kMeasuredRate,
         "both-ways: the same in the other direction, from `to` to `from`",
         [](const F& f) { return PerTime(f.counts.bytesBack, f.elapsedBack.value_or(f.elapsed)); },
         IsBothWays},
        {"back.bytes",
         U::Bytes,
         kMeasuredCount,
         "both-ways: bytes read by `from`",
         Counted<&TrafficCounts::bytesBack>,
         IsBothWays},
        {"completed",
         U::Count,
         kSeriesTotal,
         "connections that delivered all they had to",
         [](const F& f) { return Value(Plain(f.completed)); }},
        {"completion",
         U::Seconds,
         kOfWholeRun,
         "from the connect call to the last byte read; with several connections the last one's, if "
         "all are complete",
         [](const F& f) { return Seconds(f.completion); }},
    };
    AppendTimes(
        {"completion.min",
         "completion.mean",
         "completion.p50",
         "completion.p95",
         "completion.p99",
         "completion.max"},
        kOfWholeRun,
        "the same of each connection that is complete, shortest",
        [](const F& f) -> const std::vector<TimeNs>& { return f.completions; },
        nullptr,
        table);
    const MetricTable<F> reading{
        {"connect",
         U::Seconds,
         kOfWholeRun,
         "from the connect call to the end of the handshake; with several connections the last "
         "one's",
         [](const F& f) { return Seconds(f.connect); }},
        {"first-byte",
         U::Seconds,
         kOfWholeRun,
         "from the connect call to the first byte read",
         [](const F& f) { return Seconds(f.firstByte); }},
        {"read-gap.max",
         U::Seconds,
         kOfWholeRun,
         "longest time between two reads that gave data",
         [](const F& f) { return Seconds(f.longestGap); }},
        {"reads", U::Count, kMeasuredCount, "reads that gave data", Counted<&TrafficCounts::reads>},
        {"content-errors",
         U::Count,
         kOfWholeRun,
         "live and with run.content: connections on which an end read a byte that the other end "
         "had not written there",
         [](const F& f) { return Value(Plain(f.contentErrors)); },
         HasContent},
        {"content-error-at",
         U::Bytes,
         kOfWholeRun,
         "the same: where in the stream the first of them was",
         [](const F& f) {
             return f.contentErrorAt >= 0 ? Value(static_cast<double>(f.contentErrorAt)) : Value();
         },
         HasContent},
        {"resume.count",
         U::Count,
         kMeasuredOnly,
         "times a read opened a window that it had found closed (less than a segment left)",
         [](const F& f) { return Value(Plain(f.resumptions->size())); },
         CanTellResumption},
    };
    table.insert(table.end(), reading.begin(), reading.end());
    AppendTimes(
        {"resume.min", "resume.mean", "resume.p50", "resume.p95", "resume.p99", "resume.max"},
        kMeasuredOnly,
        "from the end of such a read until a segment beyond the closed window has arrived, "
        "shortest",
        [](const F& f) -> const std::vector<TimeNs>& { return *f.resumptions; },
        CanTellResumption,
        table);
    table.push_back({"requests",
                     U::Count,
                     kMeasuredOnly,
                     "request-response: answers that arrived completely",
                     [](const F& f) { return Value(Plain(f.responses.size())); },
                     IsExchange});
    AppendTimes(
        {"response.min",
         "response.mean",
         "response.p50",
         "response.p95",
         "response.p99",
         "response.max"},
        kMeasuredOnly,
        "request-response: from question to complete answer, shortest",
        [](const F& f) -> const std::vector<TimeNs>& { return f.responses; },
        IsExchange,
        table);
    using I = tcp::Info;
    const MetricTable<F> sending{
        {"data-segments",
         U::Count,
         kMeasuredCount,
         "segments with data sent, retransmissions included",
         Sent<&I::dataSegmentsSent>,
         SeesSource},
        {"retransmits",
         U::Count,
         kMeasuredCount,
         "segments sent again, SYNs included",
         Sent<&I::retransmissions>,
         SeesSource},
        {"retransmitted-bytes",
         U::Bytes,
         kMeasuredCount,
         "bytes sent again",
         Sent<&I::bytesRetransmitted>,
         SeesSource},
        {"timeouts",
         U::Count,
         kMeasuredCount,
         "retransmission time-outs, also of SYNs",
         Sent<&I::timeouts>,
         CountsTimeouts},
        {"fast-recoveries",
         U::Count,
         kMeasuredCount,
         "times the sender entered fast recovery",
         Sent<&I::fastRecoveries>,
         KnowsSource},
        {"loss-probes",
         U::Count,
         kMeasuredCount,
         "tail loss probes sent",
         Sent<&I::lossProbes>,
         KnowsSource},
        {"outputs.full",
         U::Count,
         kMeasuredCount,
         "bursts that took the whole way through a FreeBSD stack that has a fast one",
         LeftBy<&OutputCounts::full>,
         HasWaysOut},
        {"outputs.fast",
         U::Count,
         kMeasuredCount,
         "bursts that took its fast output",
         LeftBy<&OutputCounts::fast>,
         HasWaysOut},
        {"outputs.fast-repairs",
         U::Count,
         kMeasuredCount,
         "segments sent again by its fast retransmission",
         LeftBy<&OutputCounts::fastRepairs>,
         HasWaysOut},
        {"undos",
         U::Count,
         kMeasuredCount,
         "reductions of the window taken back as spurious",
         Sent<&I::undos>,
         KnowsSource},
        {"acks",
         U::Count,
         kMeasuredCount,
         "pure ACKs sent by the receiver",
         Received<&I::pureAcksSent>,
         SeesSink},
        {"duplicate-acks",
         U::Count,
         kMeasuredCount,
         "duplicate ACKs that reached the sender",
         Sent<&I::duplicateAcks>,
         KnowsSource},
        {"window-updates",
         U::Count,
         kMeasuredCount,
         "ACKs the receiver sent only to open its window",
         Received<&I::windowUpdates>,
         KnowsSink},
        {"zero-window.count",
         U::Count,
         kMeasuredCount,
         "times the receiver closed its window to zero",
         Received<&I::zeroWindowsSent>,
         KnowsSink},
        {"zero-window.probes",
         U::Count,
         kMeasuredCount,
         "probes of a closed window",
         Sent<&I::zeroWindowProbes>,
         KnowsSource},
        {"rtt.min",
         U::Seconds,
         kMeasuredOnly,
         "round-trip time measured by the sender (the samples of its estimator), least",
         [](const F& f) { return RttLeast(f.counts.sent); },
         SeesSource},
        {"rtt.mean",
         U::Seconds,
         kMeasuredRate,
         "round-trip time measured by the sender, mean of the samples of its estimator",
         [](const F& f) { return RttMean(f.counts.sent); },
         SamplesSource},
        {"rtt.max",
         U::Seconds,
         kMeasuredOnly,
         "the same, most",
         [](const F& f) { return RttMost(f.counts.sent); },
         SamplesSource},
        {"srtt",
         U::Seconds,
         kSeriesState,
         "smoothed round-trip time; multipath: the least of the open subflows",
         [](const F& f) { return SrttNow(f.counts.sent); },
         KnowsOneSource},
        {"cwnd.max",
         U::Count,
         kMeasuredOnly,
         "largest congestion window, segments; multipath: of all open subflows together, seen "
         "every "
         "10 ms, and at least that of one",
         [](const F& f) { return Value(f.cwndMax); },
         SeesSource},
        {"cwnd",
         U::Count,
         kSeriesState,
         "congestion window, segments; multipath: sum of the open subflows",
         SentNow<&I::cwnd>,
         KnowsOneSource},
        {"ssthresh",
         U::Count,
         kSeriesState,
         "slow-start threshold, segments",
         SentNow<&I::ssthresh>,
         KnowsOneSource},
        {"in-flight",
         U::Count,
         kSeriesState,
         "segments in flight",
         SentNow<&I::inFlight>,
         KnowsOneSource},
        {"peer-window",
         U::Bytes,
         kSeriesState,
         "window that the receiver announced last",
         SentNow<&I::sendWindow>,
         KnowsOneSource},
        {"send-queue",
         U::Bytes,
         kSeriesState,
         "bytes written and not yet acknowledged",
         SentNow<&I::sendQueue>,
         KnowsOneSource},
        {"receive-buffer",
         U::Bytes,
         kSeriesState,
         "the receiver's buffer (sk_rcvbuf)",
         ReceivedNow<&I::receiveBuffer>,
         KnowsOneSink},
        {"receive-memory",
         U::Bytes,
         kSeriesState,
         "memory in use of it (sk_rmem_alloc)",
         ReceivedNow<&I::receiveMemory>,
         KnowsOneSink},
    };
    table.insert(table.end(), sending.begin(), sending.end());
    static const auto held = +[](const F& f) -> const HoldTimes& { return f.counts.held; };
    AppendHoldRows<F>(
        held,
        [](const F& f) { return KnowsSource(f) || f.isUnanswered; },
        table);
    AppendEndings<F>(
        [](const F& f) { return f.source == Insight::Full || f.sink == Insight::Full; },
        table);
    const MetricTable<F> multipath{
        {"fallbacks",
         U::Count,
         kOfWholeRun,
         "multipath: connections of which either end went on as plain TCP",
         [](const F& f) { return Value(Plain(f.fallbacks)); },
         IsMultipath},
        {"subflow-count",
         U::Count,
         kOfWholeRun,
         "multipath: subflows that the sending end ever had, refused joins left out",
         [](const F& f) { return Value(Plain(f.subflowCount)); },
         IsMultipath},
        {"reinjected-bytes",
         U::Bytes,
         kMeasuredCount,
         "multipath: bytes handed to a subflow again",
         Counted<&TrafficCounts::reinjectedBytes>,
         CountsReinjections},
        {"duplicate-bytes",
         U::Bytes,
         kMeasuredCount,
         "multipath: bytes that arrived more than once",
         Counted<&TrafficCounts::duplicateBytes>,
         KnowsMultipathSink},
        {"data-timeouts",
         U::Count,
         kMeasuredCount,
         "multipath: data-level retransmission time-outs",
         Counted<&TrafficCounts::dataTimeouts>,
         KnowsMultipathSource},
        {"stale-subflows",
         U::Count,
         kMeasuredCount,
         "multipath: times a subflow was found stale",
         Counted<&TrafficCounts::staleSubflows>,
         KnowsMultipathSource},
        {"push-spins",
         U::Count,
         kMeasuredCount,
         "multipath: writes whose push loop went round without sending",
         Counted<&TrafficCounts::pushSpins>,
         KnowsMultipathSource},
    };
    table.insert(table.end(), multipath.begin(), multipath.end());
    AppendWakeRows<F>(
        {"receiver.wake-ups",
         "receiver.wake-ups.idle",
         "receiver.wake-ups.idle.rate",
         "receiver.wake-ups.idle.cpu"},
        [](const F& f) -> const WakeCounts& { return f.counts.receiverWakes; },
        [](const F& f) { return f.hasReceiverThread; },
        table);
    AppendWakeRows<F>(
        {"sender.wake-ups",
         "sender.wake-ups.idle",
         "sender.wake-ups.idle.rate",
         "sender.wake-ups.idle.cpu"},
        [](const F& f) -> const WakeCounts& { return f.counts.senderWakes; },
        [](const F& f) { return f.hasSenderThread; },
        table);
    return table;
}

} // namespace

const MetricTable<TrafficFigures>&
TrafficMetricTable()
{
    static const auto table = MakeTrafficTable();
    return table;
}

} // namespace hoststack
