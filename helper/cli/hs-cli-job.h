// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CLI_JOB_H
#define HS_CLI_JOB_H

#include "ns3/hs-cli.h"
#include "ns3/hs-isolated-jobs.h"
#include "ns3/hs-results.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/**
 * \file
 * What the commands that simulate have in common: each scenario is a job in a process of its own,
 * and says what came of it for machines and for people.
 */
namespace hoststack
{

/// What came of one scenario.
struct JobReport
{
    int status{kExitMet};
    nlohmann::json machine; ///< an object
    std::string text;
};

/// One scenario that has been simulated and judged.
struct Finished
{
    nlohmann::json summary;
    std::string text;
    std::vector<Verdict> verdicts;
    bool met{false};
};

/// Reads a scenario file, or standard input if \p file is "-".
LoadedScenario LoadNamed(const std::string& file, const CliOptions& options);

/// Simulates one scenario; writes results to \p folder unless it is empty.
Finished Simulate(const LoadedScenario& loaded,
                  const std::string& folder,
                  const std::string& command,
                  const CliContext& context,
                  bool showProgress,
                  RunMode mode = RunMode::Simulated);

/// The call as it matters for the result; the same call gives the same text.
std::string CommandText(const std::string& file, const CliOptions& options);

/// The folder for the results of a scenario called \p name.
std::string ResultsPath(const CliOptions& options, const std::string& name);

/**
 * Runs \p job for each of \p files, each in a process of its own; whatever it throws, or a crash,
 * becomes a report. What a crashed run had begun to write is removed.
 * \param done called in the order of the files
 */
void RunJobs(const std::vector<std::string>& files,
             unsigned parallel,
             const std::function<JobReport(const std::string& file)>& job,
             const std::function<void(std::size_t index, const JobReport& report)>& done);

/// Two scenarios of one call must not write to one folder. \throws ScenarioError
void RefuseEqualNames(const std::vector<std::string>& files, const CliOptions& options);

/// What counts most when several scenarios end differently.
int WorseStatus(int a, int b);

/// "interrupted" and what becomes of the results. \return the exit status
int ReportInterruption(const Interrupted& interrupted, const CliContext& context);

} // namespace hoststack

#endif // HS_CLI_JOB_H
