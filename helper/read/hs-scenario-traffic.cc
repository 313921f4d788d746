// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-traffic.h"

#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-scenario-datagram.h"
#include "ns3/hs-scenario-link.h"
#include "ns3/hs-scenario-mptcp.h"
#include "ns3/hs-scenario-program.h"
#include "ns3/hs-scenario-tcp.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

std::int64_t
Value(const json& block, const char* key, QuantityKind kind, std::int64_t absent)
{
    return block.contains(key) ? ParseQuantity(block[key], kind).value->value : absent;
}

std::uint64_t
Size(const json& block, const char* key, std::uint64_t absent)
{
    return static_cast<std::uint64_t>(
        Value(block, key, QuantityKind::Size, static_cast<std::int64_t>(absent)));
}

TimeNs
Time(const json& block, const char* key, TimeNs absent)
{
    return Value(block, key, QuantityKind::Time, absent);
}

/// The index of the element called \p name, or nothing (reported).
template <class Spec>
std::optional<std::size_t>
IndexOf(const std::vector<Spec>& specs,
        const std::string& kind,
        const json& name,
        const Pointer& pointer,
        IssueCollector& issues)
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < specs.size(); ++i)
    {
        if (specs[i].name == name)
        {
            return i;
        }
        names.push_back(specs[i].name);
    }
    issues.AddUnknownName(pointer, kind, name.get<std::string>(), names);
    return std::nullopt;
}

/// For each host the group of hosts that links connect with it.
std::vector<std::size_t>
Connected(const Scenario& scenario)
{
    std::vector<std::size_t> group(scenario.hosts.size());
    std::iota(group.begin(), group.end(), std::size_t{0});
    const auto find = [&group](std::size_t host) {
        while (group[host] != host)
        {
            group[host] = group[group[host]];
            host = group[host];
        }
        return host;
    };
    for (const auto& link : scenario.links)
    {
        group[find(link.ends[0])] = find(link.ends[1]);
    }
    for (std::size_t i = 0; i < group.size(); ++i)
    {
        group[i] = find(i);
    }
    return group;
}

TcpSettings
MergedSettings(const json& root,
               const std::string& host,
               const json& traffic,
               const Pointer& pointer,
               const char* end,
               IssueCollector& issues)
{
    json merged = root["hosts"][host].value("tcp", json::object());
    std::vector<std::pair<Pointer, json>> own;
    for (const char* key : {end, "tcp"})
    {
        if (traffic.contains(key))
        {
            own.emplace_back(pointer / key, traffic[key]);
        }
    }
    for (const char* key : {"tcp", end})
    {
        if (traffic.contains(key))
        {
            merged.merge_patch(traffic[key]);
        }
    }
    AddTcpContradictions(merged, own, issues);
    // Mistakes of the parts have been reported where they stand.
    std::vector<std::pair<std::string, std::string>> reported;
    return ReadTcpSettings(merged, reported);
}

/// One traffic; knows what its kind takes.
class TrafficReader
{
  public:
    TrafficReader(const json& block,
                  const Pointer& pointer,
                  const Scenario& scenario,
                  const std::vector<std::size_t>& connected,
                  IssueCollector& issues)
        : m_block(block),
          m_pointer(pointer),
          m_scenario(scenario),
          m_connected(connected),
          m_issues(issues)
    {
    }

    /// What traffic of every kind has.
    TrafficSpec ReadCommon(const std::string& name)
    {
        TrafficSpec spec;
        spec.name = name;
        ReadEnds(spec);
        ReadTimes(spec);
        spec.port = m_block.value("port", std::uint16_t{0});
        return spec;
    }

    TrafficSpec Read(const std::string& name)
    {
        TrafficSpec spec = ReadCommon(name);
        spec.openedByReceiver = m_block.value("opened-by", "sender") == "receiver";
        spec.connections = m_block.value("connections", spec.connections);
        const auto kind = m_block["kind"].get<std::string>();
        Refuse(kind, {"rate", "packet-size", "on", "off", "periods", "pareto-shape"});
        if (kind == "request-response")
        {
            spec.kind = TrafficKind::RequestResponse;
            ReadRequests(spec);
            Refuse(kind, {"bytes", "write-size", "reader", "opened-by", "both-ways"});
        }
        else
        {
            ReadBulk(spec, kind);
            Refuse(kind, {"request-size", "response-size", "think-time", "count"});
            Refuse(kind, {"request-writes", "response-writes"});
        }
        ReadPrograms(m_block, m_pointer, m_scenario, spec, m_issues);
        return spec;
    }

