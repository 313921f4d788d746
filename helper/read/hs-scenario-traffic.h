// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_TRAFFIC_H
#define HS_SCENARIO_TRAFFIC_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-tcp-overlay.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace hoststack
{

/**
 * `traffic` of a document that the schema has let through; hosts and links are there already.
 *
 * A traffic is an application between two hosts. It is expanded to legs, the connections from host
 * to host that carry it: one, unless it leads `through` hosts in between.
 *
 * \param hostTcp what each host sets
 */
void ReadTraffic(const nlohmann::json& root,
                 const std::vector<TcpOverlay>& hostTcp,
                 Scenario& scenario,
                 IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_TRAFFIC_H
