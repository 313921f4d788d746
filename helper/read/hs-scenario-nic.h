// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_NIC_H
#define HS_SCENARIO_NIC_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace hoststack
{

/// `nic` of the host that \p block describes, checked by the schema; nothing: each frame goes up as
/// it comes, and what is sent is on its link at once.
std::optional<NicSettings> ReadNic(const nlohmann::json& block,
                                   const nlohmann::json::json_pointer& pointer,
                                   IssueCollector& issues);

/// Once the host's machine is known: cores that its steering names and it does not have.
void CheckSteering(const HostSpec& host,
                   const nlohmann::json& block,
                   const nlohmann::json::json_pointer& pointer,
                   IssueCollector& issues);

/// Hosts with a `nic` that have no device to which it could apply.
void AddUselessNics(const Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_NIC_H