  private:
    void Refuse(const std::string& kind, const std::vector<const char*>& keys)
    {
        for (const char* key : keys)
        {
            if (m_block.contains(key))
            {
                m_issues.Add(m_pointer / key,
                             "traffic of kind " + kind + " has no \"" + key + '"',
                             "a key that belongs to this kind");
            }
        }
    }

    void ReadEnds(TrafficSpec& spec)
    {
        const auto from =
            IndexOf(m_scenario.hosts, "host", m_block["from"], m_pointer / "from", m_issues);
        const auto to =
            IndexOf(m_scenario.hosts, "host", m_block["to"], m_pointer / "to", m_issues);
        if (m_block.contains("link"))
        {
            spec.link =
                IndexOf(m_scenario.links, "link", m_block["link"], m_pointer / "link", m_issues);
        }
        if (!from || !to)
        {
            return;
        }
        spec.from = *from;
        spec.to = *to;
        ReadProtocol(spec);
        const auto& source = m_scenario.hosts[*from].name;
        const auto& sink = m_scenario.hosts[*to].name;
        if (*from == *to)
        {
            m_issues.Add(m_pointer / "to", "is the same host as \"from\"", "another host");
        }
        else if (m_connected[*from] != m_connected[*to])
        {
            m_issues.Add(m_pointer,
                         "no link leads from " + Quoted(source) + " to " + Quoted(sink),
                         "hosts that links connect");
        }
        else if (spec.link)
        {
            const auto& ends = m_scenario.links[*spec.link].ends;
            const bool joins =
                (ends[0] == *from && ends[1] == *to) || (ends[1] == *from && ends[0] == *to);
            if (!joins)
            {
                m_issues.Add(m_pointer / "link",
                             "does not join " + Quoted(source) + " and " + Quoted(sink),
                             "a link whose ends are these two");
            }
        }
    }

    void ReadProtocol(TrafficSpec& spec)
    {
        const bool fromHas = m_scenario.hosts[spec.from].mptcp.enabled;
        const bool toHas = m_scenario.hosts[spec.to].mptcp.enabled;
        spec.multipath = m_block.value("protocol", fromHas && toHas ? "mptcp" : "tcp") == "mptcp";
        if (spec.multipath && !fromHas && !toHas)
        {
            m_issues.Add(m_pointer / "protocol",
                         "neither end has multipath",
                         "a host with an `mptcp` block");
        }
    }

    void ReadTimes(TrafficSpec& spec)
    {
        spec.start = Time(m_block, "start", 0);
        if (spec.start >= m_scenario.run.duration)
        {
            m_issues.Add(m_pointer / "start",
                         "is not before the end of the run (/run/duration)",
                         "an earlier time, or a longer run");
        }
        if (m_block.contains("stop") && m_block.contains("duration"))
        {
            m_issues.Add(m_pointer / "duration",
                         "stands beside \"stop\"",
                         "one of \"stop\" and \"duration\"");
            return;
        }
        spec.stop = Time(m_block, "stop", kNever);
        if (m_block.contains("duration"))
        {
            const auto duration = Time(m_block, "duration", 0);
            spec.stop = duration > kNever - spec.start ? kNever : spec.start + duration;
        }
        if (spec.stop <= spec.start)
        {
            m_issues.Add(m_pointer / (m_block.contains("stop") ? "stop" : "duration"),
                         "the traffic stops before it starts",
                         "a time after \"start\"");
        }
    }

