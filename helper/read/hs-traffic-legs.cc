// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-legs.h"

#include "ns3/hs-application.h"
#include "ns3/hs-named-index.h"
#include "ns3/hs-topology.h"
#include "ns3/hs-traffic-block.h"
#include "ns3/hs-traffic-settings.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

/// Settings that stand somewhere.
struct PlacedTcp
{
    Pointer pointer;
    TcpOverlay overlay;
};

/**
 * The socket of \p config asks to be woken only for \p bytes (SO_RCVLOWAT), as Linux 6.18 takes it
 * (tcp_set_rcvlowat, mptcp_set_rcvlowat; measured): at most half of a locked buffer or of the
 * largest one, and a buffer that may grow is raised to twice as much.
 */
void
AskFor(tcp::Config& config, std::uint64_t bytes)
{
    bytes = std::max<std::uint64_t>(bytes, config.receiveLowat);
    const auto size = config.receiveBufferLocked ? config.receiveBuffer : config.receiveBufferMax;
    const auto mark = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, size / 2));
    config.receiveLowat = std::max(mark, 1u);
    if (mark > 1 && !config.receiveBufferLocked)
    {
        config.receiveBuffer = std::max(config.receiveBuffer, 2 * mark);
    }
}

class LegMaker
{
  public:
    LegMaker(const json& root,
             const std::vector<TcpOverlay>& hostTcp,
             const Scenario& scenario,
             TrafficBlock& block,
             IssueCollector& issues,
             TrafficSpec& spec)
        : m_root(root),
          m_json(root["traffic"][spec.name]),
          m_pointer(Pointer("/traffic") / spec.name),
          m_hostTcp(hostTcp),
          m_scenario(scenario),
          m_block(block),
          m_issues(issues),
          m_spec(spec)
    {
    }

    void Make()
    {
        const auto port = static_cast<std::uint16_t>(m_block.Number("port", 0));
        m_block.Has("protocol");
        for (const char* key : {"tcp", "tcp-from", "tcp-to"})
        {
            if (m_block.Has(key))
            {
                m_ofTraffic.push_back(Read(m_json, m_pointer, key));
            }
        }
        CheckSaidPerLeg();
        if (m_scenario.hosts.empty())
        {
            return;
        }
        const auto link = m_spec.legs.front().link;
        std::vector<std::size_t> hosts{m_spec.from};
        hosts.insert(hosts.end(), m_spec.through.begin(), m_spec.through.end());
        hosts.push_back(m_spec.to);
        const auto given = m_block.Has("legs") ? m_json["legs"] : json::array();
        if (!given.empty() && given.size() + 1 != hosts.size())
        {
            m_block.Add("legs",
                        "has " + std::to_string(given.size()) + " entries, but the traffic has " +
                            std::to_string(hosts.size() - 1) + " legs",
                        "one for each, from `from` over `through` to `to`");
            return;
        }
        m_spec.legs.clear();
        for (std::size_t i = 0; i + 1 < hosts.size(); ++i)
        {
            const json none = json::object();
            const json& block = given.empty() ? none : given[i];
            m_spec.legs.push_back(MakeLeg(i, hosts, block));
        }
        if (!m_spec.IsRelayed())
        {
            m_spec.legs.front().link = link;
        }
        auto& last = m_spec.openedByReceiver ? m_spec.legs.front() : m_spec.legs.back();
        last.port = last.port != 0 ? last.port : port;
        CheckCoupled(m_root, m_scenario, m_spec, m_issues);
    }

  private:
    PlacedTcp Read(const json& block, const Pointer& pointer, const std::string& key)
    {
        return {pointer / key, TcpOverlay(block[key], pointer / key, m_issues)};
    }

    /// What only a single connection can have.
    void CheckSaidPerLeg()
    {
        for (const char* key : {"link", "protocol"})
        {
            if (m_spec.IsRelayed() && m_json.contains(key))
            {
                m_block.Add(key,
                            "stands beside \"through\", which makes several connections",
                            "\"" + std::string(key) + "\" in an entry of \"legs\"");
            }
        }
        if (!m_spec.IsRelayed() && m_block.Has("legs"))
        {
            m_block.Add("legs", "has no \"through\" beside it", "both or neither");
        }
    }

    LegSpec MakeLeg(std::size_t index, const std::vector<std::size_t>& hosts, const json& block)
    {
        const auto from = hosts[index];
        const auto to = hosts[index + 1];
        const auto at = m_pointer / "legs" / index;
        const bool isLast = index + 2 == hosts.size();
        LegSpec leg;
        leg.name = m_scenario.hosts[from].name + '-' + m_scenario.hosts[to].name;
        leg.port = block.value("port", std::uint16_t{0});
        if (block.contains("link"))
        {
            leg.link = IndexOf(m_scenario.links, "link", block["link"], at / "link", m_issues);
            if (leg.link && !Topology(m_scenario).Joins(*leg.link, from, to))
            {
                m_issues.Add(at / "link",
                             "does not join " + Quoted(m_scenario.hosts[from].name) + " and " +
                                 Quoted(m_scenario.hosts[to].name),
                             "a link whose ends are these two");
            }
        }
        const bool fromHas = m_scenario.hosts[from].mptcp.enabled;
        const bool toHas = m_scenario.hosts[to].mptcp.enabled;
        const auto& said = m_spec.IsRelayed() ? block : m_json;
        leg.multipath =
            said.value("protocol", fromHas && toHas && from != to ? "mptcp" : "tcp") == "mptcp";
        if (leg.multipath && !fromHas && !toHas)
        {
            m_issues.Add((m_spec.IsRelayed() ? at : m_pointer) / "protocol",
                         "neither end has multipath",
                         "a host with an `mptcp` block");
        }
        auto fromTcp = Settings(from, block, at, "tcp-from", index == 0 ? "tcp-from" : "");
        auto toTcp = Settings(to, block, at, "tcp-to", isLast ? "tcp-to" : "");
        const auto& application = *m_spec.application;
        const bool feedsTo = application.IsFedByFrom();
        AskFor(fromTcp.config, index == 0 && !feedsTo ? application.LowWaterMark() : 1);
        AskFor(toTcp.config, isLast && feedsTo ? application.LowWaterMark() : 1);
        leg.client = m_spec.openedByReceiver ? LegEnd{to, toTcp} : LegEnd{from, fromTcp};
        leg.server = m_spec.openedByReceiver ? LegEnd{from, fromTcp} : LegEnd{to, toTcp};
        return leg;
    }

