// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_METRICS_H
#define HS_LINK_METRICS_H

#include "ns3/hs-link-direction.h"
#include "ns3/hs-metric-table.h"

namespace hoststack
{

/// The counts of one direction of a link at one moment.
struct LinkMark
{
    TimeNs at{0};
    LinkCounters counters;
    std::uint64_t swallowed{0}; ///< segments, by a middlebox before it
    std::uint64_t rewritten{0}; ///< the same
    std::uint64_t tooLarge{0};  ///< packets that did not pass it
    bool isTraced{false};       ///< then `opportunities` is known
    LinkOpportunities opportunities;
};

/// What happened between two moments.
struct LinkFigures
{
    TimeNs elapsed{0};
    LinkCounters counters; ///< differences; `maxWaitingPackets` is not used
    std::uint64_t swallowed{0};
    std::uint64_t rewritten{0};
    std::uint64_t tooLarge{0};
    LinkPeaks peaks;
    bool isTraced{false};
    LinkOpportunities opportunities;
    std::uint64_t waiting{0}; ///< packets, at the end
};

LinkFigures Between(const LinkMark& from, const LinkMark& to);

/// links.*.down and links.*.up
const MetricTable<LinkFigures>& LinkMetricTable();

} // namespace hoststack

#endif // HS_LINK_METRICS_H
