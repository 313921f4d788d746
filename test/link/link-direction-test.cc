// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>

using namespace link_test;

TEST_CASE("a packet arrives after its serialisation and the delay", "[link]")
{
    LinkDirection link(Plain(12'000'000, 10 * kMillisecond), 1, "l");
    REQUIRE(link.NextDelivery() == kNever);
    REQUIRE(link.Offer(5 * kMillisecond, Packet(1500, 7)));
    // 12,000 bits at 12 Mbit/s: 1 ms.
    REQUIRE(link.NextDelivery() == 16 * kMillisecond);
    REQUIRE(Collect(link, 16 * kMillisecond - 1).empty());
    const auto got = Collect(link, 16 * kMillisecond);
    REQUIRE(got.size() == 1);
    CHECK(got[0].cookie == 7);
    CHECK(got[0].at == 16 * kMillisecond);
    CHECK(got[0].departed == 6 * kMillisecond);
    CHECK(got[0].dropped == LinkDrop::None);
    CHECK(link.NextDelivery() == kNever);
}

TEST_CASE("packets of a burst leave back to back", "[link]")
{
    LinkDirection link(Plain(12'000'000, 0), 1, "l");
    for (int i = 0; i < 5; ++i)
    {
        REQUIRE(link.Offer(0, Packet(1500, i)));
    }
    CHECK(link.WaitingPackets() == 4);
    CHECK(link.WaitingBytes() == 6000);
    CHECK(link.QueueingDelay(0) == 5 * kMillisecond);
    CHECK(link.QueueingDelay(kMillisecond / 2) == 9 * kMillisecond / 2);
    const auto got = Run(link);
    REQUIRE(got.size() == 5);
    for (int i = 0; i < 5; ++i)
    {
        CHECK(got[i].cookie == std::uint64_t(i));
        CHECK(got[i].at == (i + 1) * kMillisecond);
    }
    CHECK(link.Counters().busyTime == 5 * kMillisecond);
    CHECK(link.Counters().deliveredBytes == 7500);
}

TEST_CASE("overhead and ATM cells count on the wire but not in the queue", "[link]")
{
    auto config = Plain(8'000'000, 0);
    config.overhead = 44;
    REQUIRE(LinkDirection(config, 1, "l").WireBytes(1492) == 1536);
    config.framing = LinkFraming::Atm;
    LinkDirection atm(config, 1, "l");
    // 1,536 bytes fill 32 cells exactly; one byte more needs another.
    CHECK(atm.WireBytes(1492) == 32 * 53);
    CHECK(atm.WireBytes(1493) == 33 * 53);
    atm.Offer(0, Packet(1492, 1));
    atm.Offer(0, Packet(1492, 2));
    CHECK(atm.WaitingBytes() == 1492);
    CHECK(atm.NextDelivery() == 32 * 53 * kMicrosecond);
}

TEST_CASE("the packet in service does not count against the queue limit", "[link]")
{
    auto config = Plain(12'000'000, 0);
    SECTION("in packets")
    {
        config.queue.packets = 3;
    }
    SECTION("in bytes")
    {
        config.queue.bytes = 4500;
    }
    SECTION("in time at the rate")
    {
        config.queue.time = 3 * kMillisecond;
    }
    LinkDirection link(config, 1, "l");
    for (int i = 0; i < 4; ++i)
    {
        REQUIRE(link.Offer(0, Packet(1500, i)));
    }
    CHECK_FALSE(link.Offer(0, Packet(1500, 4)));
    CHECK(link.Refusal() == LinkDrop::Queue);
    CHECK_FALSE(link.Offer(kMillisecond - 1, Packet(1500, 5)));
    // The first has left at 1 ms sharp, which makes room at that very time.
    CHECK(link.Offer(kMillisecond, Packet(1500, 6)));
    CHECK_FALSE(link.Offer(kMillisecond, Packet(1500, 7)));
    CHECK(link.Counters().Dropped(LinkDrop::Queue) == 3);
    CHECK(link.Counters().maxWaitingPackets == 3);
    CHECK(Run(link).size() == 5);
}

TEST_CASE("a queue of no packets still lets an idle link send", "[link]")
{
    auto config = Plain(12'000'000, 0);
    config.queue.packets = 0;
    LinkDirection link(config, 1, "l");
    CHECK(link.Offer(0, Packet(1500, 0)));
    CHECK_FALSE(link.Offer(0, Packet(40, 1)));
    CHECK(link.Offer(kMillisecond, Packet(1500, 2)));
}

