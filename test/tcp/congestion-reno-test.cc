// SPDX-License-Identifier: GPL-2.0-only

#include "congestion-loop.h"
#include "ns3/hs-congestion-reno.h"

#include <catch2/catch.hpp>
#include <type_traits>

using namespace hoststack;
using namespace hoststack::tcp;
using hoststack::tcp::test::CongestionLoop;

TEST_CASE("Reno slow start grows by one segment per segment acknowledged", "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionLedger state;
    state.SetCwnd(10);
    for (int i = 0; i < 10; ++i)
    {
        reno.IncreaseWindow(state, 1);
    }
    CHECK(state.Cwnd() == 20);
    reno.IncreaseWindow(state, 20);
    CHECK(state.Cwnd() == 40);
}

TEST_CASE("Reno spends what an ACK has left over at ssthresh in congestion avoidance",
          "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionLedger state;
    state.SetCwnd(18);
    state.SetSsthresh(20);
    reno.IncreaseWindow(state, 12);
    CHECK(state.Cwnd() == 20);
    CHECK(state.CwndCount() == 10);
    reno.IncreaseWindow(state, 10);
    CHECK(state.Cwnd() == 21);
    CHECK(state.CwndCount() == 0);
}

TEST_CASE("Reno congestion avoidance grows by one segment per window, however ACKs are grouped",
          "[tcp][congestion]")
{
    for (const std::uint32_t group : {1U, 2U, 5U})
    {
        RenoCongestion reno;
        CongestionLedger state;
        state.SetCwnd(40);
        state.SetSsthresh(40);
        std::uint32_t acked = 0;
        // 40 + 41 + ... + 49 segments make ten windows.
        for (; acked < 445; acked += group)
        {
            reno.IncreaseWindow(state, group);
        }
        CHECK(state.Cwnd() == 50);
    }
}

TEST_CASE("Reno credit gathered under a larger window is worth one segment", "[tcp][congestion]")
{
    CongestionLedger state;
    state.SetCwnd(10);
    state.SetSsthresh(10);
    state.SetCwndCount(95);
    AdditiveIncrease(state, 10, 1);
    CHECK(state.Cwnd() == 11);
    CHECK(state.CwndCount() == 1);
}

TEST_CASE("Reno halves the window but keeps two segments, and the clamp holds", "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionLedger state;
    state.SetCwnd(101);
    CHECK(reno.Ssthresh(state) == 50);
    state.SetCwnd(3);
    CHECK(reno.Ssthresh(state) == 2);

    state.SetCwnd(10);
    state.Tell().cwndClamp = 12;
    reno.IncreaseWindow(state, 10);
    CHECK(state.Cwnd() == 12);
    state.SetSsthresh(12);
    reno.IncreaseWindow(state, 100);
    CHECK(state.Cwnd() == 12);
}

TEST_CASE("Reno returns to the window before a spurious reduction", "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionLedger state;
    state.Tell().priorCwnd = 80;
    state.SetCwnd(40);
    CHECK(reno.UndoCwnd(state) == 80);
    state.SetCwnd(90);
    CHECK(reno.UndoCwnd(state) == 90);
}

TEST_CASE("Reno's sawtooth over a bottleneck has the slope and the depth of RFC 5681",
          "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionLoop loop(reno, {50'000'000, 40 * kMillisecond, 167});
    std::uint32_t peak = 0;
    std::uint32_t valley = 0;
    std::uint64_t seen = 0;
    loop.onAck = [&](const RateSample&) {
        if (loop.recoveries != seen)
        {
            seen = loop.recoveries;
            peak = loop.state.Facts().priorCwnd;
            valley = loop.state.Cwnd();
        }
    };
    loop.RunUntil(40 * kSecond);
    REQUIRE(seen >= 2);
    // BDP 166.7 + queue 167 + the one in service.
    CHECK(peak >= 333);
    CHECK(peak <= 338);
    CHECK(valley == peak / 2);

    const auto before = loop.state.Facts().delivered;
    loop.RunUntil(60 * kSecond);
    CHECK(loop.GoodputBits(loop.state.Facts().delivered - before, 20 * kSecond) > 0.99 * 50e6);
}

TEST_CASE(
    "whatever an algorithm decides, window and pacing rate stay in their bounds, and facts are "
    "the sender's",
    "[tcp][congestion]")
{
    CongestionLedger ledger;
    ledger.Tell().cwndClamp = 100;
    ledger.Tell().maxPacingRate = 5000;
    ledger.Tell().delivered = 7;
    CongestionState& seen = ledger;
    seen.SetCwnd(0);
    CHECK(seen.Cwnd() == 1);
    seen.SetCwnd(101);
    CHECK(seen.Cwnd() == 100);
    seen.SetPacingRate(5001);
    CHECK(seen.PacingRate() == 5000);
    seen.MarkAppLimited();
    CHECK(seen.Facts().appLimitedUntil == 7);
    static_assert(!std::is_default_constructible_v<CongestionState> &&
                  std::is_same_v<decltype(seen.Facts()), const CongestionFacts&>);
}
