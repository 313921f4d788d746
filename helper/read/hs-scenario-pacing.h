// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_PACING_H
#define HS_SCENARIO_PACING_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

namespace hoststack
{

/// Reports wheels of hosts on which no connection is, and largest rates and bursts at which no
/// pacer looks. What a profile says is no mistake, nor is what a pacer that lies over it (--set)
/// makes idle.
/// \param scenario with its traffic, without mistakes so far
void AddUselessPacing(const Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_PACING_H