    void ReadBulk(TrafficSpec& spec, const std::string& kind)
    {
        spec.bytes = Size(m_block, "bytes", 0);
        spec.writeSize = Size(m_block, "write-size", spec.writeSize);
        if (kind == "slow-reader" && !m_block.contains("reader"))
        {
            m_issues.Add(m_pointer,
                         "traffic of kind slow-reader needs \"reader\"",
                         "how the receiver reads, for example {\"read-size\": \"10 kB\", "
                         "\"pause\": \"50 ms\"}");
        }
        spec.bothWays = m_block.value("both-ways", false);
        if (spec.bothWays && m_block.contains("reader"))
        {
            m_issues.Add(m_pointer / "reader",
                         "stands beside \"both-ways\"",
                         "one of the two: ends that both send read at once");
        }
        if (!m_block.contains("reader"))
        {
            return;
        }
        const json& block = m_block["reader"];
        ReadPattern& reader = spec.reader;
        reader.startDelay = Time(block, "start-delay", 0);
        reader.readSize = Size(block, "read-size", 0);
        reader.pause = Time(block, "pause", 0);
        reader.lowWaterMark = Size(block, "low-water-mark", reader.lowWaterMark);
        reader.pauseAt = Size(block, "pause-at", 0);
        reader.pauseFor = Time(block, "pause-for", 0);
        reader.wakeLatency = Time(block, "wake-latency", 0);
        reader.copyRate =
            static_cast<BitsPerSecond>(Value(block, "copy-rate", QuantityKind::Rate, 0));
        reader.step = Size(block, "step", 0);
        reader.reply = Size(block, "reply", 0);
        if (block.contains("step") && reader.pause == 0)
        {
            m_issues.Add(m_pointer / "reader" / "step", "has no \"pause\" after it", "both");
        }
        if (block.contains("pause-at") != block.contains("pause-for"))
        {
            m_issues.Add(m_pointer / "reader",
                         "\"pause-at\" and \"pause-for\" need each other",
                         "both or neither");
        }
    }

    void ReadRequests(TrafficSpec& spec)
    {
        spec.requestSize = Size(m_block, "request-size", spec.requestSize);
        spec.responseSize = Size(m_block, "response-size", 0);
        spec.thinkTime = Time(m_block, "think-time", 0);
        spec.count = m_block.value("count", std::uint64_t{0});
        if (!m_block.contains("response-size") && !m_block.contains("response-writes"))
        {
            m_issues.Add(m_pointer,
                         "the key \"response-size\" is missing",
                         "how many bytes answer a request");
        }
    }

    const json& m_block;
    const Pointer& m_pointer;
    const Scenario& m_scenario;
    const std::vector<std::size_t>& m_connected;
    IssueCollector& m_issues;
};

/// Gives every traffic a port of its own on the host that listens.
void
AssignPorts(Scenario& scenario, IssueCollector& issues)
{
    const auto listener = [](const TrafficSpec& t) { return t.openedByReceiver ? t.from : t.to; };
    std::set<std::pair<std::size_t, std::uint16_t>> used;
    for (const auto& traffic : scenario.traffic)
    {
        if (traffic.port != 0 && !used.emplace(listener(traffic), traffic.port).second)
        {
            issues.Add(Pointer("/traffic") / traffic.name / "port",
                       "another traffic listens on this port of the same host",
                       "a port of its own, or none to get one");
        }
    }
    constexpr std::uint16_t first = 5001;
    std::set<std::pair<std::size_t, std::uint16_t>> usedByUdp;
    for (const auto& datagrams : scenario.datagrams)
    {
        if (datagrams.port != 0 && !usedByUdp.emplace(datagrams.to, datagrams.port).second)
        {
            issues.Add(Pointer("/traffic") / datagrams.name / "port",
                       "another traffic has this port of the same host",
                       "a port of its own, or none to get one");
        }
    }
    for (auto& datagrams : scenario.datagrams)
    {
        for (std::uint16_t port = first; datagrams.port == 0 && port > 0; ++port)
        {
            datagrams.port = usedByUdp.emplace(datagrams.to, port).second ? port : 0;
        }
    }
    for (auto& traffic : scenario.traffic)
    {
        for (std::uint32_t port = first; traffic.port == 0 && port < 65536; ++port)
        {
            if (used.emplace(listener(traffic), static_cast<std::uint16_t>(port)).second)
            {
                traffic.port = static_cast<std::uint16_t>(port);
            }
        }
        if (traffic.port == 0)
        {
            issues.Add(Pointer("/traffic") / traffic.name, "no port is left for it", "");
        }
    }
}

