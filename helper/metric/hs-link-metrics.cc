// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-metrics.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;

double
Plain(std::uint64_t count)
{
    return static_cast<double>(count);
}

template <LinkDrop reason>
Value
Drops(const LinkFigures& f)
{
    return Plain(f.counters.Dropped(reason));
}

Value
Utilisation(const LinkFigures& f)
{
    if (f.isTraced)
    {
        const auto& o = f.opportunities;
        return o.offered > 0 ? Value(std::min(1.0, Plain(o.used) / Plain(o.offered))) : Value();
    }
    // The packet in service is counted to its end, which may lie behind that of the span.
    return f.elapsed > 0 ? Value(std::min(1.0,
                                          static_cast<double>(f.counters.busyTime) /
                                              static_cast<double>(f.elapsed)))
                         : Value();
}

Value
MeanWait(const LinkFigures& f)
{
    const auto& c = f.counters;
    return c.deliveredPackets > 0 ? Value(ToSeconds(c.waitedTime) / Plain(c.deliveredPackets))
                                  : Value();
}

} // namespace

LinkFigures
Between(const LinkMark& from, const LinkMark& to)
{
    LinkFigures f;
    f.elapsed = to.at - from.at;
    f.counters = to.counters;
    auto& c = f.counters;
    c.offeredPackets -= from.counters.offeredPackets;
    c.offeredBytes -= from.counters.offeredBytes;
    c.deliveredPackets -= from.counters.deliveredPackets;
    c.deliveredBytes -= from.counters.deliveredBytes;
    c.marked -= from.counters.marked;
    c.busyTime -= from.counters.busyTime;
    c.waitedTime -= from.counters.waitedTime;
    for (std::size_t i = 0; i < c.dropped.size(); ++i)
    {
        c.dropped[i] -= from.counters.dropped[i];
    }
    f.swallowed = to.swallowed - from.swallowed;
    f.rewritten = to.rewritten - from.rewritten;
    f.tooLarge = to.tooLarge - from.tooLarge;
    f.isTraced = to.isTraced;
    f.opportunities.offered = to.opportunities.offered - from.opportunities.offered;
    f.opportunities.used = to.opportunities.used - from.opportunities.used;
    return f;
}

const MetricTable<LinkFigures>&
LinkMetricTable()
{
    static const MetricTable<LinkFigures> table{
        {"utilisation",
         U::Share,
         kMeasuredRate,
         "share of the time in which the link was sending or had a packet behind a closed gate; "
         "with a trace, share of its opportunities that were used",
         Utilisation},
        {"delivered",
         U::Bytes,
         kMeasuredCount,
         "IP bytes that arrived",
         [](const LinkFigures& f) { return Value(Plain(f.counters.deliveredBytes)); }},
        {"packets",
         U::Count,
         kMeasuredCount,
         "packets that arrived",
         [](const LinkFigures& f) { return Value(Plain(f.counters.deliveredPackets)); }},
        {"rate",
         U::BitsPerSecond,
         kMeasuredRate,
         "IP bytes that arrived per time",
         [](const LinkFigures& f) {
             return f.elapsed > 0
                        ? Value(Plain(f.counters.deliveredBytes) * 8 / ToSeconds(f.elapsed))
                        : Value();
         }},
        {"drops.queue",
         U::Count,
         kMeasuredCount,
         "packets for which the queue had no room",
         Drops<LinkDrop::Queue>},
        {"drops.aqm",
         U::Count,
         kMeasuredCount,
         "packets dropped by active queue management",
         Drops<LinkDrop::Aqm>},
        {"drops.random",
         U::Count,
         kMeasuredCount,
         "packets lost on the way",
         Drops<LinkDrop::Random>},
        {"drops.outage",
         U::Count,
         kMeasuredCount,
         "packets lost because the link was dead",
         Drops<LinkDrop::Outage>},
        {"drops.thinned",
         U::Count,
         kMeasuredCount,
         "ACKs removed because a newer one replaced them",
         Drops<LinkDrop::Thinned>},
        {"drops.policed",
         U::Count,
         kMeasuredCount,
         "packets beyond a policer's rate",
         Drops<LinkDrop::Policed>},
        {"drops.middlebox",
         U::Count,
         kMeasuredCount,
         "segments swallowed because of an MPTCP option",
         [](const LinkFigures& f) { return Value(Plain(f.swallowed)); }},
        {"drops.too-large",
         U::Count,
         kMeasuredCount,
         "packets larger than `largest`",
         [](const LinkFigures& f) { return Value(Plain(f.tooLarge)); }},
        {"rewritten",
         U::Count,
         kMeasuredCount,
         "segments whose payload a middlebox changed",
         [](const LinkFigures& f) { return Value(Plain(f.rewritten)); }},
        {"marks",
         U::Count,
         kMeasuredCount,
         "packets marked with congestion experienced",
         [](const LinkFigures& f) { return Value(Plain(f.counters.marked)); }},
        {"queue",
         U::Count,
         kSeriesState,
         "packets waiting",
         [](const LinkFigures& f) { return Value(Plain(f.waiting)); }},
        {"queue.max",
         U::Count,
         kMeasuredRate,
         "most packets waiting",
         [](const LinkFigures& f) { return Value(Plain(f.peaks.waiting)); }},
        {"queue-delay.mean",
         U::Seconds,
         kMeasuredRate,
         "time a packet that arrived had waited for the link, mean over the packets: from the "
         "queue's tail to its last bit, less the time in which its own bits were being sent",
         MeanWait},
        {"queue-delay.max",
         U::Seconds,
         kMeasuredRate,
         "the same, longest; a packet that waits still counts with the time so far",
         [](const LinkFigures& f) { return Value(ToSeconds(f.peaks.wait)); }},
    };
    return table;
}

} // namespace hoststack
