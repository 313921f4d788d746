// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-offload-description.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-packet-content.h"

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
Pass(OffloadPacket& packet, FlushReason why)
{
    packet.kind = OffloadKind::Other;
    packet.fault = OffloadFault::Passes;
    packet.faultReason = why;
}

void
DescribePacketFrame(HoststackFrame& frame, OffloadPacket& packet)
{
    const PacketHeaders headers(frame);
    const auto& ip = headers.ip;
    const auto headerLength = headers.decoded.headerLength;
    packet.ipLength = frame.packet->GetSize();
    if (!headers.IsIp() || ip.protocol != hoststack::kIpProtocolTcp)
    {
        Pass(packet, FlushReason::Protocol);
        return;
    }
    const bool isVersion4 = ip.source.family == hoststack::IpFamily::V4;
    if (ip.moreFragments || ip.fragmentOffset != 0)
    {
        Pass(packet, FlushReason::Fragment);
        return;
    }
    if (isVersion4 && headerLength != hoststack::kIpv4Header)
    {
        Pass(packet, FlushReason::IpOptions);
        return;
    }
    auto& segment = frame.segment;
    segment = {};
    const auto tcp = hoststack::DecodeTcpHeader(headers.Transport(), headers.Rest(), segment);
    if (!tcp || ip.payloadLength < tcp.headerLength)
    {
        Pass(packet, FlushReason::Malformed);
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
    if (headerLength + ip.payloadLength != packet.ipLength)
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
    const PacketHeaders headers(frame);
    const auto& ip = headers.ip;
    if (!headers.IsIp())
    {
        return 0;
    }
    constexpr std::uint8_t kUdp = 17;
    const bool hasPorts = (ip.protocol == hoststack::kIpProtocolTcp || ip.protocol == kUdp) &&
                          !ip.moreFragments && ip.fragmentOffset == 0 && headers.Rest() >= 4;
    const auto* at = headers.Transport();
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
    std::array<std::uint8_t, hoststack::kTcpMaxHeader> tcp;
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
