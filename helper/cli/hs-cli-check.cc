// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli-job.h"
#include "ns3/hs-profile.h"
#include "ns3/hs-summary-text.h"

#include <algorithm>
#include <ostream>

namespace hoststack
{

namespace
{

using nlohmann::json;

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

/// \throws ScenarioError if there is none
std::vector<std::string>
FilesOf(const CliOptions& options, bool withProfiles)
{
    auto files = FindScenarioFiles(options.paths, withProfiles);
    if (files.empty())
    {
        throw ScenarioError(
            {options.paths.front(),
             0,
             0,
             "",
             withProfiles ? "holds no scenario and no profile" : "holds no scenario",
             "a folder with *.json files",
             ""});
    }
    return files;
}

/// The mistakes of one file; empty if it is sound.
JobReport
Validate(const std::string& file, const CliOptions& options, const CliContext& context)
{
    const auto source =
        file == "-" ? JsonSource::Parse(StandardInput(), "-") : JsonSource::Load(file);
    if (source.Value().contains("hoststack-profile"))
    {
        const auto issues = CheckProfile(source);
        if (!issues.empty())
        {
            throw ScenarioError(issues);
        }
    }
    else
    {
        context.makeRunner()->Check(LoadNamed(file, options));
    }
    return {kExitMet, json::object(), {}};
}

} // namespace

int
CheckCommand(const CliOptions& options, const CliContext& context)
{
    const auto files = FilesOf(options, false);
    if (options.outGiven)
    {
        RefuseEqualNames(files, options);
    }
    const auto job = [&](const std::string& file) {
        const auto loaded = LoadNamed(file, options);
        const auto folder =
            options.outGiven ? ResultsPath(options, loaded.scenario.name) : std::string();
        const auto finished = Simulate(loaded, folder, CommandText(file, options), context, false);
        return JobReport{finished.met ? kExitMet : kExitMissed,
                         {{"expectations", finished.summary["expectations"]}},
                         CheckText(file, finished)};
    };
    std::size_t counts[4] = {};
    json all = json::array();
    RunJobs(files, options.jobs, job, [&](std::size_t index, const JobReport& report) {
        const int status = report.status;
        ++counts[std::clamp(status, 0, 3)];
        json machine = report.machine;
        machine["file"] = files[index];
        machine["status"] = status;
        all.push_back(std::move(machine));
        if (!options.json && !(options.quiet && status == kExitMet))
        {
            context.out << (status < kExitWrong
                                ? report.text
                                : "✗ " + files[index] + ": " +
                                      (status == kExitWrong ? "wrong\n" : "failed\n") + report.text)
                        << std::flush;
        }
    });
    if (options.json)
    {
        context.out << JsonText(all) << '\n';
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
    const auto files = FilesOf(options, true);
    auto issues = json::array();
    std::size_t wrong = 0;
    int worst = kExitMet;
    const auto job = [&](const std::string& file) { return Validate(file, options, context); };
    RunJobs(files, 0, job, [&](std::size_t, const JobReport& report) {
        worst = WorseStatus(worst, report.status);
        wrong += report.status == kExitMet ? 0 : 1;
        if (!options.json)
        {
            context.err << report.text << std::flush;
        }
        for (const auto& issue : report.machine.value("errors", json::array()))
        {
            issues.push_back(issue);
        }
    });
    if (options.json)
    {
        context.out << JsonText({{"files", files.size()}, {"wrong", wrong}, {"errors", issues}})
                    << '\n';
    }
    else if (!options.quiet)
    {
        context.out << files.size() << " files, " << wrong << " wrong\n";
    }
    return worst;
}

} // namespace hoststack
