// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-transit.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-bridge.h"
#include "ns3/hs-ip-codec.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-route.h>
#include <ns3/ipv6-routing-protocol.h>
#include <ns3/ipv6.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/socket.h>

#include <array>

namespace ns3
{

namespace
{

template <class Ip, class Header, class Address>
Ptr<NetDevice>
WayTowards(const Node& node, const Address& destination)
{
    const auto ip = node.GetObject<Ip>();
    if (!ip || !ip->GetRoutingProtocol() || ip->GetInterfaceForAddress(destination) >= 0)
    {
        return nullptr;
    }
    Header header;
    header.SetDestination(destination);
    Socket::SocketErrno error = Socket::ERROR_NOTERROR;
    const auto route =
        ip->GetRoutingProtocol()->RouteOutput(Create<Packet>(), header, nullptr, error);
    return route ? route->GetOutputDevice() : nullptr;
}

} // namespace

HoststackPassage
PassageOf(const Node& node, const HoststackFrame& frame)
{
    HoststackPassage passage;
    hoststack::IpHeader header;
    if (frame.flow)
    {
        header.destination = frame.flow->destination;
    }
    else
    {
        std::array<std::uint8_t, 60> bytes; // the longest IP header
        frame.packet->CopyData(bytes.data(), bytes.size());
        if (!hoststack::DecodeIpHeader(bytes.data(), frame.packet->GetSize(), header))
        {
            return passage;
        }
        passage.protocol = header.protocol;
    }
    if (header.destination.family == hoststack::IpFamily::V4)
    {
        const auto destination = ToIpv4(header.destination);
        if (!destination.IsMulticast() && !destination.IsBroadcast())
        {
            passage.out = WayTowards<Ipv4, Ipv4Header>(node, destination);
        }
        return passage;
    }
    const auto destination = ToIpv6(header.destination);
    if (!destination.IsMulticast() && !destination.IsLinkLocal())
    {
        passage.out = WayTowards<Ipv6, Ipv6Header>(node, destination);
    }
    return passage;
}

std::optional<std::uint32_t>
TransitMtu(HoststackMachine& machine, const HoststackNetDevice& device, const HoststackFrame& frame)
{
    if (const auto* bridge = machine.Bridge())
    {
        return bridge->RoomBehind(device);
    }
    const auto out = PassageOf(*device.GetNode(), frame).out;
    return out ? std::optional<std::uint32_t>(out->GetMtu()) : std::nullopt;
}

} // namespace ns3
