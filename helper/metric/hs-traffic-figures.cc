// SPDX-License-Identifier: GPL-2.0-only
//
// Arithmetic of what is counted of a traffic.

#include "ns3/hs-hold-times.h"
#include "ns3/hs-metric-readers.h"
#include "ns3/hs-traffic-metrics.h"

#include <algorithm>

namespace hoststack
{

void
Endings::Add(tcp::End end, TimeNs at, std::uint32_t retriesOfIt)
{
    ++count[static_cast<std::size_t>(end)];
    last = std::max(last, end == tcp::End::Open ? -1 : at);
    retries = std::max(retries, retriesOfIt);
}

TrafficCounts
Between(const TrafficCounts& from, const TrafficCounts& to)
{
    TrafficCounts c = to;
    c.bytesRead -= from.bytesRead;
    c.reads -= from.reads;
    c.bytesBack -= from.bytesBack;
    SubtractCounts(c.sent, from.sent);
    SubtractCounts(c.received, from.received);
    c.held = Difference(to.held, from.held);
    c.reinjectedBytes -= from.reinjectedBytes;
    c.duplicateBytes -= from.duplicateBytes;
    c.dataTimeouts -= from.dataTimeouts;
    c.staleSubflows -= from.staleSubflows;
    c.pushSpins -= from.pushSpins;
    c.senderWakes.Subtract(from.senderWakes);
    c.receiverWakes.Subtract(from.receiverWakes);
    return c;
}

TimeNs
Percentile(const std::vector<TimeNs>& values, unsigned percent)
{
    const auto rank = (percent * values.size() + 99) / 100;
    return values[std::max<std::size_t>(rank, 1) - 1];
}

} // namespace hoststack
