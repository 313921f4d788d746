// SPDX-License-Identifier: GPL-2.0-only
//
// How fast the simulation is: our TCP beside ns-3's over the same path. docs/performance.md says
// what is measured and why.

#include "hs-bench/bench-case.h"
#include "hs-bench/bench-report.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <unistd.h>

namespace
{

using namespace hoststack::bench;

struct Options
{
    BenchPlan plan;
    BenchCase single;
    std::vector<std::string> only;
    std::string mode;
    std::string jsonFile;
    bool instructions{false};
};

std::vector<std::string>
SectionNames()
{
    std::vector<std::string> names;
    for (const auto& [name, run] : BenchSections())
    {
        names.push_back(name);
    }
    return names;
}

std::vector<std::string>
ModeNames()
{
    std::vector<std::string> names;
    for (const auto& [name, carrier] : CarrierNames())
    {
        names.push_back(name);
    }
    return names;
}

void
AddOptions(CLI::App& app, Options& options)
{
    auto& plan = options.plan;
    auto& run = options.single;
    app.add_flag("--quick", plan.quick, "Shorter runs, fewer cases");
    app.add_option("--rounds", plan.rounds, "Interleaved rounds of which the median counts")
        ->check(CLI::Range(1, 99));
    app.add_option("--only", options.only, "Only this section (can be repeated)")
        ->check(CLI::IsMember(SectionNames()));
    app.add_flag("--cubic", plan.cubic, "CUBIC on both sides instead of Reno");
    app.add_flag("--queue-disc", plan.queueDisc, "Keep ns-3's FqCoDel on point-to-point devices");
    app.add_option("--json", options.jsonFile, "Write the measurements to this file");
    app.add_flag("--instructions",
                 options.instructions,
                 "Count instructions per packet with valgrind instead of time");

    const std::string group = "One run, as for a profiler";
    app.add_option("--mode", options.mode, "Run only this carrier, once, and print JSON")
        ->check(CLI::IsMember(ModeNames()))
        ->group(group);
    app.add_option("--active", run.active, "Connections that send")->group(group);
    app.add_option("--idle", run.idle, "Established connections that do not")->group(group);
    app.add_option("--subflows", run.subflows, "Subflows of each, on a path each; 0: plain TCP")
        ->check(CLI::Range(0, 8))
        ->group(group);
    app.add_option("--window", run.window, "Bytes in flight per connection")
        ->transform(CLI::AsSizeValue(false))
        ->group(group);
    app.add_option("--rate", run.rate, "Bit/s of each link")->group(group);
    app.add_option("--write", run.write, "Bytes per write of the application")->group(group);
    app.add_flag("--ns3-loop", run.ns3Loop, "ns-3's event loop also for hoststack's TCP")
        ->group(group);
    app.add_option("--warm-up", run.warmUp, "Simulated seconds before the measurement")
        ->group(group);
    app.add_option("--seconds", run.seconds, "Simulated seconds measured")->group(group);
}

int
RunSingle(Options& options)
{
    auto& run = options.single;
    run.carrier = std::map<std::string, Carrier>(CarrierNames().begin(), CarrierNames().end())
                      .at(options.mode);
    run.cubic = options.plan.cubic;
    run.queueDisc = options.plan.queueDisc;
    std::cout << ToJson(run, RunCase(run)).dump() << "\n";
    return 0;
}

void
PrintGoals(const std::vector<BenchGoal>& goals)
{
    std::cout << "\nGoals (a machine's time is no verdict: the exit status ignores them)\n"
              << std::fixed;
    for (const auto& goal : goals)
    {
        const int digits = goal.limit >= 100 ? 0 : 2;
        std::cout << std::left << std::setw(50) << goal.text << std::right << std::setw(10)
                  << std::setprecision(digits) << goal.measured
                  << (goal.atLeast ? "  at least " : "  at most ")
                  << std::setprecision(goal.limit == std::floor(goal.limit) ? 0 : 1) << goal.limit
                  << (goal.Met() ? "  met\n" : "  NOT MET\n");
    }
}

int
RunSections(const Options& options)
{
    std::ofstream file;
    if (!options.jsonFile.empty())
    {
        file.open(options.jsonFile);
        if (!file)
        {
            std::cerr << "hs-bench: cannot write " << options.jsonFile << "\n";
            return 2;
        }
    }
    nlohmann::ordered_json json;
    std::vector<BenchGoal> goals;
    for (const auto& [name, run] : BenchSections())
    {
        if (!options.only.empty() &&
            std::find(options.only.begin(), options.only.end(), name) == options.only.end())
        {
            continue;
        }
        auto section = run(options.plan, std::cout);
        std::cout.flush();
        json[name] = std::move(section.json);
        goals.insert(goals.end(), section.goals.begin(), section.goals.end());
    }
    for (const auto& goal : goals)
    {
        json["goals"].push_back({{"goal", goal.text},
                                 {"measured", goal.measured},
                                 {goal.atLeast ? "at_least" : "at_most", goal.limit},
                                 {"met", goal.Met()}});
    }
    PrintGoals(goals);
    if (file.is_open())
    {
        file << json.dump(2) << "\n";
    }
    return 0;
}

int
CountInstructions()
{
    const std::string script = HOSTSTACK_SOURCE_DIR "/test/benchmark/count-instructions.py";
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    execlp("python3",
           "python3",
           script.c_str(),
           "--program",
           program.c_str(),
           static_cast<char*>(nullptr));
    std::cerr << "hs-bench: python3 cannot be started\n";
    return 3;
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options;
    CLI::App app{"Measures the speed of the simulation: simulated data packets per CPU second of "
                 "hoststack's TCP, of ns-3's and of UDP over the same path.",
                 "hoststack bench"};
    AddOptions(app, options);
    try
    {
        app.parse(argc, argv);
        if (options.instructions)
        {
            return CountInstructions();
        }
        return options.mode.empty() ? RunSections(options) : RunSingle(options);
    }
    catch (const CLI::ParseError& error)
    {
        return app.exit(error) == 0 ? 0 : 2;
    }
    catch (const std::exception& error)
    {
        std::cerr << "hs-bench: " << error.what() << "\n";
        return 3;
    }
}
