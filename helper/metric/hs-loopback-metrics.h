// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOOPBACK_METRICS_H
#define HS_LOOPBACK_METRICS_H

#include "ns3/hs-metric-table.h"

#include <cstdint>

namespace hoststack
{

/// What the loopback device of a host has done.
struct LoopbackFigures
{
    std::uint64_t units{0};
    std::uint64_t bytes{0};
    std::uint64_t copied{0};
    std::uint64_t lost{0};
    std::uint64_t waiting{0};
};

/// hosts.*.loopback
const MetricTable<LoopbackFigures>& LoopbackMetricTable();

} // namespace hoststack

#endif // HS_LOOPBACK_METRICS_H
