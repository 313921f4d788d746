// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-network.h"

#include "ns3/hs-address-conversion.h"
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
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-static-routing-helper.h>
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

/// How much of a packet the captures of ns-3's devices hold while it lives: their helpers open the
/// files themselves. 0: as it is.
class CaptureSize
{
  public:
    explicit CaptureSize(std::uint32_t length)
    {
        TypeId::LookupByName("ns3::PcapFileWrapper")
            .LookupAttributeByName("CaptureSize", &m_before);
        if (length > 0)
        {
            Config::SetDefault(kName, UintegerValue(length));
        }
    }

    ~CaptureSize()
    {
        Config::SetDefault(kName, *m_before.initialValue);
    }

    CaptureSize(const CaptureSize&) = delete;
    CaptureSize& operator=(const CaptureSize&) = delete;

  private:
    static constexpr char kName[] = "ns3::PcapFileWrapper::CaptureSize";

    TypeId::AttributeInformation m_before;
};

Ipv4Address
Ipv4Of(std::size_t link, std::size_t side)
{
    const auto high = static_cast<std::uint32_t>(link / 250);
    const auto low = static_cast<std::uint32_t>(link % 250);
    return Ipv4Address(10U << 24 | high << 16 | low << 8 | static_cast<std::uint32_t>(side + 1));
}

Ipv6Address
Ipv6Of(std::size_t link, std::size_t side)
{
    std::uint8_t bytes[16] = {0xfd};
    bytes[6] = static_cast<std::uint8_t>(link >> 8);
    bytes[7] = static_cast<std::uint8_t>(link);
    bytes[15] = static_cast<std::uint8_t>(side + 1);
    return Ipv6Address(bytes);
}

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

ScenarioNetwork::ScenarioNetwork(const hoststack::Scenario& scenario, OutsideHost* outside)
    : m_scenario(scenario),
      m_topology(scenario),
      m_outside(outside)
{
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
    for (std::size_t host = 0; host < scenario.hosts.size(); ++host)
    {
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
    return std::any_of(m_scenario.links.begin(), m_scenario.links.end(), [&](const auto& link) {
        return link.ipVersion == version;
    });
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
        helper.SetAttribute("VirtualPayload",
                            BooleanValue(m_outside == nullptr && !m_scenario.run.content));
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

void
ScenarioNetwork::AddAddresses(std::size_t index)
{
    std::array<std::uint32_t, 2> interfaces{};
    for (std::size_t side = 0; side < 2; ++side)
    {
        const auto node = GetNode(m_scenario.links[index].ends[side]);
        const auto device = m_devices[index][side];
        if (IsOutside(m_scenario.links[index].ends[side]))
        {
            m_outside->Attach(index, DynamicCast<HoststackNetDevice>(device));
        }
        else if (IsIpv6(index))
        {
            const auto ip = node->GetObject<Ipv6>();
            interfaces[side] = ip->AddInterface(device);
            ip->AddAddress(interfaces[side],
                           Ipv6InterfaceAddress(Ipv6Of(index, side), Ipv6Prefix(64)));
            ip->SetMetric(interfaces[side], 1);
            ip->SetUp(interfaces[side]);
        }
        else
        {
            const auto ip = node->GetObject<Ipv4>();
            interfaces[side] = ip->AddInterface(device);
            ip->AddAddress(interfaces[side],
                           Ipv4InterfaceAddress(Ipv4Of(index, side), Ipv4Mask(0xffffff00)));
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

Ptr<HoststackChannel>
ScenarioNetwork::GetChannel(std::size_t link) const
{
    return DynamicCast<HoststackChannel>(m_devices[link][0]->GetChannel());
}

std::vector<std::size_t>
ScenarioNetwork::Connect(std::size_t from, std::size_t to, std::optional<std::size_t> link)
{
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
                                            Ipv6Of(link, side),
                                            Ipv6Of(link, 1 - side));
        }
        else
        {
            HoststackHelper::AddSourceRoute(GetNode(host),
                                            Ipv4Of(link, side),
                                            Ipv4Of(link, 1 - side));
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
    return scenario.links[link].ipVersion == 6 ? FromNs3(Ipv6Of(link, side))
                                               : FromNs3(Ipv4Of(link, side));
}

hoststack::IpAddress
ScenarioNetwork::GetIpAddress(std::size_t host, std::size_t link) const
{
    return AddressOn(m_scenario, link, m_topology.SideOf(link, host));
}

void
ScenarioNetwork::AddRoute(std::size_t at, std::size_t link, std::size_t host, std::size_t lastLink)
{
    if (IsOutside(at))
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
            ->AddHostRouteTo(Ipv6Of(lastLink, m_topology.SideOf(lastLink, host)),
                             Ipv6Of(link, 1 - side),
                             interface);
    }
    else
    {
        Ipv4StaticRoutingHelper helper;
        helper.GetStaticRouting(node->GetObject<Ipv4>())
            ->AddHostRouteTo(Ipv4Of(lastLink, m_topology.SideOf(lastLink, host)),
                             Ipv4Of(link, 1 - side),
                             interface);
    }
}

Address
ScenarioNetwork::GetAddress(std::size_t host, std::size_t link, std::uint16_t port) const
{
    const auto side = m_topology.SideOf(link, host);
    if (IsIpv6(link))
    {
        return Inet6SocketAddress(Ipv6Of(link, side), port);
    }
    return InetSocketAddress(Ipv4Of(link, side), port);
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

void
ScenarioNetwork::EnablePcap(const std::string& folder)
{
    m_captures.resize(m_scenario.hosts.size());
    const CaptureSize size(m_scenario.output.snapLength);
    for (std::size_t i = 0; i < m_scenario.links.size(); ++i)
    {
        const LinkSpec& link = m_scenario.links[i];
        for (std::size_t side = 0; side < 2; ++side)
        {
            const auto& host = m_scenario.hosts[link.ends[side]].name;
            const auto file = folder + '/' + link.name + '-' + host + ".pcap";
            const auto device = m_devices[i][side];
            switch (link.kind)
            {
            case LinkKind::Path: {
                auto& capture = m_captures[link.ends[side]];
                if (!capture)
                {
                    capture = std::make_shared<HostCapture>(folder + '/' + host + ".pcapng",
                                                            m_scenario.output.snapLength);
                }
                capture->Add(DynamicCast<HoststackNetDevice>(device), link.name);
                break;
            }
            case LinkKind::PointToPoint:
                PointToPointHelper().EnablePcap(file, device, false, true);
                break;
            case LinkKind::Csma:
                CsmaHelper().EnablePcap(file, device, false, true);
                break;
            }
        }
    }
}

void
ScenarioNetwork::ClosePcap()
{
    for (const auto& capture : m_captures)
    {
        if (capture)
        {
            capture->Close();
        }
    }
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
