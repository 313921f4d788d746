// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_LEGS_H
#define HS_TRAFFIC_LEGS_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-tcp-overlay.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <vector>

/**
 * \file
 * The legs of a traffic: the connections from host to host that carry it, one after the other. A
 * traffic that leads through no proxy has one.
 */
namespace hoststack
{

class TrafficBlock;

/// Reads `through`; the ends of \p spec are known.
void ReadThrough(const nlohmann::json& traffic,
                 const IssueCollector::Pointer& pointer,
                 const Scenario& scenario,
                 TrafficBlock& block,
                 IssueCollector& issues,
                 TrafficSpec& spec);

/// Makes the legs of \p spec, whose hosts, application and opener are known. Its first leg may hold
/// the link that the traffic names.
void MakeLegs(const nlohmann::json& root,
              const std::vector<TcpOverlay>& hostTcp,
              const Scenario& scenario,
              TrafficBlock& block,
              IssueCollector& issues,
              TrafficSpec& spec);

/// One leg of a relayed traffic as a traffic of its own, called NAME.legs.FROM-TO.
TrafficSpec LegTraffic(const TrafficSpec& traffic, std::size_t leg);

/// All that is measured like a traffic: each of \p scenario, behind it its legs if it is relayed.
std::vector<TrafficSpec> MeasuredTraffic(const Scenario& scenario);

} // namespace hoststack

#endif // HS_TRAFFIC_LEGS_H
