// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-traffic.h"

#include "ns3/hs-application.h"
#include "ns3/hs-named-index.h"
#include "ns3/hs-scenario-datagram.h"
#include "ns3/hs-topology.h"
#include "ns3/hs-traffic-block.h"
#include "ns3/hs-traffic-legs.h"
#include "ns3/hs-traffic-ports.h"

#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

/// One traffic: what all kinds have.
class TrafficReader
{
  public:
    TrafficReader(const json& root,
                  const std::string& name,
                  const std::vector<TcpOverlay>& hostTcp,
                  const Scenario& scenario,
                  const Topology& topology,
                  IssueCollector& issues)
        : m_root(root),
          m_json(root["traffic"][name]),
          m_pointer(Pointer("/traffic") / name),
          m_block(m_json, m_pointer, issues),
          m_hostTcp(hostTcp),
          m_scenario(scenario),
          m_topology(topology),
          m_issues(issues)
    {
        m_spec.name = name;
        m_spec.legs.resize(1);
    }

    DatagramSpec ReadDatagramTraffic()
    {
        ReadEnds();
        ReadTimes();
        m_spec.legs.front().port = static_cast<std::uint16_t>(m_block.Number("port", 0));
        return ReadDatagrams(m_json, m_pointer, m_scenario, m_spec, m_issues);
    }

    TrafficSpec Read()
    {
        const auto kind = m_block.Text("kind", "");
        m_block.Has("about");
        ReadEnds();
        ReadThrough(m_json, m_pointer, m_scenario, m_block, m_issues, m_spec);
        ReadTimes();
        m_spec.connections = static_cast<std::uint32_t>(m_block.Number("connections", 1));
        m_spec.application = ReadApplication(kind, m_block, m_spec);
        MakeLegs(m_root, m_hostTcp, m_scenario, m_block, m_issues, m_spec);
        if (m_block.Has("accept"))
        {
            ReadAccept(m_block.Part("accept"));
        }
        CheckDelays();
        m_block.RefuseOthers(kind);
        return std::move(m_spec);
    }

  private:
    void ReadEnds()
    {
        const auto index = [this](const auto& specs, const char* kind, const char* key) {
            return m_block.Has(key) ? IndexOf(specs, kind, m_json[key], m_pointer / key, m_issues)
                                    : std::nullopt;
        };
        const auto from = index(m_scenario.hosts, "host", "from");
        const auto to = index(m_scenario.hosts, "host", "to");
        auto& link = m_spec.legs.front().link;
        link = index(m_scenario.links, "link", "link");
        if (!from || !to)
        {
            return;
        }
        m_spec.from = *from;
        m_spec.to = *to;
        CheckHasAddress("from", m_scenario.hosts[*from]);
        CheckHasAddress("to", m_scenario.hosts[*to]);
        const auto& source = m_scenario.hosts[*from].name;
        const auto& sink = m_scenario.hosts[*to].name;
        if (*from == *to)
        {
            CheckToItself(m_scenario.hosts[*from]);
        }
        else if (!m_topology.AreConnected(*from, *to))
        {
            m_block.Add("",
                        "no link leads from " + Quoted(source) + " to " + Quoted(sink),
                        "hosts that links connect");
        }
        else if (link && !m_topology.Joins(*link, *from, *to))
        {
            m_block.Add("link",
                        "does not join " + Quoted(source) + " and " + Quoted(sink),
                        "a link whose ends are these two");
        }
    }

    void CheckHasAddress(const char* key, const HostSpec& host)
    {
        if (host.bridges)
        {
            m_block.Add(key,
                        Quoted(host.name) + " is a bridge, which has no address",
                        "a host beyond it, or one without \"forwarding\": \"bridge\"");
        }
    }

