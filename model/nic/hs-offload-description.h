// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OFFLOAD_DESCRIPTION_H
#define HS_OFFLOAD_DESCRIPTION_H

#include "ns3/hs-frame.h"
#include "ns3/hs-offload-packet.h"

#include <cstdint>

namespace ns3
{

/**
 * A frame as receive offloads see it: a direct frame and the packet it stands for look the same. Of
 * a packet, `frame.segment` becomes the TCP header with as many virtual bytes as it has payload;
 * the result refers to its options. Of a burst it is the \p pieces; the caller gives their ids.
 *
 * Limits: UDP is not merged (nobody behind ns-3's IP asks for it); checksums count as right, as the
 * device has verified them.
 */
hoststack::OffloadRun DescribeForOffload(HoststackFrame& frame,
                                         HoststackPiece pieces,
                                         bool hasHash);

/**
 * Writes acknowledgement, window, time stamps and the flags FIN and PSH of \p header into the TCP
 * header of \p frame, a packet that DescribeForOffload() has understood.
 */
void RewriteTcp(HoststackFrame& frame, const hoststack::TcpSegment& header);

/**
 * The flow hash of a frame as Linux' flow dissector sees flows (skb_get_hash()): addresses,
 * protocol and, of TCP and UDP that are not in fragments, ports.
 */
std::uint32_t FlowHash(const HoststackFrame& frame);

} // namespace ns3

#endif // HS_OFFLOAD_DESCRIPTION_H
