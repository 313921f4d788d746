// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rtt-estimator.h"
#include "ns3/hs-tcp-config.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::tcp;

namespace
{

constexpr TimeNs kMs = kMillisecond;

} // namespace

TEST_CASE("before a sample the time-out is the initial one", "[tcp]")
{
    Config config;
    for (const char* name : {"linux", "rfc6298"})
    {
        auto rtt = RttEstimators().Create(name, config);
        CHECK(rtt->Rto() == 1000 * kMs);
        CHECK(rtt->Srtt() == 0);
    }
}

TEST_CASE("RFC 6298 by hand: first and later samples", "[tcp]")
{
    Config config;
    config.rtoMin = 1;
    config.tick = 0;
    auto rtt = RttEstimators().Create("rfc6298", config);
    rtt->OnSample(100 * kMs, 1, 2); // (2.2): SRTT = R, RTTVAR = R / 2
    CHECK(rtt->Srtt() == 100 * kMs);
    CHECK(rtt->Rttvar() == 50 * kMs);
    CHECK(rtt->Rto() == 300 * kMs);
    rtt->OnSample(180 * kMs, 1, 2); // (2.3): RTTVAR = 3/4 50 + 1/4 80 = 57.5; SRTT = 110
    CHECK(rtt->Rttvar() == 57'500'000);
    CHECK(rtt->Srtt() == 110 * kMs);
    CHECK(rtt->Rto() == 340 * kMs);
}

TEST_CASE("RFC 6298 applies the minimum to the sum and the clock's granularity to its second part",
          "[tcp]")
{
    Config config;
    config.rtoMin = 200 * kMs;
    auto low = RttEstimators().Create("rfc6298", config);
    low->OnSample(10 * kMs, 1, 2);
    CHECK(low->Rto() == 200 * kMs);

    config.rtoMin = 1;
    config.tick = 4 * kMs;
    auto coarse = RttEstimators().Create("rfc6298", config);
    for (int i = 0; i < 200; ++i)
    {
        coarse->OnSample(100 * kMs, 1, 2);
    }
    CHECK(coarse->Rto() == 104 * kMs); // (2.3): max(G, K * RTTVAR)
}

TEST_CASE("Linux' time-out is never less than the smoothed RTT and 200 ms", "[tcp]")
{
    // Facts sheet linux.md 6.5.1.
    Config config;
    auto rtt = RttEstimators().Create("linux", config);
    rtt->OnSample(20 * kMs, 1, 1001);
    CHECK(rtt->Rto() == 220 * kMs);
    for (std::uint64_t una = 1001; una < 500000; una += 1000)
    {
        rtt->OnSample(20 * kMs, una, una + 1000);
    }
    CHECK(rtt->Rto() == 220 * kMs);
}

TEST_CASE("Linux' time-out by hand: the deviation of the first sample, a rise, a slow fall",
          "[tcp]")
{
    // tcp_rtt_estimator: four times the mean deviation is 2 R at first; a rise of 80 ms adds
    // 80 - 800 / 4 < 0, so it falls to 680 ms; the variance falls by a quarter of the gap per
    // round.
    Config config;
    auto rtt = RttEstimators().Create("linux", config);
    rtt->OnSample(400 * kMs, 1, 1001);
    CHECK(rtt->Rto() == 1200 * kMs);
    rtt->OnSample(480 * kMs, 1, 1001);
    CHECK(rtt->Srtt() == 410 * kMs);
    CHECK(rtt->Rttvar() == 800 * kMs); // the largest of the round stays
    rtt->OnSample(410 * kMs, 1002, 2001);
    // Deviation 680 - 170 = 510; the round's maximum was 800: no fall yet.
    CHECK(rtt->Rttvar() == 800 * kMs);
    rtt->OnSample(410 * kMs, 2002, 3001);
    // Deviation 382.5, this round's maximum; the variance falls by (800 - 382.5) / 4.
    CHECK(rtt->Rttvar() == 695'625'000);
}

TEST_CASE("in Linux a falling RTT does not raise the time-out", "[tcp]")
{
    // A sample below the mean by more than the deviation counts for an eighth.
    Config config;
    auto rtt = RttEstimators().Create("linux", config);
    for (std::uint64_t una = 1; una < 200000; una += 1000)
    {
        rtt->OnSample(1000 * kMs, una + 1, una + 1000);
    }
    const auto before = rtt->Rto();
    rtt->OnSample(100 * kMs, 300001, 301000);
    CHECK(rtt->Rto() <= before);
}
