// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-reader.h"

#include "ns3/hs-event-reader.h"
#include "ns3/hs-expectation.h"
#include "ns3/hs-issue-collector.h"
#include "ns3/hs-named-index.h"
#include "ns3/hs-scenario-bridge.h"
#include "ns3/hs-scenario-dispatch.h"
#include "ns3/hs-scenario-hpts.h"
#include "ns3/hs-scenario-link.h"
#include "ns3/hs-scenario-loopback.h"
#include "ns3/hs-scenario-machine.h"
#include "ns3/hs-scenario-memory.h"
#include "ns3/hs-scenario-mptcp.h"
#include "ns3/hs-scenario-nic.h"
#include "ns3/hs-scenario-pacing.h"
#include "ns3/hs-scenario-proxy.h"
#include "ns3/hs-scenario-traffic.h"
#include "ns3/hs-schema-explanation.h"
#include "ns3/hs-series-names.h"
#include "ns3/hs-tcp-overlay.h"
#include "ns3/hs-traffic-settings.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

bool
IsPlain(const std::string& text, const std::string& extra)
{
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               extra.find(c) != std::string::npos;
    });
}

/// IPv6 and TCP header without options; more than any packet has.
constexpr std::int64_t kLeastCaptured = 60;
constexpr std::int64_t kMostCaptured = 1 << 20;
/// IPv4 and TCP headers, 40 bytes of options (a DSS with everything in it beside timestamps), and
/// some data.
constexpr std::int64_t kLeastMultipathMtu = 20 + 20 + 40 + 8;

/// Turns a document that the schema has let through into a Scenario.
class Reader
{
  public:
    Reader(const ScenarioDocument& document, Scenario& scenario)
        : m_root(document.Merged()),
          m_issues(document),
          m_scenario(scenario)
    {
    }

    void Read()
    {
        ReadHead();
        ReadHosts();
        if (m_root.contains("live"))
        {
            ReadLive(m_root["live"]);
        }
        ReadLinks();
        CheckBridges(m_root, m_scenario, m_issues);
        AddUselessNics(m_scenario, m_issues);
        ReadLoopbacks(m_root, m_scenario, m_issues);
        ReadMptcp(m_root, m_scenario, m_issues);
        const auto& traffic = Group("traffic");
        for (const auto& item : traffic.items())
        {
            CheckName("traffic", item.key());
        }
        ReadTraffic(m_root, m_hostTcp, m_scenario, m_issues);
        for (const auto& item : Group("dispatch").items())
        {
            CheckName("dispatch", item.key());
        }
        ReadDispatch(m_root, m_scenario, m_issues);
        if (traffic.empty() && m_scenario.dispatch.empty() && !m_root.contains("live"))
        {
            m_issues.Add(Pointer("/traffic"),
                         "is empty, and nothing else happens",
                         "a traffic, or a study in `dispatch`");
        }
        ReadEvents(m_root, m_scenario, m_issues);
        // A name that is wrong would make each of its metrics wrong too.
        m_issues.ThrowIfAny();
        AddUselessPacing(m_scenario, m_issues);
        CheckRecord();
        const auto& expect = Group("expect");
        for (std::size_t i = 0; i < expect.size() && !m_issues.IsFull(); ++i)
        {
            m_scenario.expect.push_back(
                ReadExpectation(expect[i], Pointer("/expect") / i, m_scenario, m_issues));
        }
        m_issues.ThrowIfAny();
    }

  private:
    const json& Group(const char* key) const
    {
        static const json none = json::object();
        return m_root.contains(key) ? m_root[key] : none;
    }

    static TimeNs Time(const json& block, const char* key, TimeNs absent)
    {
        return block.contains(key) ? ParseQuantity(block[key], QuantityKind::Time).value->value
                                   : absent;
    }

    void CheckName(const char* group, const std::string& name)
    {
        if (!IsPlain(name, "-_"))
        {
            m_issues.Add(Pointer() / group / name,
                         Quoted(name) + " cannot be a name",
                         "1 to 64 letters, digits, '-' and '_'");
        }
    }

