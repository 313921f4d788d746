// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_BRIDGE_H
#define HS_SCENARIO_BRIDGE_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>

namespace hoststack
{

/// What bridges of \p scenario, which has its hosts and links, cannot be: each joins two links of
/// ours of one IP version, and has nothing above.
void CheckBridges(const nlohmann::json& root, const Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_BRIDGE_H
