// SPDX-License-Identifier: GPL-2.0-only

#include "hs-test-bytes.h"
#include "ns3/hs-random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

std::uint32_t
Word(RandomStream& random)
{
    return static_cast<std::uint32_t>(random.Bits());
}

/// Every field drawn at random; as many options as happen to fit.
TcpSegment
RandomSegment(RandomStream& random)
{
    TcpSegment s;
    s.sourcePort = static_cast<std::uint16_t>(random.Bits());
    s.destinationPort = static_cast<std::uint16_t>(random.Bits());
    s.seq = Seq32(Word(random));
    s.ack = Seq32(Word(random));
    s.flags = random.Bits() & 0x1ff;
    s.window = static_cast<std::uint16_t>(random.Bits());
    s.urgent = static_cast<std::uint16_t>(random.Bits());
    TcpOptions& o = s.options;
    o.hasMss = random.Bernoulli(0.4);
    o.mss = static_cast<std::uint16_t>(random.Bits() | 1);
    o.hasWindowScale = random.Bernoulli(0.4);
    o.windowScale = static_cast<std::uint8_t>(random.Bits());
    o.sackPermitted = random.Bernoulli(0.4);
    o.hasTimestamps = random.Bernoulli(0.5);
    o.timestampValue = Word(random);
    o.timestampEcho = Word(random);
    o.sackCount = random.Bernoulli(0.5) ? random.Bits() % 5 : 0;
    for (auto& block : o.sack)
    {
        block = {Seq32(Word(random)), Seq32(Word(random))};
    }
    while (!TcpOptionsFit(o))
    {
        --o.sackCount;
    }
    for (int tries = static_cast<int>(random.Bits() % 4); tries > 0; --tries)
    {
        Bytes option(2 + random.Bits() % 20);
        for (auto& byte : option)
        {
            byte = static_cast<std::uint8_t>(random.Bits());
        }
        option[0] = static_cast<std::uint8_t>(9 + random.Bits() % 247);
        option[1] = static_cast<std::uint8_t>(option.size());
        TcpOptions more = o;
        if (more.AppendOther(option.data(), option.size()) && TcpOptionsFit(more))
        {
            o = more;
        }
    }
    const Bytes content(random.Bits() % 100, static_cast<std::uint8_t>(random.Bits()));
    s.payload = random.Bernoulli(0.3)
                    ? Payload::Virtual(static_cast<std::uint32_t>(content.size()))
                    : Payload::Copy(content.data(), static_cast<std::uint32_t>(content.size()));
    return s;
}

} // namespace

TEST_CASE("a segment comes back from its bytes as it was", "[wire]")
{
    RandomStream random(1, "tcp-codec");
    int compact = 0;
    for (int i = 0; i < 20000; ++i)
    {
        const TcpSegment s = RandomSegment(random);
        const IpEndpoints ends = i % 2 == 0 ? EndpointsV4() : EndpointsV6();
        const Bytes bytes = Encode(s, ends);
        TcpSegment back;
        const TcpDecodeResult result = DecodeTcp(bytes.data(), bytes.size(), back);
        REQUIRE(result);
        REQUIRE(result.optionFault == TcpOptionFault::None);
        REQUIRE(result.headerLength == TcpHeaderLength(s));
        REQUIRE(back == s);
        REQUIRE(VerifyTcpChecksum(bytes.data(), bytes.size(), ends));
        compact += SackBlocksThatFit(s.options) < s.options.sackCount;
    }
    // The layout without NOPs was needed now and then, or this test does not cover it.
    REQUIRE(compact > 50);
}

TEST_CASE("what a decoded segment does not announce does not linger from the one before", "[wire]")
{
    TcpSegment full;
    full.options.hasMss = full.options.hasWindowScale = full.options.sackPermitted = true;
    full.options.hasTimestamps = true;
    full.options.mss = 1460;
    full.options.sackCount = 1;
    full.mss = 1448;
    full.payload = Payload::Virtual(10);
    const Bytes bytes = Encode(TcpSegment{}, EndpointsV4());
    REQUIRE(DecodeTcp(bytes.data(), bytes.size(), full));
    REQUIRE(full == TcpSegment{});
}

TEST_CASE("the header can be read and written apart from the payload", "[wire]")
{
    RandomStream random(2, "tcp-codec");
    const TcpSegment s = RandomSegment(random);
    const Bytes whole = Encode(s, EndpointsV4());
    Bytes header(kTcpMaxHeader);
    header.resize(EncodeTcpHeader(s, EndpointsV4(), header.data(), header.size()));
    REQUIRE(header == Bytes(whole.begin(), whole.begin() + static_cast<long>(header.size())));

    TcpSegment back;
    back.payload = s.payload;
    back.mss = 7;
    REQUIRE(DecodeTcpHeader(header.data(), header.size(), back).headerLength == header.size());
    REQUIRE(back.mss == 7);
    back.mss = 0;
    REQUIRE(back == s);

    Bytes without(kTcpMaxHeader);
    without.resize(EncodeTcpHeader(s, without.data(), without.size()));
    REQUIRE((without[16] == 0 && without[17] == 0));
    header[16] = header[17] = 0;
    REQUIRE(without == header);
}