    void ReadHead()
    {
        m_scenario.name = m_root["name"].get<std::string>();
        if (!IsPlain(m_scenario.name, "-_.") || m_scenario.name[0] == '.')
        {
            m_issues.Add(Pointer("/name"),
                         Quoted(m_scenario.name) + " cannot be the name of a results folder",
                         "1 to 64 letters, digits, '-', '_' and '.', not beginning with '.'");
        }
        m_scenario.about = m_root.value("about", "");
        for (const auto& source : Group("sources"))
        {
            m_scenario.sources.push_back(source.get<std::string>());
        }
        const json& run = Group("run");
        RunSpec& spec = m_scenario.run;
        spec.duration = Time(run, "duration", spec.duration);
        if (spec.duration == 0)
        {
            m_issues.Add(Pointer("/run/duration"), "the run has no duration", "more than 0 s");
        }
        spec.measureFrom = Time(run, "measure-from", 0);
        if (spec.duration > 0 && spec.measureFrom >= spec.duration)
        {
            m_issues.Add(Pointer("/run/measure-from"),
                         "nothing is measured: the run lasts " +
                             FormatMetric(ToSeconds(spec.duration), MetricUnit::Seconds),
                         "less than run.duration");
        }
        spec.seed = run.value("seed", spec.seed);
        spec.stopWhenTrafficDone = run.value("stop-when", "traffic-done") == "traffic-done";
        spec.ipVersion = run.value("ip", spec.ipVersion);
        spec.directPath = run.value("direct-path", spec.directPath);
        spec.content = run.value("content", spec.content);
        const json& output = Group("output");
        m_scenario.output.series = output.value("series", true);
        m_scenario.output.pcap = output.value("pcap", false);
        m_scenario.output.events = output.value("events", true);
        m_scenario.output.connections = output.value("connections", true);
        m_scenario.output.exchanges = output.value("exchanges", true);
        if (output.contains("record"))
        {
            m_scenario.output.record = output["record"].get<std::vector<std::string>>();
        }
        if (output.contains("snap-length"))
        {
            const auto size = ParseQuantity(output["snap-length"], QuantityKind::Size).value->value;
            m_scenario.output.snapLength =
                static_cast<std::uint32_t>(std::min<std::int64_t>(size, kMostCaptured));
            if (size < kLeastCaptured)
            {
                m_issues.Add(Pointer("/output/snap-length"),
                             "not even an IP and a TCP header fit",
                             "at least 60 B");
            }
        }
        m_scenario.output.sample = Time(output, "sample", m_scenario.output.sample);
        if (m_scenario.output.sample < kMicrosecond)
        {
            m_issues.Add(Pointer("/output/sample"), "samples are too dense", "at least 1 us");
        }
    }

    /// A pattern that no line of the series can match is a mistake.
    void CheckRecord()
    {
        const auto names = SeriesNames(m_scenario);
        for (std::size_t i = 0; i < m_scenario.output.record.size() && !m_issues.IsFull(); ++i)
        {
            const auto pattern = FirstConnection(m_scenario.output.record[i]);
            if (std::none_of(names.begin(), names.end(), [&](const auto& name) {
                    return MatchesPattern(pattern, name);
                }))
            {
                m_issues.AddUnknownName(Pointer("/output/record") / i,
                                        "name in the series",
                                        m_scenario.output.record[i],
                                        names);
            }
        }
    }

    void ReadHosts()
    {
        for (const auto& item : Group("hosts").items())
        {
            const Pointer pointer = Pointer("/hosts") / item.key();
            const json& block = item.value();
            CheckName("hosts", item.key());
            HostSpec host;
            host.name = item.key();
            host.hardware = block.value("hardware", "");
            host.os = block.value("os", "");
            host.ns3Stack = block.value("stack", "hoststack") == "ns3";
            host.bridges = block.value("forwarding", "route") == "bridge";
            host.memory = ReadMemory(block, pointer, m_issues);
            host.nic = ReadNic(block, pointer, m_issues);
            host.hpts = ReadHpts(block, pointer, m_issues);
            host.proxy = ReadProxy(block, pointer, m_issues);
            host.tracker = ReadTracker(block, pointer, m_issues);
            host.machine = ReadMachine(block, pointer, m_issues);
            CheckModelCounts(block, pointer);
            CheckKernelCounts(host, block, pointer);
            CheckSteering(host, block, pointer, m_issues);
            CheckFaultsBegin(host, block, pointer);
            m_hostTcp.emplace_back();
            if (block.contains("tcp"))
            {
                auto& tcp = m_hostTcp.back();
                tcp = TcpOverlay(block["tcp"], pointer / "tcp", m_issues);
                host.tcp = tcp.Settings();
                AddTcpContradictions(tcp, {pointer / "tcp"}, pointer / "tcp", m_issues);
            }
            m_scenario.hosts.push_back(std::move(host));
        }
    }

