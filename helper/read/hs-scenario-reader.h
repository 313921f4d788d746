// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_READER_H
#define HS_SCENARIO_READER_H

#include "ns3/hs-public.h"
#include "ns3/hs-scenario-document.h"
#include "ns3/hs-scenario.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// What the command line adds to a file.
struct LoadOptions
{
    std::vector<std::string> sets;     ///< path=value
    std::optional<std::uint64_t> seed; ///< the same as run.seed=N
};

/// A scenario ready to run, and the JSON it came from.
struct LoadedScenario
{
    Scenario scenario;
    ScenarioDocument document;
};

/**
 * Reads, merges and checks a scenario.
 * \throws ScenarioError with every mistake found: syntax and `extends` stop at the first one, the
 * schema's come together, and after them those of names, references and combinations.
 */
HS_PUBLIC LoadedScenario LoadScenario(const std::string& path, const LoadOptions& options = {});

/// As LoadScenario, for a text; \p folder is where relative files are looked for.
HS_PUBLIC LoadedScenario LoadScenarioText(const std::string& text,
                                          const std::string& name,
                                          const std::string& folder,
                                          const LoadOptions& options = {});

} // namespace hoststack

#endif // HS_SCENARIO_READER_H
