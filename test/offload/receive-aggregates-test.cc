// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-random.h"
#include "ns3/hs-receive-aggregates.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

struct Pages final : public PageSource
{
    bool Take(std::int64_t pages) override
    {
        if (pages > free)
        {
            return false;
        }
        free -= pages;
        return true;
    }

    void GiveBack(std::int64_t pages) override
    {
        free += pages;
    }

    std::int64_t Free() const override
    {
        return free;
    }

    std::int64_t free{1000000};
};

AggregateSettings
Usbnet(std::uint32_t bufferBytes = 32768)
{
    AggregateSettings settings;
    settings.bytes = 32768;
    settings.period = 2500 * kMicrosecond;
    settings.bufferBytes = bufferBytes;
    settings.buffers = 13;
    settings.refillAt = 12;
    return settings;
}

/// An aggregate of so many full packets, complete.
void
AddFull(ReceiveAggregates& aggregates, TimeNs now, int packets)
{
    for (int i = 0; i < packets; ++i)
    {
        aggregates.Add(now, 1500);
    }
    aggregates.End();
}

} // namespace

TEST_CASE("an aggregate of 32 KiB is full with 21 packets of 1500 bytes", "[offload][aggregates]")
{
    Pages pages;
    ReceiveAggregates aggregates(Usbnet(), 1500, pages);
    for (int i = 1; i < 21; ++i)
    {
        CHECK(aggregates.Add(100, 1500) == 2500 * kMicrosecond);
    }
    CHECK(aggregates.Add(100, 1500) == 100);
}

TEST_CASE("small packets fill an aggregate by their bytes, not by their number",
          "[offload][aggregates]")
{
    Pages pages;
    ReceiveAggregates aggregates(Usbnet(), 1500, pages);
    int count = 1;
    while (aggregates.Add(100, 52) > 100)
    {
        ++count;
    }
    CHECK(count == (32768 - 1504) / 56 + 1);
}

TEST_CASE("an aggregate that is longer than the buffer is lost whole, one that fits is not",
          "[offload][aggregates]")
{
    Pages pages;
    ReceiveAggregates aggregates(Usbnet(1514), 1500, pages);
    aggregates.Refill(0);
    AddFull(aggregates, 0, 2);
    const auto two = aggregates.Next(0);
    REQUIRE(two);
    CHECK(two->packets == 2);
    CHECK(two->whole == 0);
    AddFull(aggregates, 0, 1);
    CHECK(aggregates.Next(0)->whole == 1);
    CHECK(aggregates.GetCounters(0).tooLong == 1);
    CHECK(aggregates.GetCounters(0).lost == 2);
}

TEST_CASE("without a buffer packets wait in the modem until there is memory for one",
          "[offload][aggregates]")
{
    Pages pages;
    ReceiveAggregates aggregates(Usbnet(), 1500, pages);
    pages.free = aggregates.PagesOfBuffer() - 1;
    CHECK(aggregates.Refill(0) == kMillisecond);
    AddFull(aggregates, 0, 21);
    CHECK_FALSE(aggregates.Next(0));
    CHECK(aggregates.InModem() == 21);
    CHECK(aggregates.Refill(kMillisecond) == 2 * kMillisecond);
    pages.free = 1000;
    CHECK(aggregates.Refill(2 * kMillisecond) == kNever);
    CHECK(aggregates.Next(2 * kMillisecond)->whole == 21);
    CHECK(aggregates.InModem() == 0);
    CHECK(aggregates.GetCounters(3 * kMillisecond).failures == 2);
    CHECK(aggregates.GetCounters(3 * kMillisecond).starved == 2 * kMillisecond);
}

TEST_CASE("a driver that refills at half lets its buffers run down to there",
          "[offload][aggregates]")
{
    Pages pages;
    auto settings = Usbnet();
    settings.buffers = 8;
    settings.refillAt = 4;
    ReceiveAggregates aggregates(settings, 1500, pages);
    aggregates.Refill(0);
    for (const std::uint32_t left : {7U, 6U, 5U, 8U})
    {
        AddFull(aggregates, 0, 1);
        aggregates.Next(0);
        aggregates.Refill(0);
        CHECK(aggregates.Ready() == left);
    }
}

TEST_CASE("packets for whose copy there is no memory are lost, those before them are not",
          "[offload][aggregates]")
{
    Pages pages;
    ReceiveAggregates aggregates(Usbnet(), 1500, pages);
    pages.free = 13 * aggregates.PagesOfBuffer() + 5;
    aggregates.Refill(0);
    AddFull(aggregates, 0, 21);
    CHECK(aggregates.Next(0)->whole == 5 * 4096 / (1504 + 384));
}

TEST_CASE("of all packets each is used, lost or waits, and all memory is given back",
          "[offload][aggregates][property]")
{
    const int round = PROPERTY_ROUND(50);
    RandomStream random(static_cast<std::uint64_t>(round), "aggregates");
    const auto below = [&random](std::uint32_t end) {
        return static_cast<std::uint32_t>(random.Uniform() * end);
    };
    Pages pages;
    const std::int64_t before = below(400);
    pages.free = before;
    std::uint64_t added = 0;
    std::uint64_t whole = 0;
    std::uint32_t inBuffers = 0;
    {
        auto settings = Usbnet(below(2) == 0 ? 8192 : 32768);
        settings.refillAt = below(13);
        ReceiveAggregates aggregates(settings, 1500, pages);
        for (TimeNs now = 0; now < 500; ++now)
        {
            aggregates.Refill(now);
            for (auto count = below(40); count > 0; --count, ++added)
            {
                if (aggregates.Add(now, 40 + below(1461)) <= now)
                {
                    aggregates.End();
                }
            }
            while (const auto transfer = aggregates.Next(now))
            {
                whole += transfer->whole;
                inBuffers += transfer->whole;
            }
            const auto taken = below(inBuffers + 1);
            aggregates.Take(taken);
            inBuffers -= taken;
            REQUIRE(pages.free >= 0);
        }
        CHECK(added == whole + aggregates.GetCounters(500).lost + aggregates.InModem());
    }
    CHECK(pages.free == before);
}
