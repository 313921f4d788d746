// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_METRICS_H
#define HS_HPTS_METRICS_H

#include "ns3/hs-hpts-host.h"
#include "ns3/hs-metric-table.h"

namespace hoststack
{

/// The timing wheels of a host at one moment, and what has happened on them.
struct HptsFigures
{
    HptsHost::Figures host;
    HptsCounters counters;
    std::uint32_t queued{0};
    std::uint32_t mySleepUs{0}; ///< of the first wheel
};

/// hosts.*.hpts
const MetricTable<HptsFigures>& HptsMetricTable();

} // namespace hoststack

#endif // HS_HPTS_METRICS_H
