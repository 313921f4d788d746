// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli-job.h"

#include <ostream>

namespace hoststack
{

using nlohmann::json;

int
RunCommand(const CliOptions& options, const CliContext& context)
{
    const bool isSingle = options.paths.size() == 1;
    if (!isSingle)
    {
        RefuseEqualNames(options.paths, options);
    }
    const auto job = [&](const std::string& file) {
        const auto loaded = LoadNamed(file, options);
        const auto finished =
            Simulate(loaded,
                     ResultsPath(options, loaded.scenario.name),
                     CommandText(file, options),
                     context,
                     isSingle && context.isTerminal && !options.quiet && !options.json,
                     options.mode);
        return JobReport{finished.met ? kExitMet : kExitMissed, finished.summary, finished.text};
    };
    int worst = kExitMet;
    json all = json::array();
    RunJobs(options.paths, 1, job, [&](std::size_t index, const JobReport& report) {
        worst = WorseStatus(worst, report.status);
        const bool isWrong = report.status >= kExitWrong;
        if (isWrong)
        {
            context.err << report.text << std::flush;
        }
        if (options.json)
        {
            json entry = report.machine;
            if (!isSingle)
            {
                entry["file"] = options.paths[index];
                entry["status"] = report.status;
            }
            all.push_back(std::move(entry));
        }
        else if (!options.quiet && !isWrong)
        {
            context.out << (index > 0 ? "\n" : "") << report.text << std::flush;
        }
    });
    if (options.json)
    {
        context.out << JsonText(isSingle ? all.front() : all) << '\n';
    }
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

} // namespace hoststack
