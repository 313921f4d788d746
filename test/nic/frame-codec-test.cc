// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-frame-codec.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-link-traits.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-too-large.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv6-header.h>
#include <ns3/tcp-header.h>

#include <catch2/catch.hpp>

using namespace ns3;
using namespace hoststack;

namespace
{

HoststackFrame
Direct(const std::string& from, const std::string& to, std::uint32_t payload)
{
    auto flow = Create<HoststackFlow>();
    flow->source = *IpAddress::Parse(from);
    flow->destination = *IpAddress::Parse(to);
    flow->timeToLive = 37;
    flow->dscp = 10;
    flow->hash = HashFlow(flow->source, flow->destination, 4000, 80, 6);
    HoststackFrame frame;
    frame.flow = flow;
    frame.identification = 77;
    auto& s = frame.segment;
    s.sourcePort = 4000;
    s.destinationPort = 80;
    s.seq = Seq32(123456789);
    s.ack = Seq32(987654321);
    s.flags = kAck | kPsh;
    s.window = 512;
    s.ecn = Ecn::Ect0;
    s.options.hasTimestamps = true;
    s.options.timestampValue = 5;
    s.options.timestampEcho = 6;
    s.payload = Payload::Virtual(payload);
    return frame;
}

/// The same packet as IP would hand it to the device.
HoststackFrame
AsPacket(const HoststackFrame& direct)
{
    HoststackFrame frame;
    frame.packet = ToPacket(direct);
    frame.protocol = EtherType(direct);
    return frame;
}

} // namespace

TEST_CASE("a direct frame and its packet look the same to a link and in a capture", "[nic]")
{
    const auto v6 = GENERATE(false, true);
    const auto payload = GENERATE(0U, 1448U);
    const auto direct = v6 ? Direct("2001:db8::1", "2001:db8::2", payload)
                           : Direct("10.0.0.1", "10.0.0.2", payload);
    const auto packet = AsPacket(direct);

    const auto described = DescribePacket(packet);
    CHECK(described.bytes == DirectHeaderLength(*direct.flow, direct.segment) + payload);
    CHECK(described.flow == direct.flow->hash);
    CHECK(described.traits == LinkTraits(direct.segment));
    CHECK(((described.traits & LinkPacket::kPureAck) != 0) == (payload == 0));
    CHECK((described.traits & LinkPacket::kEcnCapable) != 0);

    std::vector<std::uint8_t> a;
    std::vector<std::uint8_t> b;
    ToBytes(direct, a);
    ToBytes(packet, b);
    CHECK((a == b));
}

TEST_CASE("captured bytes carry right checksums and the header's fields", "[nic]")
{
    const auto direct = Direct("10.0.0.1", "10.0.0.2", 333);
    std::vector<std::uint8_t> bytes;
    ToBytes(AsPacket(direct), bytes);
    IpHeader ip;
    const auto decoded = DecodeIpHeader(bytes.data(), bytes.size(), ip);
    REQUIRE(decoded);
    CHECK(VerifyIpv4Checksum(bytes.data(), decoded.headerLength));
    CHECK(ip.timeToLive == 37);
    CHECK(ip.dscp == 10);
    CHECK(ip.ecn == Ecn::Ect0);
    CHECK(ip.identification == 77);
    CHECK(VerifyTcpChecksum(bytes.data() + decoded.headerLength,
                            ip.payloadLength,
                            {ip.source, ip.destination}));
}

TEST_CASE("ICMP messages leave with right checksums, for a real kernel drops others", "[nic]")
{
    const auto jumbo = Direct("10.0.0.1", "10.0.0.2", 4000);
    HoststackFrame answer;
    answer.packet = MakeTooLarge(AsPacket(jumbo), 1500);
    answer.protocol = kEtherTypeIpv4;
    std::vector<std::uint8_t> bytes;
    ToBytes(answer, bytes);
    IpHeader ip;
    const auto decoded = DecodeIpHeader(bytes.data(), bytes.size(), ip);
    REQUIRE(decoded);
    REQUIRE(ip.protocol == 1);
    InternetChecksum sum;
    sum.Add(bytes.data() + decoded.headerLength, ip.payloadLength);
    CHECK(sum.Value() == 0);
}

