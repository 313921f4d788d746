// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-offload-description.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-packet-content.h"
#include "ns3/hs-tcp-codec.h"

#include <ns3/node.h>

#include <algorithm>
#include <array>
#include <vector>

namespace ns3
{

using hoststack::FlushReason;
using hoststack::OffloadFault;
using hoststack::OffloadKind;
using hoststack::OffloadPacket;

namespace
{

/// The longest IPv4 header and the longest TCP header.
constexpr std::size_t kPeek = 60 + hoststack::kTcpMaxHeader;

void
AddSegment(const hoststack::TcpSegment& segment, OffloadPacket& packet)
{
    packet.payload = segment.payload.Length();
    packet.flags = segment.flags;
    packet.window = segment.window;
    packet.seq = segment.seq;
    packet.ack = segment.ack;
    packet.options = &segment.options;
}

/// All flows whose hash and ports agree are one to the offload.
void
AddFlow(std::uint32_t hash, const hoststack::TcpSegment& segment, OffloadPacket& packet)
{
    packet.hash = hash;
    packet.flow = std::uint64_t{hash} << 32 | std::uint64_t{segment.sourcePort} << 16 |
                  segment.destinationPort;
}

/// To pieces of a burst: what CutSegment() changes.
void
NarrowTo(HoststackPiece pieces, const hoststack::TcpSegment& burst, hoststack::OffloadRun& run)
{
    constexpr std::uint16_t kOfTheLast = hoststack::kFin | hoststack::kPsh;
    auto& first = run.first;
    const auto from = pieces.index * burst.mss;
    const auto rest = first.payload - from;
    const bool hasEnd = rest <= pieces.count * burst.mss;
    first.seq += from;
    first.identification = static_cast<std::uint16_t>(first.identification + pieces.index);
    first.ipLength -= first.payload;
    first.payload = std::min<std::uint32_t>(burst.mss, rest);
    first.ipLength += first.payload;
    run.count = pieces.count;
    run.middleFlags = burst.flags & ~(kOfTheLast | hoststack::kCwr);
    run.lastFlags = hasEnd ? burst.flags & ~hoststack::kCwr : run.middleFlags;
    run.lastPayload = hasEnd ? rest - (pieces.count - 1) * burst.mss : std::uint32_t{burst.mss};
    if (!hasEnd || pieces.count > 1)
    {
        first.flags &= ~kOfTheLast;
    }
    if (pieces.index > 0)
    {
        first.flags &= ~hoststack::kCwr;
    }
}

std::uint32_t
TypeOfService(std::uint8_t dscp, hoststack::Ecn ecn)
{
    return static_cast<std::uint32_t>(dscp << 2 | static_cast<std::uint8_t>(ecn));
}

void
Pass(OffloadPacket& packet, OffloadKind kind, FlushReason why)
{
    packet.kind = kind;
    packet.fault = OffloadFault::Passes;
    packet.faultReason = why;
}

void
DescribePacketFrame(HoststackFrame& frame, OffloadPacket& packet)
{
    std::array<std::uint8_t, kPeek> bytes;
    const std::size_t size = frame.packet->GetSize();
    const std::size_t copied = frame.packet->CopyData(bytes.data(), bytes.size());
    packet.ipLength = static_cast<std::uint32_t>(size);
    hoststack::IpHeader ip;
    const auto decoded = frame.protocol == kEtherTypeIpv4 || frame.protocol == kEtherTypeIpv6
                             ? hoststack::DecodeIpHeader(bytes.data(), std::max(copied, size), ip)
                             : hoststack::IpDecodeResult{hoststack::IpDecodeError::TooShort, 0};
    if (!decoded || ip.protocol != hoststack::kIpProtocolTcp)
    {
        Pass(packet, OffloadKind::Other, FlushReason::Protocol);
        return;
    }
    const bool isVersion4 = ip.source.family == hoststack::IpFamily::V4;
    if (ip.moreFragments || ip.fragmentOffset != 0)
    {
        Pass(packet, OffloadKind::Tcp, FlushReason::Fragment);
        return;
    }
    if (isVersion4 && decoded.headerLength != hoststack::kIpv4Header)
    {
        Pass(packet, OffloadKind::Tcp, FlushReason::IpOptions);
        return;
    }
    auto& segment = frame.segment;
    segment = {};
    const auto tcp = hoststack::DecodeTcpHeader(bytes.data() + decoded.headerLength,
                                                copied - decoded.headerLength,
                                                segment);
    if (!tcp || ip.payloadLength < tcp.headerLength)
    {
        Pass(packet, OffloadKind::Tcp, FlushReason::Malformed);
        return;
    }
    segment.ecn = ip.ecn;
    segment.payload = hoststack::Payload::Virtual(ip.payloadLength -
                                                  static_cast<std::uint32_t>(tcp.headerLength));
    packet.isVersion4 = isVersion4;
    packet.timeToLive = ip.timeToLive;
    packet.identification = ip.identification;
    packet.typeOfService = TypeOfService(ip.dscp, ip.ecn);
    AddFlow(HashFlow(ip.source,
                     ip.destination,
                     segment.sourcePort,
                     segment.destinationPort,
                     hoststack::kIpProtocolTcp),
            segment,
            packet);
    AddSegment(segment, packet);
    if (decoded.headerLength + ip.payloadLength != size)
    {
        packet.fault = OffloadFault::Ordered;
        packet.faultReason = FlushReason::Padded;
    }
}

} // namespace

hoststack::OffloadRun
DescribeForOffload(HoststackFrame& frame, HoststackPiece pieces, bool hasHash)
{
    hoststack::OffloadRun run;
    auto& packet = run.first;
    if (frame.flow)
    {
        const auto& flow = *frame.flow;
        const auto& segment = frame.segment;
        packet.isVersion4 = flow.source.family == hoststack::IpFamily::V4;
        packet.timeToLive = static_cast<std::uint8_t>(flow.timeToLive - frame.hops);
        packet.identification = frame.identification;
        packet.typeOfService = TypeOfService(flow.dscp, segment.ecn);
        packet.ipLength = DirectHeaderLength(flow, segment) + segment.payload.Length();
        AddFlow(flow.hash, segment, packet);
        AddSegment(segment, packet);
        if (frame.IsBurst())
        {
            NarrowTo(pieces, segment, run);
        }
    }
    else
    {
        DescribePacketFrame(frame, packet);
    }
    packet.hash = hasHash ? packet.hash : 0;
    return run;
}

std::uint32_t
FlowHash(const HoststackFrame& frame)
{
    if (frame.flow)
    {
        return frame.flow->hash;
    }
    std::array<std::uint8_t, kPeek> bytes;
    const std::size_t copied = frame.packet->CopyData(bytes.data(), bytes.size());
    hoststack::IpHeader ip;
    const auto decoded =
        hoststack::DecodeIpHeader(bytes.data(),
                                  std::max<std::size_t>(copied, frame.packet->GetSize()),
                                  ip);
    if (!decoded)
    {
        return 0;
    }
    constexpr std::uint8_t kUdp = 17;
    const bool hasPorts = (ip.protocol == hoststack::kIpProtocolTcp || ip.protocol == kUdp) &&
                          !ip.moreFragments && ip.fragmentOffset == 0 &&
                          copied >= std::size_t{decoded.headerLength} + 4;
    const auto* at = bytes.data() + decoded.headerLength;
    const auto port = [&](std::size_t i) {
        return hasPorts ? static_cast<std::uint16_t>(at[i] << 8 | at[i + 1]) : std::uint16_t{0};
    };
    return HashFlow(ip.source, ip.destination, port(0), port(2), ip.protocol);
}

void
RewriteTcp(HoststackFrame& frame, const hoststack::TcpSegment& header)
{
    constexpr std::uint16_t kMerged = hoststack::kFin | hoststack::kPsh;
    auto& segment = frame.segment;
    segment.ack = header.ack;
    segment.window = header.window;
    segment.flags =
        static_cast<std::uint16_t>((segment.flags & ~kMerged) | (header.flags & kMerged));
    segment.options.timestampValue = header.options.timestampValue;
    segment.options.timestampEcho = header.options.timestampEcho;
    std::array<std::uint8_t, kPeek> tcp;
    const auto length = hoststack::EncodeTcpHeader(segment, tcp.data(), tcp.size());
    const auto before = frame.packet->GetSize() - segment.payload.Length();
    std::vector<std::uint8_t> bytes(frame.packet->GetSize());
    frame.packet->CopyData(bytes.data(), frame.packet->GetSize());
    std::copy_n(tcp.begin(), length, bytes.begin() + static_cast<std::ptrdiff_t>(before - length));
    if (Node::ChecksumEnabled())
    {
        FillChecksums(bytes);
    }
    frame.packet = ReplaceFront(*frame.packet, before, bytes.data(), before);
}

} // namespace ns3
