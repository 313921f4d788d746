// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_SETTINGS_H
#define HS_TRAFFIC_SETTINGS_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-tcp-overlay.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace hoststack
{

/// Reports keys of TCP settings that contradict each other.
/// \param whole the settings with all layers
/// \param parts the `tcp` blocks, the uppermost first, of which one has to say one of the keys
/// \param host the `tcp` block of the host, which lies below them or is the only one
void AddTcpContradictions(const TcpOverlay& whole,
                          const std::vector<nlohmann::json::json_pointer>& parts,
                          const nlohmann::json::json_pointer& host,
                          IssueCollector& issues);

/// Where \p key of the TCP settings of an end of a leg is said, or would be: in the uppermost block
/// that has it, or in the host's.
nlohmann::json::json_pointer WhereSaid(const nlohmann::json& root,
                                       const Scenario& scenario,
                                       const TrafficSpec& traffic,
                                       std::size_t leg,
                                       bool isFrom,
                                       const char* key);

/// A congestion control that couples subflows needs subflows: reports an end of \p traffic that has
/// the one without the other.
void CheckCoupled(const nlohmann::json& root,
                  const Scenario& scenario,
                  const TrafficSpec& traffic,
                  IssueCollector& issues);

} // namespace hoststack

#endif // HS_TRAFFIC_SETTINGS_H
