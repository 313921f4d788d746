// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TOO_LARGE_H
#define HS_TOO_LARGE_H

#include "ns3/hs-frame.h"

#include <ns3/packet.h>
#include <ns3/ptr.h>

#include <cstdint>

namespace ns3
{

/**
 * What a router sends back for \p frame, which is too large for its next hop: ICMP "fragmentation
 * needed" with the MTU of that hop (RFC 1191 section 4), as an IP packet. Its source is the
 * destination of the packet, in place of a router's own address. nullptr for IPv6 and for ICMP
 * itself.
 */
Ptr<Packet> MakeTooLarge(const HoststackFrame& frame, std::uint32_t mtu);

} // namespace ns3

#endif // HS_TOO_LARGE_H
