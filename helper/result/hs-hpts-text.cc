// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-text.h"

#include "ns3/hs-metric-text.h"
#include "ns3/hs-summary-text.h"

namespace hoststack
{

std::string
HptsText(const RunReport& report)
{
    std::vector<std::vector<std::string>> paced{{"HPTS",
                                                 "paced bursts",
                                                 "gap mean",
                                                 "gap 1 % / median / 99 %",
                                                 "late mean / 99 % / most",
                                                 "connections served"}};
    std::vector<std::vector<std::string>> wheels{{"its wheels",
                                                  "insertions",
                                                  "timers armed",
                                                  "runs by thread",
                                                  "by soft timer",
                                                  "woken by an insertion",
                                                  "gave up",
                                                  "slots walked"}};
    for (const auto& host : report.loaded.scenario.hosts)
    {
        const MetricText hpts(report.result.metrics, "hosts." + host.name + ".hpts.");
        if (!(hpts.Value("inserts") > 0))
        {
            continue;
        }
        paced.push_back({host.name,
                         hpts("bursts"),
                         hpts("gap.mean"),
                         hpts.Range({"gap.p1", "gap.p50", "gap.p99"}),
                         hpts.Range({"lateness.mean", "lateness.p99", "lateness.max"}),
                         hpts("calls")});
        wheels.push_back({host.name,
                          hpts("inserts"),
                          hpts("callouts"),
                          hpts("runs.thread"),
                          hpts("runs.hook"),
                          hpts("wake-ups"),
                          hpts("hopeless"),
                          hpts("slots-walked")});
    }
    return paced.size() > 1 ? '\n' + AlignedTable(paced, "  ") + '\n' + AlignedTable(wheels, "  ")
                            : "";
}

} // namespace hoststack
