// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-transit.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-ip-codec.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-route.h>
#include <ns3/ipv6-routing-protocol.h>
#include <ns3/ipv6.h>
#include <ns3/packet.h>
#include <ns3/socket.h>

#include <array>

namespace ns3
{

namespace
{

std::optional<hoststack::IpAddress>
DestinationOf(const HoststackFrame& frame)
{
    if (frame.flow)
    {
        return frame.flow->destination;
    }
    std::array<std::uint8_t, 60> bytes; // the longest IP header
    frame.packet->CopyData(bytes.data(), bytes.size());
    hoststack::IpHeader header;
    if (!hoststack::DecodeIpHeader(bytes.data(), frame.packet->GetSize(), header))
    {
        return std::nullopt;
    }
    return header.destination;
}

template <class Ip, class Header, class Address>
std::optional<std::uint32_t>
MtuTowards(const Node& node, const Address& destination)
{
    const auto ip = node.GetObject<Ip>();
    if (!ip || !ip->GetRoutingProtocol() || ip->GetInterfaceForAddress(destination) >= 0)
    {
        return std::nullopt;
    }
    Header header;
    header.SetDestination(destination);
    Socket::SocketErrno error = Socket::ERROR_NOTERROR;
    const auto route =
        ip->GetRoutingProtocol()->RouteOutput(Create<Packet>(), header, nullptr, error);
    if (!route || !route->GetOutputDevice())
    {
        return std::nullopt;
    }
    return route->GetOutputDevice()->GetMtu();
}

} // namespace

std::optional<std::uint32_t>
TransitMtu(const Node& node, const HoststackFrame& frame)
{
    const auto destination = DestinationOf(frame);
    if (!destination)
    {
        return std::nullopt;
    }
    return destination->family == hoststack::IpFamily::V4
               ? MtuTowards<Ipv4, Ipv4Header>(node, ToIpv4(*destination))
               : MtuTowards<Ipv6, Ipv6Header>(node, ToIpv6(*destination));
}

} // namespace ns3
