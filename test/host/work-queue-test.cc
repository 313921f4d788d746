// SPDX-License-Identifier: GPL-2.0-only

#include "host-test-tools.h"
#include "ns3/hs-work-queue.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Doing;
using hoststack::test::TestClock;

namespace
{

SmpConfig
TwoCores()
{
    SmpConfig config;
    config.cores = 2;
    return config;
}

} // namespace

TEST_CASE("queued work is done by a kernel thread of the core where it was queued, in turn",
          "[host][workers]")
{
    TestClock clock;
    SmpProcessor processor(clock, TwoCores());
    WorkQueue queue(processor);
    std::vector<int> order;
    std::vector<CoreId> cores;
    const auto item = [&](int which) {
        return Doing([&, which](Context& context) {
            order.push_back(which);
            cores.push_back(context.Core());
            CHECK(context.Kind() == ContextKind::KernelThread);
            context.Spend(10 * kMicrosecond);
        });
    };
    auto first = item(1);
    auto second = item(2);
    auto gone = item(3);
    Doing softIrq([&](Context& context) {
        context.Spend(kMicrosecond);
        queue.Queue(context, first);
        queue.Queue(context, second);
        queue.Queue(context, first); // it waits already
        queue.Queue(context, gone);
        queue.Forget(gone);
    });
    processor.RaiseSoftIrq(clock.Now(), 1, SoftIrq::Receive, softIrq);
    clock.Run(kMillisecond);
    CHECK(order == std::vector<int>{1, 2});
    CHECK(cores == std::vector<CoreId>{1, 1});
    CHECK(processor.Account(1, clock.Now()).Of(ContextKind::KernelThread) == 20 * kMicrosecond);
    CHECK(processor.Account(0, clock.Now()).Busy() == 0);
}

TEST_CASE(
    "a thread that polls is as a soft interrupt to what it works for, and counted as a thread",
    "[host][workers]")
{
    TestClock clock;
    SmpProcessor processor(clock, TwoCores());
    std::vector<TimeNs> softAt;
    Doing soft([&](Context& context) { softAt.push_back(context.Now()); });
    int rounds = 0;
    Doing poll([&](Context& context) {
        CHECK(context.Kind() == ContextKind::SoftIrq);
        context.Spend(10 * kMicrosecond);
        const bool inPoll = ++rounds % 5 != 0;
        context.KeepSoftIrqsOff(inPoll);
        if (rounds < 10)
        {
            context.Ask(Sequel::Later);
        }
    });
    ThreadConfig config;
    config.kind = ContextKind::KernelThread;
    config.cores = 1;
    config.polls = true;
    auto& thread = processor.Spawn(config, poll);
    processor.Wake(clock.Now(), thread);
    const auto start = clock.Now();
    clock.Run(start + 12 * kMicrosecond);
    processor.RaiseSoftIrq(clock.Now(), 0, SoftIrq::Receive, soft);
    clock.Run(start + kMillisecond);
    CHECK(rounds == 10);
    // It came in the middle of the first poll, and is done between the two.
    CHECK(softAt == std::vector<TimeNs>{start + 50 * kMicrosecond});
    const auto account = processor.Account(0, clock.Now());
    CHECK(account.Of(ContextKind::KernelThread) == 100 * kMicrosecond);
    CHECK(account.Of(ContextKind::SoftIrq) == 0);
}
