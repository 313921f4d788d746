// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-protocol.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-ip-traces.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-tcp-endpoint.h"
#include "ns3/hs-tcp-packet-header.h"
#include "ns3/hs-tcp-socket-factory.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/boolean.h>
#include <ns3/ipv4-header.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-routing-protocol.h>
#include <ns3/loopback-net-device.h>
#include <ns3/node.h>
#include <ns3/object-vector.h>
#include <ns3/queue-disc.h>
#include <ns3/simulator.h>
#include <ns3/traffic-control-layer.h>
#include <ns3/uinteger.h>

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackTcpProtocol);

using hoststack::IpAddress;
using hoststack::IpFamily;
using hoststack::TcpSegment;
using hoststack::TimeNs;

namespace
{

std::uint8_t
DefaultTimeToLive(const Object& ip)
{
    UintegerValue value;
    return ip.GetAttributeFailSafe("DefaultTtl", value) ? static_cast<std::uint8_t>(value.Get())
                                                        : 64;
}

} // namespace

TypeId
HoststackTcpProtocol::GetTypeId()
{
    static TypeId tid = AddTcpConfigAttributes(
        TypeId("ns3::HoststackTcpProtocol")
            .SetParent<IpL4Protocol>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackTcpProtocol>()
            .AddAttribute("DirectPath",
                          "Segments between two HoststackNetDevices skip ns-3's IP.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&HoststackTcpProtocol::SetDirectPath,
                                              &HoststackTcpProtocol::GetDirectPath),
                          MakeBooleanChecker())
            .AddAttribute("VirtualPayload",
                          "Sockets made from now on do not carry the content of packets.",
                          BooleanValue(true),
                          MakeBooleanAccessor(&HoststackTcpProtocol::m_virtualPayload),
                          MakeBooleanChecker())
            .AddAttribute("RouteLifetime",
                          "How long a route over a point-to-point device is kept.",
                          TimeValue(Seconds(1)),
                          MakeTimeAccessor(&HoststackTcpProtocol::SetRouteLifetime,
                                           &HoststackTcpProtocol::GetRouteLifetime),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("SocketList",
                          "The sockets that are connected or listen.",
                          ObjectVectorValue(),
                          MakeObjectVectorAccessor(&HoststackTcpProtocol::m_sockets),
                          MakeObjectVectorChecker<HoststackTcpSocket>()),
        TypeId::ATTR_SGC);
    return tid;
}

HoststackTcpProtocol::HoststackTcpProtocol()
    : HoststackTcpConfigurable(std::make_shared<const HoststackTcpConfig>())
{
}

HoststackTcpProtocol::~HoststackTcpProtocol() = default;

void
HoststackTcpProtocol::DoDispose()
{
    m_table.Clear();
    m_listeners.Clear();
    m_ports.clear();
    auto sockets = std::move(m_sockets);
    m_sockets.clear();
    for (const auto& socket : sockets)
    {
        socket->Dispose();
    }
    m_wires.clear();
    m_egresses.clear();
    m_separate.clear();
    m_ingress.clear();
    if (m_machine)
    {
        m_machine->Input().Remove(*this);
    }
    m_previous4 = nullptr;
    m_previous6 = nullptr;
    m_ipv4 = nullptr;
    m_ipv6 = nullptr;
    m_node = nullptr;
    m_downTarget.Nullify();
    m_downTarget6.Nullify();
    IpL4Protocol::DoDispose();
}

void
HoststackTcpProtocol::NotifyNewAggregate()
{
    TakeOver();
    IpL4Protocol::NotifyNewAggregate();
}

