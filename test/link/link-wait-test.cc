// SPDX-License-Identifier: GPL-2.0-only
//
// The time that packets waited, against what follows from arrivals, departures and the times in
// which the link stood still.

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <random>
#include <unistd.h>

using namespace link_test;

namespace
{

constexpr BitsPerSecond kOnePerMs = 12'000'000; // 1500 bytes

struct Stop
{
    TimeNs from;
    TimeNs until;
};

/// Of packets served in their order: waiting for those before, and for a link that stands still.
TimeNs
WaitFrom(const std::vector<TimeNs>& arrivals,
         const std::vector<LinkDelivery>& delivered,
         const std::vector<Stop>& stops)
{
    TimeNs sum = 0;
    TimeNs before = 0;
    for (const auto& d : delivered)
    {
        const TimeNs arrived = arrivals[d.cookie];
        const TimeNs begins = std::max(arrived, before);
        sum += begins - arrived;
        for (const auto& stop : stops)
        {
            sum +=
                std::max<TimeNs>(0, std::min(stop.until, d.departed) - std::max(stop.from, begins));
        }
        before = d.departed;
    }
    return sum;
}

} // namespace

TEST_CASE("packets that wait through a fall of the rate count the time they waited", "[link]")
{
    LinkDirection link(Plain(kOnePerMs, 0), 1, "l");
    for (int i = 0; i < 4; ++i)
    {
        link.Offer(0, Packet(1500, i));
    }
    link.SetRate(kMillisecond, kOnePerMs / 100);
    const auto got = Run(link);
    REQUIRE(got.size() == 4);
    // 0, 1, 101 and 201 ms; at the rate they arrived at it would have been 0, 1, 2 and 3.
    CHECK(link.Counters().waitedTime == 303 * kMillisecond);
    CHECK(link.TakePeaks().wait == 201 * kMillisecond);
}

TEST_CASE("an outage that holds packets is time waited, also by the one in service", "[link]")
{
    LinkDirection link(Plain(kOnePerMs, 0), 1, "l");
    link.Offer(0, Packet(1500, 0));
    link.Offer(0, Packet(1500, 1));
    link.SetDown(kMillisecond / 2, true, LinkDirection::Outage::Hold);
    link.CatchUp(kSecond);
    // Nobody has arrived yet, but the second waits since the beginning.
    CHECK(link.Counters().waitedTime == 0);
    CHECK(link.TakePeaks().wait == kSecond);
    link.SetDown(kMillisecond / 2 + 2 * kSecond, false);
    REQUIRE(Run(link).size() == 2);
    CHECK(link.Counters().waitedTime == 2 * kSecond + 2 * kSecond + kMillisecond);
    CHECK(link.TakePeaks().wait == 2 * kSecond + kMillisecond);
}

TEST_CASE("a packet waits for the slot of a TDD gate", "[link]")
{
    const auto parameters = LinkParameters()
                                .SetText("pattern", "DDDU")
                                .SetText("open", "U")
                                .SetDuration("slot", 5 * kMillisecond)
                                .SetDuration("phase", 0)
                                .SetChoice("rate-is", "while-open");
    LinkDirection link(With(Plain(kOnePerMs, 0), "tdd", parameters), 1, "l");
    link.Offer(0, Packet(1500, 0));
    link.Offer(0, Packet(1500, 1));
    REQUIRE(Run(link, kSecond).size() == 2);
    CHECK(link.Counters().waitedTime == 15 * kMillisecond + 16 * kMillisecond);
    CHECK(link.TakePeaks().wait == 16 * kMillisecond);
}

