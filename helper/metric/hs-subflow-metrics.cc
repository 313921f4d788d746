// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-subflow-metrics.h"

#include "ns3/hs-metric-readers.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using S = SubflowFigures;

bool
KnowsLane(const S& f)
{
    return f.source == Insight::Full;
}

/// What a kernel tells, too.
bool
TellsLane(const S& f)
{
    return f.source == Insight::Full || f.source == Insight::Kernel;
}

bool
CountsTimeouts(const S& f)
{
    return f.source == Insight::Full || (f.source == Insight::Kernel && f.countsTimeouts);
}

bool
KnowsOneLane(const S& f)
{
    return TellsLane(f) && f.isOne && f.isOpen;
}

bool
IsOpenLane(const S& f)
{
    return f.isOpen && f.source != Insight::Kernel;
}

MetricTable<S>
MakeSubflowTable()
{
    MetricTable<S> table{
        {"share",
         U::Share,
         kMeasuredRate,
         "of the bytes received, those that came over this link first",
         [](const S& f) {
             return f.counts.allBytes > 0 ? Value(Plain(f.counts.bytes) / Plain(f.counts.allBytes))
                                          : Value();
         }},
        {"bytes",
         U::Bytes,
         kMeasuredCount,
         "the same in bytes",
         [](const S& f) { return Value(Plain(f.counts.bytes)); }},
        {"goodput",
         U::BitsPerSecond,
         kMeasuredRate,
         "the same per time",
         [](const S& f) { return PerTime(f.counts.bytes, f.elapsed); }},
        {"bytes-sent",
         U::Bytes,
         kMeasuredCount,
         "bytes of the stream handed to it, copies included",
         [](const S& f) { return Value(Plain(f.counts.bytesSent)); },
         TellsLane},
        {"data-segments",
         U::Count,
         kMeasuredCount,
         "segments with data sent, retransmissions included",
         [](const S& f) { return Value(Plain(f.counts.sent.dataSegmentsSent)); },
         TellsLane},
        {"retransmits",
         U::Count,
         kMeasuredCount,
         "segments sent again on the same subflow, SYNs included",
         [](const S& f) { return Value(Plain(f.counts.sent.retransmissions)); },
         TellsLane},
        {"timeouts",
         U::Count,
         kMeasuredCount,
         "retransmission time-outs, also of SYNs",
         [](const S& f) { return Value(Plain(f.counts.sent.timeouts)); },
         CountsTimeouts},
        {"cwnd.max",
         U::Count,
         kMeasuredOnly,
         "largest congestion window, segments",
         [](const S& f) { return f.isOpen ? Value(Plain(f.counts.sent.cwndMost)) : Value(); },
         TellsLane},
        {"rtt.min",
         U::Seconds,
         kMeasuredOnly,
         "round-trip time measured by the sender (the samples of its estimator), least",
         [](const S& f) { return RttLeast(f.counts.sent); },
         TellsLane},
        {"rtt.mean",
         U::Seconds,
         kMeasuredRate,
         "round-trip time measured by the sender, mean of the samples of its estimator",
         [](const S& f) { return RttMean(f.counts.sent); },
         KnowsLane},
        {"rtt.max",
         U::Seconds,
         kMeasuredOnly,
         "the same, most",
         [](const S& f) { return RttMost(f.counts.sent); },
         KnowsLane},
        {"srtt",
         U::Seconds,
         kSeriesState,
         "smoothed round-trip time",
         [](const S& f) { return SrttNow(f.counts.sent); },
         KnowsOneLane},
        {"cwnd",
         U::Count,
         kSeriesState,
         "congestion window, segments; sum of the open subflows there",
         [](const S& f) { return Value(Plain(f.counts.sent.cwnd)); },
         KnowsOneLane},
        {"in-flight",
         U::Count,
         kSeriesState,
         "segments in flight",
         [](const S& f) { return Value(Plain(f.counts.sent.inFlight)); },
         KnowsOneLane},
        {"send-queue",
         U::Bytes,
         kSeriesState,
         "bytes handed to it and not yet acknowledged",
         [](const S& f) { return Value(Plain(f.counts.sent.sendQueue)); },
         KnowsOneLane},
    };
    static const auto held = +[](const S& f) -> const HoldTimes& { return f.counts.held; };
    AppendHoldRows<S>(held, KnowsLane, table);
    AppendEndings<S>(IsOpenLane, table);
    return table;
}

} // namespace

SubflowCounts
Between(const SubflowCounts& from, const SubflowCounts& to)
{
    SubflowCounts c = to;
    c.bytes -= from.bytes;
    c.allBytes -= from.allBytes;
    c.bytesSent -= from.bytesSent;
    SubtractCounts(c.sent, from.sent);
    c.held = Difference(to.held, from.held);
    return c;
}

const MetricTable<SubflowFigures>&
SubflowMetricTable()
{
    static const auto table = MakeSubflowTable();
    return table;
}

} // namespace hoststack