    /// The numbers of a driver are a NIC's; a scenario that names one means to have it.
    void CheckModelCounts(const json& block, const Pointer& pointer)
    {
        const auto key = pointer / "nic-model";
        if (!m_issues.Document().IsResolved() && block.contains("nic-model") &&
            !block.contains("nic") && !m_issues.Document().IsOfProfile(key))
        {
            m_issues.Add(key,
                         "the host has no NIC: its `nic` is null",
                         "`\"nic\": {}`, or no `nic-model`");
        }
    }

    /// A profile describes its kernel; what a scenario says of one is meant to have an effect.
    void CheckKernelCounts(const HostSpec& host, const json& block, const Pointer& pointer)
    {
        if (host.machine || m_issues.Document().IsResolved() || !block.contains("kernel"))
        {
            return;
        }
        for (const auto& item : block["kernel"].items())
        {
            const auto key = pointer / "kernel" / item.key();
            const bool isOfNic = host.nic && (item.key() == "hz" || item.key() == "poll-weight");
            if (!isOfNic && !m_issues.Document().IsOfProfile(key))
            {
                m_issues.Add(key,
                             "the host has no costs: nothing in its kernel takes time",
                             "a hardware profile that has costs");
            }
        }
    }

    /// A fault that nobody lives to see is a slip.
    void CheckFaultsBegin(const HostSpec& host, const json& block, const Pointer& pointer)
    {
        const auto end = m_scenario.run.duration;
        for (std::size_t i = 0; host.machine && i < host.machine->endless.size(); ++i)
        {
            m_issues.CheckBegins(pointer / "endless" / i / "start",
                                 host.machine->endless[i].start,
                                 end);
        }
        if (host.memory && block["memory"].contains("fail-from"))
        {
            m_issues.CheckBegins(pointer / "memory" / "fail-from", host.memory->failFrom, end);
        }
    }

    void ReadLive(const json& block)
    {
        if (block.contains("hosts"))
        {
            for (std::size_t i = 0; i < block["hosts"].size(); ++i)
            {
                m_scenario.liveHosts.push_back(
                    HostIndex(block["hosts"][i], Pointer("/live/hosts") / i));
            }
        }
        else
        {
            m_scenario.liveHosts.push_back(HostIndex(block["host"], Pointer("/live/host")));
        }
    }

    std::size_t HostIndex(const json& name, const Pointer& pointer)
    {
        return IndexOf(m_scenario.hosts, "host", name, pointer, m_issues).value_or(0);
    }

    void ReadLinks()
    {
        const auto& hosts = Group("hosts");
        const bool anyMultipath = std::any_of(hosts.begin(), hosts.end(), [](const json& host) {
            return host.contains("mptcp") && host["mptcp"].value("enabled", false);
        });
        for (const auto& item : Group("links").items())
        {
            const Pointer pointer = Pointer("/links") / item.key();
            const json& block = item.value();
            CheckName("links", item.key());
            LinkSpec link;
            link.name = item.key();
            link.preset = block.value("preset", "");
            const auto kind = block.value("kind", "path");
            link.kind = kind == "csma"             ? LinkKind::Csma
                        : kind == "point-to-point" ? LinkKind::PointToPoint
                                                   : LinkKind::Path;
            for (std::size_t end = 0; end < 2; ++end)
            {
                link.ends[end] = HostIndex(block["ends"][end], pointer / "ends" / end);
            }
            if (block["ends"][0] == block["ends"][1])
            {
                m_issues.Add(pointer / "ends", "both ends are the same host", "two hosts");
            }
            link.ipVersion = block.value("ip", m_scenario.run.ipVersion);
            const auto separation = block.value("separate", "");
            link.separation = separation == "drop"    ? Separation::Drop
                              : separation == "reset" ? Separation::Reset
                                                      : Separation::None;
            if (block.contains("mtu"))
            {
                const auto mtu = ParseQuantity(block["mtu"], QuantityKind::Size).value->value;
                // IPv6 needs 1280 (RFC 8200 section 5), IPv4 68 (RFC 791); IP lengths are 16 bits.
                const std::int64_t least = link.ipVersion == 6 ? 1280
                                           : anyMultipath      ? kLeastMultipathMtu
                                                               : 68;
                if (mtu < least || mtu > 65535)
                {
                    m_issues.Add(pointer / "mtu",
                                 ShownValue(block["mtu"]) + " is out of range",
                                 "between " + std::to_string(least) + " B" +
                                     (least == kLeastMultipathMtu
                                          ? " (with multipath, whose options need room)"
                                          : "") +
                                     " and 65535 B");
                }
                link.mtu = static_cast<std::uint32_t>(std::min<std::int64_t>(mtu, 65535));
            }
            const json none = json::object();
            const auto direction = [&](const char* key) {
                return ReadLinkConfig(block.contains(key) ? block[key] : none,
                                      pointer / key,
                                      link.mtu,
                                      m_issues);
            };
            link.down = direction("down");
            link.up = direction("up");
            const auto strip = [&](const char* key) {
                const json list = block.value(key, none).value("strip-mptcp", json::array());
                return ReadStrip(list);
            };
            link.downStrip = strip("down");
            link.upStrip = strip("up");
            for (const bool isDown : {true, false})
            {
                const json way = block.value(isDown ? "down" : "up", none);
                if (way.contains("drop-mptcp"))
                {
                    (isDown ? link.downDrop : link.upDrop) = ReadDrop(way["drop-mptcp"]);
                }
                (isDown ? link.downLargest : link.upLargest) =
                    ReadLargest(way, link, pointer / (isDown ? "down" : "up"), m_issues);
                if (way.contains("rewrite-payload"))
                {
                    (isDown ? link.downRewrite : link.upRewrite) =
                        ReadRewrite(way["rewrite-payload"]);
                }
            }
            if (link.kind != LinkKind::Path)
            {
                CheckForeignLink(block, kind, pointer);
            }
            m_scenario.links.push_back(std::move(link));
        }
    }

