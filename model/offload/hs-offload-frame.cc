// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-offload-frame.h"

#include "ns3/hs-byte-order.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>
#include <optional>

namespace hoststack
{

namespace
{

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kUdpHeader = 8;
constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint16_t kReservedFlag = 0x8000;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kFragmentBits = 0x3fff;

/// Where the transport header begins and which it is; nothing: there is none to be merged.
struct Transport
{
    std::size_t at;
    std::uint8_t protocol;
};

void
Fail(OffloadPacket& packet, OffloadFault fault, FlushReason why)
{
    packet.fault = fault;
    packet.faultReason = why;
}

std::optional<Transport>
ReadIpv4(const std::vector<std::uint8_t>& frame, OffloadPacket& packet)
{
    const auto* ip = frame.data() + kEthernetHeader;
    const auto left = frame.size() - kEthernetHeader;
    const auto pass = [&packet](FlushReason why) {
        Fail(packet, OffloadFault::Passes, why);
        return std::nullopt;
    };
    if (left < kIpv4Header || ip[0] >> 4 != 4)
    {
        return pass(FlushReason::Malformed);
    }
    if ((ip[0] & 15) != 5)
    {
        return pass(FlushReason::IpOptions);
    }
    const std::uint16_t fragment = LoadBig16(ip + 6);
    if ((fragment & kFragmentBits) != 0)
    {
        return pass(FlushReason::Fragment);
    }
    if (!VerifyIpv4Checksum(ip, kIpv4Header))
    {
        return pass(FlushReason::IpChecksum);
    }
    packet.ipLength = LoadBig16(ip + 2);
    packet.typeOfService = ip[1];
    packet.timeToLive = ip[8];
    packet.identification = LoadBig16(ip + 4);
    packet.dontFragment = (fragment & kDontFragment) != 0;
    if (packet.ipLength != left || (fragment & kReservedFlag) != 0)
    {
        Fail(packet, OffloadFault::Ordered, FlushReason::Padded);
    }
    return Transport{kEthernetHeader + kIpv4Header, ip[9]};
}

std::optional<Transport>
ReadIpv6(const std::vector<std::uint8_t>& frame, OffloadPacket& packet)
{
    const auto* ip = frame.data() + kEthernetHeader;
    const auto left = frame.size() - kEthernetHeader;
    if (left < kIpv6Header || ip[0] >> 4 != 6)
    {
        Fail(packet, OffloadFault::Passes, FlushReason::Malformed);
        return std::nullopt;
    }
    packet.isVersion4 = false;
    packet.typeOfService = LoadBig32(ip);
    packet.timeToLive = ip[7];
    packet.ipLength = static_cast<std::uint32_t>(kIpv6Header + LoadBig16(ip + 4));
    if (packet.ipLength != left)
    {
        Fail(packet, OffloadFault::Ordered, FlushReason::Padded);
    }
    std::size_t at = kEthernetHeader + kIpv6Header;
    std::uint8_t next = ip[6];
    // Hop-by-hop options, routing, destination options (RFC 8200 section 4).
    while (next == 0 || next == 43 || next == 60)
    {
        if (at + 8 > frame.size())
        {
            Fail(packet, OffloadFault::Passes, FlushReason::Malformed);
            return std::nullopt;
        }
        next = frame[at];
        at += 8 + 8 * std::size_t{frame[at + 1]};
    }
    if (next == 44)
    {
        Fail(packet, OffloadFault::Passes, FlushReason::Fragment);
        return std::nullopt;
    }
    return Transport{at, next};
}

/// The options as values where writing the values gives these bytes again, else all as bytes.
void
ReadOptions(const std::uint8_t* tcp, std::size_t headerLength, TcpOptions& options)
{
    options = TcpOptions();
    const auto length = headerLength - kTcpHeader;
    if (length == 0)
    {
        return;
    }
    TcpSegment segment;
    std::array<std::uint8_t, kTcpHeader + TcpOptions::kMaxBytes> again{};
    if (DecodeTcpHeader(tcp, headerLength, segment) && TcpOptionsFit(segment.options) &&
        TcpHeaderLength(segment) == headerLength)
    {
        EncodeTcpHeader(segment, again.data(), again.size());
        if (std::equal(again.begin() + kTcpHeader, again.begin() + headerLength, tcp + kTcpHeader))
        {
            options = segment.options;
            return;
        }
    }
    std::copy_n(tcp + kTcpHeader, length, options.other.begin());
    options.otherLength = static_cast<std::uint8_t>(length);
}

} // namespace

std::uint16_t
PseudoHeaderSum(const std::uint8_t* network, std::uint32_t length, std::uint8_t protocol)
{
    InternetChecksum sum;
    const bool isV4 = network[0] >> 4 == 4;
    sum.Add(network + (isV4 ? 12 : 8), isV4 ? 8 : 32);
    sum.Add32(length);
    sum.Add32(protocol);
    return static_cast<std::uint16_t>(~sum.Value());
}

std::uint16_t
TransportChecksum(const std::uint8_t* network,
                  const std::uint8_t* transport,
                  std::size_t length,
                  std::uint8_t protocol)
{
    InternetChecksum sum;
    sum.Add32(PseudoHeaderSum(network, static_cast<std::uint32_t>(length), protocol));
    sum.Add(transport, length);
    return sum.Value();
}

void
OffloadFrameReader::ReadTcp(const std::vector<std::uint8_t>& frame,
                            std::size_t at,
                            OffloadFrame& out)
{
    auto& packet = out.packet;
    const auto* tcp = frame.data() + at;
    const auto* network = frame.data() + kEthernetHeader;
    // A packet that is not going to be merged is not summed up either.
    if (packet.fault == OffloadFault::None)
    {
        const auto length = packet.ipLength - (at - kEthernetHeader);
        if (TransportChecksum(network, tcp, length, kIpProtocolTcp) != 0)
        {
            Fail(packet, OffloadFault::Passes, FlushReason::Checksum);
            return;
        }
        out.isVerified = true;
    }
    const std::size_t headerLength = std::size_t{tcp[12]} / 16 * 4;
    if (headerLength < kTcpHeader || at + headerLength > frame.size())
    {
        Fail(packet, OffloadFault::Passes, FlushReason::Malformed);
        return;
    }
    packet.kind = OffloadKind::Tcp;
    packet.seq = Seq32(LoadBig32(tcp + 4));
    packet.ack = Seq32(LoadBig32(tcp + 8));
    packet.flags = LoadBig16(tcp + 12) & 0x0fff;
    packet.window = LoadBig16(tcp + 14);
    ReadOptions(tcp, headerLength, out.options);
    out.headerLength = at + headerLength;
    // As much as there is in the frame: skb_gro_len() counts padding.
    packet.payload = static_cast<std::uint32_t>(frame.size() - out.headerLength);
}

void
OffloadFrameReader::ReadUdp(const std::vector<std::uint8_t>& frame,
                            std::size_t at,
                            OffloadFrame& out)
{
    auto& packet = out.packet;
    const auto* udp = frame.data() + at;
    const auto* network = frame.data() + kEthernetHeader;
    const std::size_t length = LoadBig16(udp + 4);
    const bool hasChecksum = LoadBig16(udp + 6) != 0;
    const bool isWhole = length == frame.size() - at;
    if (packet.fault == OffloadFault::None)
    {
        const auto summed = packet.ipLength - (at - kEthernetHeader);
        if (hasChecksum && TransportChecksum(network, udp, summed, kProtocolUdp) != 0)
        {
            Fail(packet, OffloadFault::Passes, FlushReason::Checksum);
            return;
        }
        out.isVerified = true;
    }
    out.headerLength = at + kUdpHeader;
    if (!hasChecksum || !isWhole || length <= kUdpHeader)
    {
        Fail(packet,
             OffloadFault::Passes,
             !hasChecksum ? FlushReason::Checksum
             : !isWhole   ? FlushReason::Padded
                          : FlushReason::NoPayload);
        return;
    }
    packet.kind = OffloadKind::Udp;
    packet.payload = static_cast<std::uint32_t>(length - kUdpHeader);
}

void
OffloadFrameReader::Read(const std::vector<std::uint8_t>& frame,
                         std::uint32_t hash,
                         std::uint16_t vlan,
                         OffloadFrame& out)
{
    const auto id = out.packet.id;
    out = OffloadFrame();
    auto& packet = out.packet;
    packet.id = id;
    packet.hash = hash;
    packet.kind = OffloadKind::Other;
    packet.options = &out.options;
    const auto type = frame.size() < kEthernetHeader ? 0 : LoadBig16(frame.data() + 12);
    const auto transport = type == 0x0800   ? ReadIpv4(frame, packet)
                           : type == 0x86dd ? ReadIpv6(frame, packet)
                                            : std::nullopt;
    if (!transport)
    {
        if (packet.fault == OffloadFault::None)
        {
            Fail(packet, OffloadFault::Passes, FlushReason::Protocol);
        }
        return;
    }
    const auto at = transport->at;
    const bool isTcp = transport->protocol == kIpProtocolTcp;
    if (!isTcp && transport->protocol != kProtocolUdp)
    {
        Fail(packet, OffloadFault::Passes, FlushReason::Protocol);
        return;
    }
    const auto need = isTcp ? kTcpHeader : kUdpHeader;
    if (at + need > frame.size() || packet.ipLength + kEthernetHeader < at + need)
    {
        Fail(packet, OffloadFault::Passes, FlushReason::Malformed);
        return;
    }
    out.networkLength = at - kEthernetHeader;
    isTcp ? ReadTcp(frame, at, out) : ReadUdp(frame, at, out);
    std::string key(frame.begin(), frame.begin() + kEthernetHeader);
    key += static_cast<char>(vlan >> 8);
    key += static_cast<char>(vlan & 0xff);
    const auto* ip = frame.data() + kEthernetHeader;
    const auto* addresses = ip + (packet.isVersion4 ? 12 : 8);
    // IPv6 addresses and all extension headers follow one another, and then the ports.
    key.append(addresses, frame.data() + at + 4);
    key += static_cast<char>(transport->protocol);
    packet.flow = m_flows.emplace(std::move(key), m_flows.size()).first->second;
}

} // namespace hoststack