TEST_CASE("a queue that is given in time keeps its bytes when the rate changes", "[link]")
{
    auto config = Plain(12'000'000, 0);
    config.queue.time = 10 * kMillisecond;
    LinkDirection link(config, 1, "l");
    link.SetRate(0, 120'000'000);
    int accepted = 0;
    while (link.Offer(0, Packet(1500, accepted)))
    {
        ++accepted;
    }
    CHECK(accepted == 11);
    // Less than a packet of room would shut the link for large packets.
    config.queue.time = 1;
    LinkDirection tiny(config, 1, "l");
    CHECK(tiny.Offer(0, Packet(1500, 0)));
    CHECK(tiny.Offer(0, Packet(1500, 1)));
    CHECK_FALSE(tiny.Offer(0, Packet(1500, 2)));
}

TEST_CASE("a million packets take exactly their bits divided by the rate", "[link]")
{
    // 1,501 bytes at 7,654,321 bit/s last 1,568,787.1... ns: each rounding would add up.
    constexpr BitsPerSecond kRate = 7'654'321;
    constexpr int kPackets = 1'000'000;
    LinkDirection link(Plain(kRate, 0), 1, "l");
    TimeNs last = 0;
    LinkDelivery out;
    int got = 0;
    link.Offer(0, Packet(1501, 0));
    link.Offer(0, Packet(1501, 1));
    int offered = 2;
    while (got < kPackets)
    {
        const TimeNs next = link.NextDelivery();
        while (link.Deliver(next, out))
        {
            ++got;
            last = out.departed;
            if (offered < kPackets)
            {
                link.Offer(next, Packet(1501, offered++));
            }
        }
    }
    const auto bits = static_cast<Uint128>(1501) * 8 * kPackets * kSecond;
    CHECK(last == static_cast<TimeNs>((bits + kRate - 1) / kRate));
}

TEST_CASE("an unlimited rate delivers after the delay alone", "[link]")
{
    LinkDirection link(Plain(kUnlimitedRate, 3 * kMillisecond), 1, "l");
    for (int i = 0; i < 100; ++i)
    {
        link.Offer(0, Packet(1500, i));
    }
    const auto got = Run(link);
    REQUIRE(got.size() == 100);
    CHECK(got.back().at <= 3 * kMillisecond + 1);
}