class EventReader
{
  public:
    EventReader(const json& block,
                const Pointer& pointer,
                const Scenario& scenario,
                IssueCollector& issues)
        : m_block(block),
          m_pointer(pointer),
          m_scenario(scenario),
          m_issues(issues)
    {
    }

    EventSpec Read()
    {
        EventSpec event;
        event.at = Time(m_block, "at", 0);
        if (event.at >= m_scenario.run.duration)
        {
            m_issues.Add(m_pointer / "at",
                         "is not before the end of the run (/run/duration)",
                         "an earlier time, or a longer run");
        }
        if (m_block.contains("host"))
        {
            ReadHostEvent(event);
        }
        else if (m_block.contains("link") == m_block.contains("traffic"))
        {
            m_issues.Add(m_pointer,
                         "does not say what changes",
                         "either \"link\" or \"traffic\", or \"host\" and \"link\"");
        }
        else if (m_block.contains("link"))
        {
            ReadLinkEvent(event);
        }
        else
        {
            ReadTrafficEvent(event);
        }
        return event;
    }

  private:
    void Refuse(const char* owner, const std::vector<const char*>& keys)
    {
        for (const char* key : keys)
        {
            if (m_block.contains(key))
            {
                m_issues.Add(m_pointer / key,
                             std::string("an event of a ") + owner + " has no \"" + key + '"',
                             "a key that belongs to it");
            }
        }
    }

    void RefuseFor(const char* instead)
    {
        if (m_block.contains("for"))
        {
            m_issues.Add(m_pointer / "for", "only a change of a link can be taken back", instead);
        }
    }

    void ReadLinkEvent(EventSpec& event)
    {
        Refuse("link", {"action", "flags", "end"});
        event.link =
            IndexOf(m_scenario.links, "link", m_block["link"], m_pointer / "link", m_issues);
        const auto direction = m_block.value("direction", "both");
        event.affectsDown = direction != "up";
        event.affectsUp = direction != "down";
        event.hold = m_block.value("outage", "drop") == "hold";
        if (m_block.contains("down"))
        {
            event.down = m_block["down"].get<bool>();
        }
        if (m_block.contains("rate"))
        {
            event.rate = static_cast<BitsPerSecond>(Value(m_block, "rate", QuantityKind::Rate, 0));
        }
        CheckLinkRate(event);
        if (m_block.contains("outage") && !event.down.value_or(false))
        {
            m_issues.Add(m_pointer / "outage",
                         "says how the link is dead, but it does not die",
                         "\"down\": true beside it");
        }
        if (m_block.contains("delay"))
        {
            event.delay = Time(m_block, "delay", 0);
        }
        if (m_block.contains("jitter"))
        {
            event.jitter = Time(m_block, "jitter", 0);
        }
        if (m_block.contains("loss"))
        {
            event.loss = static_cast<double>(Value(m_block, "loss", QuantityKind::Share, 0)) / 1e9;
            if (*event.loss > 1)
            {
                m_issues.Add(m_pointer / "loss", "is out of range", "between 0 % and 100 %");
            }
        }
        if (m_block.contains("queue"))
        {
            event.queue = ReadQueueLimit(m_block["queue"].get<std::string>());
        }
        if (m_block.contains("strip-mptcp"))
        {
            event.strip = ReadStrip(m_block["strip-mptcp"]);
        }
        if (m_block.contains("drop-mptcp"))
        {
            event.drop = ReadDrop(m_block["drop-mptcp"]);
        }
        if (m_block.contains("rewrite-payload"))
        {
            event.rewrite = ReadRewrite(m_block["rewrite-payload"]);
        }
        if (m_block.contains("for"))
        {
            event.lasts = Time(m_block, "for", 0);
            if (*event.lasts == 0)
            {
                m_issues.Add(m_pointer / "for", "is no time", "more than 0 s");
            }
        }
        if (!event.down && !event.rate && !event.delay && !event.jitter && !event.loss &&
            !event.queue && !event.strip && !event.drop && !event.rewrite)
        {
            m_issues.Add(m_pointer,
                         "changes nothing",
                         "at least one of down, rate, delay, jitter, loss, queue, strip-mptcp, "
                         "drop-mptcp, rewrite-payload");
        }
        if (event.link && m_scenario.links[*event.link].kind != LinkKind::Path)
        {
            m_issues.Add(m_pointer / "link", "cannot change while it runs", "a link of kind path");
        }
    }

