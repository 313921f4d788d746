// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-sequence.h"

#include <catch2/catch.hpp>

using hoststack::Dsn64;
using hoststack::ExpandDsn;
using hoststack::Max;
using hoststack::Min;
using hoststack::Seq32;

TEST_CASE("sequence numbers are ordered across the wrap at 2^32", "[base]")
{
    const Seq32 before(0xfffffff0u);
    const Seq32 after = before + 0x20;

    CHECK(after.Value() == 0x10u);
    CHECK(before < after);
    CHECK(after > before);
    CHECK(before <= after);
    CHECK_FALSE(after <= before);
    CHECK(after - before == 0x20);
    CHECK(before - after == -0x20);
    CHECK(after - 0x20u == before);
}

TEST_CASE("sequence numbers up to 2^31 - 1 apart keep their order", "[base]")
{
    for (const std::uint32_t start : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu})
    {
        const Seq32 a(start);
        CAPTURE(start);
        CHECK(a < a + 1u);
        CHECK(a < a + 0x7fffffffu);
        CHECK_FALSE(a + 0x7fffffffu < a);
        CHECK((a + 0x7fffffffu) - a == 0x7fffffff);
        CHECK(a - (a + 0x7fffffffu) == -0x7fffffff);
    }
}

TEST_CASE("equal sequence numbers are neither before nor after each other", "[base]")
{
    const Seq32 a(77);
    const Seq32 b(77);
    CHECK(a == b);
    CHECK_FALSE(a != b);
    CHECK_FALSE(a < b);
    CHECK_FALSE(a > b);
    CHECK(a <= b);
    CHECK(a >= b);
    CHECK(a - b == 0);
}

TEST_CASE("minimum and maximum of sequence numbers follow the wrapped order", "[base]")
{
    const Seq32 older(0xffffff00u);
    const Seq32 newer(0x00000100u);
    CHECK(Max(older, newer) == newer);
    CHECK(Max(newer, older) == newer);
    CHECK(Min(older, newer) == older);
    CHECK(Min(newer, older) == older);
}

TEST_CASE("adding in place wraps like adding", "[base]")
{
    Seq32 a(0xffffffffu);
    a += 2;
    CHECK(a == Seq32(1));
    CHECK(a == Seq32(0xffffffffu) + 2u);
}

TEST_CASE("data sequence numbers are ordered across the wrap at 2^64", "[base]")
{
    const Dsn64 before(0xfffffffffffffff0u);
    const Dsn64 after = before + 0x20;

    CHECK(after.Value() == 0x10u);
    CHECK(before < after);
    CHECK(after > before);
    CHECK(before <= after);
    CHECK_FALSE(after <= before);
    CHECK(after >= after);
    CHECK(after != before);
    CHECK(after - before == 0x20);
    CHECK(before - after == -0x20);
    CHECK(after - 0x20u == before);
    CHECK(Max(before, after) == after);
    CHECK(Min(before, after) == before);
    Dsn64 moving = before;
    moving += 0x20;
    CHECK(moving == after);
}

TEST_CASE("data sequence numbers up to 2^63 - 1 apart keep their order", "[base]")
{
    for (const std::uint64_t start : {0ull, 1ull, 0x7fffffffffffffffull, 0xffffffffffffffffull})
    {
        const Dsn64 a(start);
        CHECK(a < a + 0x7fffffffffffffffull);
        CHECK_FALSE(a + 0x7fffffffffffffffull < a);
    }
}

TEST_CASE("the low half of a data sequence number finds its high half again", "[base]")
{
    for (const std::uint64_t start :
         {0ull, 0x7fffffffull, 0x1ffffffffull, 0x9ac0c6c29ef61a05ull, 0xffffffffffffffffull})
    {
        const Dsn64 near(start);
        for (const std::uint64_t ahead : {0ull, 1ull, 1000000ull, 0x7fffffffull})
        {
            CAPTURE(start, ahead);
            CHECK(ExpandDsn((near + ahead).Low32(), near) == near + ahead);
            CHECK(ExpandDsn((near - ahead).Low32(), near) == near - ahead);
        }
        CHECK(ExpandDsn((near - 0x80000000u).Low32(), near) == near - 0x80000000u);
    }
}
