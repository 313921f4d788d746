// SPDX-License-Identifier: GPL-2.0-only

#include "congestion-loop.h"
#include "ns3/hs-congestion-control.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::tcp;
using hoststack::tcp::test::CongestionLoop;

TEST_CASE("every registered congestion control answers to its name and fills a link",
          "[tcp][congestion]")
{
    for (const auto& entry : CongestionControls().Entries())
    {
        INFO(entry.name);
        const auto control = entry.create();
        CHECK(control->Name() == entry.name);
        CHECK_FALSE(entry.about.empty());
        CongestionLoop loop(*control, {20'000'000, 20 * kMillisecond, 60});
        loop.RunUntil(3 * kSecond);
        const auto before = loop.state.Facts().delivered;
        loop.RunUntil(8 * kSecond);
        CHECK(loop.GoodputBits(loop.state.Facts().delivered - before, 5 * kSecond) > 0.9 * 20e6);
    }
}

TEST_CASE("every congestion control gives the same run twice", "[tcp][congestion]")
{
    for (const auto& name : CongestionControls().Names())
    {
        INFO(name);
        const auto run = [&name] {
            const auto control = CongestionControls().Create(name);
            CongestionLoop loop(*control, {20'000'000, 20 * kMillisecond, 30});
            std::uint64_t trace = 0;
            loop.onAck = [&](const RateSample&) {
                trace = trace * 31 + loop.state.Cwnd() + loop.state.PacingRate();
            };
            loop.RunUntil(5 * kSecond);
            return trace;
        };
        CHECK(run() == run());
    }
}

TEST_CASE("every congestion control restarts after a time-out that lost a whole window",
          "[tcp][congestion]")
{
    for (const auto& name : CongestionControls().Names())
    {
        INFO(name);
        const auto control = CongestionControls().Create(name);
        CongestionLoop loop(*control, {20'000'000, 20 * kMillisecond, 60});
        const auto outage = [&loop](std::uint64_t) {
            return loop.state.Facts().now > 1 * kSecond && loop.state.Facts().now < 2 * kSecond;
        };
        loop.drop = outage;
        loop.RunUntil(2 * kSecond);
        const auto before = loop.state.Facts().delivered;
        loop.RunUntil(8 * kSecond);
        CHECK(loop.GoodputBits(loop.state.Facts().delivered - before, 6 * kSecond) > 0.8 * 20e6);
    }
}

TEST_CASE("an unknown congestion control is refused with the nearest name", "[tcp][congestion]")
{
    try
    {
        CongestionControls().Create("cubik");
        FAIL("accepted");
    }
    catch (const UnknownName& error)
    {
        CHECK(error.Nearest() == "cubic");
    }
}
