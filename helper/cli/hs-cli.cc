// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"

#include "ns3/hs-cli-job.h"
#include "ns3/hs-nearest.h"
#include "ns3/hs-results.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ostream>

namespace hoststack
{

namespace
{

/// More processes than that help nobody.
constexpr unsigned kMostJobs = 1024;

/// As `run.seed` in the schema.
constexpr std::uint64_t kLargestSeed = 9007199254740991;

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
    command.add_option("--seed", options.seed, "Seed of the random streams (run.seed).")
        ->check(CLI::Range(std::uint64_t{0}, kLargestSeed));
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

std::string
VersionText(const CliContext& context)
{
    const auto commit = SourceCommit();
    return "hoststack " + ProgramVersion() +
           (commit.empty() ? "" : " (" + commit.substr(0, 12) + ')') + " on " +
           context.makeRunner()->Simulator();
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
    context.out << VersionText(context) << '\n';
    return kExitMet;
}

/// A shell's word list has no empty words by intention: a variable was empty.
void
RefuseEmpty(const std::string& option, const std::string& value, const char* expected)
{
    if (value.empty())
    {
        throw ScenarioError({option, 0, 0, "", "is empty", expected, ""});
    }
}

/// What is wrong with the call, and the option that was probably meant.
ScenarioIssue
CallIssue(const CLI::ParseError& error, const CLI::App& app, int argc, const char* const* argv)
{
    ScenarioIssue issue;
    issue.message = error.what();
    std::replace(issue.message.begin(), issue.message.end(), '\n', ' ');
    const std::string name = argc > 1 ? argv[1] : "";
    const auto named =
        app.get_subcommands([&name](const CLI::App* known) { return known->get_name() == name; });
    const auto* command = named.empty() ? nullptr : named.front();
    issue.expected = "see `hoststack " + (command ? name + ' ' : std::string()) + "--help`";
    std::vector<std::string> known;
    for (const auto* option : (command ? command : &app)->get_options())
    {
        for (const auto& word : option->get_lnames())
        {
            known.push_back("--" + word);
        }
    }
    for (int i = 2; i < argc && issue.nearest.empty(); ++i)
    {
        const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
        if (word.rfind("--", 0) == 0 && std::find(known.begin(), known.end(), word) == known.end())
        {
            issue.nearest = NearestName(word, known);
        }
    }
    return issue;
}

/// Parses the call and runs \p command; turns what either throws into an exit status.
int
Call(CLI::App& app,
     int argc,
     const char* const* argv,
     const std::function<int()>& command,
     const CliOptions& options,
     const CliContext& context)
{
    try
    {
        app.parse(argc, argv);
        return command();
    }
    catch (const CLI::ParseError& error)
    {
        // --help and --version come this way too, with status 0.
        if (error.get_exit_code() == 0)
        {
            app.exit(error, context.out, context.err);
            return kExitMet;
        }
        CliOptions asked = options;
        asked.json = std::find(argv, argv + argc, std::string("--json")) != argv + argc;
        PrintIssues({CallIssue(error, app, argc, argv)}, asked, context);
        return kExitWrong;
    }
    catch (const MachineCannot& error)
    {
        context.err << "skipped: " << error.what() << '\n';
        return kExitCannot;
    }
    catch (const Interrupted& error)
    {
        return ReportInterruption(error, context);
    }
    catch (const ScenarioError& error)
    {
        PrintIssues(error.Issues(), options, context);
        return kExitWrong;
    }
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
    if (!kernels.empty())
    {
        load.sets.push_back("live.hosts=" + nlohmann::json(kernels).dump());
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
        "Run scenarios in real time, with one host or several played by this machine's own kernel "
        "in a "
        "network namespace of its own. Needs root or user namespaces, /dev/net/tun and iproute2.");
    AddPaths(*live, options, "FILE", "Scenario files.");
    AddLoadOptions(*live, options);
    AddResultOptions(*live, options);
    live->add_option("--kernel",
                     options.kernels,
                     "A host that the kernel plays (live.hosts of the scenario). May be repeated.")
        ->type_name("HOST")
        ->allow_extra_args(false);

    auto* check =
        app.add_subcommand("check", "Simulate scenarios and say which meet their expectations.");
    AddPaths(*check, options, "PATH", "Scenario files, or folders that hold them.");
    AddLoadOptions(*check, options);
    auto* out = check->add_option("--out", options.out, "Write results, into this folder.");
    check
        ->add_option("-j,--jobs",
                     options.jobs,
                     "How many to run at once; without it, one per core.")
        ->check(CLI::Range(1U, kMostJobs));

    auto* validate = app.add_subcommand("validate", "Check files without simulating.");
    AddPaths(*validate, options, "PATH", "Scenarios, profiles, or folders that hold them.");
    AddLoadOptions(*validate, options);

    auto* list = app.add_subcommand("list", "Show the names a scenario may use.");
    list->add_option("WHAT",
                     options.what,
                     "One of: " + Listed(ListSubjects()) + ". Without it, all.");
    list->add_flag("--json", options.json, "Print JSON for machines.");

    app.add_subcommand("version", "Show the version.");
    app.set_version_flag("-V,--version", [&context] { return VersionText(context); });

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
    const int status = Call(
        app,
        argc,
        argv,
        [&] {
            options.outGiven = out->count() > 0;
            RefuseEmpty("--out", options.out, "a folder");
            for (const auto& path : options.paths)
            {
                RefuseEmpty("FILE", path, "a scenario file, a folder, or - for standard input");
            }
            return Dispatch(app, options, context);
        },
        options,
        context);
    errno = 0;
    context.out.flush();
    if (!context.out && status < kExitFault)
    {
        const std::string reason = errno != 0 ? std::strerror(errno) : "it takes no more";
        context.err << "cannot write to standard output: " << reason << '\n';
        return kExitWrong;
    }
    return status;
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
