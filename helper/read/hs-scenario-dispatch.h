// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_DISPATCH_H
#define HS_SCENARIO_DISPATCH_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// `dispatch` of a scenario: the studies of socket layers, by name.
void ReadDispatch(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues);

/// The names of all metrics that they yield.
std::vector<std::string> DispatchMetricNames(const Scenario& scenario);

} // namespace hoststack

#endif // HS_SCENARIO_DISPATCH_H
