// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SUBFLOW_METRICS_H
#define HS_SUBFLOW_METRICS_H

#include "ns3/hs-traffic-metrics.h"

#include <cstdint>

/**
 * \file
 * What is measured of a multipath traffic's subflows on one link.
 */
namespace hoststack
{

/// The subflows of a traffic on one link.
struct SubflowCounts
{
    std::uint64_t bytes{0};     ///< that came over it first
    std::uint64_t allBytes{0};  ///< that came over all of them first
    std::uint64_t bytesSent{0}; ///< of the stream, copies included
    tcp::Info sent;
    HoldTimes held{};
};

SubflowCounts Between(const SubflowCounts& from, const SubflowCounts& to);

struct SubflowFigures
{
    Insight source{Insight::None};
    bool isOne{true};
    bool isOpen{false};         ///< there is or was one
    bool countsTimeouts{false}; ///< of a kernel that is the source
    TimeNs elapsed{0};
    SubflowCounts counts;
    Endings endings;
};

/// traffic.*.subflows.*
const MetricTable<SubflowFigures>& SubflowMetricTable();

} // namespace hoststack

#endif // HS_SUBFLOW_METRICS_H