void
HoststackTcpProtocol::TakeOver()
{
    if (!m_node)
    {
        auto node = GetObject<Node>();
        if (!node)
        {
            return;
        }
        RequireNanosecondResolution();
        m_node = node;
        m_machine = PeekPointer(HoststackMachine::Of(node));
        m_machine->Input().Add(*this);
        auto factory = CreateObject<HoststackTcpSocketFactory>();
        factory->SetProtocol(this);
        node->AggregateObject(factory);
        node->RegisterDeviceAdditionListener(
            MakeCallback(&HoststackTcpProtocol::DeviceAdded, this));
    }
    auto replace = [this](auto& ip) {
        auto previous = ip.GetProtocol(kProtocolNumber);
        if (previous)
        {
            ip.Remove(previous);
        }
        ip.Insert(this);
        return previous;
    };
    if (auto ipv4 = m_node->GetObject<Ipv4L3Protocol>(); ipv4 && !m_ipv4)
    {
        m_ipv4 = ipv4;
        m_previous4 = replace(*ipv4);
    }
    if (auto ipv6 = m_node->GetObject<Ipv6L3Protocol>(); ipv6 && !m_ipv6)
    {
        m_ipv6 = ipv6;
        m_previous6 = replace(*ipv6);
    }
}

void
HoststackTcpProtocol::DeviceAdded(Ptr<NetDevice> device)
{
    device->AddLinkChangeCallback(MakeCallback(&HoststackTcpProtocol::FlushRoutes, this));
}

void
HoststackTcpProtocol::SetDirectPath(bool on)
{
    m_directPath = on;
    FlushRoutes();
}

bool
HoststackTcpProtocol::GetDirectPath() const
{
    return m_directPath;
}

void
HoststackTcpProtocol::SetRouteLifetime(const Time& lifetime)
{
    m_routeLifetime = lifetime.GetNanoSeconds();
    FlushRoutes();
}

Time
HoststackTcpProtocol::GetRouteLifetime() const
{
    return NanoSeconds(m_routeLifetime);
}

Ptr<Socket>
HoststackTcpProtocol::CreateSocket()
{
    auto socket = CreateObject<HoststackTcpSocket>();
    socket->SetProtocol(this);
    socket->SetConfig(GetConfig());
    socket->SetVirtualPayload(m_virtualPayload);
    return socket;
}

Ptr<Ipv4Route>
HoststackTcpProtocol::Route4(Ptr<Packet> packet,
                             const HoststackFlowKey& key,
                             Ptr<NetDevice> device,
                             Socket::SocketErrno& error) const
{
    error = Socket::ERROR_NOROUTETOHOST;
    if (!m_ipv4 || !m_ipv4->GetRoutingProtocol())
    {
        return nullptr;
    }
    Ipv4Header header;
    header.SetSource(ToIpv4(key.local));
    header.SetDestination(ToIpv4(key.remote));
    header.SetProtocol(kProtocolNumber);
    return m_ipv4->GetRoutingProtocol()->RouteOutput(packet, header, device, error);
}

Ptr<Ipv6Route>
HoststackTcpProtocol::Route6(Ptr<Packet> packet,
                             const HoststackFlowKey& key,
                             Ptr<NetDevice> device,
                             Socket::SocketErrno& error) const
{
    error = Socket::ERROR_NOROUTETOHOST;
    if (!m_ipv6 || !m_ipv6->GetRoutingProtocol())
    {
        return nullptr;
    }
    Ipv6Header header;
    header.SetSource(ToIpv6(key.local));
    header.SetDestination(ToIpv6(key.remote));
    header.SetNextHeader(kProtocolNumber);
    return m_ipv6->GetRoutingProtocol()->RouteOutput(packet, header, device, error);
}