    /// \param ofEnd the key of the traffic that holds for this end, or ""
    TcpSettings Settings(std::size_t host,
                         const json& leg,
                         const Pointer& at,
                         const std::string& ofLeg,
                         const std::string& ofEnd)
    {
        std::vector<PlacedTcp> layers; // the uppermost first
        for (const auto& key : {ofLeg, std::string("tcp")})
        {
            if (leg.contains(key))
            {
                layers.push_back(Read(leg, at, key));
            }
        }
        for (const auto& key : {ofEnd, std::string("tcp")})
        {
            for (const auto& placed : m_ofTraffic)
            {
                if (!key.empty() && placed.pointer == m_pointer / key)
                {
                    layers.push_back(placed);
                }
            }
        }
        auto whole = m_hostTcp[host];
        std::vector<Pointer> parts;
        for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer)
        {
            whole = layer->overlay.Over(whole);
        }
        for (const auto& layer : layers)
        {
            parts.push_back(layer.pointer);
        }
        const auto below = Pointer("/hosts") / m_scenario.hosts[host].name / "tcp";
        AddTcpContradictions(whole, parts, below, m_issues);
        return whole.Settings();
    }

    const json& m_root;
    const json& m_json;
    const Pointer m_pointer;
    const std::vector<TcpOverlay>& m_hostTcp;
    const Scenario& m_scenario;
    TrafficBlock& m_block;
    IssueCollector& m_issues;
    TrafficSpec& m_spec;
    std::vector<PlacedTcp> m_ofTraffic;
};

} // namespace

void
ReadThrough(const nlohmann::json& traffic,
            const IssueCollector::Pointer& pointer,
            const Scenario& scenario,
            TrafficBlock& block,
            IssueCollector& issues,
            TrafficSpec& spec)
{
    if (!block.Has("through"))
    {
        return;
    }
    const json& hosts = traffic["through"];
    for (std::size_t i = 0; i < hosts.size(); ++i)
    {
        const auto at = pointer / "through" / i;
        const auto host = IndexOf(scenario.hosts, "host", hosts[i], at, issues);
        if (!host)
        {
            continue;
        }
        const auto name = Quoted(scenario.hosts[*host].name);
        if (*host == spec.from || *host == spec.to)
        {
            issues.Add(at,
                       name + " is an end of the traffic, which would come back to it",
                       "hosts between \"from\" and \"to\"");
        }
        else if (scenario.hosts[*host].bridges)
        {
            issues.Add(at,
                       name + " is a bridge, on which no proxy runs",
                       "a host without \"forwarding\": \"bridge\"");
        }
        else if (scenario.hosts[*host].ns3Stack)
        {
            issues.Add(at,
                       name + " runs ns-3's own TCP, on which no proxy runs",
                       "a host without \"stack\": \"ns3\"");
        }
        else if (!Topology(scenario).AreConnected(spec.from, *host))
        {
            issues.Add(at, "no link leads to " + name, "hosts that links connect");
        }
        else if (!spec.through.empty() && spec.through.back() == *host)
        {
            issues.Add(at, name + " stands twice in a row", "each proxy once");
        }
        spec.through.push_back(*host);
    }
}

void
MakeLegs(const nlohmann::json& root,
         const std::vector<TcpOverlay>& hostTcp,
         const Scenario& scenario,
         TrafficBlock& block,
         IssueCollector& issues,
         TrafficSpec& spec)
{
    LegMaker(root, hostTcp, scenario, block, issues, spec).Make();
}

TrafficSpec
LegTraffic(const TrafficSpec& traffic, std::size_t leg)
{
    const auto& spec = traffic.legs[leg];
    auto one = traffic;
    one.name = traffic.name + ".legs." + spec.name;
    one.isLeg = true;
    one.legs = {spec};
    one.through.clear();
    one.from = traffic.openedByReceiver ? spec.server.host : spec.client.host;
    one.to = traffic.openedByReceiver ? spec.client.host : spec.server.host;
    return one;
}

std::vector<TrafficSpec>
MeasuredTraffic(const Scenario& scenario)
{
    std::vector<TrafficSpec> all;
    for (const auto& traffic : scenario.traffic)
    {
        all.push_back(traffic);
        for (std::size_t i = 0; traffic.IsRelayed() && i < traffic.legs.size(); ++i)
        {
            all.push_back(LegTraffic(traffic, i));
        }
    }
    return all;
}

} // namespace hoststack
