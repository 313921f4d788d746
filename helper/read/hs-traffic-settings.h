// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_SETTINGS_H
#define HS_TRAFFIC_SETTINGS_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <string>
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

/**
 * The TCP settings of one end of \p traffic: those of its host, `tcp` of the traffic, and \p end of
 * the traffic ("tcp-from", "tcp-to"), each over the one before. Mistakes of the parts have been
 * reported where they stand; those between them are now.
 */
TcpSettings ReadEndSettings(const nlohmann::json& root,
                            const Scenario& scenario,
                            const std::string& traffic,
                            std::size_t host,
                            const char* end,
                            IssueCollector& issues);

/// A congestion control that couples subflows needs subflows: reports an end of \p traffic that has
/// the one without the other.
void CheckCoupled(const nlohmann::json& root,
                  const Scenario& scenario,
                  const TrafficSpec& traffic,
                  IssueCollector& issues);

} // namespace hoststack

#endif // HS_TRAFFIC_SETTINGS_H
