// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_MEMORY_H
#define HS_SCENARIO_MEMORY_H

#include "ns3/hs-host-memory.h"
#include "ns3/hs-issue-collector.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace hoststack
{

/// `memory` of the host that \p block describes, checked by the schema; nothing: it never ends.
std::optional<host::MemorySettings> ReadMemory(const nlohmann::json& block,
                                               const nlohmann::json::json_pointer& pointer,
                                               IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_MEMORY_H
