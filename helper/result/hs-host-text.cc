// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-text.h"

#include "ns3/hs-application.h"
#include "ns3/hs-core-metrics.h"
#include "ns3/hs-metric-text.h"
#include "ns3/hs-summary-text.h"
#include "ns3/hs-traffic-legs.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using Rows = std::vector<std::vector<std::string>>;

std::string
Count(double value)
{
    return FormatMetric(value, MetricUnit::Count);
}

/// One line per core of each host whose work takes time.
std::string
CoreText(const RunReport& report)
{
    constexpr double limit = 0.95;
    std::vector<std::vector<std::string>> rows{{"CPU",
                                                "busy",
                                                "user",
                                                "kernel",
                                                "soft interrupts (ksoftirqd)",
                                                "interrupts",
                                                "run-queue delay mean / max"}};
    std::string notes;
    const auto& metrics = report.result.metrics;
    for (const auto& host : report.loaded.scenario.hosts)
    {
        const auto cores = host.machine ? host.machine->config.cores : 0;
        for (const auto& object : CoreObjects(host.name, cores))
        {
            const MetricText core(metrics, object + '.');
            const auto name = host.name + ' ' + object.substr(object.rfind('.') + 1);
            rows.push_back({name,
                            core("busy"),
                            core("user"),
                            core("kernel"),
                            core("softirq") + " (" + core("ksoftirqd") + ')',
                            core("irq"),
                            core("wait.mean") + " / " + core("wait.max")});
            if (core.Value("busy") >= limit)
            {
                notes +=
                    "  " + name + " is a limit: it was busy " + core("busy") + " of the time\n";
            }
        }
        const MetricText machine(metrics, "hosts." + host.name + ".cpu.");
        if (cores > 0 && machine.Value("stalls") > 0)
        {
            notes += "  " + host.name + " would log " + machine("stalls") +
                     " RCU stalls, the first at " + machine("stalls.first") + '\n';
        }
        if (cores > 0 && machine.Value("ring-drops") > 0)
        {
            notes += "  " + host.name + " lost " + machine("ring-drops") +
                     " frames because it did not come to its devices in time\n";
        }
    }
    return rows.size() > 1 ? '\n' + AlignedTable(rows, "  ") + notes : "";
}

/// One line per host whose memory ends.
std::string
MemoryText(const RunReport& report)
{
    Rows rows{{"memory of sockets",
               "at the end / most",
               "pressure begins above / ends at",
               "hard limit",
               "under pressure",
               "refused",
               "out of memory"}};
    std::string notes;
    for (const auto& host : report.loaded.scenario.hosts)
    {
        const MetricText memory(report.result.metrics, "hosts." + host.name + ".memory.");
        if (!memory.Has("allocated"))
        {
            continue;
        }
        const auto begins = memory.Value("pressure.begins");
        rows.push_back({host.name,
                        memory.Range({"allocated", "allocated.max"}),
                        memory.Range({"threshold.pressure", "threshold.least"}),
                        memory("threshold.most"),
                        begins > 0 ? memory("pressure.time") + ", " + Count(begins) +
                                         (begins == 1 ? " time" : " times")
                                   : "never",
                        memory("refusals"),
                        memory("out-of-memory")});
        if (memory.Value("refusals") > 0 &&
            memory.Value("allocated.max") >= 0.99 * memory.Value("threshold.most"))
        {
            notes += "  " + host.name + "'s memory is a limit: its sockets held the " +
                     memory("threshold.most") + " that they may have, and were refused more " +
                     memory("refusals") + " times\n";
        }
        if (memory.Value("orphans.reset") > 0)
        {
            notes += "  " + host.name + " reset " + memory("orphans.reset") +
                     " connections that were closed and waited for acknowledgements: it may have " +
                     memory("orphans.limit") + '\n';
        }
        if (memory.Value("time-wait.refused") > 0)
        {
            notes += "  " + host.name + " left out TIME-WAIT for " + memory("time-wait.refused") +
                     " connections: it may have " + memory("time-wait.limit") + '\n';
        }
    }
    return rows.size() > 1 ? '\n' + AlignedTable(rows, "  ") + notes : "";
}

/// \param seconds for counts of the whole run
void
AddWakes(const std::string& name,
         const MetricText& wakes,
         const std::string& end,
         double seconds,
         Rows& rows)
{
    const auto all = end + "wake-ups";
    const auto idle = all + ".idle";
    if (wakes.Has(all))
    {
        rows.push_back(
            {name,
             wakes(all),
             Count(wakes.Value(all) - wakes.Value(idle)),
             wakes(idle),
             wakes.Has(idle + ".rate") ? wakes(idle + ".rate") : Count(wakes.Value(idle) / seconds),
             wakes.Has(idle + ".cpu") ? Percent(wakes.Value(idle + ".cpu")) : "-"});
    }
}

/// One line per end of a traffic and per proxy, if a host has cores or memory that ends.
std::string
WakeText(const RunReport& report)
{
    const auto& scenario = report.loaded.scenario;
    if (std::none_of(scenario.hosts.begin(), scenario.hosts.end(), [](const auto& host) {
            return host.machine || host.memory;
        }))
    {
        return "";
    }
    const auto seconds = MetricText(report.result.metrics, "run.").Value("duration");
    Rows rows{{"wake-ups", "all", "useful", "spurious", "of these a second", "of a core"}};
    for (const auto& traffic : scenario.traffic)
    {
        const MetricText text(report.result.metrics, "traffic." + traffic.name + '.');
        const auto reader = SinkHost(traffic);
        const auto writer = reader == traffic.to ? traffic.from : traffic.to;
        AddWakes(traffic.name + ": " + scenario.hosts[reader].name,
                 text,
                 "receiver.",
                 seconds,
                 rows);
        AddWakes(traffic.name + ": " + scenario.hosts[writer].name, text, "sender.", seconds, rows);
        for (const auto proxy : traffic.through)
        {
            const auto& name = scenario.hosts[proxy].name;
            const MetricText through(report.result.metrics,
                                     "traffic." + traffic.name + ".through." + name + '.');
            AddWakes(traffic.name + ": proxy of " + name, through, "", seconds, rows);
        }
    }
    return rows.size() > 1 ? '\n' + AlignedTable(rows, "  ") : "";
}

} // namespace

std::string
HostText(const RunReport& report)
{
    return CoreText(report) + MemoryText(report) + WakeText(report);
}

} // namespace hoststack
