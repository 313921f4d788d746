// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_MACHINE_H
#define HS_SCENARIO_MACHINE_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace hoststack
{

/// The keys of a cost table, for the schema: one for each operation.
nlohmann::ordered_json CostSchema();

/**
 * The machine that a host's block describes, or nothing if it has no cost table: then it has time
 * for everything at once.
 */
std::optional<MachineSpec> ReadMachine(const nlohmann::json& block,
                                       const nlohmann::json::json_pointer& pointer,
                                       IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_MACHINE_H
