// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * How options are read from bytes that nobody promised to be right.
 */

#include "hs-test-bytes.h"
#include "ns3/hs-random.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

const Bytes kMss = FromHex("020405b4");
const Bytes kScale = FromHex("030307");
const Bytes kPermitted = FromHex("0402");
const Bytes kStamps = FromHex("080a0000000100000002");
const Bytes kMptcp = FromHex("1e048101");

struct Outcome
{
    TcpOptions options;
    TcpOptionFault fault;
};

/// Decodes a header with these option bytes, filled up with zeros (end of options).
Outcome
ReadOptions(Bytes bytes)
{
    bytes.resize((bytes.size() + 3) / 4 * 4);
    const Bytes header = HeaderWithOptions(bytes);
    TcpSegment s;
    const TcpDecodeResult result = DecodeTcp(header.data(), header.size(), s);
    REQUIRE(result);
    return {s.options, result.optionFault};
}

Bytes
Join(const std::vector<Bytes>& parts)
{
    Bytes all;
    for (const auto& part : parts)
    {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

} // namespace

TEST_CASE("options mean the same in every order and with NOPs anywhere", "[wire]")
{
    TcpOptions expected;
    expected.hasMss = expected.hasWindowScale = true;
    expected.sackPermitted = expected.hasTimestamps = true;
    expected.mss = 1460;
    expected.windowScale = 7;
    expected.timestampValue = 1;
    expected.timestampEcho = 2;
    REQUIRE(expected.AppendOther(kMptcp.data(), kMptcp.size()));

    std::vector<Bytes> parts{kMss, kScale, kPermitted, kStamps, kMptcp};
    std::sort(parts.begin(), parts.end());
    int orders = 0;
    do
    {
        for (std::size_t nops = 0; nops <= 2; ++nops)
        {
            Bytes all;
            for (const auto& part : parts)
            {
                all.insert(all.end(), nops, 1);
                all.insert(all.end(), part.begin(), part.end());
            }
            const Outcome outcome = ReadOptions(all);
            REQUIRE(outcome.fault == TcpOptionFault::None);
            REQUIRE(outcome.options == expected);
        }
        ++orders;
    } while (std::next_permutation(parts.begin(), parts.end()));
    REQUIRE(orders == 120);
}

TEST_CASE("of two options of one kind the later one counts", "[wire]")
{
    const TcpOptions o = ReadOptions(Join({kMss,
                                           FromHex("02040218"),
                                           kScale,
                                           FromHex("03030e"),
                                           kStamps,
                                           FromHex("080a0000000900000008"),
                                           FromHex("01")}))
                             .options;
    CHECK(o.mss == 536);
    CHECK(o.windowScale == 14);
    CHECK(o.timestampValue == 9);
    CHECK(o.timestampEcho == 8);

    const TcpOptions sacks = ReadOptions(FromHex("0512 00000001 00000002 00000003 00000004"
                                                 "050a 00000005 00000006"))
                                 .options;
    REQUIRE(sacks.sackCount == 1);
    CHECK(sacks.sack[0] == SackBlock{Seq32(5), Seq32(6)});
}

TEST_CASE("aligned timestamps are overruled by a later timestamps option too", "[wire]")
{
    const TcpOptions o =
        ReadOptions(FromHex("0101080a0000000100000002 080a0000000300000004")).options;
    CHECK(o.timestampValue == 3);
    CHECK(o.timestampEcho == 4);
}

TEST_CASE("options behind the end-of-options byte are not read", "[wire]")
{
    const Outcome outcome = ReadOptions(Join({kMss, FromHex("00"), kScale}));
    CHECK(outcome.fault == TcpOptionFault::None);
    CHECK(outcome.options.hasMss);
    CHECK_FALSE(outcome.options.hasWindowScale);
}

TEST_CASE("a malformed option ends the reading and keeps what came before", "[wire]")
{
    struct Case
    {
        const char* tail;
        TcpOptionFault fault;
    };

    const Case cases[] = {
        {"0101011e", TcpOptionFault::NoLength},
        {"1e000101", TcpOptionFault::LengthTooSmall},
        {"08010101", TcpOptionFault::LengthTooSmall},
        {"1e050101", TcpOptionFault::LengthTooLarge},
        {"080a0000", TcpOptionFault::LengthTooLarge},
        {"02ff0000", TcpOptionFault::LengthTooLarge},
        {"0101fd03", TcpOptionFault::LengthTooLarge},
    };
    for (const Case& c : cases)
    {
        INFO(c.tail);
        const Outcome outcome = ReadOptions(Join({kMss, FromHex(c.tail)}));
        CHECK(outcome.fault == c.fault);
        CHECK_FALSE(Describe(outcome.fault).empty());
        TcpOptions expected;
        expected.hasMss = true;
        expected.mss = 1460;
        CHECK(outcome.options == expected);
    }
}

TEST_CASE("nothing behind an option with a length below 2 is read", "[wire]")
{
    for (const char* text : {"1e000101", "1e010101"})
    {
        const Outcome outcome = ReadOptions(Join({FromHex(text), kMss}));
        CHECK(outcome.fault == TcpOptionFault::LengthTooSmall);
        CHECK(outcome.options == TcpOptions{});
    }
}

TEST_CASE("a known kind with a wrong length means nothing but survives", "[wire]")
{
    for (const char* text : {"02060102 0304",
                             "020205b4",
                             "03040701",
                             "04030101",
                             "08060102 0304",
                             "05020101",
                             "050b0000 0001 0000 0002 0901",
                             "02040000"})
    {
        INFO(text);
        Bytes option = FromHex(text);
        option.resize(option[1]);
        const Outcome outcome = ReadOptions(Join({option, kScale}));
        CHECK(outcome.fault == TcpOptionFault::None);
        TcpOptions expected;
        expected.hasWindowScale = true;
        expected.windowScale = 7;
        REQUIRE(expected.AppendOther(option.data(), option.size()));
        CHECK(outcome.options == expected);
    }
}

TEST_CASE("an MSS of 0 does not undo an earlier one", "[wire]")
{
    const TcpOptions o = ReadOptions(FromHex("020405b4 02040000")).options;
    CHECK(o.hasMss);
    CHECK(o.mss == 1460);
}

TEST_CASE("options without a field stay byte for byte and in order", "[wire]")
{
    const Bytes fastOpen = FromHex("220a0102030405060708");
    const Bytes experiment = FromHex("fd04e2d4");
    const Bytes empty = FromHex("4602");
    const TcpOptions o =
        ReadOptions(Join({experiment, kPermitted, fastOpen, FromHex("01"), empty, kMptcp, empty}))
            .options;
    CHECK(o.sackPermitted);
    CHECK(OtherBytes(o) == Join({experiment, fastOpen, empty, kMptcp, empty}));

    TcpSegment s;
    s.options = o;
    const Bytes bytes = Encode(s, EndpointsV4());
    TcpSegment back;
    REQUIRE(DecodeTcp(bytes.data(), bytes.size(), back));
    CHECK(back.options == o);
}

TEST_CASE("forty bytes without a NOP can be written again", "[wire]")
{
    const Bytes long21 = Join({FromHex("fd15"), Bytes(19, 0xaa)});
    const Bytes all = Join({kMss, kScale, kPermitted, kStamps, long21});
    REQUIRE(all.size() == 40);
    TcpSegment s;
    s.options = ReadOptions(all).options;
    CHECK(TcpHeaderLength(s) == kTcpMaxHeader);
    const Bytes bytes = Encode(s, EndpointsV4());
    TcpSegment back;
    REQUIRE(DecodeTcp(bytes.data(), bytes.size(), back));
    CHECK(back.options == s.options);
}

TEST_CASE("every truncation of a segment is an error or a shorter payload", "[wire]")
{
    TcpSegment s;
    s.options = ReadOptions(Join({kMss, kStamps, kMptcp})).options;
    s.payload = Payload::Virtual(10);
    const Bytes bytes = Encode(s, EndpointsV4());
    const std::size_t header = TcpHeaderLength(s);
    for (std::size_t length = 0; length < bytes.size(); ++length)
    {
        const Bytes part(bytes.begin(), bytes.begin() + static_cast<long>(length));
        TcpSegment back;
        back.window = 4711;
        const TcpDecodeResult result = DecodeTcp(part.data(), part.size(), back);
        REQUIRE_FALSE(Describe(result.error).empty());
        if (length < header)
        {
            REQUIRE(result.error == (length < kTcpMinHeader ? TcpDecodeError::TooShort
                                                            : TcpDecodeError::DataOffsetTooHigh));
            REQUIRE(back.window == 4711);
        }
        else
        {
            REQUIRE(result);
            REQUIRE(back.payload.Length() == length - header);
        }
    }
}

TEST_CASE("a data offset is taken from 5 words up to the end of the bytes", "[wire]")
{
    for (unsigned words = 0; words < 16; ++words)
    {
        Bytes bytes(44);
        bytes[12] = static_cast<std::uint8_t>(words << 4);
        TcpSegment s;
        const TcpDecodeResult result = DecodeTcp(bytes.data(), bytes.size(), s);
        if (words < 5)
        {
            REQUIRE(result.error == TcpDecodeError::DataOffsetTooLow);
        }
        else if (words > 11)
        {
            REQUIRE(result.error == TcpDecodeError::DataOffsetTooHigh);
        }
        else
        {
            REQUIRE(result);
            REQUIRE(s.payload.Length() == 44 - words * 4);
        }
    }
}

TEST_CASE("reserved header bits are ignored and the ninth flag is AE", "[wire]")
{
    Bytes bytes(20);
    bytes[12] = 0x5f;
    bytes[13] = 0x12;
    TcpSegment s;
    REQUIRE(DecodeTcp(bytes.data(), bytes.size(), s));
    CHECK(s.flags == (kAe | kSyn | kAck));
    CHECK(Encode(s, EndpointsV4())[12] == 0x51);
}

TEST_CASE("whatever is decoded from random options is the same after writing it again", "[wire]")
{
    RandomStream random(3, "tcp-codec");
    int kept = 0;
    for (int i = 0; i < 20000; ++i)
    {
        Bytes options(4 * (random.Bits() % 11));
        for (auto& byte : options)
        {
            byte = static_cast<std::uint8_t>(random.Bits() % (random.Bernoulli(0.7) ? 12 : 256));
        }
        const Bytes header = HeaderWithOptions(options);
        TcpSegment s;
        REQUIRE(DecodeTcp(header.data(), header.size(), s));
        const Bytes again = Encode(s, EndpointsV4());
        TcpSegment back;
        const TcpDecodeResult result = DecodeTcp(again.data(), again.size(), back);
        REQUIRE(result);
        REQUIRE(result.optionFault == TcpOptionFault::None);
        REQUIRE(back == s);
        kept += TcpHeaderLength(s) > kTcpMinHeader;
    }
    REQUIRE(kept > 1000);
}
