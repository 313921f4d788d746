// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RESULTS_H
#define HS_RESULTS_H

#include "ns3/hs-public.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario-reader.h"
#include "ns3/hs-verdict.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/**
 * \file
 * The files of a run. They hold no wall-clock time and no host name: the same scenario, seed and
 * version give the same bytes.
 */
namespace hoststack
{

/// The outcome of one run, in all its parts.
struct HS_PUBLIC RunReport
{
    const LoadedScenario& loaded;
    RunResult result;
    std::vector<Verdict> verdicts;
    RunMode mode{RunMode::Simulated};

    /// Every expectation that counts is met.
    bool Met() const;
};

/// The content of summary.json.
HS_PUBLIC nlohmann::json SummaryOf(const RunReport& report);

/// \throws ScenarioError that says that the file cannot be written; the reason is errno's
[[noreturn]] void FailToWrite(const std::string& path);

/**
 * Writes summary.json, scenario.resolved.json and manifest.json to \p folder.
 * \param command what the user asked for, without options that cannot change a result
 * \param simulator ScenarioRunner::Simulator()
 * \param digests of the tables that are there already, by name
 */
void WriteResults(const RunReport& report,
                  const std::string& folder,
                  const std::string& command,
                  const std::string& simulator,
                  const std::map<std::string, std::string>& digests);

/// \p value over several lines; bytes that are no UTF-8 (of a file's name) are replaced.
HS_PUBLIC std::string JsonText(const nlohmann::json& value);

/// Version of the program, for example "0.1.0".
HS_PUBLIC std::string ProgramVersion();

/// The commit of the source tree the program was built from, or empty when it is not known.
std::string SourceCommit();

} // namespace hoststack

#endif // HS_RESULTS_H