Ptr<HoststackTcpRoute>
HoststackTcpProtocol::FindRoute(const HoststackFlowKey& key,
                                const PacketOptions& options,
                                TimeNs now,
                                Socket::SocketErrno& error)
{
    auto route = Create<HoststackTcpRoute>();
    const auto egress = Create<HoststackEgress>();
    Ptr<NetDevice> device;
    if (key.remote.family == IpFamily::V4)
    {
        egress->route4 = Route4(nullptr, key, options.device, error);
        if (!egress->route4)
        {
            return nullptr;
        }
        device = egress->route4->GetOutputDevice();
        const auto interface = m_ipv4->GetInterfaceForDevice(device);
        egress->egress4 = m_ipv4->GetInterface(interface);
        route->mtu = m_ipv4->GetMtu(interface);
        route->source = IsAny(key.local) ? FromNs3(egress->route4->GetSource()) : key.local;
        route->timeToLive =
            options.timeToLive > 0 ? options.timeToLive : DefaultTimeToLive(*m_ipv4);
    }
    else
    {
        egress->route6 = Route6(nullptr, key, options.device, error);
        if (!egress->route6)
        {
            return nullptr;
        }
        device = egress->route6->GetOutputDevice();
        const auto interface = m_ipv6->GetInterfaceForDevice(device);
        egress->egress6 = m_ipv6->GetInterface(interface);
        route->mtu = m_ipv6->GetMtu(interface);
        route->source = IsAny(key.local) ? FromNs3(egress->route6->GetSource()) : key.local;
        route->timeToLive =
            options.timeToLive > 0 ? options.timeToLive : DefaultTimeToLive(*m_ipv6);
    }
    error = Socket::ERROR_NOTERROR;
    if (!m_pathMtus.IsEmpty())
    {
        route->mtu = m_pathMtus.Limit(key.remote, route->mtu, now);
    }
    route->destination = key.remote;
    route->trafficClass = options.trafficClass;
    route->dscp = options.trafficClass >> 2;
    route->generation = m_generation;
    route->freshUntil = now + m_routeLifetime;
    route->hash =
        HashFlow(route->source, route->destination, key.localPort, key.remotePort, kProtocolNumber);
    route->sourceHash = HashAddress(route->source);
    route->destinationHash = HashAddress(route->destination);
    egress->perPacket = !device->IsPointToPoint() || DynamicCast<LoopbackNetDevice>(device);
    if (m_directPath && SuitsDirectPath(*egress, device))
    {
        egress->device = DynamicCast<HoststackNetDevice>(device);
    }
    else if (m_directPath && egress->route4 && m_downTarget.IsNull())
    {
        egress->wire = OpenWirePath(device);
    }
    route->egress = Shared(egress);
    return route;
}

/// \p found, or what connections have already that is the same.
Ptr<const HoststackEgress>
HoststackTcpProtocol::Shared(const Ptr<const HoststackEgress>& found)
{
    constexpr std::size_t kRemembered = 16; // a host with more peers at once finds less to share
    const auto known = std::find_if(m_egresses.begin(), m_egresses.end(), [&](const auto& egress) {
        return egress->Is(*found);
    });
    if (known != m_egresses.end())
    {
        return *known;
    }
    if (m_egresses.size() == kRemembered)
    {
        m_egresses.erase(m_egresses.begin());
    }
    m_egresses.push_back(found);
    return found;
}

Ptr<NetDevice>
HoststackTcpProtocol::DeviceOf(const IpAddress& address) const
{
    if (address.family == IpFamily::V4)
    {
        const auto interface = m_ipv4 ? m_ipv4->GetInterfaceForAddress(ToIpv4(address)) : -1;
        return interface >= 0 ? m_ipv4->GetNetDevice(interface) : nullptr;
    }
    const auto interface = m_ipv6 ? m_ipv6->GetInterfaceForAddress(ToIpv6(address)) : -1;
    return interface >= 0 ? m_ipv6->GetNetDevice(interface) : nullptr;
}

HoststackWirePath*
HoststackTcpProtocol::OpenWirePath(const Ptr<NetDevice>& device)
{
    if (!HoststackWirePath::Suits(*m_node, device))
    {
        return nullptr;
    }
    for (const auto& wire : m_wires)
    {
        if (wire->Device() == device)
        {
            return wire.get();
        }
    }
    m_wires.push_back(std::make_unique<HoststackWirePath>(*this, m_node, device));
    return m_wires.back().get();
}

