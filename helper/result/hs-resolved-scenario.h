// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RESOLVED_SCENARIO_H
#define HS_RESOLVED_SCENARIO_H

#include "ns3/hs-scenario-document.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// A file that a scenario names (a trace), as it goes beside the resolved scenario.
struct ScenarioInput
{
    std::string name; ///< relative to the resolved scenario: "inputs/DIGEST-NAME"
    std::string content;
};

/**
 * A scenario that stands for itself: all layers merged, its profiles only noted, the files that it
 * names beside it. Their names begin with the digest of their content, so the document (and its
 * hash) says all that was run, wherever it lies, and running it again gives the same document.
 */
struct ResolvedScenario
{
    nlohmann::json document;
    std::vector<ScenarioInput> inputs; ///< each content once
};

/// \throws ScenarioError if a file that \p document names cannot be read
ResolvedScenario ResolveScenario(const ScenarioDocument& document);

} // namespace hoststack

#endif // HS_RESOLVED_SCENARIO_H
