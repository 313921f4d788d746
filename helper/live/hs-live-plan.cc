// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-plan.h"

#include "ns3/hs-scenario-network.h"
#include "ns3/hs-tcp-setting-table.h"
#include "ns3/hs-topology.h"
#include "ns3/hs-traffic-legs.h"

#include <algorithm>
#include <cstdio>

namespace hoststack
{

namespace
{

/// Behind the routes to the links' own networks, in the order of the devices.
constexpr std::size_t kFirstMetric = 1000;

std::string
Text(std::uint64_t number)
{
    return std::to_string(number);
}

std::string
Flag(bool on)
{
    return on ? "1" : "0";
}

class Planner
{
  public:
    Planner(const Scenario& scenario, std::size_t host)
        : m_scenario(scenario),
          m_topology(scenario),
          m_host(scenario.hosts[host]),
          m_isIpv6(scenario.links[m_topology.LinksOf(host).front()].ipVersion == 6)
    {
        m_plan.host = host;
        m_plan.multipath = m_host.mptcp.enabled;
        m_plan.legs = LiveLegs(scenario);
    }

    LivePlan Make()
    {
        PlanDevices();
        PlanSeparation();
        PlanQuiet();
        PlanRoutes();
        PlanTcp();
        if (m_plan.multipath)
        {
            PlanMultipath();
            PlanEvents();
        }
        return std::move(m_plan);
    }

  private:
    void Command(IpCommand command)
    {
        if (m_isIpv6 && command.front() != "mptcp" && command.front() != "link")
        {
            command.insert(command.begin(), "-6");
        }
        m_plan.commands.push_back(std::move(command));
    }

    void Set(const std::string& key,
             const std::string& path,
             const std::string& value,
             bool isNeeded = false)
    {
        m_plan.settings.push_back({path, value, isNeeded, key});
    }

    void PlanDevices()
    {
        for (std::size_t i = 0; i < m_scenario.links.size(); ++i)
        {
            if (!m_topology.IsEnd(i, m_plan.host))
            {
                continue;
            }
            const auto& link = m_scenario.links[i];
            const auto side = m_topology.SideOf(i, m_plan.host);
            LiveDevice device;
            device.link = i;
            device.name = "hs" + Text(i);
            device.mtu = link.mtu;
            if (const auto& nic = m_scenario.hosts[m_plan.host].nic)
            {
                device.offloads = true;
                device.cutsSegments = nic->transmit.segments || nic->transmit.queue == "none";
            }
            device.own = ns3::ScenarioNetwork::AddressOn(m_scenario, i, side);
            device.gateway = ns3::ScenarioNetwork::AddressOn(m_scenario, i, 1 - side);
            char mac[18];
            // Locally administered (IEEE 802: second bit of the first octet).
            std::snprintf(mac,
                          sizeof mac,
                          "02:68:73:00:%02x:%02x",
                          static_cast<unsigned>(i >> 8 & 0xff),
                          static_cast<unsigned>(i & 0xff));
            device.mac = mac;
            m_plan.devices.push_back(device);
        }
    }

    /// As HoststackTcpProtocol::FindSeparation has it: the first separate link of the two decides.
    void PlanSeparation()
    {
        for (auto& device : m_plan.devices)
        {
            for (const auto& other : m_plan.devices)
            {
                const auto separation = [this](std::size_t link) {
                    return m_scenario.links[link].separation;
                };
                const auto first = std::min(device.link, other.link);
                const auto last = std::max(device.link, other.link);
                const auto which = separation(first) != Separation::None ? first : last;
                if (first != last && separation(which) != Separation::None)
                {
                    device.strange.push_back({other.own, separation(which) == Separation::Reset});
                }
            }
        }
    }

