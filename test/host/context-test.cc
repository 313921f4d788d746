// SPDX-License-Identifier: GPL-2.0-only

#include "host-test-tools.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Doing;
using hoststack::test::Noting;
using hoststack::test::TestClock;

TEST_CASE("an inline processor does its work at once and charges nothing", "[host]")
{
    TestClock clock;
    InlineProcessor processor(clock);
    clock.Run(70);
    Noting burst;
    std::vector<ContextKind> kinds;
    Doing inner([&](Context& context) { kinds.push_back(context.Kind()); });
    Doing outer([&](Context& context) {
        kinds.push_back(context.Kind());
        context.Charge(Operation::ReceiveFrame, 1'000'000);
        context.Release(burst);
        CHECK(context.Now() == 70);
        CHECK(context.Core() == 3);
        processor.RaiseSoftIrq(context.Now(), 0, SoftIrq::Receive, inner);
        processor.Wake(context.Now(), processor.Spawn({}, inner));
        CHECK(context.Kind() == ContextKind::HardIrq);
        CHECK(&processor.Current() == &context);
    });
    processor.Interrupt(clock.Now(), 3, outer);
    CHECK(kinds ==
          std::vector<ContextKind>{ContextKind::HardIrq, ContextKind::SoftIrq, ContextKind::User});
    CHECK(burst.times == std::vector<TimeNs>{70});
    clock.Run(90);
    CHECK(processor.Current().Now() == 90);
    CHECK(processor.Current().Kind() == ContextKind::User);
}

TEST_CASE("time runs ahead of the clock for work that is charged", "[host]")
{
    TestClock clock;
    InlineProcessor processor(clock);
    PriceList prices;
    prices[Operation::TransmitSegment] = 300;
    prices[Operation::CopyOut] = 700;
    Context context(processor, prices, ContextKind::SoftIrq, 1, 1000);
    Noting burst;
    context.Release(burst);
    context.Charge(Operation::TransmitSegment, 4);
    context.Charge(Operation::Timer);
    context.Release(burst);
    context.ChargeBytes(Operation::CopyOut, 1448);
    CHECK(context.Now() == 2200 + 1013);
    CHECK(burst.times == std::vector<TimeNs>{1000, 2200});
}

TEST_CASE("the table of operations names each of them once, in their order", "[host]")
{
    std::set<std::string> names;
    std::size_t place = 0;
    for (const auto& info : OperationTable())
    {
        CHECK(static_cast<std::size_t>(info.operation) == place++);
        CHECK(names.insert(info.name).second);
    }
}