    /// A link whose capacity comes from a trace has no rate that could change.
    void CheckLinkRate(const EventSpec& event)
    {
        if (!event.rate || !event.link)
        {
            return;
        }
        const auto& link = m_scenario.links[*event.link];
        if ((event.affectsDown && SetsRate(link.down)) || (event.affectsUp && SetsRate(link.up)))
        {
            m_issues.Add(m_pointer / "rate",
                         "cannot change: the capacity of link " + Quoted(link.name) +
                             " comes from a trace",
                         "a link with a \"rate\", or the other \"direction\"");
        }
    }

    /// A change of one of a host's addresses.
    void ReadHostEvent(EventSpec& event)
    {
        Refuse("host",
               {"traffic",
                "direction",
                "down",
                "outage",
                "rate",
                "delay",
                "jitter",
                "loss",
                "queue",
                "strip-mptcp",
                "drop-mptcp",
                "rewrite-payload",
                "end"});
        RefuseFor("write the opposite action as an event of its own");
        event.host =
            IndexOf(m_scenario.hosts, "host", m_block["host"], m_pointer / "host", m_issues);
        const std::vector<std::string> actions{"add-endpoint",
                                               "remove-endpoint",
                                               "set-backup",
                                               "clear-backup",
                                               "open-subflow",
                                               "close-subflow"};
        const auto action = m_block.value("action", "");
        const auto found = std::find(actions.begin(), actions.end(), action);
        if (!m_block.contains("link") || found == actions.end())
        {
            m_issues.Add(
                m_pointer,
                "an event of a host says what happens to its address on a link",
                "\"link\", and \"action\": one of add-endpoint, remove-endpoint, set-backup, "
                "clear-backup, open-subflow, close-subflow");
            return;
        }
        event.hostAction = static_cast<HostAction>(found - actions.begin());
        if ((event.hostAction == HostAction::AddEndpoint) != m_block.contains("flags"))
        {
            if (event.hostAction == HostAction::AddEndpoint)
            {
                m_issues.Add(m_pointer,
                             "add-endpoint needs \"flags\"",
                             "a list of subflow, signal, backup, fullmesh, laminar; for example "
                             "\"flags\": [\"subflow\"]");
            }
            else
            {
                m_issues.Add(m_pointer / "flags",
                             "\"flags\" belong to add-endpoint, not to " + action,
                             "no flags");
            }
            return;
        }
        event.endpoint =
            ReadEndpointFlags(m_block.value("flags", json::array()), m_pointer / "flags", m_issues);
        event.link =
            IndexOf(m_scenario.links, "link", m_block["link"], m_pointer / "link", m_issues);
        if (event.host && event.link)
        {
            event.endpoint.link = *event.link;
            const auto& ends = m_scenario.links[*event.link].ends;
            if (ends[0] != *event.host && ends[1] != *event.host)
            {
                m_issues.Add(m_pointer / "link", "does not end at this host", "one of its links");
            }
            else if (!m_scenario.hosts[*event.host].mptcp.enabled)
            {
                m_issues.Add(m_pointer / "host", "has no multipath", "a host with `mptcp`");
            }
        }
    }

    void ReadTrafficEvent(EventSpec& event)
    {
        Refuse("traffic",
               {"direction",
                "down",
                "outage",
                "rate",
                "delay",
                "jitter",
                "loss",
                "queue",
                "strip-mptcp",
                "drop-mptcp",
                "rewrite-payload",
                "flags"});
        RefuseFor("what has stopped does not go on; write a second traffic");
        const auto& datagrams = m_scenario.datagrams;
        const auto found =
            std::find_if(datagrams.begin(), datagrams.end(), [this](const auto& spec) {
                return spec.name == m_block["traffic"];
            });
        if (found != datagrams.end())
        {
            event.datagrams = static_cast<std::size_t>(found - datagrams.begin());
            if (m_block.value("action", "stop") != "stop")
            {
                m_issues.Add(m_pointer / "action", "does not happen to datagrams", "stop");
            }
            Refuse("traffic of datagrams", {"end"});
        }
        else
        {
            event.traffic = IndexOf(m_scenario.traffic,
                                    "traffic",
                                    m_block["traffic"],
                                    m_pointer / "traffic",
                                    m_issues);
        }
        if (!m_block.contains("action"))
        {
            m_issues.Add(m_pointer, "the key \"action\" is missing", "one of stop, abort");
        }
        else if (m_block["action"] != "stop" && m_block["action"] != "abort")
        {
            m_issues.Add(m_pointer / "action",
                         "does not happen to a traffic",
                         "one of stop, abort");
        }
        event.abort = m_block.value("action", "") == "abort";
        event.atTo = m_block.value("end", "from") == "to";
    }

