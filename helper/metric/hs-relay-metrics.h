// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RELAY_METRICS_H
#define HS_RELAY_METRICS_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-relay-flow.h"

namespace hoststack
{

/// What the proxy of one host has done for one traffic.
struct RelayFigures
{
    RelayTally sum;
    std::uint64_t busiest{0}; ///< bytes copied by the worker that copied most
};

/// `traffic.NAME.through.HOST.*`
const MetricTable<RelayFigures>& RelayMetricTable();

} // namespace hoststack

#endif // HS_RELAY_METRICS_H
