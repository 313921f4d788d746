// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-nic-metrics.h"

#include <array>
#include <string>

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;
using F = NicFigures;

template <std::uint64_t F::*field>
Value
Count(const F& f)
{
    return static_cast<double>(f.*field);
}

template <std::uint64_t NicSendFigures::*field>
Value
Sent(const F& f)
{
    return f.sent ? Value(static_cast<double>((*f.sent).*field)) : Value();
}

template <std::uint64_t ReceiveAggregates::Counters::*field>
Value
Aggregated(const F& f)
{
    return f.aggregates ? Value(static_cast<double>((*f.aggregates).*field)) : Value();
}

/// What a modem adds that hands over aggregates.
void
AddAggregates(MetricTable<F>& table)
{
    using C = ReceiveAggregates::Counters;
    const MetricTable<F> aggregates{
        {"aggregates",
         U::Count,
         kOfWholeRun,
         "aggregates of a modem that came into a buffer (`aggregate-bytes`)",
         Aggregated<&C::transfers>},
        {"aggregates.too-long",
         U::Count,
         kOfWholeRun,
         "of them, longer than the buffer: lost whole",
         Aggregated<&C::tooLong>},
        {"aggregates.lost-packets",
         U::Count,
         kOfWholeRun,
         "packets in these, and those for whose copy there was no memory",
         Aggregated<&C::lost>},
        {"buffers.failures",
         U::Count,
         kOfWholeRun,
         "times that the driver got no memory for another buffer",
         Aggregated<&C::failures>},
        {"buffers.starved",
         U::Seconds,
         kOfWholeRun,
         "time in which the driver had no buffer at all, so that nothing came",
         [](const F& f) -> Value {
             return f.aggregates ? Value(ToSeconds(f.aggregates->starved)) : Value();
         }},
    };
    table.insert(table.end(), aggregates.begin(), aggregates.end());
}

/// What a NIC with a queue adds.
void
AddSending(MetricTable<F>& table)
{
    using S = NicSendFigures;
    const MetricTable<F> sending{
        {"transmit.units",
         U::Count,
         kOfWholeRun,
         "handed down to the queue: super-segments, segments, packets",
         Sent<&S::units>},
        {"transmit.frames", U::Count, kOfWholeRun, "frames put on the wire", Sent<&S::frames>},
        {"transmit.frames-per-unit",
         U::Count,
         kOfWholeRun,
         "frames for each that was handed down, mean",
         [](const F& f) -> Value {
             return f.sent && f.sent->units > 0 ? Value(static_cast<double>(f.sent->frames) /
                                                        static_cast<double>(f.sent->units))
                                                : Value();
         }},
        {"transmit.frames-per-transfer",
         U::Count,
         kOfWholeRun,
         "frames that the driver put into one transfer, mean (`transfer-packets`)",
         [](const F& f) -> Value {
             return f.sent && f.sent->transfers > 0 ? Value(static_cast<double>(f.sent->frames) /
                                                            static_cast<double>(f.sent->transfers))
                                                    : Value();
         }},
        {"transmit.interrupts",
         U::Count,
         kOfWholeRun,
         "interrupts that told what was sent; polls for received frames look, too",
         Sent<&S::interrupts>},
        {"transmit.stops",
         U::Count,
         kOfWholeRun,
         "times that the ring or its byte limit had no room for what waited",
         Sent<&S::stops>},
        {"transmit.wake-ups",
         U::Count,
         kOfWholeRun,
         "connections that had waited for the device (TCP small queues) and were called",
         Sent<&S::wakeUps>},
        {"transmit.byte-limit",
         U::Bytes,
         kOfWholeRun,
         "what may lie in the ring at the end (byte queue limits)",
         Sent<&S::byteLimit>},
        {"transmit.queue.drops",
         U::Count,
         kOfWholeRun,
         "frames that the queue discipline dropped",
         Sent<&S::lost>},
        {"transmit.queue.marks",
         U::Count,
         kOfWholeRun,
         "frames that it marked with Congestion Experienced",
         Sent<&S::marked>},
        {"transmit.queue.max",
         U::Count,
         kOfWholeRun,
         "most that waited in a queue at once; a super-segment is one",
         Sent<&S::mostWaiting>},
        {"transmit.queue.delay.mean",
         U::Seconds,
         kOfWholeRun,
         "time in the queue, mean of all that left it",
         [](const F& f) -> Value {
             return f.sent && f.sent->left > 0
                        ? Value(ToSeconds(f.sent->waited) / static_cast<double>(f.sent->left))
                        : Value();
         }},
        {"transmit.queue.delay.max",
         U::Seconds,
         kOfWholeRun,
         "the longest time in the queue",
         [](const F& f) -> Value {
             return f.sent ? Value(ToSeconds(f.sent->longestWait)) : Value();
         }},
    };
    table.insert(table.end(), sending.begin(), sending.end());
}

