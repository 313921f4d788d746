// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-nic-text.h"

#include "ns3/hs-metric-text.h"
#include "ns3/hs-receive-offload.h"
#include "ns3/hs-summary-text.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

using Rows = std::vector<std::vector<std::string>>;

MetricText
NicOf(const RunReport& report, const HostSpec& host)
{
    return {report.result.metrics, "hosts." + host.name + ".nic."};
}

/// What the cores did, for a gigabyte in the direction of \p name. A host that mostly does the
/// \p other did not do it for the ACKs that went this way.
std::string
Cost(const MetricText& nic, const char* name, const char* other)
{
    constexpr double most = 10;
    return nic.Has(other) && nic.Value(name) > most * nic.Value(other) ? "-" : nic(name);
}

/// "poll-end 73 %, push 27 %": what ended most units.
std::string
Endings(const MetricText& nic)
{
    constexpr std::size_t shown = 3;
    constexpr double mentioned = 0.005;
    std::vector<std::pair<double, std::string>> reasons;
    for (std::size_t i = 0; i < kFlushReasons; ++i)
    {
        const std::string name = NameOf(static_cast<FlushReason>(i));
        reasons.emplace_back(nic.Value("flush." + name) / nic.Value("units"), name);
    }
    std::stable_sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) {
        return a.first > b.first;
    });
    std::string text;
    for (std::size_t i = 0; i < shown && reasons[i].first >= mentioned; ++i)
    {
        text += (text.empty() ? "" : ", ") + reasons[i].second + ' ' + Percent(reasons[i].first);
    }
    return text;
}

/// One line per host whose NIC has received something.
std::string
ReceiveText(const RunReport& report)
{
    Rows rows{{"NIC",
               "offload",
               "core time per GB received / sent",
               "packets per unit",
               "units",
               "ring drops",
               "most units ended with"}};
    bool isTold = false;
    for (const auto& host : report.loaded.scenario.hosts)
    {
        const auto nic = NicOf(report, host);
        if (!host.nic || !(nic.Value("units") > 0))
        {
            continue;
        }
        const bool merges = host.nic->offload != "none";
        isTold = isTold || merges || nic.Has("cpu-per-gigabyte") || nic.Value("ring.drops") > 0;
        rows.push_back({host.name,
                        host.nic->offload,
                        Cost(nic, "cpu-per-gigabyte", "cpu-per-gigabyte-sent") + " / " +
                            Cost(nic, "cpu-per-gigabyte-sent", "cpu-per-gigabyte"),
                        nic("merge-factor"),
                        nic("units"),
                        nic("ring.drops"),
                        merges ? Endings(nic) : "-"});
    }
    return isTold ? '\n' + AlignedTable(rows, "  ") : "";
}

/// One line per host with a queue before the wire.
std::string
QueueText(const RunReport& report)
{
    Rows rows{{"NIC's queue",
               "kind",
               "units",
               "frames per unit",
               "most waiting",
               "delay mean / max",
               "drops",
               "ring full"}};
    for (const auto& host : report.loaded.scenario.hosts)
    {
        const auto nic = NicOf(report, host);
        if (host.nic && nic.Value("transmit.units") > 0)
        {
            rows.push_back({host.name,
                            host.nic->transmit.queue,
                            nic("transmit.units"),
                            nic("transmit.frames-per-unit"),
                            nic("transmit.queue.max"),
                            nic.Range({"transmit.queue.delay.mean", "transmit.queue.delay.max"}),
                            nic("transmit.queue.drops"),
                            nic("transmit.stops")});
        }
    }
    return rows.size() > 1 ? '\n' + AlignedTable(rows, "  ") : "";
}

} // namespace

std::string
NicText(const RunReport& report)
{
    return ReceiveText(report) + QueueText(report);
}

} // namespace hoststack