TEST_CASE("virtual payload has the checksum of zeros", "[wire]")
{
    TcpSegment s;
    s.payload = Payload::Virtual(33);
    const Bytes zeros(33);
    TcpSegment real;
    real.payload = Payload::Copy(zeros.data(), 33);
    REQUIRE(Encode(s, EndpointsV6()) == Encode(real, EndpointsV6()));
}

TEST_CASE("a flipped bit and a swapped address family break the TCP checksum", "[wire]")
{
    TcpSegment s;
    s.options.hasTimestamps = true;
    s.options.timestampValue = 0x12345678;
    const Bytes content = FromHex("414243");
    s.payload = Payload::Copy(content.data(), 3);
    for (const IpEndpoints& ends : {EndpointsV4(), EndpointsV6()})
    {
        const Bytes bytes = Encode(s, ends);
        REQUIRE(VerifyTcpChecksum(bytes.data(), bytes.size(), ends));
        for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit)
        {
            Bytes broken = bytes;
            broken[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            REQUIRE_FALSE(VerifyTcpChecksum(broken.data(), broken.size(), ends));
        }
        REQUIRE_FALSE(VerifyTcpChecksum(bytes.data(), bytes.size() - 1, ends));
    }
    const Bytes bytes = Encode(s, EndpointsV4());
    REQUIRE_FALSE(VerifyTcpChecksum(bytes.data(), bytes.size(), EndpointsV6()));
}

TEST_CASE("a super-segment is written whole, even beyond 64 KB", "[wire]")
{
    TcpSegment s;
    s.mss = 1448;
    s.payload = Payload::Virtual(100000);
    const Bytes bytes = Encode(s, EndpointsV6());
    REQUIRE(bytes.size() == 100020);
    REQUIRE(VerifyTcpChecksum(bytes.data(), bytes.size(), EndpointsV6()));
}

TEST_CASE("options beyond 40 bytes and buffers too small are refused", "[wire]")
{
    TcpSegment s;
    s.options.hasTimestamps = true;
    s.options.sackCount = 4;
    std::uint8_t out[200];
    CHECK_THROWS_AS(TcpHeaderLength(s), std::length_error);
    CHECK_THROWS_AS(EncodeTcp(s, EndpointsV4(), out, sizeof out), std::length_error);
    s.options.hasTimestamps = false;
    s.options.sackCount = 5;
    CHECK_FALSE(TcpOptionsFit(s.options));
    CHECK_THROWS_AS(EncodeTcp(s, EndpointsV4(), out, sizeof out), std::length_error);
    s.options.sackCount = 4;
    CHECK(EncodeTcp(s, EndpointsV4(), out, 56) == 56);
    CHECK_THROWS_AS(EncodeTcp(s, EndpointsV4(), out, 55), std::length_error);
    s.payload = Payload::Virtual(10);
    CHECK_THROWS_AS(EncodeTcp(s, EndpointsV4(), out, 65), std::length_error);
    CHECK(EncodeTcpHeader(s, EndpointsV4(), out, 56) == 56);
}

TEST_CASE("SACK blocks that fit: four alone, three with timestamps, fewer with MPTCP", "[wire]")
{
    TcpOptions o;
    CHECK(SackBlocksThatFit(o) == 4);
    o.hasTimestamps = true;
    o.sackCount = 3;
    CHECK(SackBlocksThatFit(o) == 3);
    Bytes option(8, 0);
    option[0] = 30;
    option[1] = 8;
    REQUIRE(o.AppendOther(option.data(), option.size()));
    CHECK(SackBlocksThatFit(o) == 2);
    REQUIRE(o.AppendOther(option.data(), option.size()));
    REQUIRE(o.AppendOther(option.data(), option.size()));
    CHECK(SackBlocksThatFit(o) == 0);
    REQUIRE(o.AppendOther(option.data(), option.size()));
    REQUIRE(o.AppendOther(option.data(), option.size()));
    CHECK_FALSE(o.AppendOther(option.data(), option.size()));
    CHECK(SackBlocksThatFit(o) == 0);
}

TEST_CASE("the SACK blocks said to fit do fit, in the aligned layout", "[wire]")
{
    RandomStream random(4, "tcp-codec");
    for (int i = 0; i < 2000; ++i)
    {
        TcpSegment s = RandomSegment(random);
        s.options.sackCount = 0;
        const std::size_t without = TcpHeaderLength(s);
        const std::size_t blocks = SackBlocksThatFit(s.options);
        if (blocks > 0)
        {
            s.options.sackCount = static_cast<std::uint8_t>(blocks);
            REQUIRE(TcpHeaderLength(s) == without + 4 + 8 * blocks);
        }
        if (blocks < 4)
        {
            REQUIRE(without + 4 + 8 * (blocks + 1) > kTcpMaxHeader);
        }
    }
}

TEST_CASE("an option is found by its kind among those without a field", "[wire]")
{
    TcpOptions o;
    CHECK(o.FindOther(30) == nullptr);
    const Bytes first = FromHex("fd06f9891234");
    const Bytes second = FromHex("1e048101");
    REQUIRE(o.AppendOther(first.data(), first.size()));
    REQUIRE(o.AppendOther(second.data(), second.size()));
    REQUIRE(o.FindOther(30) == o.other.data() + 6);
    CHECK(o.FindOther(0x12) == nullptr);
}
