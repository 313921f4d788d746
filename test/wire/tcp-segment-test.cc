// SPDX-License-Identifier: GPL-2.0-only

#include "hs-test-bytes.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <numeric>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

TcpSegment
Burst(std::uint32_t length, std::uint16_t mss, std::uint16_t flags)
{
    Bytes content(length);
    std::iota(content.begin(), content.end(), std::uint8_t{0});
    TcpSegment burst;
    burst.sourcePort = 1;
    burst.destinationPort = 2;
    burst.seq = Seq32(0xffffff00);
    burst.ack = Seq32(77);
    burst.window = 99;
    burst.flags = flags;
    burst.mss = mss;
    burst.ecn = Ecn::Ect0;
    burst.options.hasTimestamps = true;
    burst.options.timestampValue = 5;
    burst.payload = Payload::Copy(content.data(), length);
    return burst;
}

} // namespace

TEST_CASE("a burst is cut every MSS; PSH and FIN stay last, CWR stays first", "[wire]")
{
    const TcpSegment burst = Burst(2500, 1000, kAck | kPsh | kFin | kCwr | kEce);
    REQUIRE(burst.SegmentCount() == 3);
    const TcpSegment first = CutSegment(burst, 0);
    const TcpSegment second = CutSegment(burst, 1);
    const TcpSegment third = CutSegment(burst, 2);
    CHECK(first.flags == (kAck | kCwr | kEce));
    CHECK(second.flags == (kAck | kEce));
    CHECK(third.flags == (kAck | kPsh | kFin | kEce));
    CHECK(first.seq == Seq32(0xffffff00));
    CHECK(second.seq == Seq32(0x2e8));
    CHECK(third.seq == Seq32(0x6d0));
    CHECK(third.payload.Length() == 500);
    CHECK(third.SequenceLength() == 501);
    for (const TcpSegment& piece : {first, second, third})
    {
        CHECK(piece.mss == 0);
        CHECK(piece.ack == burst.ack);
        CHECK(piece.window == burst.window);
        CHECK(piece.ecn == Ecn::Ect0);
        CHECK(piece.options == burst.options);
    }
}

TEST_CASE("the pieces of a burst are its bytes, gap-free and each no longer than MSS", "[wire]")
{
    RandomStream random(1, "cut");
    for (int i = 0; i < 500; ++i)
    {
        const auto mss = static_cast<std::uint16_t>(1 + random.Bits() % 300);
        const auto length = static_cast<std::uint32_t>(random.Bits() % 2000);
        const TcpSegment burst = Burst(length, mss, kAck | kPsh);
        Bytes together;
        Seq32 next = burst.seq;
        for (std::uint32_t piece = 0; piece < burst.SegmentCount(); ++piece)
        {
            const TcpSegment cut = CutSegment(burst, piece);
            REQUIRE(cut.SegmentCount() == 1);
            REQUIRE(cut.payload.Length() <= mss);
            REQUIRE(cut.seq == next);
            REQUIRE(cut.Has(kPsh) == (piece + 1 == burst.SegmentCount()));
            next += cut.payload.Length();
            together.insert(together.end(),
                            cut.payload.Data(),
                            cut.payload.Data() + cut.payload.Length());
        }
        REQUIRE(together == Bytes(burst.payload.Data(), burst.payload.Data() + length));
    }
}

TEST_CASE("a single segment is its own only piece", "[wire]")
{
    for (std::uint16_t mss : {0, 1448})
    {
        TcpSegment single = Burst(1448, mss, kAck | kFin | kCwr);
        const TcpSegment cut = CutSegment(single, 0);
        single.mss = 0;
        CHECK(cut == single);
    }
}

TEST_CASE("virtual payload is cut without bytes", "[wire]")
{
    TcpSegment burst;
    burst.mss = 1000;
    burst.payload = Payload::Virtual(1001);
    const TcpSegment last = CutSegment(burst, 1);
    CHECK(last.payload.IsVirtual());
    CHECK(last.payload.Length() == 1);
}

TEST_CASE("segments are equal in what they say, not in what lies unused", "[wire]")
{
    TcpSegment a;
    TcpSegment b;
    b.options.mss = 9;
    b.options.timestampValue = 9;
    b.options.sack[0].begin = Seq32(9);
    b.options.other[0] = 9;
    CHECK(a == b);
    b.options.hasMss = true;
    CHECK_FALSE(a == b);
    b = a;
    b.options.sackCount = a.options.sackCount = 1;
    b.options.sack[0].end = Seq32(1);
    CHECK_FALSE(a == b);

    const Bytes zeros(5);
    const Bytes one{0, 0, 1, 0, 0};
    a = b = TcpSegment{};
    a.payload = Payload::Virtual(5);
    b.payload = Payload::Copy(zeros.data(), 5);
    CHECK(a == b);
    b.payload = Payload::Copy(one.data(), 5);
    CHECK_FALSE(a == b);
    CHECK_FALSE(b == a);
}
