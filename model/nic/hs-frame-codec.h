// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FRAME_CODEC_H
#define HS_FRAME_CODEC_H

#include "ns3/hs-frame.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-link-packet.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/**
 * \file
 * A HoststackFrame as the link, ns-3's IP and a capture file want it. A direct frame and the packet
 * it stands for look the same to all three.
 */

namespace ns3
{

/// EtherTypes (IANA IEEE 802 numbers).
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

/// The headers of a packet frame, without a copy of what lies behind them.
struct PacketHeaders
{
    /// The longest IPv4 header and the longest TCP header.
    static constexpr std::size_t kLongest = 60 + hoststack::kTcpMaxHeader;

    explicit PacketHeaders(const HoststackFrame& frame);

    /// IPv4 or IPv6; else nothing else counts. `ip.payloadLength` may be more than there is here.
    bool IsIp() const
    {
        return static_cast<bool>(decoded);
    }

    const std::uint8_t* Transport() const
    {
        return bytes.data() + decoded.headerLength;
    }

    /// Bytes from Transport() on.
    std::size_t Rest() const
    {
        return copied - std::min<std::size_t>(copied, decoded.headerLength);
    }

    std::array<std::uint8_t, kLongest> bytes;
    std::size_t copied;
    hoststack::IpHeader ip;
    hoststack::IpDecodeResult decoded{hoststack::IpDecodeError::TooShort, 0};
};

/// Bytes of IP and TCP header of a segment of this flow.
std::uint32_t DirectHeaderLength(const HoststackFlow& flow, const hoststack::TcpSegment& segment);

/// A packet frame as the link sees it; `cookie` is the caller's to set.
hoststack::LinkPacket DescribePacket(const HoststackFrame& frame);

/// The IP packet; a direct frame gets a new one.
Ptr<Packet> ToPacket(const HoststackFrame& frame);

/// EtherType of either kind of frame.
std::uint16_t EtherType(const HoststackFrame& frame);

/**
 * The IP packet's bytes, with all checksums of IPv4, TCP and ICMP filled in as a NIC that computes
 * them would: ns-3 leaves them out unless its global ChecksumEnabled is set. Other protocols keep
 * what they carry; a fragment keeps its own.
 */
void ToBytes(const HoststackFrame& frame, std::vector<std::uint8_t>& out);

/// The checksums of IPv4, TCP and ICMP in an IP packet, made anew.
void FillChecksums(std::vector<std::uint8_t>& bytes);

/// Sets Congestion Experienced (RFC 3168).
void MarkCongestion(HoststackFrame& frame);

} // namespace ns3

#endif // HS_FRAME_CODEC_H
