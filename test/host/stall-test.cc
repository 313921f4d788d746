// SPDX-License-Identifier: GPL-2.0-only

#include "host-test-tools.h"
#include "ns3/hs-stall-watch.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Doing;
using hoststack::test::TestClock;

namespace
{

/// Deferred work that goes on until \p end, in pieces of 100 us.
Doing
Loop(TimeNs end)
{
    return Doing([end](Context& context) {
        context.Spend(100'000);
        context.Ask(context.Now() < end ? Sequel::GoesOn : Sequel::Done);
    });
}

std::vector<StallRecord>
OfKind(const SmpProcessor& processor, StallKind kind)
{
    std::vector<StallRecord> found;
    for (const auto& record : processor.Stalls())
    {
        if (record.kind == kind)
        {
            found.push_back(record);
        }
    }
    return found;
}

constexpr TimeNs kStart = 3 * kSecond + 1'234'567;

} // namespace

TEST_CASE("soft interrupts that never end are reported 21.0 to 21.1 s after they began, and again "
          "after three times as long",
          "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.cores = 2;
    config.hz = GENERATE(100u, 250u, 1000u);
    SmpProcessor processor(clock, config);
    auto loop = Loop(kNever);
    clock.Run(kStart);
    processor.RaiseSoftIrq(kStart, 1, SoftIrq::Receive, loop);
    clock.Run(kStart + 90 * kSecond);
    const auto stalls = OfKind(processor, StallKind::Rcu);
    REQUIRE(stalls.size() == 2);
    CHECK(stalls[0].at >= kStart + 21 * kSecond);
    CHECK(stalls[0].at <= kStart + 21'100 * kMillisecond);
    CHECK(stalls[0].lasted == stalls[0].at - kStart);
    CHECK(stalls[0].core == 1);
    CHECK(stalls[0].context == ContextKind::SoftIrq);
    CHECK(stalls[1].at >= kStart + 84 * kSecond);
    CHECK(stalls[1].at <= kStart + 84'100 * kMillisecond);
}

TEST_CASE("soft interrupts that end after 20.9 s are not reported", "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.hz = 100;
    SmpProcessor processor(clock, config);
    auto loop = Loop(kStart + 20'900 * kMillisecond);
    clock.Run(kStart);
    processor.RaiseSoftIrq(kStart, 0, SoftIrq::Receive, loop);
    clock.Run(kStart + 90 * kSecond);
    CHECK(OfKind(processor, StallKind::Rcu).empty());
}

TEST_CASE("the kernel's setting says when a stall is reported", "[host]")
{
    TestClock clock;
    SmpConfig config;
    config.hz = 100;
    config.stallTimeout = 60 * kSecond;
    SmpProcessor processor(clock, config);
    auto loop = Loop(kNever);
    clock.Run(kStart);
    processor.RaiseSoftIrq(kStart, 0, SoftIrq::Receive, loop);
    clock.Run(kStart + 59'990 * kMillisecond);
    CHECK(OfKind(processor, StallKind::Rcu).empty());
    clock.Run(kStart + 60'100 * kMillisecond);
    CHECK(OfKind(processor, StallKind::Rcu).size() == 1);
}

TEST_CASE("a thread that never leaves the kernel stalls RCU and locks its core up", "[host]")
{
    TestClock clock;
    SmpProcessor processor(clock, {});
    Doing loop([](Context& context) {
        context.Spend(100'000);
        context.Ask(Sequel::GoesOn);
    });
    clock.Run(kStart);
    processor.Wake(kStart, processor.Spawn({}, loop));
    clock.Run(kStart + 50 * kSecond);
    const auto stalls = OfKind(processor, StallKind::Rcu);
    REQUIRE(stalls.size() == 1);
    CHECK(stalls[0].context == ContextKind::User);
    const auto lockUps = OfKind(processor, StallKind::LockUp);
    REQUIRE(lockUps.size() == 2);
    CHECK(lockUps[0].lasted > 20 * kSecond);
    CHECK(lockUps[0].at - kStart > 20 * kSecond);
    CHECK(lockUps[0].at - kStart < 26 * kSecond);
}

TEST_CASE("a thread that computes in user space, or makes call after call, stalls nothing",
          "[host]")
{
    const bool computes = GENERATE(false, true);
    TestClock clock;
    SmpProcessor processor(clock, {});
    Doing busy([computes](Context& context) {
        if (computes)
        {
            context.ReturnToUser();
        }
        context.Spend(computes ? 100 * kSecond : kMillisecond);
        context.Ask(Sequel::Later);
    });
    processor.Wake(0, processor.Spawn({}, busy));
    clock.Run(80 * kSecond);
    CHECK(OfKind(processor, StallKind::Rcu).empty());
}
