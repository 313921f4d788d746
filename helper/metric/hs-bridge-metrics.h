// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BRIDGE_METRICS_H
#define HS_BRIDGE_METRICS_H

#include "ns3/hs-metric-table.h"

#include <cstdint>

namespace hoststack
{

/// What a bridge has done.
struct BridgeFigures
{
    std::uint64_t frames{0};
    std::uint64_t tooLong{0};
};

/// hosts.*.bridge
const MetricTable<BridgeFigures>& BridgeMetricTable();

} // namespace hoststack

#endif // HS_BRIDGE_METRICS_H
