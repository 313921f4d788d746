// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_TRAFFIC_H
#define HS_SCENARIO_TRAFFIC_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace hoststack
{

/// Reports keys of TCP settings that contradict each other.
/// \param whole the settings with all layers
/// \param parts places and blocks where the keys may stand, the uppermost layer first
void AddTcpContradictions(
    const nlohmann::json& whole,
    const std::vector<std::pair<nlohmann::json::json_pointer, nlohmann::json>>& parts,
    IssueCollector& issues);

/// `traffic` of a document that the schema has let through; hosts and links are there already.
void ReadTraffic(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues);

/// `events`; hosts, links and traffic are there already.
void ReadEvents(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_TRAFFIC_H
