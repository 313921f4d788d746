// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_PROXY_H
#define HS_SCENARIO_PROXY_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace hoststack
{

/// Reads the `proxy` of a host at \p pointer, which the schema has let through.
ProxySpec ReadProxy(const nlohmann::json& host,
                    const IssueCollector::Pointer& pointer,
                    IssueCollector& issues);

/// Reads its `tracker`, if it has one.
std::optional<TrackerSpec> ReadTracker(const nlohmann::json& host,
                                       const IssueCollector::Pointer& pointer,
                                       IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_PROXY_H