TEST_CASE("packets wait for the grant of the request that they came in time for", "[link]")
{
    const auto parameters = LinkParameters()
                                .SetDuration("shortest", 4 * kMillisecond)
                                .SetDuration("longest", 4 * kMillisecond);
    LinkDirection link(With(Plain(kOnePerMs, 0), "request-grant", parameters), 1, "l");
    for (int i = 0; i < 3; ++i)
    {
        link.Offer(0, Packet(1500, i));
    }
    link.Offer(kMillisecond, Packet(1500, 3));
    const auto got = Run(link);
    REQUIRE(got.size() == 4);
    // The request of time 0 is granted at 4 ms for the first three, the next one at 8 ms.
    CHECK(got[0].departed == 5 * kMillisecond);
    CHECK(got[2].departed == 7 * kMillisecond);
    CHECK(got[3].departed == 9 * kMillisecond);
    CHECK(link.Counters().waitedTime == (4 + 5 + 6 + 7) * kMillisecond);
    CHECK(link.TakePeaks().wait == 7 * kMillisecond);
}

TEST_CASE("a trace's packets wait for their opportunity, and a full trace is used whole", "[link]")
{
    char name[] = "/tmp/hs-link-wait-XXXXXX";
    const int fd = mkstemp(name);
    REQUIRE(fd >= 0);
    close(fd);
    std::ofstream(name) << "10\n20\n30\n40\n";
    LinkDirection link(With(LinkConfig{}, "trace", LinkParameters().SetFile("file", name)), 1, "l");
    std::remove(name);
    for (int i = 0; i < 8; ++i)
    {
        link.Offer(0, Packet(1500, i));
    }
    REQUIRE(Run(link, 40 * kMillisecond).size() == 4);
    CHECK(link.Counters().waitedTime == (10 + 20 + 30 + 40) * kMillisecond);
    LinkOpportunities use;
    REQUIRE(link.FindOpportunities(use));
    CHECK(use.offered == 6000);
    CHECK(use.used == 6000);
    REQUIRE(Run(link, 80 * kMillisecond).size() == 4);
    link.CatchUp(120 * kMillisecond);
    REQUIRE(link.FindOpportunities(use));
    CHECK(use.offered == 18000);
    CHECK(use.used == 12000);
}

TEST_CASE("whatever a link does, its packets have waited for those before and for its stops",
          "[link]")
{
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round)
    {
        LinkDirection link(Plain(kOnePerMs, 3 * kMillisecond), 1, "l");
        std::vector<TimeNs> arrivals;
        std::vector<LinkDelivery> all;
        std::vector<Stop> stops;
        TimeNs now = 0;
        for (int step = 0; step < 60; ++step)
        {
            now += static_cast<TimeNs>(random() % 2'000'000);
            const auto due = Collect(link, now);
            all.insert(all.end(), due.begin(), due.end());
            const auto stand = [&](bool still) {
                if (still && (stops.empty() || stops.back().until != kNever))
                {
                    stops.push_back({now, kNever});
                }
                else if (!still && !stops.empty())
                {
                    stops.back().until = std::min(stops.back().until, now);
                }
            };
            switch (random() % 8)
            {
            case 0: {
                const BitsPerSecond rates[] = {kOnePerMs / 3, kOnePerMs, kOnePerMs * 7};
                link.SetDown(now, false);
                link.SetRate(now, rates[random() % 3]);
                stand(false);
                break;
            }
            case 1:
                link.SetDown(now, true, LinkDirection::Outage::Hold);
                stand(true);
                break;
            case 2:
                link.SetDown(now, false);
                link.SetRate(now, 0);
                stand(true);
                break;
            case 3:
                link.CatchUp(now);
                break;
            default:
                link.Offer(
                    now,
                    Packet(100 + static_cast<std::uint32_t>(random() % 1400), arrivals.size()));
                arrivals.push_back(now);
            }
        }
        link.SetDown(now, false);
        link.SetRate(now, kOnePerMs);
        if (!stops.empty())
        {
            stops.back().until = std::min(stops.back().until, now);
        }
        const auto rest = Run(link);
        all.insert(all.end(), rest.begin(), rest.end());
        REQUIRE(all.size() == arrivals.size());
        const auto expected = WaitFrom(arrivals, all, stops);
        // A departure is rounded up to a whole nanosecond.
        CHECK(std::abs(link.Counters().waitedTime - expected) <=
              static_cast<TimeNs>(2 * all.size()));
    }
}
