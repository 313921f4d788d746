// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_RUN_H
#define HS_DISPATCH_RUN_H

#include "ns3/hs-metric.h"
#include "ns3/hs-scenario.h"

namespace ns3
{

/// Does the scenario's studies of socket layers. They take no simulated time.
void ReportDispatch(const hoststack::Scenario& scenario, hoststack::Metrics& metrics);

} // namespace ns3

#endif // HS_DISPATCH_RUN_H
