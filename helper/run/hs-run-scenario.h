// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RUN_SCENARIO_H
#define HS_RUN_SCENARIO_H

#include "ns3/hs-public.h"
#include "ns3/hs-results.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-reader.h"
#include "ns3/hs-scenario-runner.h"

#include <functional>
#include <string>

namespace hoststack
{

struct RunOptions
{
    /// Where the result files go, whole or not at all; empty: there are none.
    std::string folder{};
    /// What the user asked for, without options that cannot change a result; for the manifest.
    std::string command{};
    RunMode mode{RunMode::Simulated};
    /// Who runs it; nullptr: ns-3 simulates all of it.
    ScenarioRunner* runner{nullptr};
    /// As ResultsFolder's.
    std::function<void(const std::string& path)> claimed{};
};

/**
 * Runs a scenario, judges what came of it and writes its results: the one way in for the command
 * line, tests and Python. The process is left as it was found, whatever happens in between, so runs
 * may follow each other; but a process has one simulator, so they cannot be nested.
 *
 * \param observer told as the run goes, and asked whether to go on; may be nullptr
 * \throws ScenarioError a mistake of the scenario, or results that cannot be written
 * \throws MachineCannot
 * \throws RunCancelled
 */
HS_PUBLIC RunReport RunScenario(const LoadedScenario& loaded,
                                const RunOptions& options = {},
                                RunObserver* observer = nullptr);

} // namespace hoststack

#endif // HS_RUN_SCENARIO_H