    /// Nothing but the scenario's traffic on the links, and no check that would drop it.
    void PlanQuiet()
    {
        const auto early = [this](const std::string& path, const std::string& value) {
            m_plan.early.push_back({path, value, false, {}});
        };
        for (const std::string which : {"all", "default"})
        {
            const auto v4 = "net/ipv4/conf/" + which + '/';
            const auto v6 = "net/ipv6/conf/" + which + '/';
            early(v4 + "rp_filter", "0");
            early(v6 + "disable_ipv6", Flag(!m_isIpv6));
            early(v6 + "accept_ra", "0");
            early(v6 + "accept_dad", "0");
            early(v6 + "dad_transmits", "0");
            early(v6 + "router_solicitations", "0");
        }
        Command({"link", "set", "lo", "up"});
        for (const auto& device : m_plan.devices)
        {
            // Without ARP and neighbour discovery the kernel writes any link-layer address, which
            // suits a link that carries none.
            Command({"link", "set", device.name, "address", device.mac});
            Command({"link", "set", device.name, "mtu", Text(device.mtu), "arp", "off"});
            Command({"link", "set", device.name, "txqueuelen", "10000"});
            Command({"link", "set", device.name, "up"});
            IpCommand add{"addr",
                          "add",
                          device.own.ToString() + (m_isIpv6 ? "/64" : "/24"),
                          "dev",
                          device.name};
            if (m_isIpv6)
            {
                add.push_back("nodad");
            }
            Command(add);
        }
    }

    /// At the end of a link of its own, also with bridges between.
    bool IsNeighbour(const IpAddress& address) const
    {
        return std::any_of(m_plan.devices.begin(), m_plan.devices.end(), [&](const auto& d) {
            return d.gateway == address || d.own == address;
        });
    }

    void PlanRoutes()
    {
        for (std::size_t i = 0; i < m_plan.devices.size(); ++i)
        {
            const auto& device = m_plan.devices[i];
            Command({"route",
                     "add",
                     "default",
                     "via",
                     device.gateway.ToString(),
                     "dev",
                     device.name,
                     "metric",
                     Text(kFirstMetric + i)});
        }
        const auto first = m_topology.FirstLinks(m_plan.host, std::nullopt);
        for (std::size_t i = 0; i < m_scenario.links.size(); ++i)
        {
            const auto& link = m_scenario.links[i];
            for (std::size_t side = 0; side < 2; ++side)
            {
                const auto end = link.ends[side];
                const auto address = ns3::ScenarioNetwork::AddressOn(m_scenario, i, side);
                if (m_topology.IsEnd(i, m_plan.host) || !first[end] ||
                    m_scenario.hosts[end].bridges || IsNeighbour(address))
                {
                    continue;
                }
                const auto device =
                    std::find_if(m_plan.devices.begin(), m_plan.devices.end(), [&](const auto& d) {
                        return d.link == *first[end];
                    });
                Command({"route",
                         "add",
                         address.ToString(),
                         "via",
                         device->gateway.ToString(),
                         "dev",
                         device->name});
            }
        }
    }

    /// What an administrator can set; the rest is as the kernel is.
    void PlanTcp()
    {
        const auto& config = m_host.tcp.config;
        const tcp::Config usual;
        for (const auto& setting : TcpSettingTable())
        {
            const auto text = setting.sysctl.name ? SysctlText(setting, config) : std::nullopt;
            if (text)
            {
                Set(std::string("tcp.") + setting.name,
                    std::string("net/ipv4/") + setting.sysctl.name,
                    *text,
                    setting.sysctl.isNeeded && text != SysctlText(setting, usual));
            }
        }
    }

    void PlanMultipath()
    {
        const auto& config = m_host.mptcp.config;
        const mptcp::Config usual;
        const std::string base = "net/mptcp/";
        Set("mptcp", base + "enabled", "1", true);
        Set("mptcp.checksum", base + "checksum_enabled", Flag(config.checksum), config.checksum);
        Set("mptcp.allow-join-initial-address",
            base + "allow_join_initial_addr_port",
            Flag(config.allowJoinInitialAddress),
            !config.allowJoinInitialAddress);
        Set("mptcp.scheduler",
            base + "scheduler",
            config.scheduler,
            config.scheduler != usual.scheduler);
        const auto number =
            [&](const char* key, const char* name, std::uint64_t value, std::uint64_t normal) {
                Set(std::string("mptcp.") + key, base + name, Text(value), value != normal);
            };
        const auto seconds = [](TimeNs time) { return static_cast<std::uint64_t>(time / kSecond); };
        number("stale-loss-count", "stale_loss_cnt", config.staleLossCount, usual.staleLossCount);
        number("add-addr-timeout",
               "add_addr_timeout",
               seconds(config.addAddrTimeout),
               seconds(usual.addAddrTimeout));
        number("close-timeout",
               "close_timeout",
               seconds(config.closeTimeout),
               seconds(usual.closeTimeout));
        number("syn-retransmits-before-fallback",
               "syn_retrans_before_tcp_fallback",
               config.synRetransmitsBeforeFallback,
               usual.synRetransmitsBeforeFallback);
        Command({"mptcp",
                 "limits",
                 "set",
                 "subflows",
                 Text(config.extraSubflows),
                 "add_addr_accepted",
                 Text(config.addAddrAccepted)});
        for (const auto& endpoint : m_host.mptcp.endpoints)
        {
            Command(AddEndpoint(endpoint));
        }
    }

