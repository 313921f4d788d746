// SPDX-License-Identifier: GPL-2.0-only

#include "congestion-loop.h"
#include "ns3/hs-congestion-reno.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::tcp;
using hoststack::tcp::test::CongestionLoop;

TEST_CASE("Reno slow start grows by one segment per segment acknowledged", "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionState state;
    state.cwnd = 10;
    for (int i = 0; i < 10; ++i)
    {
        reno.IncreaseWindow(state, 1);
    }
    CHECK(state.cwnd == 20);
    reno.IncreaseWindow(state, 20);
    CHECK(state.cwnd == 40);
}

TEST_CASE("Reno spends what an ACK has left over at ssthresh in congestion avoidance",
          "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionState state;
    state.cwnd = 18;
    state.ssthresh = 20;
    reno.IncreaseWindow(state, 12);
    CHECK(state.cwnd == 20);
    CHECK(state.cwndCount == 10);
    reno.IncreaseWindow(state, 10);
    CHECK(state.cwnd == 21);
    CHECK(state.cwndCount == 0);
}

TEST_CASE("Reno congestion avoidance grows by one segment per window, however ACKs are grouped",
          "[tcp][congestion]")
{
    for (const std::uint32_t group : {1U, 2U, 5U})
    {
        RenoCongestion reno;
        CongestionState state;
        state.cwnd = 40;
        state.ssthresh = 40;
        std::uint32_t acked = 0;
        // 40 + 41 + ... + 49 segments make ten windows.
        for (; acked < 445; acked += group)
        {
            reno.IncreaseWindow(state, group);
        }
        CHECK(state.cwnd == 50);
    }
}

TEST_CASE("Reno credit gathered under a larger window is worth one segment", "[tcp][congestion]")
{
    CongestionState state;
    state.cwnd = 10;
    state.ssthresh = 10;
    state.cwndCount = 95;
    AdditiveIncrease(state, 10, 1);
    CHECK(state.cwnd == 11);
    CHECK(state.cwndCount == 1);
}

TEST_CASE("Reno halves the window but keeps two segments, and the clamp holds", "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionState state;
    state.cwnd = 101;
    CHECK(reno.Ssthresh(state) == 50);
    state.cwnd = 3;
    CHECK(reno.Ssthresh(state) == 2);

    state.cwnd = 10;
    state.cwndClamp = 12;
    reno.IncreaseWindow(state, 10);
    CHECK(state.cwnd == 12);
    state.ssthresh = 12;
    reno.IncreaseWindow(state, 100);
    CHECK(state.cwnd == 12);
}

TEST_CASE("Reno returns to the window before a spurious reduction", "[tcp][congestion]")
{
    RenoCongestion reno;
    CongestionState state;
    state.priorCwnd = 80;
    state.cwnd = 40;
    CHECK(reno.UndoCwnd(state) == 80);
    state.cwnd = 90;
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
            peak = loop.state.priorCwnd;
            valley = loop.state.cwnd;
        }
    };
    loop.RunUntil(40 * kSecond);
    REQUIRE(seen >= 2);
    // BDP 166.7 + queue 167 + the one in service.
    CHECK(peak >= 333);
    CHECK(peak <= 338);
    CHECK(valley == peak / 2);

    const auto before = loop.state.delivered;
    loop.RunUntil(60 * kSecond);
    CHECK(loop.GoodputBits(loop.state.delivered - before, 20 * kSecond) > 0.99 * 50e6);
}
