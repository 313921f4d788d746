// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"
#include "ns3/hs-isolated-jobs.h"
#include "ns3/hs-profile.h"
#include "ns3/hs-progress.h"
#include "ns3/hs-results.h"
#include "ns3/hs-summary-text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <map>
#include <ostream>
#include <sstream>

namespace hoststack
{

namespace
{

using nlohmann::json;

/// Feeds the series file and the progress line.
class Observer : public RunObserver
{
  public:
    Observer(SeriesWriter* series, ProgressLine& progress)
        : m_series(series),
          m_progress(progress)
    {
    }

    void OnSample(TimeNs at,
                  const std::string& object,
                  const std::string& metric,
                  double value) override
    {
        if (m_series)
        {
            m_series->Write(at, object, metric, value);
        }
    }

    void OnProgress(TimeNs at) override
    {
        m_progress.Update(at);
    }

  private:
    SeriesWriter* m_series;
    ProgressLine& m_progress;
};

/// The call as it matters for the result; the same call gives the same text.
std::string
CommandText(const std::string& file, const CliOptions& options)
{
    std::string text = (options.mode == RunMode::Live ? "live " : "run ") + file;
    for (const auto& set : options.sets)
    {
        text += " --set '" + set + '\'';
    }
    if (options.seed)
    {
        text += " --seed " + std::to_string(*options.seed);
    }
    text += options.kernel.empty() ? "" : " --kernel " + options.kernel;
    return text + (options.pcap ? " --pcap" : "");
}

struct Finished
{
    json summary;
    std::string text;
    std::vector<Verdict> verdicts;
    bool met{false};
};

/// Simulates one scenario; writes results to \p folder unless it is empty.
Finished
Simulate(const LoadedScenario& loaded,
         const std::string& folder,
         const std::string& command,
         const CliContext& context,
         bool showProgress,
         RunMode mode = RunMode::Simulated)
{
    const Scenario& scenario = loaded.scenario;
    const auto runner = mode == RunMode::Live ? context.makeLive() : context.makeRunner();
    runner->Check(loaded);
    std::unique_ptr<SeriesWriter> series;
    if (!folder.empty())
    {
        PrepareResultsFolder(folder);
        if (scenario.output.series)
        {
            series = std::make_unique<SeriesWriter>(folder + "/series.csv");
        }
    }
    ProgressLine progress(context.err, scenario.run.duration, showProgress);
    Observer observer(series.get(), progress);
    const auto begin = std::chrono::steady_clock::now();
    RunReport report{loaded, runner->Run(loaded, folder, observer), {}, mode};
    const double elapsed =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    progress.Clear();
    report.verdicts = Judge(scenario.expect, report.result.metrics, mode);
    if (!folder.empty())
    {
        WriteResults(report, folder, command, runner->Simulator(), series ? series->Finish() : "");
    }
    Finished finished;
    finished.summary = SummaryOf(report);
    finished.verdicts = report.verdicts;
    finished.met = report.Met();
    char speed[128];
    std::snprintf(speed,
                  sizeof speed,
                  mode == RunMode::Live ? "\n  ran live for %.4g s, took %.3g s"
                                        : "\n  simulated %.4g s in %.3g s",
                  ToSeconds(report.result.end),
                  elapsed);
    finished.text =
        SummaryText(report) + speed + (folder.empty() ? "\n" : ", results in " + folder + '\n');
    return finished;
}

/// Runs \p job and turns what it throws into an exit status and a text.
int
Guarded(const std::function<int()>& job, std::string& text, std::vector<ScenarioIssue>* issues)
{
    try
    {
        return job();
    }
    catch (const ScenarioError& error)
    {
        text = FormatIssues(error.Issues()) + '\n';
        if (issues)
        {
            *issues = error.Issues();
        }
        return kExitWrong;
    }
    catch (const MachineCannot& error)
    {
        text = std::string("skipped: ") + error.what() + '\n';
        return kExitCannot;
    }
    catch (const std::exception& error)
    {
        text = std::string("hoststack failed: ") + error.what() +
               "\nThis is our fault, not the scenario's; please report it with the scenario.\n";
        return kExitFault;
    }
}

std::string
CrashText(const JobOutcome& outcome)
{
    return "hoststack crashed (signal " + std::to_string(outcome.signal) +
           ")\nThis is our fault, not the scenario's; please report it with the scenario.\n";
}

int
RunOne(const std::string& file, const CliOptions& options, const CliContext& context)
{
    const auto loaded = LoadScenario(file, options.Load());
    const auto finished = Simulate(loaded,
                                   options.out + '/' + loaded.scenario.name,
                                   CommandText(file, options),
                                   context,
                                   context.isTerminal && !options.quiet && !options.json,
                                   options.mode);
    if (options.json)
    {
        context.out << finished.summary.dump(2) << '\n';
    }
    else if (!options.quiet)
    {
        context.out << finished.text;
    }
    return finished.met ? kExitMet : kExitMissed;
}

/// What counts most when several scenarios end differently.
int
Severity(int status)
{
    // A run that could not be is worse than one that went well, and nothing else.
    return status == kExitMet ? 0 : status == kExitCannot ? 1 : 1 + status;
}

/// Two scenarios of one call must not write to one folder.
void
RefuseEqualNames(const CliOptions& options)
{
    std::map<std::string, std::string> owners;
    for (const auto& file : options.paths)
    {
        const auto name = LoadScenario(file, options.Load()).scenario.name;
        const auto [owner, isNew] = owners.emplace(name, file);
        if (!isNew)
        {
            throw ScenarioError({file,
                                 0,
                                 0,
                                 "/name",
                                 "has the same name as " + owner->second + ": " + Quoted(name),
                                 "names that differ, as each names a results folder",
                                 ""});
        }
    }
}

/// What a job tells its parent: what to print, and JSON on a line of its own.
std::string
Pack(const json& machine, const std::string& text)
{
    return machine.dump(-1, ' ', false, json::error_handler_t::replace) + '\n' + text;
}

std::pair<json, std::string>
Unpack(const std::string& output)
{
    const auto end = output.find('\n');
    if (end == std::string::npos)
    {
        return {json(nullptr), output};
    }
    return {json::parse(output.substr(0, end), nullptr, false), output.substr(end + 1)};
}

template <class Predicate>
std::size_t
Count(const std::vector<Verdict>& verdicts, Predicate predicate)
{
    return static_cast<std::size_t>(std::count_if(verdicts.begin(), verdicts.end(), predicate));
}

std::string
CheckText(const std::string& file, const Finished& finished)
{
    const auto total = Count(finished.verdicts, [](const auto& v) { return v.skipped.empty(); });
    const auto met =
        Count(finished.verdicts, [](const auto& v) { return v.skipped.empty() && v.met; });
    std::string text = (finished.met ? "✓ " : "✗ ") + file + ": ";
    if (total == 0)
    {
        return text + "ran, expects nothing\n";
    }
    text += std::to_string(met) + " of " + std::to_string(total) + " met\n";
    for (const auto& verdict : finished.verdicts)
    {
        text += verdict.met || !verdict.skipped.empty() ? "" : VerdictText(verdict, "    ");
    }
    return text;
}

} // namespace

int
RunCommand(const CliOptions& options, const CliContext& context)
{
    if (options.paths.size() == 1)
    {
        return RunOne(options.paths.front(), options, context);
    }
    RefuseEqualNames(options);
    std::vector<std::function<int(std::string&)>> jobs;
    for (const auto& file : options.paths)
    {
        jobs.push_back([&, file](std::string& output) {
            std::ostringstream out;
            const CliContext inner{out, context.err, context.makeRunner, false, context.makeLive};
            std::string text;
            const int status = Guarded([&] { return RunOne(file, options, inner); }, text, nullptr);
            output = out.str() + text;
            return status;
        });
    }
    int worst = kExitMet;
    RunIsolated(jobs, 1, [&](std::size_t index, const JobOutcome& outcome) {
        const int status = outcome.signal != 0 ? kExitFault : outcome.status;
        std::ostream& stream = status >= kExitWrong ? context.err : context.out;
        stream << (index > 0 && !options.quiet && !options.json ? "\n" : "")
               << (outcome.signal != 0 ? CrashText(outcome) : outcome.output) << std::flush;
        worst = Severity(status) > Severity(worst) ? status : worst;
    });
    return worst;
}

int
LiveCommand(const CliOptions& options, const CliContext& context)
{
    if (!context.makeLive)
    {
        throw std::logic_error("this program was built without live runs");
    }
    CliOptions live = options;
    live.mode = RunMode::Live;
    return RunCommand(live, context);
}

int
CheckCommand(const CliOptions& options, const CliContext& context)
{
    const auto files = FindScenarioFiles(options.paths, false);
    if (files.empty())
    {
        throw ScenarioError({options.paths.front(),
                             0,
                             0,
                             "",
                             "holds no scenario",
                             "a folder with *.json files",
                             ""});
    }
    std::vector<std::function<int(std::string&)>> jobs;
    for (const auto& file : files)
    {
        jobs.push_back([&, file](std::string& output) {
            json machine = {{"file", file}};
            std::string text;
            std::vector<ScenarioIssue> issues;
            const auto job = [&]() -> int {
                const auto loaded = LoadScenario(file, options.Load());
                const auto folder =
                    options.outGiven ? options.out + '/' + loaded.scenario.name : std::string();
                const auto finished =
                    Simulate(loaded, folder, CommandText(file, options), context, false);
                machine["expectations"] = finished.summary["expectations"];
                text = CheckText(file, finished);
                return finished.met ? kExitMet : kExitMissed;
            };
            const int status = Guarded(job, text, &issues);
            if (status >= kExitWrong)
            {
                text = "✗ " + file + ": " + (status == kExitWrong ? "wrong\n" : "failed\n") + text;
            }
            for (const auto& issue : issues)
            {
                machine["errors"].push_back(IssueJson(issue));
            }
            machine["status"] = status;
            output = Pack(machine, text);
            return status;
        });
    }
    std::size_t counts[4] = {};
    json all = json::array();
    RunIsolated(jobs, options.jobs, [&](std::size_t index, const JobOutcome& outcome) {
        int status = outcome.status;
        auto [machine, text] = Unpack(outcome.output);
        if (outcome.signal != 0)
        {
            status = kExitFault;
            machine = {{"file", files[index]}, {"status", status}};
            text = "✗ " + files[index] + ": " + CrashText(outcome);
        }
        ++counts[std::clamp(status, 0, 3)];
        all.push_back(std::move(machine));
        if (!options.json && !(options.quiet && status == kExitMet))
        {
            context.out << text << std::flush;
        }
    });
    if (options.json)
    {
        context.out << all.dump(2) << '\n';
    }
    else
    {
        context.out << files.size() << " scenarios: " << counts[kExitMet] << " met, "
                    << counts[kExitMissed] << " missed, " << counts[kExitWrong] << " wrong, "
                    << counts[kExitFault] << " failed\n";
    }
    for (const int status : {kExitFault, kExitWrong, kExitMissed})
    {
        if (counts[status] > 0)
        {
            return status;
        }
    }
    return kExitMet;
}

int
ValidateCommand(const CliOptions& options, const CliContext& context)
{
    const auto files = FindScenarioFiles(options.paths, true);
    const auto runner = context.makeRunner();
    std::vector<ScenarioIssue> issues;
    std::size_t wrong = 0;
    for (const auto& file : files)
    {
        std::vector<ScenarioIssue> found;
        try
        {
            const auto source = JsonSource::Load(file);
            if (source.Value().contains("hoststack-profile"))
            {
                found = CheckProfile(source);
            }
            else
            {
                runner->Check(LoadScenario(file, options.Load()));
            }
        }
        catch (const ScenarioError& error)
        {
            found = error.Issues();
        }
        wrong += found.empty() ? 0 : 1;
        if (!options.json && !found.empty())
        {
            context.err << FormatIssues(found) << '\n';
        }
        issues.insert(issues.end(), found.begin(), found.end());
    }
    if (options.json)
    {
        auto list = json::array();
        for (const auto& issue : issues)
        {
            list.push_back(IssueJson(issue));
        }
        context.out << json{{"files", files.size()}, {"wrong", wrong}, {"errors", list}}
                           .dump(2, ' ', false, json::error_handler_t::replace)
                    << '\n';
    }
    else if (!options.quiet)
    {
        context.out << files.size() << " files, " << wrong << " wrong\n";
    }
    return wrong > 0 ? kExitWrong : kExitMet;
}

} // namespace hoststack