    const json& m_block;
    const Pointer& m_pointer;
    const Scenario& m_scenario;
    IssueCollector& m_issues;
};

/// A congestion control that couples subflows needs subflows.
void
CheckCoupled(const json& root,
             const Scenario& scenario,
             const TrafficSpec& traffic,
             const char* end,
             IssueCollector& issues)
{
    const bool isFrom = std::string(end) == "tcp-from";
    const auto& host = scenario.hosts[isFrom ? traffic.from : traffic.to];
    const auto& name = (isFrom ? traffic.fromTcp : traffic.toTcp).config.congestion;
    if (host.ns3Stack || (traffic.multipath && host.mptcp.enabled) ||
        !mptcp::CoupledCongestionControls().Has(name))
    {
        return;
    }
    auto pointer = Pointer("/hosts") / host.name / "tcp" / "congestion";
    for (const auto* key : {"tcp", end})
    {
        const auto own = Pointer("/traffic") / traffic.name / key / "congestion";
        pointer = root.contains(own) ? own : pointer;
    }
    issues.Add(pointer,
               Quoted(name) + " couples the subflows of multipath TCP, but traffic " +
                   Quoted(traffic.name) + " is plain TCP at host " + Quoted(host.name),
               "a congestion control of plain TCP, or multipath at this end");
}

} // namespace

void
AddTcpContradictions(const nlohmann::json& whole,
                     const std::vector<std::pair<Pointer, json>>& parts,
                     IssueCollector& issues)
{
    for (const auto& [low, high] : FindTcpContradictions(whole))
    {
        // Where one of the two stands; what stands nowhere here has been reported elsewhere.
        for (const auto* key : {&low, &high})
        {
            const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& candidate) {
                return candidate.second.contains(*key);
            });
            if (part != parts.end())
            {
                issues.Add(part->first / *key,
                           '"' + low + "\" is larger than \"" + high + '"',
                           '"' + low + "\" at most \"" + high + '"');
                break;
            }
        }
    }
}

void
ReadTraffic(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues)
{
    const auto connected = Connected(scenario);
    for (const auto& item : root["traffic"].items())
    {
        const Pointer pointer = Pointer("/traffic") / item.key();
        TrafficReader reader(item.value(), pointer, scenario, connected, issues);
        if (IsDatagramKind(item.value()["kind"].get<std::string>()))
        {
            scenario.datagrams.push_back(ReadDatagrams(item.value(),
                                                       pointer,
                                                       scenario,
                                                       reader.ReadCommon(item.key()),
                                                       issues));
            continue;
        }
        auto spec = reader.Read(item.key());
        if (!scenario.hosts.empty())
        {
            const auto settings = [&](std::size_t host, const char* end) {
                return MergedSettings(root,
                                      scenario.hosts[host].name,
                                      item.value(),
                                      pointer,
                                      end,
                                      issues);
            };
            spec.fromTcp = settings(spec.from, "tcp-from");
            spec.toTcp = settings(spec.to, "tcp-to");
            CheckCoupled(root, scenario, spec, "tcp-from", issues);
            CheckCoupled(root, scenario, spec, "tcp-to", issues);
        }
        scenario.traffic.push_back(std::move(spec));
    }
    AssignPorts(scenario, issues);
}

void
ReadEvents(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues)
{
    if (!root.contains("events"))
    {
        return;
    }
    const json& events = root["events"];
    for (std::size_t i = 0; i < events.size(); ++i)
    {
        const Pointer pointer = Pointer("/events") / i;
        scenario.events.push_back(EventReader(events[i], pointer, scenario, issues).Read());
    }
    std::stable_sort(scenario.events.begin(),
                     scenario.events.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
}

} // namespace hoststack
