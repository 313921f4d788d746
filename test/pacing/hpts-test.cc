// SPDX-License-Identifier: GPL-2.0-only

#include "hpts-host.h"

#include <catch2/catch.hpp>
#include <deque>

using namespace hoststack;
using hoststack::test::HptsHost;
using hoststack::test::HptsVisitor;

namespace
{

constexpr TimeNs kUs = kMicrosecond;

} // namespace

TEST_CASE("an insertion in the slot in which the wheel stopped wakes its thread once", "[pacing]")
{
    // Upstream's unit test tcpcb_insertion, as the facts sheet freebsd.md 1.4 tells it.
    HptsHost host("15-usec");
    HptsVisitor visitor(host);
    const auto done = visitor.In(10);
    CHECK(host.wakeUps == 1);
    CHECK(done.haveSlept == 102'399);
    CHECK(visitor.IsOnWheel());
    CHECK(host.Wheel().Count() == 1);
    CHECK_FALSE(visitor.In(10).isTaken);
}

TEST_CASE("a run that is later than the wheel serves all of it and reports N - 1 slots", "[pacing]")
{
    // Upstream's unit test wheel_wrap_recovery, as the facts sheet freebsd.md 1.5 tells it.
    HptsHost host("15-usec");
    host.RunFor(kMillisecond);
    HptsVisitor first(host);
    HptsVisitor second(host);
    first.In(500'000);
    second.In(900'000);
    host.now += 2 * kSecond;
    host.RunFor(0);
    CHECK(first.calls == 1);
    CHECK(second.calls == 1);
    CHECK(host.lastRun.result == 102'399);
    CHECK(host.Wheel().Count() == 0);
}

TEST_CASE("who was removed is not served", "[pacing]")
{
    HptsHost host("14.0");
    HptsVisitor visitor(host);
    visitor.In(1000);
    host.hpts.Remove(visitor);
    CHECK_FALSE(visitor.IsOnWheel());
    host.RunFor(kSecond);
    CHECK(visitor.calls == 0);
}

TEST_CASE("a connection that goes while a run holds its slot is not called any more", "[pacing]")
{
    class Killer : public HptsVisitor
    {
      public:
        using HptsVisitor::HptsVisitor;

        bool OnOutput(const HptsWheel& wheel) override
        {
            HptsVisitor::OnOutput(wheel);
            victims.clear();
            return true;
        }

        std::deque<HptsVisitor> victims;
    };

    HptsHost host("14.0");
    Killer killer(host);
    HptsVisitor last(host);
    killer.In(1000);
    killer.victims.emplace_back(host);
    killer.victims.emplace_back(host);
    killer.victims[0].In(1000);
    killer.victims[1].In(1000);
    last.In(1000);
    host.RunFor(2 * kMillisecond);
    CHECK(killer.calls == 1);
    CHECK(last.calls == 1);
    CHECK(host.Wheel().Count() == 0);
}

TEST_CASE("a request is counted from the slot that has begun and may come up to 9 us early",
          "[pacing]")
{
    HptsHost host("14.0");
    host.RunFor(kMillisecond + 9 * kUs);
    HptsVisitor visitor(host);
    visitor.In(1000);
    host.RunFor(2 * kMillisecond);
    CHECK(visitor.LateUs() == 0); // the timer is armed from now
    HptsVisitor other(host);
    host.RunFor(2 * kMillisecond - 1 * kUs);
    other.In(1000);
    host.RunFor(985 * kUs);
    host.hpts.RunSoftTimer(0);
    CHECK(other.calls == 0);
    host.RunFor(10 * kUs);
    host.hpts.RunSoftTimer(0);
    CHECK(other.calls == 1);
    CHECK(other.LateUs() < 0);
}

TEST_CASE("the hook serves the wheel that has not run for longest among those that share a cache",
          "[pacing]")
{
    HptsTopology topology;
    topology.cpus = 4;
    topology.l3Groups = 2;
    HptsHost host("14.0", topology);
    HptsVisitor near(host);
    HptsVisitor far(host);
    near.cpu = 1;
    far.cpu = 3;
    near.In(100'000);
    far.In(100'000);
    host.RunFor(kMillisecond); // the threads of 1 and 3 have been woken: 0 and 2 are staler
    host.now += kSecond / 5;   // nobody's timer runs
    host.hpts.RunSoftTimer(1);
    CHECK(near.calls == 0); // wheel 0 was the stalest of its group
    host.now += 10 * kUs;
    host.hpts.RunSoftTimer(1);
    CHECK(near.calls == 1);
    CHECK(far.calls == 0);
}

TEST_CASE("a core beyond the last wheel runs the hook for the group that its number comes round to",
          "[pacing]")
{
    HptsTopology topology;
    topology.cpus = 4;
    topology.l3Groups = 2;
    HptsHost host("14.0", topology);
    HptsVisitor far(host);
    far.cpu = 3;
    far.In(100'000);
    host.RunFor(kMillisecond);
    host.now += kSecond / 5; // nobody's timer runs
    host.hpts.RunSoftTimer(6);
    host.now += 10 * kUs;
    host.hpts.RunSoftTimer(6);
    CHECK(far.calls == 1);
}

TEST_CASE("later versions ignore the hook until a wheel is above the threshold", "[pacing]")
{
    for (const std::size_t count : {100U, 101U})
    {
        HptsHost host("15-usec");
        std::deque<HptsVisitor> visitors;
        for (std::size_t i = 0; i < count; ++i)
        {
            visitors.emplace_back(host);
            visitors.back().In(900'000);
        }
        host.RunFor(600 * kMillisecond);
        const auto before = host.hpts.Counters().runsByHook;
        host.hpts.RunSoftTimer(0);
        CHECK(host.hpts.Counters().runsByHook - before == (count > 100 ? 1 : 0));
    }
}

TEST_CASE("the hook turns away from a wheel that somebody holds", "[pacing]")
{
    HptsHost host("14.0");
    host.Wheel().SetHeld(true);
    host.hpts.RunSoftTimer(0);
    CHECK(host.runs == 0);
    CHECK(host.hpts.Counters().idleHooks == 1);
}

TEST_CASE("the clocks of HPTS count what the article says they count", "[pacing]")
{
    const TimeNs time = 43'000 * kSecond + 123'456 * kUs + 789;
    CHECK(ToHptsTick(time) == static_cast<std::uint32_t>(4'300'012'345ULL));
    CHECK(ToUsecTick(time) == static_cast<std::uint32_t>(43'000'123'456ULL));
    CHECK(ToLongUsecTick(time) == 43'000'123'456ULL);
    CHECK(ToMsecTick(time) == 43'000'123);
    CHECK(HptsSlotsForMs(3) == 301);
    HptsHost host("14.0", {}, time);
    CHECK(host.hpts.Tick() == ToHptsTick(time));
    CHECK(host.hpts.Microseconds() == ToLongUsecTick(time));
}

TEST_CASE("a wheel that nobody uses holds no memory for its slots", "[pacing]")
{
    HptsSlots slots(102'400);
    CHECK(slots.EmptyFrom(5, 102'400) == 102'400);
    CHECK(slots.Detach(7).count == 0);
    CHECK(slots.GenerationOf(7) == 0);
}

TEST_CASE("what a wheel does for a paced burst does not grow with its connections", "[pacing]")
{
    const auto stepsPerBurst = [](std::size_t count) {
        HptsHost host("14.0");
        std::deque<HptsVisitor> visitors;
        for (std::size_t i = 0; i < count; ++i)
        {
            visitors.emplace_back(host, 100'000);
            visitors.back().In(100'000 + i * 100'000 / count);
        }
        host.RunFor(kSecond);
        const auto before = host.steps + host.runs;
        std::uint64_t calls = 0;
        for (const auto& visitor : visitors)
        {
            calls += visitor.calls;
        }
        host.RunFor(kSecond);
        std::uint64_t served = 0;
        for (const auto& visitor : visitors)
        {
            served += visitor.calls;
        }
        REQUIRE(served - calls >= 9 * count);
        const auto steps = host.steps + host.runs - before + served - calls;
        return static_cast<double>(steps) / static_cast<double>(served - calls);
    };
    CHECK(stepsPerBurst(100'000) <= 2 * stepsPerBurst(100));
}

TEST_CASE("the first hook served the wheel of its own CPU only", "[pacing]")
{
    HptsTopology topology;
    topology.cpus = 2;
    for (const std::string version : {"14.0", "14-local-hook"})
    {
        HptsHost host(version, topology);
        HptsVisitor visitor(host);
        visitor.cpu = 1;
        visitor.In(100'000);
        host.RunFor(kMillisecond);
        host.hpts.RunSoftTimer(0); // now wheel 1 is the staler one
        host.now += kSecond / 5;   // nobody's timer runs
        host.hpts.RunSoftTimer(0);
        host.now += 10 * kUs;
        host.hpts.RunSoftTimer(0);
        CHECK(visitor.calls == (version == "14.0" ? 1 : 0));
    }
}

TEST_CASE(
    "a shorter request can be late by the time that the wheel had slept when its timer was set",
    "[pacing]")
{
    // What is left of the sleep is counted from the last run, the timer from when it was armed.
    HptsHost host("14.0");
    HptsVisitor first(host);
    HptsVisitor second(host);
    host.RunFor(600 * kMillisecond); // asleep, with nobody there
    first.In(1);
    host.RunFor(10 * kMillisecond);
    REQUIRE(first.calls == 1);
    first.In(100'000); // the wheel has slept for about 10 ms
    host.RunFor(kMillisecond);
    const auto before = host.wakeUps;
    second.In(90'000); // due 9 ms before the first
    CHECK(host.wakeUps == before);
    host.RunFor(200 * kMillisecond);
    CHECK(first.LateUs() <= 10);
    CHECK(second.LateUs() > 5'000);
}