    const LiveDevice& DeviceOf(std::size_t link) const
    {
        return *std::find_if(m_plan.devices.begin(), m_plan.devices.end(), [&](const auto& d) {
            return d.link == link;
        });
    }

    /// The identifier of an endpoint, so that it can be named later; 0 stands for none.
    std::string IdOf(std::size_t link) const
    {
        return Text(1 + static_cast<std::size_t>(&DeviceOf(link) - m_plan.devices.data()));
    }

    IpCommand AddEndpoint(const MptcpEndpointSpec& endpoint) const
    {
        const auto& device = DeviceOf(endpoint.link);
        IpCommand command{"mptcp",
                          "endpoint",
                          "add",
                          device.own.ToString(),
                          "dev",
                          device.name,
                          "id",
                          IdOf(endpoint.link)};
        const auto add = [&command](bool on, const char* flag) {
            if (on)
            {
                command.push_back(flag);
            }
        };
        add(endpoint.subflow, "subflow");
        add(endpoint.signal, "signal");
        add(endpoint.backup, "backup");
        add(endpoint.fullmesh, "fullmesh");
        add(endpoint.laminar, "laminar");
        if (endpoint.port != 0)
        {
            command.insert(command.begin() + 4, {"port", Text(endpoint.port)});
        }
        return command;
    }

    void PlanEvents()
    {
        for (std::size_t i = 0; i < m_scenario.events.size(); ++i)
        {
            const auto* change = std::get_if<HostChange>(&m_scenario.events[i].what);
            if (change && change->host == m_plan.host)
            {
                m_plan.events[i] = CommandOf(*change);
            }
        }
    }

    IpCommand CommandOf(const HostChange& change) const
    {
        const auto id = IdOf(change.endpoint.link);
        switch (change.action)
        {
        case HostAction::AddEndpoint:
            return AddEndpoint(change.endpoint);
        case HostAction::OpenSubflow: {
            auto endpoint = change.endpoint;
            endpoint.subflow = true;
            return AddEndpoint(endpoint);
        }
        case HostAction::SetBackup:
            return {"mptcp", "endpoint", "change", "id", id, "backup"};
        case HostAction::ClearBackup:
            return {"mptcp", "endpoint", "change", "id", id, "nobackup"};
        case HostAction::RemoveEndpoint:
        case HostAction::CloseSubflow:
            break;
        }
        return {"mptcp", "endpoint", "delete", "id", id};
    }

    const Scenario& m_scenario;
    const Topology m_topology;
    const HostSpec& m_host;
    bool m_isIpv6;
    LivePlan m_plan;
};

} // namespace

std::vector<LiveLeg>
LiveLegs(const Scenario& scenario)
{
    std::vector<LiveLeg> legs;
    for (std::size_t i = 0; i < scenario.traffic.size(); ++i)
    {
        const auto& traffic = scenario.traffic[i];
        for (std::size_t leg = 0; leg < traffic.legs.size(); ++leg)
        {
            legs.push_back({i,
                            traffic.IsRelayed() ? LegTraffic(traffic, leg) : traffic,
                            leg > 0,
                            leg + 1 < traffic.legs.size()});
        }
    }
    return legs;
}

std::size_t
LiveLegIndex(const Scenario& scenario, std::size_t traffic, std::size_t leg)
{
    for (std::size_t i = 0; i < traffic; ++i)
    {
        leg += scenario.traffic[i].legs.size();
    }
    return leg;
}

LivePlan
MakeLivePlan(const Scenario& scenario, std::size_t host)
{
    return Planner(scenario, host).Make();
}

} // namespace hoststack
