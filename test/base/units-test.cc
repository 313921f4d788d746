// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-units.h"

#include <catch2/catch.hpp>

using namespace hoststack;

TEST_CASE("serialising a full Ethernet frame takes what arithmetic says", "[base]")
{
    CHECK(SerialisationTime(1500, 1000000000) == 12 * kMicrosecond);
    CHECK(SerialisationTime(1250, 10000000) == 1 * kMillisecond);
    CHECK(SerialisationTime(1, 8) == 1 * kSecond);
}

TEST_CASE("serialisation time is rounded up to a whole nanosecond", "[base]")
{
    // 8 bits at 3 bit/s: 2.666... s.
    CHECK(SerialisationTime(1, 3) == 2666666667);
    // 8 bits at 9 Gbit/s: 0.888... ns.
    CHECK(SerialisationTime(1, 9000000000) == 1);
    // Exact results stay exact.
    CHECK(SerialisationTime(1, 8000000000) == 1);
    CHECK(SerialisationTime(2, 8000000000) == 2);
}

TEST_CASE("serialisation of pieces is never shorter than of the whole", "[base]")
{
    for (const BitsPerSecond rate : {3u, 7u, 56000u, 35000001u, 999999937u})
    {
        for (const std::uint64_t bytes : {1u, 40u, 1448u, 65535u})
        {
            CAPTURE(rate, bytes);
            const TimeNs whole = SerialisationTime(10 * bytes, rate);
            const TimeNs pieces = 10 * SerialisationTime(bytes, rate);
            CHECK(pieces >= whole);
            CHECK(pieces < whole + 10);
        }
    }
}

TEST_CASE("nothing takes no time and no rate takes for ever", "[base]")
{
    CHECK(SerialisationTime(0, 1000) == 0);
    CHECK(SerialisationTime(1, 0) == kNever);
    CHECK(SerialisationTime(0, 0) == kNever);
}

TEST_CASE("serialisation of terabytes does not overflow", "[base]")
{
    // 10^13 bytes at 1 Gbit/s: 80,000 s, while 8 * 10^13 * 10^9 needs 77 bits.
    CHECK(SerialisationTime(10000000000000, 1000000000) == 80000 * kSecond);
}

TEST_CASE("nanoseconds convert to seconds", "[base]")
{
    CHECK(ToSeconds(0) == 0.0);
    CHECK(ToSeconds(1500 * kMillisecond) == 1.5);
    CHECK(ToSeconds(-kSecond) == -1.0);
}
