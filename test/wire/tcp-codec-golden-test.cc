// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Packets made with Scapy 2.5, checksums included: what another implementation writes, this one
 * reads; and where both lay options out alike, it writes the same bytes.
 */

#include "hs-test-bytes.h"
#include "ns3/hs-ip-codec.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

struct Packet
{
    IpHeader ip;
    TcpSegment tcp;
    Bytes tcpBytes;
};

/// Reads a whole packet and checks both checksums.
Packet
Read(const std::string& hex)
{
    const Bytes bytes = FromHex(hex);
    Packet packet;
    const IpDecodeResult ip = DecodeIpHeader(bytes.data(), bytes.size(), packet.ip);
    REQUIRE(ip);
    REQUIRE(ip.headerLength + packet.ip.payloadLength == bytes.size());
    if (packet.ip.source.family == IpFamily::V4)
    {
        REQUIRE(VerifyIpv4Checksum(bytes.data(), ip.headerLength));
    }
    packet.tcpBytes = Bytes(bytes.begin() + ip.headerLength, bytes.end());
    const TcpDecodeResult tcp =
        DecodeTcp(packet.tcpBytes.data(), packet.tcpBytes.size(), packet.tcp);
    REQUIRE(tcp);
    REQUIRE(tcp.optionFault == TcpOptionFault::None);
    REQUIRE(VerifyTcpChecksum(packet.tcpBytes.data(),
                              packet.tcpBytes.size(),
                              {packet.ip.source, packet.ip.destination}));
    return packet;
}

Bytes
WriteAgain(const Packet& packet)
{
    return Encode(packet.tcp, {packet.ip.source, packet.ip.destination});
}

} // namespace

TEST_CASE("a SYN with Linux' options over IPv4 has the expected bytes", "[wire]")
{
    const Packet p = Read("4500003c12344000400656d60a000001c0a80709a8ca01bb89abcdef00000000"
                          "a002faf075360000020405b40402080a010203040000000001030307");
    CHECK(p.tcp.sourcePort == 43210);
    CHECK(p.tcp.destinationPort == 443);
    CHECK(p.tcp.seq == Seq32(0x89abcdef));
    CHECK(p.tcp.ack == Seq32(0));
    CHECK(p.tcp.flags == kSyn);
    CHECK(p.tcp.window == 64240);
    CHECK(p.tcp.payload.Length() == 0);
    TcpOptions o;
    o.hasMss = o.hasWindowScale = o.sackPermitted = o.hasTimestamps = true;
    o.mss = 1460;
    o.windowScale = 7;
    o.timestampValue = 0x01020304;
    CHECK(p.tcp.options == o);
    CHECK(WriteAgain(p) == p.tcpBytes);
}

TEST_CASE("a SYN-ACK without timestamps over IPv6 has the expected bytes", "[wire]")
{
    const Packet p = Read("600abcde0020064020010db800000000000000000000000120010db800000007"
                          "000000000000000901bba8cafffffff089abcdf08052fe8812b40000020405a0"
                          "010104020103030a");
    CHECK(p.tcp.flags == (kSyn | kAck | kEce));
    CHECK(p.tcp.seq == Seq32(0xfffffff0));
    CHECK(p.tcp.ack == Seq32(0x89abcdf0));
    TcpOptions o;
    o.hasMss = o.hasWindowScale = o.sackPermitted = true;
    o.mss = 1440;
    o.windowScale = 10;
    CHECK(p.tcp.options == o);
    CHECK(WriteAgain(p) == p.tcpBytes);
}

TEST_CASE("a data segment of odd length with timestamps has the expected bytes", "[wire]")
{
    const Packet p = Read("452a003d0001400039066fde0a000001c0a80709a8ca01bbfffffff00000004d"
                          "801801f633be00000101080adeadbeef0badcafe474554202f6f646421");
    CHECK(p.tcp.flags == (kPsh | kAck));
    CHECK(p.tcp.options.timestampValue == 0xdeadbeef);
    CHECK(p.tcp.options.timestampEcho == 0x0badcafe);
    REQUIRE(p.tcp.payload.Length() == 9);
    CHECK(std::string(p.tcp.payload.Data(), p.tcp.payload.Data() + 9) == "GET /odd!");
    CHECK(WriteAgain(p) == p.tcpBytes);
}

TEST_CASE("three SACK blocks beside timestamps fill the header as expected", "[wire]")
{
    const Packet p = Read("60300000003c063720010db800000000000000000000000120010db800000007"
                          "000000000000000901bba8ca00000005000003e8f010ffffb7fe00000101080a"
                          "00000009000000080101051a000007d000000bb8fffffff00000001000001388"
                          "00001770");
    CHECK(p.ip.ecn == Ecn::Ce);
    REQUIRE(p.tcp.options.sackCount == 3);
    CHECK(p.tcp.options.sack[0] == SackBlock{Seq32(2000), Seq32(3000)});
    CHECK(p.tcp.options.sack[1] == SackBlock{Seq32(0xfffffff0), Seq32(16)});
    CHECK(p.tcp.options.sack[2] == SackBlock{Seq32(5000), Seq32(6000)});
    CHECK(WriteAgain(p) == p.tcpBytes);
}

TEST_CASE("options without a field and all old flags survive", "[wire]")
{
    const Packet p = Read("45000050000200000106e7f40a000001c0a807090001ffff0000000100000002"
                          "b0fd0001aa9302011e0c81010011223344556677220801020304050601010000"
                          "000102030405060708090a0b0c0d0e0f");
    CHECK(p.tcp.flags == (kFin | kRst | kPsh | kAck | kUrg | kEce | kCwr));
    CHECK(p.tcp.urgent == 513);
    CHECK(OtherBytes(p.tcp.options) == FromHex("1e0c81010011223344556677 2208010203040506"));
    CHECK(p.tcp.payload.Length() == 16);
    // Scapy ends the options with EOL where this codec writes NOP: compare what they say.
    const Bytes again = WriteAgain(p);
    TcpSegment back;
    REQUIRE(DecodeTcp(again.data(), again.size(), back));
    CHECK(back == p.tcp);
}