bool
HoststackTcpProtocol::SuitsDirectPath(const HoststackEgress& egress,
                                      const Ptr<NetDevice>& device) const
{
    const auto own = DynamicCast<HoststackNetDevice>(device);
    const auto control = m_node->GetObject<TrafficControlLayer>();
    if (!own || !own->GetPeer() || (control && control->GetRootQueueDiscOnDevice(device)))
    {
        return false;
    }
    return egress.route4 ? !IsTraced(*m_ipv4) : !IsTraced(*m_ipv6);
}

void
HoststackTcpProtocol::SendThroughIp(const HoststackFlowKey& key,
                                    const HoststackTcpRoute* route,
                                    const PacketOptions& options,
                                    const TcpSegment& burst)
{
    if (!m_node)
    {
        return; // disposed of
    }
    if (!m_node->IsInitialized())
    {
        // Before the simulator runs, ns-3's layers below have not been set up.
        const Ptr<HoststackTcpProtocol> self(this);
        Simulator::ScheduleWithContext(m_node->GetId(), Time(0), [self, key, options, burst] {
            self->SendThroughIp(key, nullptr, options, burst);
        });
        return;
    }
    const auto trafficClass =
        static_cast<std::uint8_t>(options.trafficClass | static_cast<std::uint8_t>(burst.ecn));
    if (route && route->egress->wire && options.priority == 0 &&
        route->egress->wire->Send(key, burst, route->timeToLive, trafficClass))
    {
        return;
    }
    const auto count = burst.SegmentCount();
    const bool v4 = key.remote.family == IpFamily::V4;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        const auto segment = CutSegment(burst, i);
        auto packet = MakeTcpPacket(segment, {key.local, key.remote});
        if (options.priority > 0)
        {
            SocketPriorityTag tag;
            tag.SetPriority(options.priority);
            packet->ReplacePacketTag(tag);
        }
        Socket::SocketErrno error;
        if (v4)
        {
            if (trafficClass > 0)
            {
                SocketIpTosTag tag;
                tag.SetTos(trafficClass);
                packet->AddPacketTag(tag);
            }
            if (options.timeToLive > 0)
            {
                SocketIpTtlTag tag;
                tag.SetTtl(options.timeToLive);
                packet->AddPacketTag(tag);
            }
            const auto way = route && !route->egress->perPacket
                                 ? route->egress->route4
                                 : Route4(packet, key, options.device, error);
            const auto source = ToIpv4(key.local);
            const auto destination = ToIpv4(key.remote);
            if (!m_downTarget.IsNull())
            {
                m_downTarget(packet, source, destination, kProtocolNumber, way);
            }
            else if (m_ipv4)
            {
                m_ipv4->Send(packet, source, destination, kProtocolNumber, way);
            }
        }
        else
        {
            if (trafficClass > 0)
            {
                SocketIpv6TclassTag tag;
                tag.SetTclass(trafficClass);
                packet->AddPacketTag(tag);
            }
            if (options.timeToLive > 0)
            {
                SocketIpv6HopLimitTag tag;
                tag.SetHopLimit(options.timeToLive);
                packet->AddPacketTag(tag);
            }
            const auto way = route && !route->egress->perPacket
                                 ? route->egress->route6
                                 : Route6(packet, key, options.device, error);
            const auto source = ToIpv6(key.local);
            const auto destination = ToIpv6(key.remote);
            if (!m_downTarget6.IsNull())
            {
                m_downTarget6(packet, source, destination, kProtocolNumber, way);
            }
            else if (m_ipv6)
            {
                m_ipv6->Send(packet, source, destination, kProtocolNumber, way);
            }
        }
    }
}

void
HoststackTcpProtocol::SetDownTarget(DownTargetCallback callback)
{
    m_downTarget = callback;
}

void
HoststackTcpProtocol::SetDownTarget6(DownTargetCallback6 callback)
{
    m_downTarget6 = callback;
}

IpL4Protocol::DownTargetCallback
HoststackTcpProtocol::GetDownTarget() const
{
    return m_downTarget;
}

IpL4Protocol::DownTargetCallback6
HoststackTcpProtocol::GetDownTarget6() const
{
    return m_downTarget6;
}

} // namespace ns3
