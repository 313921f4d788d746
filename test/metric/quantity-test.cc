// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-quantity.h"

#include <catch2/catch.hpp>

using namespace hoststack;

namespace
{

std::int64_t
Value(const std::string& text, QuantityKind kind)
{
    const auto result = ParseQuantity(text, kind);
    INFO(text << ": " << result.error.message);
    REQUIRE(result.value);
    return result.value->value;
}

QuantityError
ErrorOf(const std::string& text, QuantityKind kind)
{
    const auto result = ParseQuantity(text, kind);
    INFO(text);
    REQUIRE_FALSE(result.value);
    return result.error;
}

} // namespace

TEST_CASE("each unit of a quantity has its exact value in the base unit", "[scenario]")
{
    CHECK(Value("7 ns", QuantityKind::Time) == 7);
    CHECK(Value("7 us", QuantityKind::Time) == 7000);
    CHECK(Value("20 ms", QuantityKind::Time) == 20 * kMillisecond);
    CHECK(Value("30 s", QuantityKind::Time) == 30 * kSecond);
    CHECK(Value("2 min", QuantityKind::Time) == 120 * kSecond);
    CHECK(Value("1 h", QuantityKind::Time) == 3600 * kSecond);
    CHECK(Value("300 Mbit/s", QuantityKind::Rate) == 300000000);
    CHECK(Value("1.5 Gbit/s", QuantityKind::Rate) == 1500000000);
    CHECK(Value("10 MB/s", QuantityKind::Rate) == 80000000);
    CHECK(Value("1 MiB/s", QuantityKind::Rate) == 8388608);
    CHECK(Value("64 KiB", QuantityKind::Size) == 65536);
    CHECK(Value("64 kB", QuantityKind::Size) == 64000);
    CHECK(Value("1 GiB", QuantityKind::Size) == 1073741824);
    CHECK(Value("167 packets", QuantityKind::Packets) == 167);
    CHECK(Value("1 segment", QuantityKind::Segments) == 1);
    CHECK(Value("1 %", QuantityKind::Share) == 10000000);
    CHECK(Value("1 ppm", QuantityKind::Share) == 1000);
}

TEST_CASE("fractions of a quantity are exact where binary fractions are not", "[scenario]")
{
    CHECK(Value("0.1 ms", QuantityKind::Time) == 100000);
    CHECK(Value("1.448 kB", QuantityKind::Size) == 1448);
    CHECK(Value("0.0001 %", QuantityKind::Share) == 1000);
    CHECK(Value("1e-3 s", QuantityKind::Time) == kMillisecond);
    CHECK(Value("2.5e6 bit/s", QuantityKind::Rate) == 2500000);
    CHECK(Value("0.5 KiB", QuantityKind::Size) == 512);
}

TEST_CASE("any number of blanks may stand between number and unit, none around them", "[scenario]")
{
    CHECK(Value("20ms", QuantityKind::Time) == 20 * kMillisecond);
    CHECK(Value("20   ms", QuantityKind::Time) == 20 * kMillisecond);
    ErrorOf(" 20 ms", QuantityKind::Time);
    ErrorOf("20 ms ", QuantityKind::Time);
}

TEST_CASE("a unit in the wrong case is an error that names the right one", "[scenario]")
{
    CHECK(ErrorOf("300 MBIT/S", QuantityKind::Rate).nearest == "Mbit/s");
    CHECK(ErrorOf("20 MS", QuantityKind::Time).nearest == "ms");
    CHECK(ErrorOf("64 kib", QuantityKind::Size).nearest == "KiB");
    CHECK(ErrorOf("10 Mbps", QuantityKind::Rate).nearest == "MB/s");
}

TEST_CASE("a quantity of the wrong kind says what it is and what was expected", "[scenario]")
{
    const auto error = ErrorOf("20 ms", QuantityKind::Rate);
    CHECK(error.message == "\"20 ms\" is a time, not a rate");
    CHECK(error.expected.find("300 Mbit/s") != std::string::npos);
}

TEST_CASE("what is no number with a unit is refused", "[scenario]")
{
    for (const std::string text : {"",
                                   "ms",
                                   "-5 ms",
                                   "+5 ms",
                                   ".5 ms",
                                   "5. ms",
                                   "5",
                                   "5 e3 ms",
                                   "1,000 ms",
                                   "0x10 ms",
                                   "1e ms",
                                   "nan ms",
                                   "inf s",
                                   "5 ms s",
                                   "99999999999999999999 ns",
                                   "1e30 s"})
    {
        ErrorOf(text, QuantityKind::Time);
    }
}

TEST_CASE("a value that is no whole number of its base unit is refused, not rounded", "[scenario]")
{
    CHECK(ErrorOf("0.5 B", QuantityKind::Size).message.find("whole") != std::string::npos);
    CHECK(ErrorOf("0.1 ns", QuantityKind::Time).message.find("whole") != std::string::npos);
    CHECK(ErrorOf("1e-400 s", QuantityKind::Time).message.find("whole") != std::string::npos);
    CHECK(Value("0e-400 s", QuantityKind::Time) == 0);
}

TEST_CASE("a queue takes packets, bytes or time", "[scenario]")
{
    CHECK(ParseQuantity("167 packets", QuantityKind::Queue).value->kind == QuantityKind::Packets);
    CHECK(ParseQuantity("64 KiB", QuantityKind::Queue).value->kind == QuantityKind::Size);
    CHECK(ParseQuantity("250 ms", QuantityKind::Queue).value->kind == QuantityKind::Time);
    CHECK_FALSE(ParseQuantity("5 Mbit/s", QuantityKind::Queue).value);
}

TEST_CASE("quantities are shown in the unit a person would choose", "[scenario]")
{
    CHECK(FormatQuantity(46.78e6, QuantityKind::Rate) == "46.78 Mbit/s");
    CHECK(FormatQuantity(0.0402, QuantityKind::Time) == "40.2 ms");
    CHECK(FormatQuantity(240, QuantityKind::Time) == "240 s");
    CHECK(FormatQuantity(0, QuantityKind::Time) == "0 ns");
    CHECK(FormatQuantity(40e6, QuantityKind::Size) == "40 MB");
    CHECK(FormatQuantity(0.013, QuantityKind::Share) == "1.3 %");
}
