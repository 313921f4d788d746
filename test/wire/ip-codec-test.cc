// SPDX-License-Identifier: GPL-2.0-only

#include "hs-test-bytes.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

// The vectors were made with Scapy 2.5.
const Bytes kV4 = FromHex("452a003d0001400039066fde0a000001c0a80709");
const Bytes kV6 = FromHex("600abcde0020064020010db8000000000000000000000001"
                          "20010db8000000070000000000000009");

Bytes
WithPayload(Bytes header, std::size_t payload)
{
    header.resize(header.size() + payload);
    return header;
}

Bytes
EncodeIp(const IpHeader& header)
{
    Bytes bytes(kIpv6Header);
    bytes.resize(EncodeIpHeader(header, bytes.data(), bytes.size()));
    return bytes;
}

} // namespace

TEST_CASE("addresses are read from text and written as RFC 5952 says", "[wire]")
{
    REQUIRE(IpAddress::Parse("10.1.2.3") == IpAddress::V4(0x0a010203));
    REQUIRE(IpAddress::V4(0x0a010203).ToString() == "10.1.2.3");
    REQUIRE(IpAddress::Parse("2001:DB8:0:0:0:0:0:1")->ToString() == "2001:db8::1");
    REQUIRE_FALSE(IpAddress::Parse("10.1.2"));
    REQUIRE_FALSE(IpAddress::Parse("2001:db8::1::2"));
    REQUIRE(*IpAddress::Parse("255.0.0.1") < *IpAddress::Parse("::1"));
    REQUIRE(*IpAddress::Parse("10.0.0.1") < *IpAddress::Parse("10.0.0.2"));
}

TEST_CASE("an IPv4 header from elsewhere is read field by field", "[wire]")
{
    IpHeader h;
    const Bytes packet = WithPayload(kV4, 41);
    const IpDecodeResult result = DecodeIpHeader(packet.data(), packet.size(), h);
    REQUIRE(result);
    CHECK(result.headerLength == 20);
    CHECK(h.source == EndpointsV4().source);
    CHECK(h.destination == EndpointsV4().destination);
    CHECK(h.protocol == 6);
    CHECK(h.timeToLive == 57);
    CHECK(h.dscp == 10);
    CHECK(h.ecn == Ecn::Ect0);
    CHECK(h.identification == 1);
    CHECK(h.dontFragment);
    CHECK_FALSE(h.moreFragments);
    CHECK(h.payloadLength == 41);
    CHECK(VerifyIpv4Checksum(packet.data(), 20));
    CHECK(EncodeIp(h) == kV4);
}

TEST_CASE("an IPv6 header from elsewhere is read field by field", "[wire]")
{
    IpHeader h;
    const Bytes packet = WithPayload(kV6, 32);
    const IpDecodeResult result = DecodeIpHeader(packet.data(), packet.size(), h);
    REQUIRE(result);
    CHECK(result.headerLength == 40);
    CHECK(h.source == EndpointsV6().source);
    CHECK(h.destination == EndpointsV6().destination);
    CHECK(h.protocol == 6);
    CHECK(h.timeToLive == 64);
    CHECK(h.dscp == 0);
    CHECK(h.ecn == Ecn::NotEct);
    CHECK(h.flowLabel == 0xabcde);
    CHECK(h.payloadLength == 32);
    CHECK(EncodeIp(h) == kV6);
}

TEST_CASE("IP headers come back as they were written", "[wire]")
{
    RandomStream random(1, "ip-codec");
    for (int i = 0; i < 2000; ++i)
    {
        IpHeader h;
        const bool v4 = random.Bernoulli(0.5);
        const IpEndpoints ends = v4 ? EndpointsV4() : EndpointsV6();
        h.source = ends.source;
        h.destination = ends.destination;
        h.protocol = static_cast<std::uint8_t>(random.Bits());
        h.timeToLive = static_cast<std::uint8_t>(random.Bits());
        h.dscp = random.Bits() & 63;
        h.ecn = static_cast<Ecn>(random.Bits() & 3);
        h.payloadLength = random.Bits() % 2000;
        if (v4)
        {
            h.identification = static_cast<std::uint16_t>(random.Bits());
            h.dontFragment = random.Bernoulli(0.5);
            h.moreFragments = random.Bernoulli(0.5);
            h.fragmentOffset = random.Bits() & 0x1fff;
        }
        else
        {
            h.flowLabel = random.Bits() & 0xfffff;
        }
        const Bytes packet = WithPayload(EncodeIp(h), h.payloadLength);
        IpHeader back;
        REQUIRE(DecodeIpHeader(packet.data(), packet.size(), back));
        REQUIRE(back == h);
        REQUIRE((!v4 || VerifyIpv4Checksum(packet.data(), kIpv4Header)));
    }
}

