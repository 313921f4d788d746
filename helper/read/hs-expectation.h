// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EXPECTATION_H
#define HS_EXPECTATION_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// The metric names that \p scenario can yield.
std::vector<std::string> MetricNames(const Scenario& scenario);

/**
 * The expectation at \p pointer, checked by the schema. A value must carry a unit of what its
 * metric measures; a plain number stands for a count.
 */
ExpectSpec ReadExpectation(const nlohmann::json& block,
                           const nlohmann::json::json_pointer& pointer,
                           const Scenario& scenario,
                           IssueCollector& issues);

} // namespace hoststack

#endif // HS_EXPECTATION_H
