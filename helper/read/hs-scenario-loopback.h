// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_LOOPBACK_H
#define HS_SCENARIO_LOOPBACK_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>

namespace hoststack
{

/// Gives each host that a traffic leads from to itself its loopback device; \p scenario has its
/// hosts. Reports blocks that nobody uses.
void ReadLoopbacks(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_LOOPBACK_H
