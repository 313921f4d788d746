// SPDX-License-Identifier: GPL-2.0-only
//
// Addresses of a scenario's hosts and the routes between them.

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-loopback-device.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-scenario-network.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/ipv6.h>
#include <ns3/mac48-address.h>
#include <ns3/node.h>

#include <algorithm>

namespace ns3
{

namespace
{

/// Where an end of a link stands in its subnet, which reaches over bridges.
struct Place
{
    std::size_t network;
    std::uint32_t number;
};

Place
PlaceOf(const hoststack::Scenario& scenario, std::size_t link, std::size_t side)
{
    using hoststack::Topology;
    const auto own = Topology::BeyondBridges(scenario, {link, side});
    const auto other = Topology::BeyondBridges(scenario, {link, 1 - side});
    const bool isFirst = own.link != other.link ? own.link < other.link : own.side < other.side;
    return {std::min(own.link, other.link), isFirst ? 1U : 2U};
}

Ipv4Address
Ipv4Of(const hoststack::Scenario& scenario, std::size_t link, std::size_t side)
{
    const auto place = PlaceOf(scenario, link, side);
    const auto high = static_cast<std::uint32_t>(place.network / 250);
    const auto low = static_cast<std::uint32_t>(place.network % 250);
    return Ipv4Address(10U << 24 | high << 16 | low << 8 | place.number);
}

Ipv6Address
Ipv6Of(const hoststack::Scenario& scenario, std::size_t link, std::size_t side)
{
    const auto place = PlaceOf(scenario, link, side);
    std::uint8_t bytes[16] = {0xfd};
    bytes[6] = static_cast<std::uint8_t>(place.network >> 8);
    bytes[7] = static_cast<std::uint8_t>(place.network);
    bytes[15] = static_cast<std::uint8_t>(place.number);
    return Ipv6Address(bytes);
}

// A host's address for what it sends to itself, and a neighbour that nobody is: it lets ns-3's IP
// give packets for the own address to the device.
const Ipv4Address kOwn4("127.0.1.1");
const Ipv4Address kNext4("127.0.1.2");
const Ipv6Address kOwn6("fd00:0:0:ffff::1");
const Ipv6Address kNext6("fd00:0:0:ffff::2");

} // namespace

void
ScenarioNetwork::InstallLoopback(std::size_t host)
{
    const auto node = GetNode(host);
    const auto device = CreateObject<HoststackLoopbackDevice>();
    device->SetAddress(Mac48Address::Allocate());
    node->AddDevice(device);
    device->Open(*m_scenario.hosts[host].loopback);
    m_loopbacks[host] = device;
    if (IpVersionOf(kLoopback) == 6)
    {
        const auto ip = node->GetObject<Ipv6>();
        const auto interface = ip->AddInterface(device);
        ip->AddAddress(interface, Ipv6InterfaceAddress(kOwn6, Ipv6Prefix(64)));
        ip->SetUp(interface);
        Ipv6StaticRoutingHelper().GetStaticRouting(ip)->AddHostRouteTo(kOwn6, kNext6, interface);
        return;
    }
    const auto ip = node->GetObject<Ipv4>();
    const auto interface = ip->AddInterface(device);
    ip->AddAddress(interface, Ipv4InterfaceAddress(kOwn4, Ipv4Mask(0xffffff00)));
    ip->SetUp(interface);
    Ipv4StaticRoutingHelper().GetStaticRouting(ip)->AddHostRouteTo(kOwn4, kNext4, interface);
}

void
ScenarioNetwork::AddAddresses(std::size_t index)
{
    std::array<std::uint32_t, 2> interfaces{};
    for (std::size_t side = 0; side < 2; ++side)
    {
        const auto node = GetNode(m_scenario.links[index].ends[side]);
        const auto device = m_devices[index][side];
        if (auto* outside = FindOutside(m_scenario.links[index].ends[side]))
        {
            outside->Attach(index, DynamicCast<HoststackNetDevice>(device));
        }
        else if (m_scenario.hosts[m_scenario.links[index].ends[side]].bridges)
        {
            // Its ports have no addresses.
        }
        else if (IsIpv6(index))
        {
            const auto ip = node->GetObject<Ipv6>();
            interfaces[side] = ip->AddInterface(device);
            ip->AddAddress(interfaces[side],
                           Ipv6InterfaceAddress(Ipv6Of(m_scenario, index, side), Ipv6Prefix(64)));
            ip->SetMetric(interfaces[side], 1);
            ip->SetUp(interfaces[side]);
        }
        else
        {
            const auto ip = node->GetObject<Ipv4>();
            interfaces[side] = ip->AddInterface(device);
            ip->AddAddress(
                interfaces[side],
                Ipv4InterfaceAddress(Ipv4Of(m_scenario, index, side), Ipv4Mask(0xffffff00)));
            ip->SetMetric(interfaces[side], 1);
            ip->SetUp(interfaces[side]);
        }
    }
    m_interfaces.push_back(interfaces);
    const auto separation = m_scenario.links[index].separation;
    for (std::size_t side = 0; side < 2; ++side)
    {
        const auto protocol = HoststackHelper::Get(GetNode(m_scenario.links[index].ends[side]));
        if (protocol && separation != hoststack::Separation::None)
        {
            protocol->Separate(m_devices[index][side], separation == hoststack::Separation::Reset);
        }
    }
}

void
ScenarioNetwork::ConnectEachLink(std::size_t host, std::size_t peer)
{
    for (const auto link : m_topology.LinksOf(host))
    {
        const auto side = m_topology.SideOf(link, host);
        const auto next = m_topology.OtherEnd(link, host);
        if (IsOutside(host))
        {
            // Its own source routes are its own business.
        }
        else if (IsIpv6(link))
        {
            HoststackHelper::AddSourceRoute(GetNode(host),
                                            Ipv6Of(m_scenario, link, side),
                                            Ipv6Of(m_scenario, link, 1 - side));
        }
        else
        {
            HoststackHelper::AddSourceRoute(GetNode(host),
                                            Ipv4Of(m_scenario, link, side),
                                            Ipv4Of(m_scenario, link, 1 - side));
        }
        if (next == peer)
        {
            continue;
        }
        const auto [way, hosts] = m_topology.FindWay(next, peer);
        if (std::find(hosts.begin(), hosts.end(), host) != hosts.end())
        {
            continue; // only back through the host itself
        }
        for (std::size_t i = 0; i < way.size(); ++i)
        {
            for (std::size_t other = 0; other < m_scenario.links.size(); ++other)
            {
                if (m_topology.IsEnd(other, peer) && other != way[i])
                {
                    AddRoute(hosts[i], way[i], peer, other);
                }
            }
            AddRoute(hosts[i + 1], way[i], host, link);
        }
    }
}

bool
ScenarioNetwork::AddEndpoint(std::size_t host, const hoststack::MptcpEndpointSpec& endpoint)
{
    hoststack::mptcp::LocalEndpoint local;
    local.address = GetIpAddress(host, endpoint.link);
    local.subflow = endpoint.subflow;
    local.signal = endpoint.signal;
    local.backup = endpoint.backup;
    local.fullmesh = endpoint.fullmesh;
    local.laminar = endpoint.laminar;
    local.port = endpoint.port;
    return HoststackHelper::GetMptcp(GetNode(host))->AddEndpoint(local) != 0;
}

hoststack::IpAddress
ScenarioNetwork::AddressOn(const hoststack::Scenario& scenario, std::size_t link, std::size_t side)
{
    return scenario.links[link].ipVersion == 6 ? FromNs3(Ipv6Of(scenario, link, side))
                                               : FromNs3(Ipv4Of(scenario, link, side));
}

hoststack::IpAddress
ScenarioNetwork::GetIpAddress(std::size_t host, std::size_t link) const
{
    return AddressOn(m_scenario, link, m_topology.SideOf(link, host));
}

void
ScenarioNetwork::AddRoute(std::size_t at, std::size_t link, std::size_t host, std::size_t lastLink)
{
    if (IsOutside(at) || m_scenario.hosts[at].bridges)
    {
        return;
    }
    const auto side = m_topology.SideOf(link, at);
    const auto interface = m_interfaces[link][side];
    const auto node = GetNode(at);
    if (IsIpv6(link) != IsIpv6(lastLink))
    {
        return; // no packet of one version goes over a link of the other
    }
    if (IsIpv6(link))
    {
        Ipv6StaticRoutingHelper helper;
        helper.GetStaticRouting(node->GetObject<Ipv6>())
            ->AddHostRouteTo(Ipv6Of(m_scenario, lastLink, m_topology.SideOf(lastLink, host)),
                             Ipv6Of(m_scenario, link, 1 - side),
                             interface);
    }
    else
    {
        Ipv4StaticRoutingHelper helper;
        helper.GetStaticRouting(node->GetObject<Ipv4>())
            ->AddHostRouteTo(Ipv4Of(m_scenario, lastLink, m_topology.SideOf(lastLink, host)),
                             Ipv4Of(m_scenario, link, 1 - side),
                             interface);
    }
}

Address
ScenarioNetwork::GetAddress(std::size_t host, std::size_t link, std::uint16_t port) const
{
    if (link == kLoopback)
    {
        return IpVersionOf(link) == 6 ? Address(Inet6SocketAddress(kOwn6, port))
                                      : Address(InetSocketAddress(kOwn4, port));
    }
    const auto side = m_topology.SideOf(link, host);
    if (IsIpv6(link))
    {
        return Inet6SocketAddress(Ipv6Of(m_scenario, link, side), port);
    }
    return InetSocketAddress(Ipv4Of(m_scenario, link, side), port);
}

Address
ScenarioNetwork::GetAnyAddress(std::uint16_t port) const
{
    if (HasIp(6)) // which takes IPv4, too
    {
        return Inet6SocketAddress(Ipv6Address::GetAny(), port);
    }
    return InetSocketAddress(Ipv4Address::GetAny(), port);
}

} // namespace ns3
