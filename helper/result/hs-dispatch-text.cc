// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-text.h"

#include "ns3/hs-dispatch-metrics.h"
#include "ns3/hs-summary-text.h"

#include <map>

namespace hoststack
{

namespace
{

struct Shown
{
    const char* suffix;
    const char* title;
};

/// What of each study's metrics stands in the summary; each is a table.
const std::map<std::string, std::vector<Shown>>&
ShownOf()
{
    static const std::map<std::string, std::vector<Shown>> shown{
        {"growth", {{"cost", "core time per packet"}, {"visits", "sockets touched per packet"}}},
        {"scaling",
         {{"speedup", "packets per second, times those of one core"},
          {"lock.waited", "cores' time spent waiting for locks"}}},
        {"copy-under-lock",
         {{"poll-wait.p99", "what a poll waits behind a copy, 99 %"},
          {"delivery-wait.p99", "what a packet waits, 99 %"}}},
        {"loopback",
         {{"cost", "core time per message"}, {"copies", "copies of a byte in the kernel"}}},
        {"readiness",
         {{"seen.mean", "until a program has seen its data, mean"},
          {"checking", "share of a core that asks for data"}}},
        {"workers",
         {{"workers.most", "connections of the busiest worker"},
          {"workers.least", "connections of the idlest worker"},
          {"workers.spread", "runs in which more than one worker had some"}}},
        {"time-wait",
         {{"cost", "core time per short connection"}, {"sockets", "most sockets in the table"}}},
    };
    return shown;
}

} // namespace

std::string
DispatchText(const RunReport& report)
{
    std::string text;
    for (const auto& spec : report.loaded.scenario.dispatch)
    {
        const auto study = host::DispatchStudies().Create(spec.settings.study);
        const auto plan = study->Plan(spec.settings);
        for (const auto& shown : ShownOf().at(spec.settings.study))
        {
            std::vector<std::vector<std::string>> rows{{spec.name + ": " + shown.title}};
            for (const auto& figures : plan)
            {
                if (figures.stage == plan.front().stage)
                {
                    rows.front().push_back(figures.at);
                }
                if (rows.back().front() != figures.stage)
                {
                    rows.push_back({figures.stage});
                }
                const auto name = DispatchObject(spec.name, figures) + '.' + shown.suffix;
                const auto value = report.result.metrics.Get(name);
                rows.back().push_back(value ? FormatMetric(*value, FindMetric(name)->unit) : "-");
            }
            text += '\n' + AlignedTable(rows, "  ");
        }
    }
    return text;
}

} // namespace hoststack
