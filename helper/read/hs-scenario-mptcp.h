// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_MPTCP_H
#define HS_SCENARIO_MPTCP_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>

namespace hoststack
{

/// Reads the `mptcp` blocks of all hosts, which the schema has let through; hosts and links are
/// there already.
void ReadMptcp(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues);

/// Flags of an endpoint, as listed in \p flags, which stands at \p pointer. Those that
/// Linux refuses together become an issue.
MptcpEndpointSpec ReadEndpointFlags(const nlohmann::json& flags,
                                    const nlohmann::json::json_pointer& pointer,
                                    IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_MPTCP_H
