// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"

#include "ns3/hs-nearest.h"
#include "ns3/hs-results.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <ostream>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;

const char* const kCommands[] = {"run", "check", "live", "validate", "list", "version"};

void
AddLoadOptions(CLI::App& command, CliOptions& options)
{
    command
        .add_option("--set",
                    options.sets,
                    "Lay a value over the scenario: PATH=VALUE, PATH dotted or a JSON pointer "
                    "(links.x55.down.rate=\"100 Mbit/s\"). May be repeated.")
        ->type_name("PATH=VALUE")
        ->allow_extra_args(false);
    command.add_option("--seed", options.seed, "Seed of the random streams (run.seed).");
    command.add_flag("--json", options.json, "Print JSON for machines on standard output.");
    command.add_flag("-q,--quiet", options.quiet, "Print nothing but mistakes.");
}

void
AddResultOptions(CLI::App& command, CliOptions& options)
{
    command.add_option("--out", options.out, "Folder in which each scenario gets its own.")
        ->capture_default_str();
    command.add_flag("--pcap", options.pcap, "Write packet captures (output.pcap).");
}

void
AddPaths(CLI::App& command, CliOptions& options, const char* name, const char* about)
{
    command.add_option(name, options.paths, about)->required();
}

/// A word in the place of the command that is none.
std::string
UnknownCommand(int argc, const char* const* argv)
{
    const std::string word = argc > 1 ? argv[1] : "";
    const bool isKnown =
        std::find(std::begin(kCommands), std::end(kCommands), word) != std::end(kCommands);
    return word.empty() || word[0] == '-' || isKnown ? std::string() : word;
}

int
Dispatch(const CLI::App& app, const CliOptions& options, const CliContext& context)
{
    const auto command = app.get_subcommands().front()->get_name();
    if (command == "run")
    {
        return RunCommand(options, context);
    }
    if (command == "live")
    {
        return LiveCommand(options, context);
    }
    if (command == "check")
    {
        return CheckCommand(options, context);
    }
    if (command == "validate")
    {
        return ValidateCommand(options, context);
    }
    if (command == "list")
    {
        return ListCommand(options, context);
    }
    context.out << "hoststack " << ProgramVersion();
    const auto commit = SourceCommit();
    context.out << (commit.empty() ? "" : " (" + commit.substr(0, 12) + ')') << " on "
                << context.makeRunner()->Simulator() << '\n';
    return kExitMet;
}

} // namespace

LoadOptions
CliOptions::Load() const
{
    LoadOptions load{sets, seed};
    if (pcap)
    {
        load.sets.push_back("output.pcap=true");
    }
    if (!kernel.empty())
    {
        load.sets.push_back("live.host=" + nlohmann::json(kernel).dump());
    }
    return load;
}

int
RunCommandLine(int argc, const char* const* argv, const CliContext& context)
{
    CliOptions options;
    CLI::App app{"hoststack: what happens inside the end host, simulated on ns-3.\n"
                 "Exit status: 0 met, 1 an expectation failed, 2 the scenario or the call is "
                 "wrong, 3 our fault, 77 this machine cannot do it (live).",
                 "hoststack"};
    app.require_subcommand(1);

    auto* run = app.add_subcommand("run", "Simulate scenarios and write their results.");
    AddPaths(*run, options, "FILE", "Scenario files.");
    AddLoadOptions(*run, options);
    AddResultOptions(*run, options);

    auto* live = app.add_subcommand(
        "live",
        "Run scenarios in real time, with one host played by this machine's own kernel in a "
        "network namespace of its own. Needs root or user namespaces, /dev/net/tun and iproute2.");
    AddPaths(*live, options, "FILE", "Scenario files.");
    AddLoadOptions(*live, options);
    AddResultOptions(*live, options);
    live->add_option("--kernel",
                     options.kernel,
                     "The host that the kernel plays (live.host of the scenario).")
        ->type_name("HOST");

    auto* check =
        app.add_subcommand("check", "Simulate scenarios and say which meet their expectations.");
    AddPaths(*check, options, "PATH", "Scenario files, or folders that hold them.");
    AddLoadOptions(*check, options);
    auto* out = check->add_option("--out", options.out, "Write results, into this folder.");
    check->add_option("-j,--jobs", options.jobs, "How many to run at once; 0: one per core.")
        ->capture_default_str();

    auto* validate = app.add_subcommand("validate", "Check files without simulating.");
    AddPaths(*validate, options, "PATH", "Scenarios, profiles, or folders that hold them.");
    AddLoadOptions(*validate, options);

    auto* list = app.add_subcommand("list", "Show the names a scenario may use.");
    list->add_option("WHAT",
                     options.what,
                     "One of: " + Listed(ListSubjects()) + ". Without it, all.");
    list->add_flag("--json", options.json, "Print JSON for machines.");

    app.add_subcommand("version", "Show the version.");

    const auto unknown = UnknownCommand(argc, argv);
    if (!unknown.empty())
    {
        const std::vector<std::string> known(std::begin(kCommands), std::end(kCommands));
        ScenarioIssue issue;
        issue.message = "there is no command " + Quoted(unknown);
        issue.expected = "one of " + Listed(known);
        issue.nearest = unknown.size() > 64 ? std::string() : NearestName(unknown, known);
        PrintIssues({issue}, options, context);
        return kExitWrong;
    }
    try
    {
        app.parse(argc, argv);
        options.outGiven = out->count() > 0;
        return Dispatch(app, options, context);
    }
    catch (const CLI::ParseError& error)
    {
        // --help comes this way too, with status 0.
        return app.exit(error, context.out, context.err) == 0 ? kExitMet : kExitWrong;
    }
    catch (const MachineCannot& error)
    {
        context.err << "skipped: " << error.what() << '\n';
        return kExitCannot;
    }
    catch (const ScenarioError& error)
    {
        PrintIssues(error.Issues(), options, context);
        return kExitWrong;
    }
}

std::vector<std::string>
FindScenarioFiles(const std::vector<std::string>& paths, bool withProfiles)
{
    std::vector<std::string> files;
    for (const auto& path : paths)
    {
        std::error_code code;
        if (!fs::is_directory(path, code))
        {
            if (!fs::exists(path, code))
            {
                throw ScenarioError(
                    {path, 0, 0, "", "does not exist", "a scenario file or a folder", ""});
            }
            files.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (auto entry = fs::recursive_directory_iterator(path);
             entry != fs::recursive_directory_iterator();
             ++entry)
        {
            const auto name = entry->path().filename().string();
            if (entry->is_directory() &&
                (name == "schema" || (name == "profiles" && !withProfiles)))
            {
                entry.disable_recursion_pending();
            }
            else if (entry->is_regular_file() && entry->path().extension() == ".json")
            {
                found.push_back(entry->path().string());
            }
        }
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

nlohmann::json
IssueJson(const ScenarioIssue& issue)
{
    return {{"file", issue.file},
            {"line", issue.line},
            {"column", issue.column},
            {"pointer", issue.pointer},
            {"message", issue.message},
            {"expected", issue.expected},
            {"nearest", issue.nearest}};
}

void
PrintIssues(const std::vector<ScenarioIssue>& issues,
            const CliOptions& options,
            const CliContext& context)
{
    if (options.json)
    {
        auto list = nlohmann::json::array();
        for (const auto& issue : issues)
        {
            list.push_back(IssueJson(issue));
        }
        context.out << nlohmann::json{{"errors", list}}
                           .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                    << '\n';
    }
    context.err << FormatIssues(issues) << '\n';
}

} // namespace hoststack