TEST_CASE("a flipped bit breaks the IPv4 checksum", "[wire]")
{
    for (std::size_t bit = 0; bit < kV4.size() * 8; ++bit)
    {
        Bytes broken = kV4;
        broken[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        REQUIRE_FALSE(VerifyIpv4Checksum(broken.data(), broken.size()));
    }
}

TEST_CASE("IPv4 options are skipped and link padding is not payload", "[wire]")
{
    Bytes packet = WithPayload(kV4, 41);
    packet[0] = 0x46;
    packet.resize(packet.size() + 6);
    IpHeader h;
    const IpDecodeResult result = DecodeIpHeader(packet.data(), packet.size(), h);
    REQUIRE(result);
    CHECK(result.headerLength == 24);
    CHECK(h.payloadLength == 37);
}

TEST_CASE("each way an IP header can be wrong has its own error", "[wire]")
{
    auto error = [](Bytes bytes) {
        IpHeader h;
        h.payloadLength = 12345;
        const IpDecodeError e = DecodeIpHeader(bytes.data(), bytes.size(), h).error;
        CHECK(h.payloadLength == 12345);
        CHECK_FALSE(Describe(e).empty());
        return e;
    };
    auto changed = [](Bytes bytes, std::size_t at, int value) {
        bytes[at] = static_cast<std::uint8_t>(value);
        return bytes;
    };
    const Bytes v4 = WithPayload(kV4, 41);
    CHECK(error({}) == IpDecodeError::TooShort);
    CHECK(error(Bytes(kV4.begin(), kV4.end() - 1)) == IpDecodeError::TooShort);
    CHECK(error(Bytes(kV6.begin(), kV6.end() - 1)) == IpDecodeError::TooShort);
    CHECK(error(changed(v4, 0, 0x55)) == IpDecodeError::UnknownVersion);
    CHECK(error(changed(v4, 0, 0x44)) == IpDecodeError::HeaderLengthTooLow);
    CHECK(error(changed(v4, 3, 19)) == IpDecodeError::TotalLengthTooLow);
    CHECK(error(changed(v4, 3, 62)) == IpDecodeError::Truncated);
    CHECK(error(WithPayload(kV6, 31)) == IpDecodeError::Truncated);
}

TEST_CASE("a payload longer than its length field is refused", "[wire]")
{
    IpHeader h;
    std::uint8_t out[kIpv6Header];
    h.source = EndpointsV4().source;
    h.destination = EndpointsV4().destination;
    h.payloadLength = 65515;
    CHECK(EncodeIpHeader(h, out, sizeof out) == 20);
    h.payloadLength = 65516;
    CHECK_THROWS_AS(EncodeIpHeader(h, out, sizeof out), std::length_error);
    h.source = EndpointsV6().source;
    h.destination = EndpointsV6().destination;
    CHECK(EncodeIpHeader(h, out, sizeof out) == 40);
    h.payloadLength = 65536;
    CHECK_THROWS_AS(EncodeIpHeader(h, out, sizeof out), std::length_error);
    h.payloadLength = 0;
    CHECK_THROWS_AS(EncodeIpHeader(h, out, 39), std::length_error);
}

TEST_CASE("any bytes can be offered as an IP header", "[wire]")
{
    RandomStream random(2, "ip-codec");
    int accepted = 0;
    for (int i = 0; i < 20000; ++i)
    {
        Bytes bytes(random.Bits() % 80);
        for (auto& byte : bytes)
        {
            byte = static_cast<std::uint8_t>(random.Bits());
        }
        if (bytes.size() > 5)
        {
            bytes[0] = random.Bernoulli(0.5) ? 0x60 : 0x40 | (bytes[0] & 7);
            bytes[2] = bytes[4] = 0;
            bytes[3] &= 63;
            bytes[5] &= 63;
        }
        IpHeader h;
        const IpDecodeResult result = DecodeIpHeader(bytes.data(), bytes.size(), h);
        if (result)
        {
            ++accepted;
            REQUIRE(result.headerLength + h.payloadLength <= bytes.size());
        }
    }
    REQUIRE(accepted > 1000);
}
