// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_TEXT_H
#define HS_TCP_TEXT_H

#include "ns3/hs-tcp-segment.h"

#include <string>

namespace hoststack
{

/// Flags as letters in the order `FSRP.UEWe` ('.' is ACK, 'E' ECE, 'W' CWR, 'e' AE); "-" for none.
std::string FlagsToString(std::uint16_t flags);

/**
 * One line for people and transcripts, in the manner of tcpdump and packetdrill:
 *
 *     S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
 *     [ect0] P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 9 ecr 1>
 *     . 1:1(0) ack 1 win 257 <nop,nop,sack 1001:2001 3001:4001>
 *     . 1:14481(14480) ack 1 win 257 gso 1448
 *
 * Parts, each only where it says something but for the first two and the window: ECN bits of the
 * IP header; flags; `first:next(length)` with the payload's sequence numbers; `ack`; `win`, not
 * scaled; `urg`; options with their NOPs as EncodeTcp() lays them out, MPTCP's as in
 * hs-mptcp-text.h, one without a name as `unknown-KIND 0xDATA`; `gso` and the size of the pieces of
 * a super-segment. Ports are left out.
 */
std::string ToString(const TcpSegment& segment);

} // namespace hoststack

#endif // HS_TCP_TEXT_H