MetricTable<F>
MakeTable()
{
    MetricTable<F> table{
        {"interrupts", U::Count, kOfWholeRun, "interrupts of the NICs", Count<&F::interrupts>},
        {"polls", U::Count, kOfWholeRun, "polls of their drivers", Count<&F::polls>},
        {"polls.full",
         U::Count,
         kOfWholeRun,
         "polls that took as many frames as they may",
         Count<&F::fullPolls>},
        {"frames", U::Count, kOfWholeRun, "frames taken from the rings", Count<&F::frames>},
        {"ring.drops", U::Count, kOfWholeRun, "frames lost to a full ring", Count<&F::lost>},
        {"cpu-per-gigabyte",
         U::Seconds,
         kOfWholeRun,
         "time of all cores of the host for 10^9 bytes of IP in these frames",
         [](const F& f) -> Value {
             return f.busy && f.bytes > 0
                        ? Value(ToSeconds(*f.busy) * 1e9 / static_cast<double>(f.bytes))
                        : Value();
         }},
        {"cpu-per-gigabyte-sent",
         U::Seconds,
         kOfWholeRun,
         "the same for 10^9 bytes of IP that they put on their links",
         [](const F& f) -> Value {
             return f.busy && f.sentBytes > 0
                        ? Value(ToSeconds(*f.busy) * 1e9 / static_cast<double>(f.sentBytes))
                        : Value();
         }},
        {"units",
         U::Count,
         kOfWholeRun,
         "what the receive offload handed up, merged or not",
         [](const F& f) -> Value { return static_cast<double>(f.offload.units); }},
        {"merge-factor",
         U::Count,
         kOfWholeRun,
         "packets of the direct path for each unit that went up, mean",
         [](const F& f) -> Value {
             return f.offload.units == 0 ? Value()
                                         : static_cast<double>(f.offload.packets) /
                                               static_cast<double>(f.offload.units);
         }},
        {"swallowed",
         U::Count,
         kOfWholeRun,
         "packets that a lossy offload did not hand up at all",
         [](const F& f) -> Value { return static_cast<double>(f.offload.discarded); }},
        {"forward.drops",
         U::Count,
         kOfWholeRun,
         "packets to others that a lossy offload has merged into what is longer than the next MTU",
         Count<&F::tooLarge>},
    };
    AddAggregates(table);
    AddSending(table);
    static std::array<std::string, kFlushReasons> names;
    static std::array<std::string, kFlushReasons> abouts;
    for (std::size_t i = 0; i < kFlushReasons; ++i)
    {
        const std::string reason = NameOf(static_cast<FlushReason>(i));
        names[i] = "flush." + reason;
        abouts[i] = "units that went up for this reason (docs/models/offload.md): " + reason;
        table.push_back(
            {names[i].c_str(), U::Count, kOfWholeRun, abouts[i].c_str(), [i](const F& f) -> Value {
                 return static_cast<double>(f.offload.reasons[i]);
             }});
    }
    return table;
}

} // namespace

const MetricTable<NicFigures>&
NicMetricTable()
{
    static const MetricTable<NicFigures> table = MakeTable();
    return table;
}

} // namespace hoststack
