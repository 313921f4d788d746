// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-forwarding.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-route.h>
#include <ns3/ipv6-routing-protocol.h>
#include <ns3/queue-disc.h>
#include <ns3/traffic-control-layer.h>

#include <utility>

namespace ns3
{

using hoststack::IpFamily;

namespace
{

/// Flows whose way is remembered; two that share a place take turns in asking.
constexpr std::size_t kWays = 256;

} // namespace

HoststackForwarding::HoststackForwarding(Node& node)
    : m_node(node)
{
}

HoststackForwarding::~HoststackForwarding() = default;

void
HoststackForwarding::Forget()
{
    m_ways.clear();
}

bool
HoststackForwarding::Take(hoststack::host::Context& context,
                          HoststackNetDevice& device,
                          const HoststackFrame& frame)
{
    const auto* way = Find(device, frame.flow);
    const auto& flow = *frame.flow;
    // What an offload has merged is cut again on the way out.
    const auto count = frame.segment.SegmentCount();
    const auto payload = count > 1 ? frame.segment.mss : frame.segment.payload.Length();
    const auto bytes = DirectHeaderLength(flow, frame.segment) + payload;
    if (way == nullptr || !way->IsUp() || flow.timeToLive - frame.hops <= 1 ||
        bytes > way->to->GetMtu() || way->IsTracedNow())
    {
        return false;
    }
    context.Charge(hoststack::host::Operation::Forward);
    if (count > 1)
    {
        context.Charge(hoststack::host::Operation::TransmitSegment, count - 1);
        context.Charge(hoststack::host::Operation::Segment, way->to->CutsInSoftware() ? count : 0);
    }
    const auto hops = static_cast<std::uint8_t>(frame.hops + 1);
    if (context.IsAhead())
    {
        const auto to = way->to;
        HoststackMachine::Of(to->GetNode())
            ->Later()
            .Release(context,
                     [to, frame, hops](hoststack::TimeNs at) { to->Forward(at, frame, hops); });
    }
    else
    {
        way->to->Forward(context.Now(), frame, hops);
    }
    return true;
}

const HoststackForwarding::Way*
HoststackForwarding::Find(HoststackNetDevice& device, const Ptr<const HoststackFlow>& flow)
{
    const auto place = flow->hash % kWays;
    if (!m_ways.empty() && m_ways[place].flow == flow && m_ways[place].from == &device)
    {
        return &m_ways[place];
    }
    Way way;
    way.flow = flow;
    way.from = &device;
    if (flow->source.family == IpFamily::V4)
    {
        FindIpv4(device, way);
    }
    else
    {
        FindIpv6(device, way);
    }
    if (!way.to)
    {
        return nullptr;
    }
    m_ways.resize(kWays);
    m_ways[place] = std::move(way);
    return &m_ways[place];
}

Ptr<HoststackNetDevice>
HoststackForwarding::Suitable(const Ptr<NetDevice>& out) const
{
    const auto own = DynamicCast<HoststackNetDevice>(out);
    const auto control = m_node.GetObject<TrafficControlLayer>();
    const bool suits =
        own && own->GetPeer() && !(control && control->GetRootQueueDiscOnDevice(own));
    return suits ? own : nullptr;
}

void
HoststackForwarding::FindIpv4(HoststackNetDevice& device, Way& way) const
{
    const auto ipv4 = m_node.GetObject<Ipv4L3Protocol>();
    const auto interface = ipv4 ? ipv4->GetInterfaceForDevice(&device) : -1;
    const auto destination = ToIpv4(way.flow->destination);
    if (interface < 0 || !ipv4->GetRoutingProtocol() || !ipv4->IsForwarding(interface) ||
        ipv4->IsDestinationAddress(destination, interface))
    {
        return;
    }
    Ipv4Header header;
    header.SetSource(ToIpv4(way.flow->source));
    header.SetDestination(destination);
    header.SetProtocol(hoststack::kIpProtocolTcp);
    header.SetTtl(way.flow->timeToLive);
    Ptr<NetDevice> out;
    const Ipv4RoutingProtocol::UnicastForwardCallback forward(
        [&out](Ptr<Ipv4Route> route, Ptr<const Packet>, const Ipv4Header&) {
            out = route->GetOutputDevice();
        });
    const Ipv4RoutingProtocol::MulticastForwardCallback multicast(
        [](Ptr<Ipv4MulticastRoute>, Ptr<const Packet>, const Ipv4Header&) {});
    const Ipv4RoutingProtocol::LocalDeliverCallback local(
        [](Ptr<const Packet>, const Ipv4Header&, std::uint32_t) {});
    const Ipv4RoutingProtocol::ErrorCallback error(
        [](Ptr<const Packet>, const Ipv4Header&, Socket::SocketErrno) {});
    ipv4->GetRoutingProtocol()
        ->RouteInput(Create<Packet>(), header, &device, forward, multicast, local, error);
    way.to = Suitable(out);
    if (way.to)
    {
        way.ipv4 = ipv4;
        way.in4 = ipv4->GetInterface(interface);
        way.out4 = ipv4->GetInterface(ipv4->GetInterfaceForDevice(out));
    }
}

void
HoststackForwarding::FindIpv6(HoststackNetDevice& device, Way& way) const
{
    const auto ipv6 = m_node.GetObject<Ipv6L3Protocol>();
    const auto interface = ipv6 ? ipv6->GetInterfaceForDevice(&device) : -1;
    const auto destination = ToIpv6(way.flow->destination);
    if (interface < 0 || !ipv6->GetRoutingProtocol() || !ipv6->IsForwarding(interface) ||
        ipv6->GetInterfaceForAddress(destination) >= 0)
    {
        return;
    }
    Ipv6Header header;
    header.SetSource(ToIpv6(way.flow->source));
    header.SetDestination(destination);
    header.SetNextHeader(hoststack::kIpProtocolTcp);
    header.SetHopLimit(way.flow->timeToLive);
    Ptr<NetDevice> out;
    const Ipv6RoutingProtocol::UnicastForwardCallback forward(
        [&out](Ptr<const NetDevice>, Ptr<Ipv6Route> route, Ptr<const Packet>, const Ipv6Header&) {
            out = route->GetOutputDevice();
        });
    const Ipv6RoutingProtocol::MulticastForwardCallback multicast(
        [](Ptr<const NetDevice>, Ptr<Ipv6MulticastRoute>, Ptr<const Packet>, const Ipv6Header&) {});
    const Ipv6RoutingProtocol::LocalDeliverCallback local(
        [](Ptr<const Packet>, const Ipv6Header&, std::uint32_t) {});
    const Ipv6RoutingProtocol::ErrorCallback error(
        [](Ptr<const Packet>, const Ipv6Header&, Socket::SocketErrno) {});
    ipv6->GetRoutingProtocol()
        ->RouteInput(Create<Packet>(), header, &device, forward, multicast, local, error);
    // Out of the interface it came in by, IP sends a redirect beside the packet.
    way.to = out != &device ? Suitable(out) : nullptr;
    if (way.to)
    {
        way.ipv6 = ipv6;
        way.in6 = ipv6->GetInterface(interface);
        way.out6 = ipv6->GetInterface(ipv6->GetInterfaceForDevice(out));
    }
}

} // namespace ns3
