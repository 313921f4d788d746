// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ack-policy.h"
#include "ns3/hs-application.h"
#include "ns3/hs-cli.h"
#include "ns3/hs-congestion-control.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-dispatch-stage.h"
#include "ns3/hs-dispatch-study.h"
#include "ns3/hs-dispatch-table.h"
#include "ns3/hs-event-names.h"
#include "ns3/hs-event-words.h"
#include "ns3/hs-host-counters.h"
#include "ns3/hs-link-behaviour.h"
#include "ns3/hs-lock-scheme.h"
#include "ns3/hs-loss-recovery.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-nearest.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-notification.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-profile.h"
#include "ns3/hs-proxy-kinds.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-rtt-estimator.h"
#include "ns3/hs-scenario-datagram.h"
#include "ns3/hs-schema-tables.h"
#include "ns3/hs-summary-text.h"
#include "ns3/hs-tcp-setting-table.h"
#include "ns3/hs-window-policy.h"

#include <functional>
#include <ostream>

namespace hoststack
{

namespace
{

using nlohmann::json;

struct Line
{
    std::string name;
    std::string about;
};

struct Subject
{
    const char* name;
    const char* about;
    std::function<std::vector<Line>()> lines;
};

template <class RegistryType>
std::vector<Line>
LinesOf(const RegistryType& registry)
{
    std::vector<Line> lines;
    for (const auto& entry : registry.Entries())
    {
        lines.push_back({entry.name, entry.about});
    }
    return lines;
}

std::vector<Line>
CongestionLines()
{
    auto lines = LinesOf(tcp::CongestionControls());
    for (const auto& entry : mptcp::CoupledCongestionControls().Entries())
    {
        lines.push_back({entry.name, "multipath only: " + entry.about});
    }
    lines.push_back({"ns3:TYPE", "any ns3::TcpCongestionOps by its TypeId, e.g. ns3:TcpVegas"});
    return lines;
}

std::vector<Line>
BehaviourLines()
{
    std::vector<Line> lines;
    for (const auto& entry : LinkBehaviours().Entries())
    {
        lines.push_back({entry.name, entry.about});
        for (const auto& parameter : entry.parameters)
        {
            lines.push_back(
                {"  " + parameter.name,
                 std::string(LinkParameterKindName(parameter.kind)) +
                     (parameter.standard.empty() ? ", needed" : ", " + parameter.standard) + ": " +
                     parameter.about});
        }
    }
    return lines;
}

std::vector<Line>
ProfileLines(const std::string& kind)
{
    std::vector<Line> lines;
    for (const auto& [name, about] : ListProfiles(kind))
    {
        lines.push_back({name, about});
    }
    return lines;
}

std::vector<Line>
TrafficLines()
{
    std::vector<Line> lines;
    for (const auto& entry : Applications())
    {
        lines.push_back({entry.name, entry.about});
    }
    for (const auto& kind : DatagramKinds())
    {
        lines.push_back({kind.name, kind.about});
    }
    return lines;
}

std::vector<Line>
ProxyLines()
{
    std::vector<Line> lines;
    for (const auto& kind : ProxyKinds())
    {
        lines.push_back({kind.name, kind.about});
    }
    return lines;
}

std::vector<Line>
SettingLines()
{
    std::vector<Line> lines;
    for (const auto& setting : TcpSettingTable())
    {
        lines.push_back({setting.name, setting.about});
    }
    return lines;
}

std::vector<Line>
SystemLines()
{
    std::vector<Line> lines;
    for (const auto& stage : host::DispatchStages())
    {
        lines.push_back({stage.name, stage.about});
    }
    return lines;
}

std::vector<Line>
MetricLines()
{
    std::vector<Line> lines;
    for (const auto& info : MetricCatalogue())
    {
        if (info.use.summary)
        {
            lines.push_back({info.pattern,
                             '[' + UnitName(info.unit) + "] " + info.about +
                                 (info.use.wholeRun ? " (whole run)" : "")});
        }
    }
    return lines;
}

std::vector<Line>
SeriesLines()
{
    std::vector<Line> lines;
    for (const auto& info : MetricCatalogue())
    {
        if (info.use.series != InSeries::No)
        {
            lines.push_back({info.pattern,
                             '[' + UnitName(info.unit) + ", " + SeriesWord(info.use.series) + "] " +
                                 info.about});
        }
    }
    return lines;
}

std::vector<Line>
EventLines()
{
    std::vector<Line> lines;
    for (const auto what : EveryHappening())
    {
        lines.push_back({ToString(what), AboutHappening(what)});
    }
    std::string link = "link-up";
    for (const auto& property : LinkProperties())
    {
        link += std::string(", ") + property.told;
    }
    lines.push_back({link, "an event of the scenario at a link; taken-back: its time is over"});
    lines.push_back({"stop, abort", "an event of the scenario at a traffic"});
    lines.push_back({HostActionList(), "an event of the scenario at a host"});
    lines.push_back({"tracker-down, tracker-up", "a host's health checks of a link"});
    return lines;
}

std::vector<Line>
CounterLines()
{
    std::vector<Line> lines;
    for (const auto& counter : HostCounterCatalogue())
    {
        lines.push_back({counter.name, counter.about});
    }
    return lines;
}

std::vector<Line>
UnitLines()
{
    std::vector<Line> lines;
    for (const auto kind : {QuantityKind::Time,
                            QuantityKind::Rate,
                            QuantityKind::Size,
                            QuantityKind::Packets,
                            QuantityKind::Segments,
                            QuantityKind::Share})
    {
        lines.push_back({QuantityName(kind), Listed(UnitsOf(kind))});
    }
    return lines;
}

const std::vector<Subject>&
Subjects()
{
    static const std::vector<Subject> subjects{
        {"congestion", "congestion controls (tcp.congestion)", CongestionLines},
        {"recovery",
         "loss recoveries (tcp.recovery)",
         [] { return LinesOf(tcp::LossRecoveries()); }},
        {"window",
         "receive-window policies (tcp.window)",
         [] { return LinesOf(tcp::WindowPolicies()); }},
        {"acks", "ACK policies (tcp.acks)", [] { return LinesOf(tcp::AckPolicies()); }},
        {"pacers", "pacers (tcp.pacing)", [] { return LinesOf(Pacers()); }},
        {"offloads",
         "receive offloads (hosts.NAME.nic.offload)",
         [] { return LinesOf(ReceiveOffloads()); }},
        {"moderations",
         "interrupt moderations (hosts.NAME.nic.moderation)",
         [] { return LinesOf(InterruptModerations()); }},
        {"steerings",
         "packet steerings (hosts.NAME.nic.steering)",
         [] { return LinesOf(host::PacketSteerings()); }},
        {"queues",
         "queue disciplines of devices (hosts.NAME.nic.queue)",
         [] { return LinesOf(DeviceQueues()); }},
        {"rto", "time-out estimators (tcp.rto)", [] { return LinesOf(tcp::RttEstimators()); }},
        {"proxies", "TCP proxies as they are packaged (hosts.NAME.proxy.program)", ProxyLines},
        {"schedulers",
         "multipath schedulers (hosts.NAME.mptcp.scheduler)",
         [] { return LinesOf(mptcp::PacketSchedulers()); }},
        {"path-managers",
         "multipath path managers (hosts.NAME.mptcp.path-manager)",
         [] { return LinesOf(mptcp::PathManagers()); }},
        {"behaviours", "link behaviours (links.NAME.down.behaviours)", BehaviourLines},
        {"links", "link profiles (links.NAME.preset)", [] { return ProfileLines("link"); }},
        {"os", "operating-system profiles (hosts.NAME.os)", [] { return ProfileLines("os"); }},
        {"hardware",
         "hardware profiles (hosts.NAME.hardware)",
         [] { return ProfileLines("hardware"); }},
        {"nics", "NIC profiles (hosts.NAME.nic-model)", [] { return ProfileLines("nic"); }},
        {"traffic", "kinds of traffic (traffic.NAME.kind)", TrafficLines},
        {"settings", "TCP settings (tcp.KEY)", SettingLines},
        {"studies",
         "studies of socket layers (dispatch.NAME.study)",
         [] { return LinesOf(host::DispatchStudies()); }},
        {"systems",
         "socket layers of systems (dispatch.NAME.systems, hosts.NAME.kernel.sockets.system)",
         SystemLines},
        {"tables",
         "socket tables (hosts.NAME.kernel.sockets.table)",
         [] { return LinesOf(host::DispatchTables()); }},
        {"notifications",
         "who tells what sockets want (hosts.NAME.kernel.sockets.notification)",
         [] { return LinesOf(host::Notifications()); }},
        {"locks",
         "locks of sockets (hosts.NAME.kernel.sockets.lock)",
         [] { return LinesOf(host::LockSchemes()); }},
        {"metrics", "metrics (expect, summary.json)", MetricLines},
        {"series", "what series.csv holds (output.record)", SeriesLines},
        {"events", "what events.csv tells", EventLines},
        {"counters", "counters of hosts (hosts.NAME.counters.COUNTER)", CounterLines},
        {"units", "units of quantities", UnitLines},
    };
    return subjects;
}

} // namespace

const std::vector<std::string>&
ListSubjects()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const auto& subject : Subjects())
        {
            list.emplace_back(subject.name);
        }
        list.emplace_back("profiles");
        return list;
    }();
    return names;
}

