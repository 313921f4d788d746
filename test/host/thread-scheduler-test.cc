// SPDX-License-Identifier: GPL-2.0-only

#include "host-test-tools.h"
#include "ns3/hs-thread-scheduler-cfs.h"
#include "ns3/hs-thread-scheduler-eevdf.h"
#include "ns3/hs-thread-scheduler.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Doing;
using hoststack::test::TestClock;

TEST_CASE("the slice of EEVDF is 0.7 ms, more with more cores", "[host]")
{
    const auto slice = [](CoreId cores) { return EevdfThreadScheduler({cores}).Slice(); };
    CHECK(slice(1) == 700 * kMicrosecond);
    CHECK(slice(2) == 1400 * kMicrosecond);
    CHECK(slice(3) == 1400 * kMicrosecond);
    CHECK(slice(4) == 2100 * kMicrosecond);
    CHECK(slice(8) == 2800 * kMicrosecond);
    CHECK(slice(64) == 2800 * kMicrosecond);
}

TEST_CASE("a turn of CFS is a share of 6 ms, or 0.75 ms for each of more than eight threads",
          "[host]")
{
    CfsThreadScheduler scheduler({1});
    std::vector<Thread> threads(16);
    const auto queue = [&](std::size_t from, std::size_t to) {
        for (auto i = from; i < to; ++i)
        {
            threads[i].id = static_cast<std::uint32_t>(i);
            scheduler.Enqueue(threads[i], true);
        }
    };
    queue(0, 2);
    CHECK(scheduler.Turn(threads[0]) == 3 * kMillisecond);
    queue(2, 6);
    CHECK(scheduler.Turn(threads[0]) == kMillisecond);
    queue(6, 16);
    CHECK(scheduler.Turn(threads[0]) == 750 * kMicrosecond);
    CHECK(CfsThreadScheduler({4}).Turn(threads[0]) == 18 * kMillisecond);
}

TEST_CASE("weights are the kernel's: 1024 at nice 0, a tenth of the core for a level", "[host]")
{
    CHECK(WeightOf(0) == 1024);
    CHECK(WeightOf(-10) == 9548);
    CHECK(WeightOf(19) == 15);
    CHECK(WeightOf(-20) == 88761);
    CHECK(WeightOf(50) == 15);
}

namespace
{

/// How long a thread keeps the core while another one wants it, at most.
TimeNs
LongestTurn(const std::string& scheduler, CoreId cores, std::uint32_t hz)
{
    TestClock clock;
    SmpConfig config;
    config.cores = cores;
    config.hz = hz;
    config.threadScheduler = scheduler;
    SmpProcessor processor(clock, config);
    int last = -1;
    TimeNs since = 0;
    TimeNs longest = 0;
    const auto step = [&](int who, Context& context) {
        if (who != last)
        {
            longest = last < 0 ? 0 : std::max(longest, context.Now() - since);
            last = who;
            since = context.Now();
        }
        context.Spend(20'000);
        context.Ask(Sequel::Later);
    };
    Doing first([&](Context& context) { step(0, context); });
    Doing second([&](Context& context) { step(1, context); });
    ThreadConfig here;
    here.cores = 1;
    processor.Wake(0, processor.Spawn(here, first));
    processor.Wake(0, processor.Spawn(here, second));
    clock.Run(2 * kSecond);
    return longest;
}

} // namespace

TEST_CASE("a thread is switched away from at the tick after its turn", "[host]")
{
    CHECK(LongestTurn("eevdf", 1, 1000) == kMillisecond);
    CHECK(LongestTurn("eevdf", 4, 1000) == 3 * kMillisecond);
    CHECK(LongestTurn("eevdf", 1, 100) == 10 * kMillisecond);
    CHECK(LongestTurn("cfs", 1, 1000) == 4 * kMillisecond);
    CHECK(LongestTurn("cfs", 1, 100) == 10 * kMillisecond);
}

TEST_CASE(
    "a thread that sleeps most of the time gets the core from one that computes: at once with "
    "CFS, when a slice and a tick are over with EEVDF",
    "[host]")
{
    const auto* scheduler = GENERATE("cfs", "eevdf");
    TestClock clock;
    SmpConfig config;
    config.threadScheduler = scheduler;
    SmpProcessor processor(clock, config);
    Doing computing([](Context& context) {
        context.ReturnToUser();
        context.Spend(50 * kMillisecond);
        context.Ask(Sequel::Later);
    });
    TimeNs asked = 0;
    TimeNs longest = 0;
    Doing brief([&](Context& context) {
        longest = std::max(longest, context.Now() - asked);
        context.Spend(10'000);
    });
    processor.Wake(0, processor.Spawn({}, computing));
    auto& page = processor.Spawn({}, brief);
    hoststack::test::Beat beat(clock, 100 * kMillisecond, 21 * kMillisecond, [&](TimeNs now) {
        asked = now;
        processor.Wake(now, page);
    });
    clock.Run(2 * kSecond);
    CHECK(longest <= (config.threadScheduler == "cfs" ? 0 : 4 * kMillisecond));
    CHECK(brief.runs > 80);
}
