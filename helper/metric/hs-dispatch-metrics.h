// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_METRICS_H
#define HS_DISPATCH_METRICS_H

#include "ns3/hs-dispatch-study.h"
#include "ns3/hs-metric-table.h"

namespace hoststack
{

/// dispatch.STUDY.SYSTEM.SIZE
const MetricTable<host::DispatchFigures>& DispatchMetricTable();

} // namespace hoststack

#endif // HS_DISPATCH_METRICS_H
