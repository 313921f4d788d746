// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_PROGRAM_H
#define HS_SCENARIO_PROGRAM_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>

namespace hoststack
{

/**
 * What a traffic says of the programs at its ends beside what they send: how messages are cut into
 * writes (`request-writes`, `response-writes`), how connections are accepted (`accept`).
 * \p traffic is a block that the schema has let through, at \p pointer.
 */
void ReadPrograms(const nlohmann::json& traffic,
                  const nlohmann::json::json_pointer& pointer,
                  const Scenario& scenario,
                  TrafficSpec& spec,
                  IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_PROGRAM_H
