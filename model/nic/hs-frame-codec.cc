// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame-codec.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-link-traits.h"
#include "ns3/hs-tcp-packet-header.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv6-header.h>
#include <ns3/node.h>

#include <optional>

namespace ns3
{

using hoststack::LinkPacket;
using hoststack::TcpSegment;

namespace
{

constexpr std::size_t kIpv4ChecksumAt = 10; // RFC 791 section 3.1
constexpr std::uint8_t kTcpChecksumAt = 16; // RFC 9293 section 3.1
constexpr std::uint8_t kIpProtocolIcmp = 1;
constexpr std::uint8_t kIpProtocolIcmpv6 = 58;
constexpr std::uint8_t kIcmpChecksumAt = 2; // RFC 792, RFC 4443 section 2.1
constexpr std::uint8_t kIcmpMinHeader = 8;
constexpr std::uint32_t kFlowLabel = 1; // what a new ns-3 Ipv6Header says

hoststack::IpHeader
DirectIpHeader(const HoststackFrame& frame)
{
    const auto& flow = *frame.flow;
    hoststack::IpHeader ip;
    ip.source = flow.source;
    ip.destination = flow.destination;
    ip.timeToLive = static_cast<std::uint8_t>(flow.timeToLive - frame.hops);
    ip.dscp = flow.dscp;
    ip.ecn = frame.segment.ecn;
    ip.identification = frame.identification;
    ip.dontFragment = false; // as ns-3's Ipv4L3Protocol::Send
    ip.flowLabel = kFlowLabel;
    ip.payloadLength = static_cast<std::uint32_t>(hoststack::TcpHeaderLength(frame.segment)) +
                       frame.segment.payload.Length();
    return ip;
}

/// The transport begins with two ports, or with four bytes that Linux takes for them (ESP's SPI):
/// proto_ports_offset() of include/linux/in.h, without AH.
constexpr bool
BeginsWithPorts(std::uint8_t protocol)
{
    constexpr std::uint8_t kUdp = 17;
    constexpr std::uint8_t kDccp = 33;
    constexpr std::uint8_t kEsp = 50;
    constexpr std::uint8_t kSctp = 132;
    constexpr std::uint8_t kUdpLite = 136;
    return protocol == hoststack::kIpProtocolTcp || protocol == kUdp || protocol == kDccp ||
           protocol == kEsp || protocol == kSctp || protocol == kUdpLite;
}

} // namespace

PacketHeaders::PacketHeaders(const HoststackFrame& frame)
    : copied(frame.packet->CopyData(bytes.data(), bytes.size()))
{
    if (frame.protocol == kEtherTypeIpv4 || frame.protocol == kEtherTypeIpv6)
    {
        // The announced length is checked against the packet's, only the header is looked at.
        decoded = hoststack::DecodeIpHeader(bytes.data(), frame.packet->GetSize(), ip);
    }
}

std::uint32_t
DirectHeaderLength(const HoststackFlow& flow, const TcpSegment& segment)
{
    return static_cast<std::uint32_t>(hoststack::IpHeaderLength(flow.source.family) +
                                      hoststack::TcpHeaderLength(segment));
}

LinkPacket
DescribePacket(const HoststackFrame& frame)
{
    LinkPacket result;
    result.bytes = frame.packet->GetSize();
    const PacketHeaders headers(frame);
    if (!headers.IsIp())
    {
        return result;
    }
    const auto& ip = headers.ip;
    TcpSegment segment;
    segment.ecn = ip.ecn;
    const auto* transport = headers.Transport();
    const auto rest = headers.Rest();
    const bool first = ip.fragmentOffset == 0;
    if (first && rest >= 4 && BeginsWithPorts(ip.protocol))
    {
        segment.sourcePort = static_cast<std::uint16_t>(transport[0] << 8 | transport[1]);
        segment.destinationPort = static_cast<std::uint16_t>(transport[2] << 8 | transport[3]);
    }
    if (ip.protocol == hoststack::kIpProtocolTcp && first)
    {
        const auto tcp = hoststack::DecodeTcpHeader(transport, rest, segment);
        if (tcp && ip.payloadLength >= tcp.headerLength)
        {
            segment.payload = hoststack::Payload::Virtual(ip.payloadLength - tcp.headerLength);
        }
    }
    result.traits = hoststack::LinkTraits(segment);
    result.flow = HashFlow(ip.source,
                           ip.destination,
                           segment.sourcePort,
                           segment.destinationPort,
                           ip.protocol);
    result.source = HashAddress(ip.source);
    result.destination = HashAddress(ip.destination);
    return result;
}

Ptr<Packet>
ToPacket(const HoststackFrame& frame)
{
    if (!frame.flow)
    {
        return frame.packet;
    }
    const auto& flow = *frame.flow;
    const auto& segment = frame.segment;
    const auto timeToLive = static_cast<std::uint8_t>(flow.timeToLive - frame.hops);
    auto packet = MakeTcpPacket(segment, {flow.source, flow.destination});
    const auto trafficClass =
        static_cast<std::uint8_t>(flow.dscp << 2 | static_cast<std::uint8_t>(segment.ecn));
    if (flow.source.family == hoststack::IpFamily::V4)
    {
        Ipv4Header header;
        header.SetSource(ToIpv4(flow.source));
        header.SetDestination(ToIpv4(flow.destination));
        header.SetProtocol(hoststack::kIpProtocolTcp);
        header.SetPayloadSize(static_cast<std::uint16_t>(packet->GetSize()));
        header.SetTtl(timeToLive);
        header.SetTos(trafficClass);
        header.SetMayFragment();
        header.SetIdentification(frame.identification);
        if (Node::ChecksumEnabled())
        {
            header.EnableChecksum();
        }
        packet->AddHeader(header);
    }
    else
    {
        Ipv6Header header;
        header.SetSource(ToIpv6(flow.source));
        header.SetDestination(ToIpv6(flow.destination));
        header.SetNextHeader(hoststack::kIpProtocolTcp);
        header.SetPayloadLength(static_cast<std::uint16_t>(packet->GetSize()));
        header.SetHopLimit(timeToLive);
        header.SetTrafficClass(trafficClass);
        packet->AddHeader(header);
    }
    return packet;
}

namespace
{

/// Where a protocol above IP has its checksum.
struct TransportChecksum
{
    std::uint8_t at;
    std::uint8_t least; ///< bytes of its header
    bool coversAddresses;
};

std::optional<TransportChecksum>
ChecksumPlace(const hoststack::IpHeader& ip)
{
    const bool isVersion4 = ip.source.family == hoststack::IpFamily::V4;
    if (ip.protocol == hoststack::kIpProtocolTcp)
    {
        return TransportChecksum{kTcpChecksumAt, hoststack::kTcpMinHeader, true};
    }
    if (ip.protocol == (isVersion4 ? kIpProtocolIcmp : kIpProtocolIcmpv6))
    {
        return TransportChecksum{kIcmpChecksumAt, kIcmpMinHeader, !isVersion4};
    }
    return std::nullopt; // UDP over IPv4 may go without one
}

} // namespace

void
FillChecksums(std::vector<std::uint8_t>& bytes)
{
    hoststack::IpHeader ip;
    const auto decoded = hoststack::DecodeIpHeader(bytes.data(), bytes.size(), ip);
    if (!decoded)
    {
        return;
    }
    auto put = [&bytes](std::size_t at, std::uint16_t value) {
        bytes[at] = static_cast<std::uint8_t>(value >> 8);
        bytes[at + 1] = static_cast<std::uint8_t>(value);
    };
    if (ip.source.family == hoststack::IpFamily::V4)
    {
        put(kIpv4ChecksumAt, 0);
        hoststack::InternetChecksum sum;
        sum.Add(bytes.data(), decoded.headerLength);
        put(kIpv4ChecksumAt, sum.Value());
    }
    const bool fragment = ip.moreFragments || ip.fragmentOffset != 0;
    const auto end = std::size_t{decoded.headerLength} + ip.payloadLength;
    const auto place = ChecksumPlace(ip);
    if (!place || fragment || ip.payloadLength < place->least || end > bytes.size())
    {
        return;
    }
    const auto at = std::size_t{decoded.headerLength} + place->at;
    put(at, 0);
    hoststack::InternetChecksum sum;
    if (place->coversAddresses)
    {
        sum.Add(ip.source.bytes.data(), ip.source.Size());
        sum.Add(ip.destination.bytes.data(), ip.destination.Size());
        sum.Add32(ip.protocol);
        sum.Add32(ip.payloadLength);
    }
    sum.Add(bytes.data() + decoded.headerLength, ip.payloadLength);
    put(at, sum.Value());
}

std::uint16_t
EtherType(const HoststackFrame& frame)
{
    if (!frame.flow)
    {
        return frame.protocol;
    }
    return frame.flow->source.family == hoststack::IpFamily::V4 ? kEtherTypeIpv4 : kEtherTypeIpv6;
}

void
ToBytes(const HoststackFrame& frame, std::vector<std::uint8_t>& out)
{
    if (!frame.flow)
    {
        out.resize(frame.packet->GetSize());
        frame.packet->CopyData(out.data(), static_cast<std::uint32_t>(out.size()));
        FillChecksums(out);
        return;
    }
    const auto ip = DirectIpHeader(frame);
    out.resize(hoststack::IpHeaderLength(ip.source.family) + ip.payloadLength);
    const auto written = hoststack::EncodeIpHeader(ip, out.data(), out.size());
    hoststack::EncodeTcp(frame.segment,
                         {ip.source, ip.destination},
                         out.data() + written,
                         out.size() - written);
}

void
MarkCongestion(HoststackFrame& frame)
{
    if (frame.flow)
    {
        frame.segment.ecn = hoststack::Ecn::Ce;
    }
    else if (frame.protocol == kEtherTypeIpv4)
    {
        Ipv4Header header;
        frame.packet->RemoveHeader(header);
        header.SetEcn(Ipv4Header::ECN_CE);
        if (Node::ChecksumEnabled())
        {
            header.EnableChecksum();
        }
        frame.packet->AddHeader(header);
    }
    else if (frame.protocol == kEtherTypeIpv6)
    {
        Ipv6Header header;
        frame.packet->RemoveHeader(header);
        header.SetEcn(Ipv6Header::ECN_CE);
        frame.packet->AddHeader(header);
    }
}

} // namespace ns3
