// SPDX-License-Identifier: GPL-2.0-only

#include "host-test-tools.h"
#include "ns3/hs-random.h"
#include "ns3/hs-socket-lock.h"
#include "ns3/hs-thread-scheduler.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Beat;
using hoststack::test::Doing;
using hoststack::test::Nic;
using hoststack::test::Noting;
using hoststack::test::TestClock;

namespace
{

/// A step that takes \p time and wants another one.
Doing
Busy(TimeNs time)
{
    return Doing([time](Context& context) {
        context.Spend(time);
        context.Ask(Sequel::Later);
    });
}

std::uint64_t
Below(RandomStream& random, std::uint64_t limit)
{
    return random.Bits() % limit;
}

double
ShareOf(const Thread& thread, TimeNs of)
{
    return static_cast<double>(thread.ran) / static_cast<double>(of);
}

} // namespace

TEST_CASE("two pieces of work for one core are paid one after the other", "[host]")
{
    TestClock clock;
    SmpProcessor processor(clock, {});
    Noting first;
    Noting second;
    Doing one([&](Context& context) {
        CHECK(context.Now() == 1000);
        context.Spend(10'000);
        context.Release(first);
    });
    Doing two([&](Context& context) {
        CHECK(context.Now() == 11'000);
        context.Spend(4'000);
        context.Release(second);
        context.Spend(1'000);
    });
    clock.Run(1000);
    processor.Interrupt(1000, 0, one);
    processor.Interrupt(1000, 0, two);
    clock.Run(kMillisecond);
    CHECK(first.times == std::vector<TimeNs>{11'000});
    CHECK(second.times == std::vector<TimeNs>{15'000});
    CHECK(processor.Account(0, kMillisecond).Of(ContextKind::HardIrq) == 15'000);
    CHECK(processor.Account(0, kMillisecond).interrupts == 2);
}

TEST_CASE("an interrupt delays what a thread has not paid yet by what it costs", "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.prices[Operation::Interrupt] = 2'000;
    SmpProcessor processor(clock, config);
    Noting early;
    Noting late;
    Doing step([&](Context& context) {
        context.Spend(10'000);
        context.Release(early);
        context.Spend(20'000);
        context.Release(late);
    });
    Doing deferred([](Context& context) { context.Spend(5'000); });
    Doing interrupt([&](Context& context) {
        processor.RaiseSoftIrq(context.Now(), 0, SoftIrq::Receive, deferred);
    });
    auto& thread = processor.Spawn({}, step);
    processor.Wake(0, thread);
    clock.Run(15'000);
    processor.Interrupt(15'000, 0, interrupt);
    clock.Run(100'000);
    CHECK(early.times == std::vector<TimeNs>{10'000});
    CHECK(late.times == std::vector<TimeNs>{37'000});
    const auto& account = processor.Account(0, 100'000);
    CHECK(account.Of(ContextKind::HardIrq) == 2'000);
    CHECK(account.Of(ContextKind::SoftIrq) == 5'000);
    CHECK(account.Of(ContextKind::User) == 30'000);
    CHECK(account.idle == 63'000);
}

TEST_CASE("on every core busy and idle time are the time that has passed, and what was charged is "
          "what was paid",
          "[host][property]")
{
    const auto* rules = GENERATE("linux-before-6.4", "linux-6.4");
    const auto* scheduler = GENERATE("cfs", "eevdf");
    const auto preemption = GENERATE(Preemption::None, Preemption::Voluntary, Preemption::Full);
    TestClock clock;
    SmpConfig config;
    config.cores = 3;
    config.softIrqRules = rules;
    config.threadScheduler = scheduler;
    config.preemption = preemption;
    for (auto& price : config.prices.each)
    {
        price = 700;
    }
    SmpProcessor processor(clock, config);
    RandomStream random(7, "smp");
    SocketLock lock;
    std::vector<std::unique_ptr<Doing>> works;
    std::vector<Thread*> threads;
    Doing left([](Context& context) { context.Spend(3'000); });
    for (int i = 0; i < 8; ++i)
    {
        works.push_back(std::make_unique<Doing>([&, i](Context& context) {
            if (i % 2 == 0 && !lock.Acquire(context))
            {
                lock.Leave(left);
                return;
            }
            context.Spend(static_cast<TimeNs>(Below(random, 200'000)));
            context.MaySwitch();
            processor.Wake(context.Now(), *threads[Below(random, threads.size())]);
            context.Spend(static_cast<TimeNs>(Below(random, 200'000)));
            context.Ask(Below(random, 3) == 0 ? Sequel::Later : Sequel::Done);
        }));
        ThreadConfig thread;
        thread.nice = i - 4;
        thread.cores = i == 7 ? 2 : kAllCores;
        threads.push_back(&processor.Spawn(thread, *works.back()));
    }
    Doing deferred([&](Context& context) {
        if (lock.Acquire(context))
        {
            context.Spend(static_cast<TimeNs>(Below(random, 30'000)));
        }
        else
        {
            lock.Leave(left);
        }
        processor.Wake(context.Now(), *threads[Below(random, threads.size())]);
    });
    Doing interrupt([&](Context& context) {
        const auto core = static_cast<CoreId>(Below(random, 3));
        processor.RaiseSoftIrq(context.Now(), core, SoftIrq::Receive, deferred);
    });
    {
        Beat beat(clock, 0, 37'000, [&](TimeNs now) {
            const auto core = static_cast<CoreId>(Below(random, 3));
            processor.Interrupt(now, core, interrupt);
        });
        for (int i = 1; i <= 40; ++i)
        {
            clock.Run(i * 7 * kMillisecond + i);
            TimeNs busy = 0;
            TimeNs charged = 0;
            for (CoreId core = 0; core < 3; ++core)
            {
                const auto& account = processor.Account(core, clock.Now());
                REQUIRE(account.Busy() + account.idle == clock.Now());
                busy += account.Busy();
                charged += account.charged;
            }
            REQUIRE(charged - processor.Unpaid() == busy);
        }
        CHECK(processor.Account(0, clock.Now()).spinning > 0);
    }
    for (auto* thread : threads)
    {
        processor.End(*thread);
    }
    clock.Run(clock.Now() + kSecond);
    CHECK(processor.Unpaid() == 0);
    CHECK_FALSE(lock.IsHeld());
    CHECK(left.runs > 0);
}

TEST_CASE("a thread's wake-up happens when its cause has been paid, on a core that is idle",
          "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.cores = 2;
    config.prices[Operation::WakeUp] = 300;
    config.prices[Operation::RemoteWakeUp] = 700;
    config.prices[Operation::ContextSwitch] = 1'000;
    config.prices[Operation::LeaveIdle] = 20'000;
    SmpProcessor processor(clock, config);
    std::vector<TimeNs> starts;
    std::vector<CoreId> cores;
    Doing step([&](Context& context) {
        starts.push_back(context.Now());
        cores.push_back(context.Core());
    });
    ThreadConfig other;
    other.cores = 2;
    auto& thread = processor.Spawn(other, step);
    Doing deferred([&](Context& context) {
        context.Spend(4'000);
        processor.Wake(context.Now(), thread);
    });
    processor.RaiseSoftIrq(0, 0, SoftIrq::Receive, deferred);
    clock.Run(kMillisecond);
    CHECK(starts == std::vector<TimeNs>{20'000 + 4'000 + 1'000 + 1'000 + 20'000});
    CHECK(cores == std::vector<CoreId>{1});
    CHECK(processor.Account(1, clock.Now()).switches == 1);
}

TEST_CASE("a thread that is woken during its step looks again", "[host]")
{
    TestClock clock;
    SmpProcessor processor(clock, {});
    Doing step([](Context& context) { context.Spend(50'000); });
    auto& thread = processor.Spawn({}, step);
    processor.Wake(0, thread);
    clock.Run(10'000);
    CHECK(step.runs == 1);
    processor.Wake(10'000, thread);
    processor.Wake(10'000, thread);
    clock.Run(kMillisecond);
    CHECK(step.runs == 2);
}

TEST_CASE("no core idles while a thread waits that may run on it", "[host]")
{
    const auto* scheduler = GENERATE("cfs", "eevdf");
    TestClock clock;
    SmpConfig config;
    config.cores = 2;
    config.threadScheduler = scheduler;
    SmpProcessor processor(clock, config);
    std::vector<std::unique_ptr<Doing>> works;
    std::vector<Thread*> threads;
    for (int i = 0; i < 3; ++i)
    {
        works.push_back(std::make_unique<Doing>(Busy(30'000)));
        threads.push_back(&processor.Spawn({}, *works.back()));
        processor.Wake(0, *threads.back());
    }
    clock.Run(kSecond);
    CHECK(processor.Account(0, kSecond).idle == 0);
    CHECK(processor.Account(1, kSecond).idle == 0);
    processor.End(*threads[0]);
    processor.End(*threads[1]);
    clock.Run(2 * kSecond);
    CHECK(threads[2]->ran > kSecond);
}

TEST_CASE("threads share a core by the weights of their nice levels", "[host]")
{
    const auto* scheduler = GENERATE("cfs", "eevdf");
    const int nice = GENERATE(0, 5, -5, 19);
    TestClock clock;
    SmpConfig config;
    config.threadScheduler = scheduler;
    SmpProcessor processor(clock, config);
    auto first = Busy(100'000);
    auto second = Busy(100'000);
    auto& normal = processor.Spawn({}, first);
    ThreadConfig given;
    given.nice = nice;
    auto& other = processor.Spawn(given, second);
    processor.Wake(0, normal);
    processor.Wake(0, other);
    clock.Run(20 * kSecond);
    const auto wanted = static_cast<double>(WeightOf(nice)) / (1024.0 + WeightOf(nice));
    CHECK(ShareOf(other, 20 * kSecond) == Approx(wanted).margin(0.01));
    CHECK(processor.Account(0, clock.Now()).idle == 0);
}

TEST_CASE("a core that does anything ticks, an idle one does not", "[host]")
{
    const std::uint32_t hz = GENERATE(100u, 250u, 1000u);
    TestClock clock;
    SmpConfig config;
    config.cores = 2;
    config.hz = hz;
    config.prices[Operation::Tick] = 500;
    SmpProcessor processor(clock, config);
    auto step = Busy(70'000);
    ThreadConfig first;
    first.cores = 1;
    processor.Wake(0, processor.Spawn(first, step));
    clock.Run(10 * kSecond + 500);
    CHECK(processor.Account(0, clock.Now()).ticks == 10 * hz);
    CHECK(processor.Account(0, clock.Now()).Of(ContextKind::HardIrq) == 10 * hz * 500);
    CHECK(processor.Account(1, clock.Now()).ticks == 0);
    CHECK(processor.Account(1, clock.Now()).idle == clock.Now());
}

TEST_CASE("what a thread's lock kept from a soft interrupt is done in the thread's name", "[host]")
{
    TestClock clock;
    SmpProcessor processor(clock, {});
    SocketLock lock;
    Noting read;
    std::vector<ContextKind> kinds;
    std::vector<TimeNs> times;
    Doing packet([&](Context& context) {
        kinds.push_back(context.Kind());
        times.push_back(context.Now());
        context.Spend(2'000);
    });
    Doing step([&](Context& context) {
        REQUIRE(lock.Acquire(context));
        context.Spend(30'000);
        context.Release(read);
    });
    Doing deferred([&](Context& context) {
        context.Spend(1'000);
        REQUIRE_FALSE(lock.Acquire(context));
        lock.Leave(packet);
    });
    processor.Wake(0, processor.Spawn({}, step));
    clock.Run(10'000);
    processor.RaiseSoftIrq(10'000, 0, SoftIrq::Receive, deferred);
    clock.Run(kMillisecond);
    CHECK(read.times == std::vector<TimeNs>{31'000});
    CHECK(kinds == std::vector<ContextKind>{ContextKind::User});
    CHECK(times == std::vector<TimeNs>{31'000});
    CHECK_FALSE(lock.IsHeld());
    CHECK(processor.Account(0, clock.Now()).Of(ContextKind::User) == 32'000);
}

TEST_CASE("a core spins for a lock that a soft interrupt of another one holds", "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.cores = 2;
    SmpProcessor processor(clock, config);
    SocketLock lock;
    Doing first([&](Context& context) {
        REQUIRE(lock.Acquire(context));
        context.Spend(30'000);
    });
    std::vector<TimeNs> entered;
    Doing second([&](Context& context) {
        REQUIRE(lock.Acquire(context));
        entered.push_back(context.Now());
        context.Spend(5'000);
    });
    processor.RaiseSoftIrq(0, 0, SoftIrq::Receive, first);
    clock.Run(10'000);
    processor.RaiseSoftIrq(10'000, 1, SoftIrq::Receive, second);
    clock.Run(kMillisecond);
    CHECK(entered == std::vector<TimeNs>{30'000});
    CHECK(processor.Account(1, clock.Now()).spinning == 20'000);
    CHECK(processor.Account(1, clock.Now()).Of(ContextKind::SoftIrq) == 25'000);
}

TEST_CASE("an endless loop in the kernel keeps other threads away unless it can be preempted",
          "[host]")
{
    const auto preemption = GENERATE(Preemption::None, Preemption::Voluntary, Preemption::Full);
    TestClock clock;
    SmpConfig config;
    config.preemption = preemption;
    SmpProcessor processor(clock, config);
    Doing loop([](Context& context) {
        context.Spend(50'000);
        context.Ask(Sequel::GoesOn);
    });
    auto page = Busy(50'000);
    auto& looping = processor.Spawn({}, loop);
    auto& other = processor.Spawn({}, page);
    processor.Wake(0, looping);
    clock.Run(kMillisecond);
    processor.Wake(kMillisecond, other);
    clock.Run(10 * kSecond);
    const double share = ShareOf(other, 10 * kSecond);
    CHECK(share == Approx(preemption == Preemption::Full ? 0.5 : 0).margin(0.01));
}

TEST_CASE("a long step is left at a point where the kernel may switch, or in user space", "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.hz = 1000;
    config.preemption = GENERATE(Preemption::None, Preemption::Voluntary);
    const bool computes = GENERATE(false, true);
    SmpProcessor processor(clock, config);
    Noting over;
    Doing lengthy([&](Context& context) {
        context.Spend(8 * kMillisecond);
        context.MaySwitch();
        if (computes)
        {
            context.ReturnToUser();
        }
        context.Spend(8 * kMillisecond);
        context.Release(over);
    });
    std::vector<TimeNs> starts;
    Doing brief([&](Context& context) {
        starts.push_back(context.Now());
        context.Spend(2 * kMillisecond);
    });
    processor.Wake(0, processor.Spawn({}, lengthy));
    clock.Run(100'000);
    processor.Wake(100'000, processor.Spawn({}, brief));
    clock.Run(kSecond);
    const bool leaves = config.preemption == Preemption::Voluntary || computes;
    CHECK(starts == std::vector<TimeNs>{(leaves ? 8 : 16) * kMillisecond});
    CHECK(over.times == std::vector<TimeNs>{(leaves ? 18 : 16) * kMillisecond});
}

namespace
{

/// Where the time of two cores goes under packets and threads.
std::vector<std::uint64_t>
AccountsOf(TestClock& clock)
{
    SmpConfig config;
    config.cores = 2;
    for (auto& price : config.prices.each)
    {
        price = 700;
    }
    SmpProcessor processor(clock, config);
    RandomStream random(3, "go on");
    Nic nic(processor, 5'000, 64);
    Doing step([&](Context& context) {
        context.Spend(static_cast<TimeNs>(Below(random, 90'000)));
        context.Ask(Below(random, 3) == 0 ? Sequel::Later : Sequel::Done);
    });
    std::vector<Thread*> threads{&processor.Spawn({}, step), &processor.Spawn({}, step)};
    Beat packets(clock, 0, 23'000, [&](TimeNs now) { nic.Arrive(now); });
    Beat wakes(clock, 500, 71'000, [&](TimeNs now) {
        processor.Wake(now, *threads[Below(random, 2)]);
    });
    clock.Run(50 * kMillisecond);
    std::vector<std::uint64_t> all{nic.taken, nic.dropped, step.runs};
    for (CoreId core = 0; core < 2; ++core)
    {
        const auto& account = processor.Account(core, clock.Now());
        for (const auto time : account.busy)
        {
            all.push_back(static_cast<std::uint64_t>(time));
        }
        for (const auto time : {account.charged, account.waited, account.longestWait})
        {
            all.push_back(static_cast<std::uint64_t>(time));
        }
        for (const auto count : {account.interrupts, account.ticks, account.switches})
        {
            all.push_back(count);
        }
    }
    return all;
}

} // namespace

TEST_CASE("a core that goes on without a call of its clock does the same", "[host]")
{
    TestClock called;
    TestClock advancing(true);
    CHECK(AccountsOf(called) == AccountsOf(advancing));
    CHECK(called.Advanced() == 0);
    CHECK(advancing.Advanced() > 1000);
}
