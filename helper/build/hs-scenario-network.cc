// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-network.h"

#include "ns3/hs-channel.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-ns3-tcp-socket.h"
#include "ns3/hs-smp-processor.h"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/csma-channel.h>
#include <ns3/csma-helper.h>
#include <ns3/csma-net-device.h>
#include <ns3/data-rate.h>
#include <ns3/icmpv6-l4-protocol.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6.h>
#include <ns3/mac48-address.h>
#include <ns3/node.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/point-to-point-net-device.h>
#include <ns3/queue-size.h>
#include <ns3/queue.h>
#include <ns3/uinteger.h>

#include <algorithm>

namespace ns3
{

namespace
{

using hoststack::LinkConfig;
using hoststack::LinkKind;
using hoststack::LinkSpec;

/// A queue limit for ns-3's devices, which count either packets or bytes.
QueueSize
QueueSizeOf(const LinkConfig& config)
{
    constexpr std::uint64_t unlimited = 1000000;
    if (config.queue.packets != hoststack::LinkQueueLimit::kUnlimited)
    {
        return QueueSize(QueueSizeUnit::PACKETS,
                         static_cast<std::uint32_t>(std::min(config.queue.packets, unlimited)));
    }
    auto bytes = config.queue.bytes;
    if (config.queue.time != hoststack::kNever)
    {
        const double room =
            static_cast<double>(config.rate) / 8 * hoststack::ToSeconds(config.queue.time);
        bytes = std::max<std::uint64_t>(1500, static_cast<std::uint64_t>(room));
    }
    constexpr std::uint64_t mostBytes = 1U << 31;
    return bytes == hoststack::LinkQueueLimit::kUnlimited
               ? QueueSize(QueueSizeUnit::PACKETS, unlimited)
               : QueueSize(QueueSizeUnit::BYTES,
                           static_cast<std::uint32_t>(std::min(bytes, mostBytes)));
}

} // namespace

ScenarioNetwork::ScenarioNetwork(const hoststack::Scenario& scenario,
                                 const std::vector<OutsideHost*>& outside)
    : m_scenario(scenario),
      m_topology(scenario)
{
    for (auto* host : outside)
    {
        m_outside.resize(scenario.hosts.size());
        m_outside[host->Index()] = host;
    }
    m_nodes.Create(static_cast<std::uint32_t>(scenario.hosts.size()));
    m_proxyThreads.resize(scenario.hosts.size());
    for (std::size_t host = 0; host < scenario.hosts.size(); ++host)
    {
        if (!IsOutside(host))
        {
            InstallStack(host);
        }
    }
    for (std::size_t link = 0; link < scenario.links.size(); ++link)
    {
        InstallLink(link);
        AddAddresses(link);
    }
    m_loopbacks.resize(scenario.hosts.size());
    for (std::size_t host = 0; host < scenario.hosts.size(); ++host)
    {
        if (scenario.hosts[host].bridges)
        {
            HoststackHelper::Bridge(GetNode(host));
        }
        if (scenario.hosts[host].loopback && !IsOutside(host))
        {
            InstallLoopback(host);
        }
        for (const auto& endpoint : scenario.hosts[host].mptcp.endpoints)
        {
            if (scenario.hosts[host].mptcp.enabled && !IsOutside(host))
            {
                AddEndpoint(host, endpoint);
            }
        }
    }
    AssignStreams();
}

void
ScenarioNetwork::AssignStreams() const
{
    // ARP and the bus draw from ns-3's streams, which are else counted over the life of a process.
    std::int64_t next = 0;
    for (std::size_t link = 0; link < m_scenario.links.size(); ++link)
    {
        if (m_scenario.links[link].kind == LinkKind::Csma)
        {
            NetDeviceContainer devices;
            NodeContainer nodes;
            for (const auto& device : m_devices[link])
            {
                devices.Add(device);
                nodes.Add(device->GetNode());
            }
            next += CsmaHelper().AssignStreams(devices, next);
            next += InternetStackHelper().AssignStreams(nodes, next);
        }
    }
}

bool
ScenarioNetwork::HasIp(int version) const
{
    const auto& hosts = m_scenario.hosts;
    const bool isOwn = std::any_of(hosts.begin(), hosts.end(), [](const auto& host) {
        return host.loopback.has_value();
    });
    return (isOwn && m_scenario.run.ipVersion == version) ||
           std::any_of(m_scenario.links.begin(), m_scenario.links.end(), [&](const auto& link) {
               return link.ipVersion == version;
           });
}

std::uint32_t
ScenarioNetwork::MtuOf(std::size_t host, std::size_t link) const
{
    return link == kLoopback ? m_loopbacks[host]->GetMtu() : m_scenario.links[link].mtu;
}

int
ScenarioNetwork::IpVersionOf(std::size_t link) const
{
    return link == kLoopback ? m_scenario.run.ipVersion : m_scenario.links[link].ipVersion;
}

bool
ScenarioNetwork::IsIpv6(std::size_t link) const
{
    return m_scenario.links[link].ipVersion == 6;
}

void
ScenarioNetwork::InstallStack(std::size_t host)
{
    const auto& spec = m_scenario.hosts[host];
    const auto node = GetNode(host);
    InternetStackHelper internet;
    internet.SetIpv4StackInstall(HasIp(4));
    internet.SetIpv6StackInstall(HasIp(6));
    // Random delays of address resolution are no property of a scenario's links.
    internet.SetIpv4ArpJitter(false);
    internet.SetIpv6NsRsJitter(false);
    internet.Install(node);
    if (spec.memory)
    {
        HoststackMachine::Of(node)->SetMemory(*spec.memory,
                                              m_scenario.run.seed,
                                              "hosts/" + spec.name + "/memory");
    }
    if (spec.machine)
    {
        const auto machine = HoststackMachine::Of(node);
        machine->SetProcessor(
            std::make_unique<hoststack::host::SmpProcessor>(machine->Clock(),
                                                            spec.machine->config));
        if (spec.nic && spec.nic->steering.name != "none")
        {
            machine->SetSteering(spec.nic->steering, spec.machine->config.cores);
        }
    }
    if (spec.hpts)
    {
        auto settings = *spec.hpts;
        settings.seed = m_scenario.run.seed;
        HoststackMachine::Of(node)->SetHpts(settings);
    }
    if (spec.ns3Stack)
    {
        node->AggregateObject(CreateObject<HoststackNs3TcpSocketFactory>());
    }
    if (HasIp(6))
    {
        // Duplicate address detection would keep the addresses unusable for the first second.
        node->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
        node->GetObject<Ipv6>()->SetAttribute("IpForward", BooleanValue(true));
        // A host takes packets for any of its addresses on any link, as Linux does.
        node->GetObject<Ipv6L3Protocol>()->SetAttribute("StrongEndSystemModel",
                                                        BooleanValue(false));
    }
    if (!spec.ns3Stack)
    {
        HoststackHelper helper;
        helper.SetConfig(std::make_shared<const HoststackTcpConfig>(spec.tcp.config));
        helper.SetAttribute("DirectPath", BooleanValue(m_scenario.run.directPath));
        helper.SetAttribute("VirtualPayload", BooleanValue(!IsLive() && !m_scenario.run.content));
        auto multipath = std::make_shared<hoststack::mptcp::Config>(spec.mptcp.config);
        multipath->bothFamilies = HasIp(4) && HasIp(6);
        helper.SetMptcpConfig(std::move(multipath));
        helper.Install(node);
        HoststackHelper::GetMptcp(node)->SetRandomStream(m_scenario.run.seed,
                                                         "hosts/" + spec.name + "/mptcp");
    }
    if (spec.machine && spec.machine->sockets)
    {
        HoststackMachine::Of(node)->SetDispatch(*spec.machine->sockets);
    }
}

void
ScenarioNetwork::InstallLink(std::size_t index)
{
    const LinkSpec& link = m_scenario.links[index];
    switch (link.kind)
    {
    case LinkKind::Path:
        InstallPath(link);
        break;
    case LinkKind::PointToPoint:
        InstallPointToPoint(link);
        break;
    case LinkKind::Csma:
        InstallCsma(link);
        break;
    }
    for (const auto& device : m_devices.back())
    {
        device->SetMtu(static_cast<std::uint16_t>(link.mtu));
    }
}

void
ScenarioNetwork::InstallPath(const LinkSpec& link)
{
    std::array<Ptr<HoststackNetDevice>, 2> ends;
    for (std::size_t side = 0; side < 2; ++side)
    {
        ends[side] = CreateObject<HoststackNetDevice>();
        ends[side]->SetAddress(Mac48Address::Allocate());
        if (const auto& machine = m_scenario.hosts[link.ends[side]].machine)
        {
            ends[side]->SetInterruptCore(machine->interruptCore);
            ends[side]->SetReceiveRing(machine->receiveRing);
        }
        GetNode(link.ends[side])->AddDevice(ends[side]);
        ends[side]->SetMtu(static_cast<std::uint16_t>(link.mtu)); // which the NIC's queue looks at
        if (const auto& nic = m_scenario.hosts[link.ends[side]].nic)
        {
            ends[side]->SetNic(*nic);
        }
    }
    const auto prefix = "links/" + link.name;
    CreateObject<HoststackChannel>()->Connect(ends[0],
                                              ends[1],
                                              {link.up, prefix + "/up"},
                                              {link.down, prefix + "/down"},
                                              m_scenario.run.seed);
    m_devices.push_back({ends[0], ends[1]});
}

void
ScenarioNetwork::InstallPointToPoint(const LinkSpec& link)
{
    PointToPointHelper helper;
    helper.SetChannelAttribute("Delay", TimeValue(NanoSeconds(link.up.delay)));
    const auto devices = helper.Install(GetNode(link.ends[0]), GetNode(link.ends[1]));
    const std::array<const LinkConfig*, 2> outgoing{&link.up, &link.down};
    for (std::uint32_t side = 0; side < 2; ++side)
    {
        const auto device = DynamicCast<PointToPointNetDevice>(devices.Get(side));
        device->SetDataRate(DataRate(outgoing[side]->rate));
        device->GetQueue()->SetMaxSize(QueueSizeOf(*outgoing[side]));
    }
    m_devices.push_back({devices.Get(0), devices.Get(1)});
}

void
ScenarioNetwork::InstallCsma(const LinkSpec& link)
{
    CsmaHelper helper;
    helper.SetChannelAttribute("Delay", TimeValue(NanoSeconds(link.up.delay)));
    helper.SetChannelAttribute("DataRate", DataRateValue(DataRate(link.up.rate)));
    NodeContainer nodes(GetNode(link.ends[0]), GetNode(link.ends[1]));
    const auto devices = helper.Install(nodes);
    const std::array<const LinkConfig*, 2> outgoing{&link.up, &link.down};
    for (std::uint32_t side = 0; side < 2; ++side)
    {
        const auto device = DynamicCast<CsmaNetDevice>(devices.Get(side));
        device->GetQueue()->SetMaxSize(QueueSizeOf(*outgoing[side]));
    }
    m_devices.push_back({devices.Get(0), devices.Get(1)});
}

Ptr<HoststackChannel>
ScenarioNetwork::GetChannel(std::size_t link) const
{
    return DynamicCast<HoststackChannel>(m_devices[link][0]->GetChannel());
}

std::vector<std::size_t>
ScenarioNetwork::Connect(std::size_t from, std::size_t to, std::optional<std::size_t> link)
{
    if (from == to)
    {
        return {kLoopback};
    }
    if (link)
    {
        return {*link};
    }
    const auto [way, hosts] = m_topology.FindWay(from, to);
    for (std::size_t i = 0; i + 1 < way.size(); ++i)
    {
        // hosts[i] reaches `to` over way[i]; hosts[i + 2] reaches `from` over way[i + 1].
        AddRoute(hosts[i], way[i], to, way.back());
        AddRoute(hosts[i + 2], way[i + 1], from, way.front());
    }
    return way;
}

ScenarioNetwork::WorkerThreads
ScenarioNetwork::ProxyThreads(std::size_t host)
{
    const auto& spec = m_scenario.hosts[host];
    if (!spec.machine || IsOutside(host))
    {
        return {};
    }
    auto& threads = m_proxyThreads[host];
    for (auto i = threads.size(); i < spec.proxy.instances * spec.proxy.threads; ++i)
    {
        threads.push_back(
            std::make_shared<HoststackWorkerThread>(HoststackMachine::Of(GetNode(host)),
                                                    "proxy/" + std::to_string(i)));
    }
    return threads;
}

} // namespace ns3