    /// ns-3's own devices know a rate, a delay and a queue.
    void CheckForeignLink(const json& block, const std::string& kind, const Pointer& pointer)
    {
        for (const char* key : {"down", "up"})
        {
            const json direction = block.value(key, json::object());
            for (const auto& item : direction.items())
            {
                if (item.key() != "rate" && item.key() != "delay" && item.key() != "queue")
                {
                    m_issues.Add(pointer / key / item.key(),
                                 "a link of kind " + kind + " has no \"" + item.key() + '"',
                                 "rate, delay and queue, or a link of kind path");
                }
            }
            if (!direction.contains("rate"))
            {
                m_issues.Add(pointer,
                             "a link of kind " + kind + " needs \"rate\" in \"" + key + '"',
                             DescribeQuantity(QuantityKind::Rate));
            }
        }
        const json down = block.value("down", json::object());
        const json up = block.value("up", json::object());
        for (const char* key : {"delay", "rate"})
        {
            const bool mustBeEqual = kind == "csma" || std::string(key) == "delay";
            if (mustBeEqual && down.value(key, "") != up.value(key, ""))
            {
                m_issues.Add(pointer,
                             "the directions of a link of kind " + kind + " have one " + key,
                             "the same \"" + std::string(key) + "\" in \"down\" and \"up\"");
            }
        }
    }

    const json& m_root;
    IssueCollector m_issues;
    Scenario& m_scenario;
    std::vector<TcpOverlay> m_hostTcp; ///< by host
};

std::vector<std::string>
AllSets(const LoadOptions& options)
{
    auto sets = options.sets;
    if (options.seed)
    {
        sets.push_back("run.seed=" + std::to_string(*options.seed));
    }
    return sets;
}

LoadedScenario
Finish(ScenarioDocument document, const std::string& name)
{
    LoadedScenario loaded{{}, std::move(document)};
    std::vector<ScenarioIssue> issues;
    for (const auto& issue : ScenarioSchema::Get().CheckScenario(loaded.document.Merged()))
    {
        issues.push_back(loaded.document.Issue(issue));
    }
    if (!issues.empty())
    {
        throw ScenarioError(issues);
    }
    loaded.scenario.file = name;
    Reader(loaded.document, loaded.scenario).Read();
    return loaded;
}

} // namespace

LoadedScenario
LoadScenario(const std::string& path, const LoadOptions& options)
{
    return Finish(ScenarioDocument::Load(path, AllSets(options)), path);
}

LoadedScenario
LoadScenarioText(const std::string& text,
                 const std::string& name,
                 const std::string& folder,
                 const LoadOptions& options)
{
    return Finish(ScenarioDocument::FromText(text, name, folder, AllSets(options)), name);
}

} // namespace hoststack