TEST_CASE("ns-3 reads the packet of a direct frame with its own headers", "[nic]")
{
    const auto direct = Direct("10.0.0.1", "10.0.0.2", 100);
    auto packet = ToPacket(direct);
    Ipv4Header ip;
    packet->RemoveHeader(ip);
    CHECK(ip.GetTtl() == 37);
    CHECK(ip.GetPayloadSize() == packet->GetSize());
    TcpHeader tcp;
    packet->RemoveHeader(tcp);
    CHECK(tcp.GetSequenceNumber().GetValue() == 123456789);
    CHECK(tcp.GetFlags() == (TcpHeader::ACK | TcpHeader::PSH));
    CHECK(tcp.HasOption(TcpOption::TS));
    CHECK(packet->GetSize() == 100);
}

TEST_CASE("congestion is marked on direct frames and on packets of both IP versions", "[nic]")
{
    auto direct = Direct("10.0.0.1", "10.0.0.2", 10);
    auto v4 = AsPacket(direct);
    auto v6 = AsPacket(Direct("2001:db8::1", "2001:db8::2", 10));
    MarkCongestion(direct);
    MarkCongestion(v4);
    MarkCongestion(v6);
    CHECK(direct.segment.ecn == Ecn::Ce);
    Ipv4Header ip4;
    v4.packet->PeekHeader(ip4);
    CHECK(ip4.GetEcn() == Ipv4Header::ECN_CE);
    CHECK(ip4.GetDscp() == 10);
    Ipv6Header ip6;
    v6.packet->PeekHeader(ip6);
    CHECK(ip6.GetEcn() == Ipv6Header::ECN_CE);
}

TEST_CASE("a packet that is not IP has no flow and no traits", "[nic]")
{
    HoststackFrame frame;
    frame.packet = Create<Packet>(60);
    frame.protocol = 0x0806;
    const auto described = DescribePacket(frame);
    CHECK(described.bytes == 60);
    CHECK(described.flow == 0);
    CHECK(described.traits == 0);
}

TEST_CASE("the first bytes of a ping are no ports, so all of its echoes are one flow", "[nic]")
{
    const auto flowOf = [](std::uint8_t protocol, std::uint8_t first) {
        const std::uint8_t transport[8] = {first, 0, first, first, 0, 0, 0, 0};
        auto packet = Create<Packet>(transport, sizeof(transport));
        Ipv4Header header;
        header.SetSource("10.0.0.1");
        header.SetDestination("10.0.0.2");
        header.SetProtocol(protocol);
        header.SetPayloadSize(sizeof(transport));
        packet->AddHeader(header);
        HoststackFrame frame;
        frame.packet = packet;
        frame.protocol = kEtherTypeIpv4;
        return DescribePacket(frame).flow;
    };
    for (const std::uint8_t icmpOrGre : {1, 47})
    {
        CHECK(flowOf(icmpOrGre, 8) == flowOf(icmpOrGre, 0));
    }
    for (const std::uint8_t withPorts : {6, 17, 33, 50, 132, 136})
    {
        CHECK(flowOf(withPorts, 8) != flowOf(withPorts, 9));
    }
}

TEST_CASE("acknowledgements with SACK blocks are told from bare ones", "[nic]")
{
    TcpSegment ack;
    ack.flags = kAck;
    CHECK(LinkTraits(ack) == LinkPacket::kPureAck);
    ack.options.sackCount = 1;
    CHECK(LinkTraits(ack) == (LinkPacket::kPureAck | LinkPacket::kHasSackOrSignalling));
    ack.flags = kAck | kFin;
    CHECK((LinkTraits(ack) & LinkPacket::kPureAck) == 0);

    TcpSegment mptcp;
    mptcp.flags = kAck;
    const std::uint8_t dataAck[] = {30, 8, 0x20, 0x01, 0, 0, 0, 1};
    mptcp.options.AppendOther(dataAck, sizeof(dataAck));
    CHECK(LinkTraits(mptcp) == (LinkPacket::kPureAck | LinkPacket::kHasOtherOption));
    TcpSegment addAddress;
    addAddress.flags = kAck;
    const std::uint8_t other[] = {30, 8, 0x30, 0x01, 10, 0, 0, 1};
    addAddress.options.AppendOther(other, sizeof(other));
    CHECK((LinkTraits(addAddress) & LinkPacket::kHasSackOrSignalling) != 0);
}

TEST_CASE("a slab hands out distinct frames and does not grow beyond what is in use", "[nic]")
{
    HoststackFrameSlab slab;
    for (int round = 0; round < 1000; ++round)
    {
        const auto a = slab.Take();
        const auto b = slab.Take();
        CHECK(a != b);
        auto* first = &slab[a];
        for (int i = 0; i < 200 && round == 0; ++i)
        {
            slab.Take();
        }
        CHECK(first == &slab[a]); // growing moves nothing
        slab.Release(a);
        slab.Release(b);
    }
    CHECK(slab.InUse() == 200);
}
