// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ADDRESS_CONVERSION_H
#define HS_ADDRESS_CONVERSION_H

#include "ns3/hs-ip-address.h"

#include <ns3/address.h>
#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>

#include <cstdint>

namespace ns3
{

hoststack::IpAddress FromNs3(const Ipv4Address& address);
hoststack::IpAddress FromNs3(const Ipv6Address& address);

Ipv4Address ToIpv4(const hoststack::IpAddress& address);
Ipv6Address ToIpv6(const hoststack::IpAddress& address);

/// An InetSocketAddress or Inet6SocketAddress. \p mapped: an IPv4 address is shown as
/// ::ffff:a.b.c.d, as a socket of IPv6 sees it.
Address ToSocketAddress(const hoststack::IpAddress& address, std::uint16_t port, bool mapped);

/// 0.0.0.0 or ::
bool IsAny(const hoststack::IpAddress& address);

} // namespace ns3

#endif // HS_ADDRESS_CONVERSION_H
