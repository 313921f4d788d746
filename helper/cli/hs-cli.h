// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CLI_H
#define HS_CLI_H

#include "ns3/hs-scenario-runner.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// What the program tells its caller (design section 5).
enum ExitStatus : int
{
    kExitMet = 0,    ///< all went well and every expectation is met
    kExitMissed = 1, ///< an expectation failed
    kExitWrong = 2,  ///< the scenario or the call is wrong
    kExitFault = 3,  ///< our own fault
    /// This machine cannot do it (`live`): what test runners take for "skipped".
    kExitCannot = 77,
};

/// The command line, parsed.
struct CliOptions
{
    std::vector<std::string> paths;
    std::vector<std::string> sets;
    std::optional<std::uint64_t> seed;
    std::string out{"results"};
    bool outGiven{false};
    bool json{false};
    bool pcap{false};
    bool quiet{false};
    unsigned jobs{0}; ///< 0: none given, as many as the machine has cores
    std::string what; ///< of `list`
    /// Of `live`: the hosts the kernel plays; none: as the scenario says.
    std::vector<std::string> kernels;
    RunMode mode{RunMode::Simulated};

    LoadOptions Load() const;
};

/// Where a command writes, and what simulates for it.
struct CliContext
{
    std::ostream& out;
    std::ostream& err;
    const RunnerFactory& makeRunner;
    bool isTerminal;          ///< err is one: progress may be shown
    RunnerFactory makeLive{}; ///< as makeRunner, with a host played by the machine's kernel
};

/// The whole program but for its streams.
/// \return an ExitStatus, or 128 and the signal that ended it, as a shell says it
int RunCommandLine(int argc, const char* const* argv, const CliContext& context);

/// \name The commands
/// @{
int RunCommand(const CliOptions& options, const CliContext& context);
int LiveCommand(const CliOptions& options, const CliContext& context);
int CheckCommand(const CliOptions& options, const CliContext& context);
int ValidateCommand(const CliOptions& options, const CliContext& context);
int ListCommand(const CliOptions& options, const CliContext& context);
/// @}

/// What `list` can show.
const std::vector<std::string>& ListSubjects();

/**
 * The scenario files that \p paths name: a file itself ("-": standard input), and all *.json below
 * a folder, in the order of their names. Hidden folders and those called `schema` are left out, and
 * so are `profiles` unless \p withProfiles; and files that are JSON but say nothing that a scenario
 * (or a profile) says, such as those of results.
 * \throws ScenarioError for a path that does not exist or cannot be read
 */
std::vector<std::string> FindScenarioFiles(const std::vector<std::string>& paths,
                                           bool withProfiles);

/// All that comes on standard input, which is read once. \throws ScenarioError
const std::string& StandardInput();

/// Prints a scenario's mistakes as text, or as JSON with --json.
void PrintIssues(const std::vector<ScenarioIssue>& issues,
                 const CliOptions& options,
                 const CliContext& context);

/// An issue as a JSON object, for --json.
nlohmann::json IssueJson(const ScenarioIssue& issue);

} // namespace hoststack

#endif // HS_CLI_H