TEST_CASE("a rate change applies to the rest of the packet in service", "[link]")
{
    LinkDirection link(Plain(12'000'000, 5 * kMillisecond), 1, "l");
    link.Offer(0, Packet(1500, 0));
    link.Offer(0, Packet(1500, 1));
    // Half of the first is out; the other half takes a tenth of the time.
    link.SetRate(kMillisecond / 2, 120'000'000);
    auto got = Run(link);
    REQUIRE(got.size() == 2);
    CHECK(got[0].departed == 550 * kMicrosecond);
    CHECK(got[0].at == 5550 * kMicrosecond);
    CHECK(got[1].departed == 650 * kMicrosecond);

    SECTION("to nothing and back")
    {
        const TimeNs start = 10 * kMillisecond;
        link.Offer(start, Packet(15'000, 2));
        link.SetRate(start + kMillisecond / 4, 0);
        CHECK(link.NextDelivery() == kNever);
        CHECK(link.QueueingDelay(start + kMillisecond / 2) == kNever);
        link.SetRate(start + 10 * kMillisecond, 120'000'000);
        got = Run(link);
        REQUIRE(got.size() == 1);
        CHECK(got[0].departed == start + 10 * kMillisecond + 3 * kMillisecond / 4);
        CHECK(link.Counters().busyTime == 650 * kMicrosecond + kMillisecond);
    }
}

TEST_CASE("a shorter delay does not let later packets overtake", "[link]")
{
    LinkDirection link(Plain(12'000'000, 50 * kMillisecond), 1, "l");
    link.Offer(0, Packet(1500, 0)); // departs at 1 ms
    link.Offer(0, Packet(1500, 1)); // in service when the delay changes
    link.SetDelay(1500 * kMicrosecond, 10 * kMillisecond);
    link.Offer(60 * kMillisecond, Packet(1500, 2));
    const auto got = Run(link);
    REQUIRE(got.size() == 3);
    CHECK(got[0].at == 51 * kMillisecond);
    CHECK(got[1].at == 51 * kMillisecond);
    CHECK(got[1].cookie == 1);
    CHECK(got[2].at == 71 * kMillisecond);
}

TEST_CASE("an outage loses what is queued, in service, in flight and offered", "[link]")
{
    LinkDirection link(Plain(12'000'000, 2 * kMillisecond), 1, "l");
    for (int i = 0; i < 6; ++i)
    {
        link.Offer(0, Packet(1500, i));
    }
    // At 3.5 ms packet 0 has arrived, 1 and 2 are in flight, 3 is in service, 4 and 5 wait.
    const TimeNs down = 3500 * kMicrosecond;
    link.SetDown(down, true);
    CHECK(link.IsDown());
    CHECK_FALSE(link.Offer(down, Packet(1500, 6)));
    CHECK(link.Refusal() == LinkDrop::Outage);
    CHECK(link.NextDelivery() <= down);
    auto got = Collect(link, down);
    REQUIRE(got.size() == 6);
    int arrived = 0;
    for (const auto& d : got)
    {
        arrived += d.dropped == LinkDrop::None;
        CHECK((d.cookie == 0) == (d.dropped == LinkDrop::None));
    }
    CHECK(arrived == 1);
    CHECK(link.WaitingPackets() == 0);
    CHECK(link.InFlightPackets() == 0);
    CHECK(link.Counters().Dropped(LinkDrop::Outage) == 6);
    CHECK(link.Counters().busyTime == down);

    link.SetDown(8 * kMillisecond, false);
    CHECK(link.Offer(8 * kMillisecond, Packet(1500, 7)));
    got = Run(link);
    REQUIRE(got.size() == 1);
    CHECK(got[0].at == 11 * kMillisecond);
}

TEST_CASE("an outage that holds lets what is in flight arrive and keeps the queue", "[link]")
{
    LinkDirection link(Plain(12'000'000, 2 * kMillisecond), 1, "l");
    link.Offer(0, Packet(1500, 0));
    link.Offer(0, Packet(1500, 1));
    link.SetDown(1250 * kMicrosecond, true, LinkDirection::Outage::Hold);
    auto got = Run(link);
    REQUIRE(got.size() == 1);
    CHECK(got[0].at == 3 * kMillisecond);
    CHECK(link.Offer(20 * kMillisecond, Packet(1500, 2)));
    CHECK(link.WaitingPackets() == 1);
    link.SetDown(100 * kMillisecond, false);
    got = Run(link);
    REQUIRE(got.size() == 2);
    CHECK(got[0].departed == 100 * kMillisecond + 750 * kMicrosecond);
    CHECK(got[1].departed == 100 * kMillisecond + 1750 * kMicrosecond);

    SECTION("and a black hole after it loses the rest")
    {
        link.SetDown(200 * kMillisecond, true, LinkDirection::Outage::Hold);
        CHECK(link.Offer(200 * kMillisecond, Packet(1500, 3)));
        CHECK(link.NextDelivery() == kNever);
        link.SetDown(201 * kMillisecond, true);
        got = Collect(link, 201 * kMillisecond);
        REQUIRE(got.size() == 1);
        CHECK(got[0].dropped == LinkDrop::Outage);
    }
}

TEST_CASE("random loss happens after serialisation and at the given rate", "[link]")
{
    auto config = Plain(12'000'000, 4 * kMillisecond);
    config.loss = 0.03;
    LinkDirection link(config, 42, "l");
    constexpr int kPackets = 100'000;
    std::uint64_t lost = 0;
    for (int i = 0; i < kPackets; ++i)
    {
        link.Offer(i * kMillisecond, Packet(1500, i));
        for (const auto& d : Collect(link, i * kMillisecond))
        {
            lost += d.dropped == LinkDrop::Random;
        }
    }
    for (const auto& d : Run(link))
    {
        lost += d.dropped == LinkDrop::Random;
    }
    // Six standard deviations of a binomial distribution: 6 * sqrt(n p q) = 324.
    CHECK(std::abs(double(lost) - 3000) < 324);
    CHECK(link.Counters().busyTime == kPackets * kMillisecond);
    CHECK(link.Counters().deliveredPackets + lost == kPackets);
    link.SetLoss(kPackets * kMillisecond + kSecond, 0);
    const TimeNs later = kPackets * kMillisecond + 2 * kSecond;
    for (int i = 0; i < 1000; ++i)
    {
        link.Offer(later, Packet(1500, i));
    }
    CHECK(Run(link).size() == 1000);
    CHECK(link.Counters().Dropped(LinkDrop::Random) == lost);
}

TEST_CASE("jitter spreads arrivals without changing their order", "[link]")
{
    auto config = Plain(1'200'000'000, 10 * kMillisecond);
    config.jitter = 3 * kMillisecond;
    LinkDirection link(config, 3, "l");
    constexpr int kPackets = 20'000;
    for (int i = 0; i < kPackets; ++i)
    {
        // 5 ms apart now and then, so that some are not held back by the one before.
        link.Offer(i / 10 * 5 * kMillisecond, Packet(1500, i));
    }
    const auto got = Run(link);
    REQUIRE(got.size() == kPackets);
    double sum = 0;
    for (int i = 0; i < kPackets; ++i)
    {
        REQUIRE(got[i].cookie == std::uint64_t(i));
        const TimeNs extra = got[i].at - got[i].departed - 10 * kMillisecond;
        REQUIRE(extra >= 0);
        REQUIRE(extra < 3 * kMillisecond);
        sum += i % 10 == 0 ? double(extra) : 0;
    }
    CHECK(sum / (kPackets / 10) == Approx(1.5 * kMillisecond).epsilon(0.05));
}

TEST_CASE("the same seed and name give the same run, another name another", "[link]")
{
    const auto run = [](std::uint64_t seed, const std::string& name) {
        auto config = Plain(10'000'000, kMillisecond);
        config.loss = 0.2;
        config.jitter = kMillisecond;
        LinkDirection link(config, seed, name);
        std::vector<std::pair<std::uint64_t, TimeNs>> log;
        for (int i = 0; i < 300; ++i)
        {
            link.Offer(0, Packet(100, i));
        }
        for (const auto& d : Run(link))
        {
            log.emplace_back(d.cookie * 10 + std::uint64_t(d.dropped), d.at);
        }
        return log;
    };
    CHECK(run(1, "a") == run(1, "a"));
    CHECK(run(1, "a") != run(2, "a"));
    CHECK(run(1, "a") != run(1, "b"));
}

TEST_CASE("adding a behaviour does not change what another one draws", "[link]")
{
    const auto lost = [](bool more) {
        auto config = With(Plain(10'000'000, kMillisecond),
                           "gilbert-elliott",
                           LinkParameters()
                               .SetProbability("good-to-bad", 0.05)
                               .SetProbability("bad-to-good", 0.3));
        if (more)
        {
            config = With(config,
                          "uniform-jitter",
                          LinkParameters().SetDuration("spread", kMillisecond));
            config.jitter = kMillisecond;
        }
        LinkDirection link(config, 9, "l");
        std::vector<std::uint64_t> cookies;
        for (int i = 0; i < 500; ++i)
        {
            link.Offer(0, Packet(100, i));
        }
        for (const auto& d : Run(link))
        {
            if (d.dropped != LinkDrop::None)
            {
                cookies.push_back(d.cookie);
            }
        }
        return cookies;
    };
    REQUIRE_FALSE(lost(false).empty());
    CHECK(lost(false) == lost(true));
}

TEST_CASE("counters balance at any time", "[link]")
{
    auto config = Plain(10'000'000, 5 * kMillisecond);
    config.loss = 0.1;
    config.queue.packets = 20;
    LinkDirection link(config, 4, "l");
    const auto balance = [&] {
        const auto& c = link.Counters();
        std::uint64_t dropped = 0;
        for (const auto n : c.dropped)
        {
            dropped += n;
        }
        return c.offeredPackets ==
               c.deliveredPackets + dropped + link.WaitingPackets() + link.InFlightPackets();
    };
    for (int i = 0; i < 3000; ++i)
    {
        const TimeNs now = i * 700 * kMicrosecond;
        link.Offer(now, Packet(1500, i));
        REQUIRE(balance());
        Collect(link, now);
        REQUIRE(balance());
        if (i % 500 == 499)
        {
            link.SetDown(now, i % 1000 == 499);
            REQUIRE(balance());
        }
    }
    CHECK(link.Counters().Dropped(LinkDrop::Outage) > 0);
    CHECK(link.Counters().Dropped(LinkDrop::Queue) > 0);
}

TEST_CASE("a link refuses values that mean nothing", "[link]")
{
    const auto fails = [](const LinkConfig& config, const std::string& parameter) {
        try
        {
            LinkDirection link(config, 1, "links/x/down");
        }
        catch (const LinkConfigError& e)
        {
            CHECK(std::string(e.what()).find("links/x/down") != std::string::npos);
            return e.Parameter() == parameter && e.Behaviour() == -1;
        }
        return false;
    };
    LinkConfig config;
    config.loss = 1.5;
    CHECK(fails(config, "loss"));
    config = {};
    config.delay = -1;
    CHECK(fails(config, "delay"));
    config = {};
    config.jitter = -1;
    CHECK(fails(config, "jitter"));
    config = {};
    config.rate = kUnlimitedRate + 1;
    CHECK(fails(config, "rate"));
    config = {};
    config.queue.time = -1;
    CHECK(fails(config, "queue"));
    LinkDirection link({}, 1, "l");
    CHECK_THROWS_AS(link.SetLoss(0, -0.1), LinkConfigError);
    CHECK_THROWS_AS(link.SetDelay(0, -1), LinkConfigError);
    CHECK_THROWS_AS(link.SetJitter(0, -1), LinkConfigError);
}
