// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-address-conversion.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>

#include <algorithm>

namespace ns3
{

hoststack::IpAddress
FromNs3(const Ipv4Address& address)
{
    return hoststack::IpAddress::V4(address.Get());
}

hoststack::IpAddress
FromNs3(const Ipv6Address& address)
{
    hoststack::IpAddress result;
    result.family = hoststack::IpFamily::V6;
    address.GetBytes(result.bytes.data());
    return result;
}

Ipv4Address
ToIpv4(const hoststack::IpAddress& address)
{
    const auto& b = address.bytes;
    return Ipv4Address(std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 |
                       std::uint32_t{b[2]} << 8 | b[3]);
}

Ipv6Address
ToIpv6(const hoststack::IpAddress& address)
{
    auto bytes = address.bytes; // ns-3's constructor takes a pointer to non-const
    return Ipv6Address(bytes.data());
}

Address
ToSocketAddress(const hoststack::IpAddress& address, std::uint16_t port, bool mapped)
{
    if (address.family == hoststack::IpFamily::V6)
    {
        return Inet6SocketAddress(ToIpv6(address), port);
    }
    if (mapped)
    {
        return Inet6SocketAddress(Ipv6Address::MakeIpv4MappedAddress(ToIpv4(address)), port);
    }
    return InetSocketAddress(ToIpv4(address), port);
}

bool
IsAny(const hoststack::IpAddress& address)
{
    return std::all_of(address.bytes.begin(), address.bytes.end(), [](auto b) { return b == 0; });
}

} // namespace ns3
