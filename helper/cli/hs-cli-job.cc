// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli-job.h"

#include "ns3/hs-cancel-signal.h"
#include "ns3/hs-progress.h"
#include "ns3/hs-results-folder.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/hs-summary-text.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <new>
#include <ostream>

namespace hoststack
{

namespace
{

using nlohmann::json;

/// Feeds the progress line, and passes on that somebody wants to end the run.
class Observer : public RunObserver
{
  public:
    Observer(ProgressLine& progress, const CancelSignal& cancel)
        : m_progress(progress),
          m_cancel(cancel)
    {
    }

    bool WantsSeries() const override
    {
        return false;
    }

    void OnSample(TimeNs, const std::string&, const std::string&, double) override
    {
    }

    void OnProgress(TimeNs at) override
    {
        m_progress.Update(at);
    }

    bool IsCancelled() const override
    {
        return m_cancel.Came();
    }

  private:
    ProgressLine& m_progress;
    const CancelSignal& m_cancel;
};

/// What went wrong in a job, as its report.
JobReport
Failure(int status, const std::vector<ScenarioIssue>& issues, const std::string& text)
{
    JobReport report{status, json::object(), text};
    report.machine["errors"] = json::array();
    for (const auto& issue : issues)
    {
        report.machine["errors"].push_back(IssueJson(issue));
    }
    return report;
}

JobReport
Fault(const std::string& file, const std::string& what)
{
    ScenarioIssue issue;
    issue.file = file;
    issue.message = what;
    return Failure(kExitFault,
                   {issue},
                   file + ": " + what +
                       "\nThis is our fault, not the scenario's; please report it with the "
                       "scenario.\n");
}

JobReport
Crash(const std::string& file, int signal)
{
    return Fault(file,
                 "hoststack crashed (" + SignalText(signal) + ')' +
                     (signal == SIGKILL ? ": somebody killed it, or memory ran out" : ""));
}

/// Runs \p job and turns what it throws into a report.
JobReport
Guarded(const std::string& file, const std::function<JobReport(const std::string&)>& job)
{
    try
    {
        return job(file);
    }
    catch (const ScenarioError& error)
    {
        return Failure(kExitWrong, error.Issues(), FormatIssues(error.Issues()) + '\n');
    }
    catch (const MachineCannot& error)
    {
        auto report = Failure(kExitCannot, {}, std::string("skipped: ") + error.what() + '\n');
        report.machine["skipped"] = error.what();
        return report;
    }
    catch (const std::bad_alloc&)
    {
        return Fault(file, "hoststack failed: memory ran out");
    }
    catch (const std::exception& error)
    {
        return Fault(file, std::string("hoststack failed: ") + error.what());
    }
}

/// What a job tells its parent: JSON on a line of its own, and what to print.
std::string
Pack(const JobReport& report)
{
    return report.machine.dump(-1, ' ', false, json::error_handler_t::replace) + '\n' + report.text;
}

JobReport
Unpack(const JobOutcome& outcome)
{
    JobReport report{outcome.status, json::object(), outcome.output};
    const auto end = outcome.output.find('\n');
    if (end != std::string::npos)
    {
        report.machine = json::parse(outcome.output.substr(0, end), nullptr, false);
        report.text = outcome.output.substr(end + 1);
    }
    return report;
}

} // namespace

LoadedScenario
LoadNamed(const std::string& file, const CliOptions& options)
{
    return file == "-" ? LoadScenarioText(StandardInput(), "-", ".", options.Load())
                       : LoadScenario(file, options.Load());
}

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
    for (const auto& host : options.kernels)
    {
        text += " --kernel " + host;
    }
    return text + (options.pcap ? " --pcap" : "");
}

std::string
ResultsPath(const CliOptions& options, const std::string& name)
{
    return options.out + (options.out.back() == '/' ? "" : "/") + name;
}

Finished
Simulate(const LoadedScenario& loaded,
         const std::string& folder,
         const std::string& command,
         const CliContext& context,
         bool showProgress,
         RunMode mode)
{
    const Scenario& scenario = loaded.scenario;
    const auto runner = mode == RunMode::Live ? context.makeLive() : context.makeRunner();
    const CancelSignal cancel;
    ProgressLine progress(context.err, scenario.run.duration, showProgress);
    Observer observer(progress, cancel);
    const auto begin = std::chrono::steady_clock::now();
    const auto report = cancel.Guard([&] {
        return RunScenario(loaded, {folder, command, mode, runner.get(), TellParent}, &observer);
    });
    const double elapsed =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    progress.Clear();
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

void
RunJobs(const std::vector<std::string>& files,
        unsigned parallel,
        const std::function<JobReport(const std::string& file)>& job,
        const std::function<void(std::size_t index, const JobReport& report)>& done)
{
    std::vector<std::function<int(std::string&)>> jobs;
    for (const auto& file : files)
    {
        jobs.push_back([&job, &file](std::string& output) {
            const auto report = Guarded(file, job);
            output = Pack(report);
            return report.status;
        });
    }
    RunIsolated(jobs, parallel, [&](std::size_t index, const JobOutcome& outcome) {
        for (const auto& part : outcome.notices)
        {
            ResultsFolder::Discard(part);
        }
        done(index, outcome.signal == 0 ? Unpack(outcome) : Crash(files[index], outcome.signal));
    });
}

void
RefuseEqualNames(const std::vector<std::string>& files, const CliOptions& options)
{
    std::vector<std::string> names(files.size());
    RunJobs(
        files,
        0,
        [&](const std::string& file) {
            // What is wrong with the file is said by the job that runs it.
            return JobReport{kExitMet, {{"name", LoadNamed(file, options).scenario.name}}, {}};
        },
        [&](std::size_t index, const JobReport& report) {
            names[index] = report.status == kExitMet ? report.machine.value("name", "") : "";
        });
    std::map<std::string, std::string> owners;
    for (std::size_t i = 0; i < files.size(); ++i)
    {
        const auto [owner, isNew] = owners.emplace(names[i], files[i]);
        if (!isNew && !names[i].empty())
        {
            throw ScenarioError({files[i],
                                 0,
                                 0,
                                 "/name",
                                 "has the same name as " + owner->second + ": " + Quoted(names[i]),
                                 "names that differ, as each names a results folder",
                                 ""});
        }
    }
}

int
WorseStatus(int a, int b)
{
    // A run that could not be is worse than one that went well, and nothing else.
    const auto severity = [](int status) {
        return status == kExitMet ? 0 : status == kExitCannot ? 1 : 1 + status;
    };
    return severity(b) > severity(a) ? b : a;
}

int
ReportInterruption(const Interrupted& interrupted, const CliContext& context)
{
    std::string kept;
    for (const auto& part : interrupted.Notices())
    {
        ResultsFolder::Discard(part);
        std::error_code code;
        const auto target = ResultsFolder::TargetOf(part);
        kept +=
            std::filesystem::exists(target, code) ? "    " + target + " is as it was before\n" : "";
    }
    constexpr int shell = 128; // what a shell says of a program that a signal ended
    if (interrupted.Signal() == SIGPIPE)
    {
        return shell + SIGPIPE; // nobody listens
    }
    context.err << (context.isTerminal ? "\n" : "") << "interrupted ("
                << SignalText(interrupted.Signal())
                << "): the run was ended, and none of its results were written\n"
                << kept << std::flush;
    return shell + interrupted.Signal();
}

} // namespace hoststack
