// SPDX-License-Identifier: GPL-2.0-only

#include "../base/test-clock.h"
#include "ns3/hs-processor.h"

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::TestClock;

namespace
{

struct Doing : public Work
{
    explicit Doing(std::function<void(Context&)> what)
        : what(std::move(what))
    {
    }

    void Run(Context& context) override
    {
        what(context);
    }

    std::function<void(Context&)> what;
};

struct Noting : public Effect
{
    void Happen(TimeNs at) override
    {
        times.push_back(at);
    }

    std::vector<TimeNs> times;
};

} // namespace

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
        processor.Wake(context.Now(), inner);
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
    prices.each[static_cast<std::size_t>(Operation::TransmitSegment)] = 300;
    Context context(processor, prices, ContextKind::SoftIrq, 1, 1000);
    Noting burst;
    context.Release(burst);
    context.Charge(Operation::TransmitSegment, 4);
    context.Charge(Operation::Timer);
    context.Release(burst);
    CHECK(context.Now() == 2200);
    CHECK(burst.times == std::vector<TimeNs>{1000, 2200});
}
