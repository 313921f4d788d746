// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-separation.h"

#include "ns3/hs-ip-codec.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack
{

namespace
{

std::vector<std::uint8_t>
ResetPacket(const IpHeader& cause, const TcpSegment& segment)
{
    auto reset = tcp::ResetFor(segment);
    reset.sourcePort = segment.destinationPort;
    reset.destinationPort = segment.sourcePort;
    IpHeader ip;
    ip.source = cause.destination;
    ip.destination = cause.source;
    ip.payloadLength = static_cast<std::uint32_t>(TcpHeaderLength(reset));
    std::vector<std::uint8_t> bytes(IpHeaderLength(ip.source.family) + ip.payloadLength);
    const auto written = EncodeIpHeader(ip, bytes.data(), bytes.size());
    EncodeTcp(reset, {ip.source, ip.destination}, bytes.data() + written, bytes.size() - written);
    return bytes;
}

} // namespace

bool
IsStrange(const std::vector<StrangeAddress>& strange,
          const std::vector<std::uint8_t>& packet,
          std::vector<std::uint8_t>& answer)
{
    answer.clear();
    IpHeader ip;
    const auto decoded = DecodeIpHeader(packet.data(), packet.size(), ip);
    if (!decoded || ip.protocol != kIpProtocolTcp)
    {
        return false;
    }
    const auto found = std::find_if(strange.begin(), strange.end(), [&ip](const auto& other) {
        return other.address == ip.destination;
    });
    if (found == strange.end())
    {
        return false;
    }
    TcpSegment segment;
    if (found->resets &&
        DecodeTcp(packet.data() + decoded.headerLength, ip.payloadLength, segment) &&
        !segment.Has(kRst))
    {
        answer = ResetPacket(ip, segment);
    }
    return true;
}

} // namespace hoststack