int
ListCommand(const CliOptions& options, const CliContext& context)
{
    const auto isChosen = [&](const std::string& name) {
        const bool isProfile =
            name == "links" || name == "os" || name == "hardware" || name == "nics";
        return options.what.empty() || options.what == name ||
               (options.what == "profiles" && isProfile);
    };
    if (options.what == "schema")
    {
        context.out << SchemaFromTables().dump() << '\n';
        return kExitMet;
    }
    json machine = json::object();
    std::string text;
    for (const auto& subject : Subjects())
    {
        if (!isChosen(subject.name))
        {
            continue;
        }
        text += (text.empty() ? "" : "\n") + std::string(subject.about) + '\n';
        std::vector<std::vector<std::string>> rows;
        auto entries = json::array();
        for (const auto& line : subject.lines())
        {
            rows.push_back({line.name, line.about});
            entries.push_back({{"name", line.name}, {"about", line.about}});
        }
        text += AlignedTable(rows, "  ");
        machine[subject.name] = std::move(entries);
    }
    if (machine.empty())
    {
        ScenarioIssue issue;
        issue.message = "there is nothing called " + Quoted(options.what) + " to list";
        issue.expected = "one of " + Listed(ListSubjects());
        issue.nearest =
            options.what.size() > 64 ? std::string() : NearestName(options.what, ListSubjects());
        throw ScenarioError(issue);
    }
    context.out << (options.json ? machine.dump(2) + '\n' : text);
    return kExitMet;
}

} // namespace hoststack
