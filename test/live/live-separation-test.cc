// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ip-codec.h"
#include "ns3/hs-live-separation.h"
#include "ns3/hs-tcp-codec.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace hoststack;

namespace
{

const IpAddress kClient = IpAddress::V4(0x0a000101);
const IpAddress kElsewhere = IpAddress::V4(0x0a000002);

std::vector<std::uint8_t>
PacketTo(const IpAddress& destination, const TcpSegment& segment, std::uint8_t protocol = 6)
{
    IpHeader ip;
    ip.source = kClient;
    ip.destination = destination;
    ip.protocol = protocol;
    ip.payloadLength = static_cast<std::uint32_t>(TcpHeaderLength(segment));
    std::vector<std::uint8_t> bytes(kIpv4Header + ip.payloadLength);
    EncodeIpHeader(ip, bytes.data(), bytes.size());
    EncodeTcp(segment, {ip.source, ip.destination}, bytes.data() + kIpv4Header, ip.payloadLength);
    return bytes;
}

TcpSegment
Syn()
{
    TcpSegment syn;
    syn.sourcePort = 40000;
    syn.destinationPort = 80;
    syn.seq = Seq32(1000);
    syn.flags = kSyn;
    return syn;
}

} // namespace

TEST_CASE("a segment for an address of another network is kept from the kernel and answered by a "
          "reset, or by nothing",
          "[live]")
{
    std::vector<std::uint8_t> answer;
    CHECK(IsStrange({{kElsewhere, false}}, PacketTo(kElsewhere, Syn()), answer));
    CHECK(answer.empty());

    REQUIRE(IsStrange({{kElsewhere, true}}, PacketTo(kElsewhere, Syn()), answer));
    IpHeader ip;
    const auto decoded = DecodeIpHeader(answer.data(), answer.size(), ip);
    REQUIRE(decoded);
    CHECK(ip.source == kElsewhere);
    CHECK(ip.destination == kClient);
    TcpSegment reset;
    const auto* tcp = answer.data() + decoded.headerLength;
    REQUIRE(DecodeTcp(tcp, ip.payloadLength, reset));
    CHECK(VerifyTcpChecksum(tcp, ip.payloadLength, {ip.source, ip.destination}));
    CHECK(reset.Has(kRst));
    CHECK(reset.ack == Seq32(1001));
    CHECK(reset.sourcePort == 80);
    CHECK(reset.destinationPort == 40000);
}

TEST_CASE("what is for the link's own address, no TCP, or no packet passes a separate network",
          "[live]")
{
    const std::vector<StrangeAddress> strange{{kElsewhere, true}};
    std::vector<std::uint8_t> answer;
    CHECK_FALSE(IsStrange(strange, PacketTo(IpAddress::V4(0x0a000102), Syn()), answer));
    CHECK_FALSE(IsStrange(strange, PacketTo(kElsewhere, Syn(), 17), answer));
    CHECK_FALSE(IsStrange(strange, {0x45, 0}, answer));
    CHECK(answer.empty());
    auto reset = Syn();
    reset.flags = kRst;
    CHECK(IsStrange(strange, PacketTo(kElsewhere, reset), answer));
    CHECK(answer.empty());
}