    /// Over its loopback device.
    void CheckToItself(const HostSpec& host)
    {
        if (m_block.Has("link"))
        {
            m_block.Add("link",
                        "no link is on the way of a host to itself",
                        "no \"link\", or another host in \"to\"");
        }
        if (m_block.Has("through"))
        {
            m_block.Add("through",
                        "the traffic would come back to the host that it begins at",
                        "no \"through\", or another host in \"to\"");
        }
        if (m_block.Text("protocol", "tcp") == "mptcp")
        {
            m_block.Add("protocol",
                        "a host has one way to itself, which multipath does not use here",
                        "\"tcp\"");
        }
        if (host.ns3Stack)
        {
            m_block.Add(
                "to",
                "is the same host as \"from\", and ns-3's own TCP has a loopback of its own",
                "another host, or one without \"stack\": \"ns3\"");
        }
    }

    void ReadTimes()
    {
        m_spec.start = m_block.Time("start", 0);
        m_issues.CheckBegins(m_pointer / "start", m_spec.start, m_scenario.run.duration);
        m_spec.stop = m_block.Time("stop", kNever);
        const auto duration = m_block.Time("duration", kNever);
        if (m_block.Has("stop") && m_block.Has("duration"))
        {
            m_block.Add("duration", "stands beside \"stop\"", "one of \"stop\" and \"duration\"");
            return;
        }
        if (m_block.Has("duration"))
        {
            m_spec.stop = duration > kNever - m_spec.start ? kNever : m_spec.start + duration;
        }
        if (m_spec.stop <= m_spec.start)
        {
            m_block.Add(m_block.Has("stop") ? "stop" : "duration",
                        "the traffic stops before it starts",
                        "a time after \"start\"");
        }
    }

    /// Who listens does so from the beginning of the run; a reader's delay counts from the
    /// connection.
    void CheckDelays()
    {
        for (const auto& [part, base] : {std::pair("accept", TimeNs{0}), {"reader", m_spec.start}})
        {
            if (m_json.contains(part) && m_json[part].contains("start-delay"))
            {
                const auto delay =
                    ParseQuantity(m_json[part]["start-delay"], QuantityKind::Time).value->value;
                m_issues.CheckBegins(m_pointer / part / "start-delay",
                                     delay > kNever - base ? kNever : base + delay,
                                     m_scenario.run.duration);
            }
        }
    }

    void ReadAccept(TrafficBlock block)
    {
        AcceptSpec accept;
        accept.backlog = static_cast<std::uint32_t>(block.Number("backlog", accept.backlog));
        accept.startDelay = block.Time("start-delay", 0);
        accept.interval = block.Time("interval", 0);
        accept.abortOnOverflow = block.Flag("abort-on-overflow", false);
        m_spec.accept = accept;
        const auto listener = m_spec.End(m_spec.openedByReceiver).host;
        if (listener < m_scenario.hosts.size() && m_scenario.hosts[listener].ns3Stack)
        {
            block.Add("",
                      "ns-3's own TCP at the listening host accepts every connection at once",
                      "no \"accept\", or a host without \"stack\": \"ns3\"");
        }
    }

    const json& m_root;
    const json& m_json;
    const Pointer m_pointer;
    TrafficBlock m_block;
    const std::vector<TcpOverlay>& m_hostTcp;
    const Scenario& m_scenario;
    const Topology& m_topology;
    IssueCollector& m_issues;
    TrafficSpec m_spec;
};

} // namespace

void
ReadTraffic(const nlohmann::json& root,
            const std::vector<TcpOverlay>& hostTcp,
            Scenario& scenario,
            IssueCollector& issues)
{
    const Topology topology(scenario);
    for (const auto& item : root["traffic"].items())
    {
        TrafficReader reader(root, item.key(), hostTcp, scenario, topology, issues);
        if (IsDatagramKind(item.value()["kind"].get<std::string>()))
        {
            scenario.datagrams.push_back(reader.ReadDatagramTraffic());
        }
        else
        {
            scenario.traffic.push_back(reader.Read());
        }
    }
    AssignPorts(scenario, issues);
}

} // namespace hoststack
