// SPDX-License-Identifier: GPL-2.0-only

#include "host-test-tools.h"
#include "ns3/hs-soft-irq-queue.h"
#include "ns3/hs-soft-irq-rules.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Beat;
using hoststack::test::Doing;
using hoststack::test::Nic;
using hoststack::test::TestClock;

namespace
{

constexpr TimeNs kTick = 4 * kMillisecond;

Doing
Idle()
{
    return Doing([](Context&) {});
}

/// Runs a pass at time 0 in which every poller has packets without end. \return packets by turn
std::vector<std::uint32_t>
TurnsOf(SoftIrqQueue& queue, TimeNs perPacket = 0)
{
    std::vector<std::uint32_t> turns;
    const Work* last = nullptr;
    TimeNs now = 0;
    queue.BeginPass(now);
    while (auto* work = queue.Next(now, false))
    {
        if (work != last || turns.back() == 64)
        {
            turns.push_back(0);
        }
        last = work;
        ++turns.back();
        now += perPacket;
        queue.Did(Sequel::Later, 1);
    }
    return turns;
}

} // namespace

TEST_CASE("one poller that is never done has ten turns of 64 packets, then ksoftirqd is asked",
          "[host]")
{
    SoftIrqQueue queue({}, kTick);
    auto poller = Idle();
    queue.Raise(SoftIrq::Receive, poller);
    CHECK(TurnsOf(queue) == std::vector<std::uint32_t>(10, 64));
    CHECK(queue.IsPending());
    CHECK(queue.Squeezes() == 0);
}

TEST_CASE("the budget of 300 packets is looked at after each turn, so five turns of 64 squeeze",
          "[host]")
{
    SoftIrqQueue queue({}, kTick);
    std::deque<Doing> pollers;
    for (int i = 0; i < 6; ++i)
    {
        pollers.push_back(Idle());
        queue.Raise(SoftIrq::Receive, pollers.back());
    }
    CHECK(TurnsOf(queue).size() == 50);
    CHECK(queue.Squeezes() == 10);
}

TEST_CASE("a round of polling ends with the second tick, a pass with the first one after it began",
          "[host]")
{
    SoftIrqQueue queue({}, kTick);
    auto first = Idle();
    auto second = Idle();
    queue.Raise(SoftIrq::Receive, first);
    queue.Raise(SoftIrq::Receive, second);
    // 64 packets take 4.5 ms: after the second turn two ticks have passed.
    CHECK(TurnsOf(queue, 70'313).size() == 2);
    CHECK(queue.Squeezes() == 1);
    CHECK(queue.IsPending());
}

TEST_CASE("timers come before what is to be sent, and that before what has arrived", "[host]")
{
    SoftIrqQueue queue({}, kTick);
    auto timer = Idle();
    auto transmit = Idle();
    auto receive = Idle();
    queue.Raise(SoftIrq::Receive, receive);
    queue.Raise(SoftIrq::Transmit, transmit);
    queue.Raise(SoftIrq::Timer, timer);
    queue.Raise(SoftIrq::Timer, timer);
    std::vector<Work*> order;
    queue.BeginPass(0);
    while (auto* work = queue.Next(0, false))
    {
        order.push_back(work);
        queue.Did(Sequel::Done, 1);
    }
    CHECK(order == std::vector<Work*>{&timer, &transmit, &receive});
    CHECK_FALSE(queue.IsPending());
}

TEST_CASE("a pass ends after its round when a thread is to have the core", "[host]")
{
    SoftIrqQueue queue({}, kTick);
    auto poller = Idle();
    queue.Raise(SoftIrq::Receive, poller);
    queue.BeginPass(0);
    std::uint32_t packets = 0;
    while (queue.Next(0, true) != nullptr)
    {
        ++packets;
        queue.Did(Sequel::Later, 1);
    }
    CHECK(packets == 64);
    CHECK(queue.IsPending());
}

namespace
{

struct Flood
{
    double userShare;
    std::uint64_t taken;
    std::uint64_t handovers;
};

/// A packet each 5 us that costs 10 us, and a thread that always wants the core.
Flood
FloodWith(const std::string& rules, bool polls)
{
    TestClock clock;
    SmpConfig config;
    config.softIrqRules = rules;
    config.prices[Operation::Interrupt] = 1'000;
    SmpProcessor processor(clock, config);
    Doing step([](Context& context) {
        context.Spend(100'000);
        context.Ask(Sequel::Later);
    });
    auto& thread = processor.Spawn({}, step);
    processor.Wake(0, thread);
    Nic nic(processor, 10'000, 512);
    std::uint64_t inInterrupt = 0;
    Doing old([&](Context& context) {
        ++inInterrupt;
        context.Spend(10'000);
    });
    Beat beat(clock, 0, 5'000, [&](TimeNs now) {
        if (polls)
        {
            nic.Arrive(now);
        }
        else
        {
            processor.Interrupt(now, 0, old);
        }
    });
    clock.Run(2 * kSecond);
    const auto& account = processor.Account(0, clock.Now());
    return {static_cast<double>(account.Of(ContextKind::User)) / (2 * kSecond),
            polls ? nic.taken : inInterrupt,
            account.handovers};
}

} // namespace

TEST_CASE("packets that are handled in their interrupts starve every thread; polling with a budget "
          "leaves a share",
          "[host]")
{
    CHECK(FloodWith("linux-6.4", false).userShare < 0.001);
    for (const auto* rules : {"linux-before-6.4", "linux-6.4"})
    {
        const auto flood = FloodWith(rules, true);
        CHECK(flood.userShare == Approx(0.5).margin(0.1));
        CHECK(flood.taken > 90'000);
        CHECK(flood.handovers > 0);
    }
}

TEST_CASE("since 6.4 interrupts of another device are served although ksoftirqd waits for the core",
          "[host]")
{
    const bool inlined = GENERATE(false, true);
    TestClock clock;
    SmpConfig config;
    config.softIrqRules = inlined ? "linux-6.4" : "linux-before-6.4";
    SmpProcessor processor(clock, config);
    Doing step([](Context& context) {
        context.Spend(100'000);
        context.Ask(Sequel::Later);
    });
    for (int i = 0; i < 4; ++i)
    {
        processor.Wake(0, processor.Spawn({}, step));
    }
    Nic flooded(processor, 10'000, 512);
    Beat flood(clock, 0, 5'000, [&](TimeNs now) { flooded.Arrive(now); });
    // A timer each millisecond: how long until its work is done?
    TimeNs asked = -1;
    TimeNs longest = 0;
    Doing timer([&](Context& context) {
        longest = std::max(longest, context.Now() - std::exchange(asked, -1));
        context.Spend(1'000);
    });
    Beat timers(clock, 500'000, kMillisecond, [&](TimeNs now) {
        asked = asked < 0 ? now : asked;
        processor.RaiseSoftIrq(now, 0, SoftIrq::Timer, timer);
    });
    clock.Run(kSecond);
    CHECK((longest < 12 * kMillisecond) == inlined);
    CHECK(processor.Account(0, clock.Now()).daemon > 0);
}
