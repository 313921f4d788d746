// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_HPTS_H
#define HS_SCENARIO_HPTS_H

#include "ns3/hs-hpts-host.h"
#include "ns3/hs-issue-collector.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace hoststack
{

/// `hpts` of the host that \p block describes, checked by the schema; nothing: it says nothing of
/// it.
std::optional<HptsHostSettings> ReadHpts(const nlohmann::json& block,
                                         const nlohmann::json::json_pointer& pointer,
                                         IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_HPTS_H
