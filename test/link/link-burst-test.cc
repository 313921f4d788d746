// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "link-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace link_test;

namespace
{

bool
AreSame(const std::vector<LinkDelivery>& some, const std::vector<LinkDelivery>& others)
{
    return std::equal(some.begin(),
                      some.end(),
                      others.begin(),
                      others.end(),
                      [](const LinkDelivery& a, const LinkDelivery& b) {
                          return a.at == b.at && a.cookie == b.cookie && a.dropped == b.dropped &&
                                 a.congestionExperienced == b.congestionExperienced &&
                                 a.departed == b.departed;
                      });
}

/// The packets of a burst one by one. \return how many were taken
std::uint32_t
OfferSingly(LinkDirection& link,
            TimeNs now,
            LinkPacket packet,
            std::uint32_t count,
            std::uint32_t lastBytes)
{
    std::uint32_t taken = 0;
    for (std::uint32_t i = 0; i < count; ++i)
    {
        packet.bytes = i + 1 < count ? packet.bytes : lastBytes;
        taken += link.Offer(now, packet) ? 1 : 0;
        packet.cookie += LinkDirection::kNextCookie;
    }
    return taken;
}

void
RequireSame(LinkDirection& whole, LinkDirection& singly, TimeNs now)
{
    whole.CatchUp(now);
    singly.CatchUp(now);
    const auto& a = whole.Counters();
    const auto& b = singly.Counters();
    REQUIRE(a.offeredPackets == b.offeredPackets);
    REQUIRE(a.offeredBytes == b.offeredBytes);
    REQUIRE(a.deliveredBytes == b.deliveredBytes);
    REQUIRE(a.dropped == b.dropped);
    REQUIRE(a.busyTime == b.busyTime);
    REQUIRE(a.waitedTime == b.waitedTime);
    REQUIRE(a.maxWaitingPackets == b.maxWaitingPackets);
    REQUIRE(whole.WaitingPackets() == singly.WaitingPackets());
    REQUIRE(whole.WaitingBytes() == singly.WaitingBytes());
    REQUIRE(whole.QueueingDelay(now) == singly.QueueingDelay(now));
    REQUIRE(whole.NextDelivery() == singly.NextDelivery());
    const auto peaks = whole.TakePeaks();
    const auto others = singly.TakePeaks();
    REQUIRE(peaks.wait == others.wait);
    REQUIRE(peaks.waiting == others.waiting);
}

} // namespace

TEST_CASE("a burst arrives as its packets would one by one", "[link][property]")
{
    const auto rounds = hoststack::test::RoundsOf(40);
    std::uint32_t bursts = 0;
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        std::mt19937 random(static_cast<unsigned>(seed));
        // Rates that divide a packet's bits and some that do not, and a queue that fills.
        const BitsPerSecond rates[] = {1'000'000'000, 999'999'937, 7'000'003, 10'000'000'000};
        auto config = Plain(rates[random() % 4], random() % 5 * kMillisecond);
        config.overhead = random() % 3 * 19;
        config.framing = random() % 4 == 0 ? LinkFraming::Atm : LinkFraming::None;
        config.queue.packets = 20 + random() % 200;
        config.queue.bytes = random() % 2 == 0 ? 100'000 : 10'000'000;
        LinkDirection whole(config, 1, "l");
        LinkDirection singly(config, 1, "l");
        TimeNs now = 0;
        std::uint64_t cookie = 0;
        for (int i = 0; i < 300; ++i)
        {
            now += static_cast<TimeNs>(random() % (2 * kMillisecond));
            const auto got = Collect(whole, now);
            const auto expected = Collect(singly, now);
            REQUIRE(AreSame(got, expected));
            if (random() % 20 == 0)
            {
                // A change while running takes bursts apart.
                const auto rate = rates[random() % 4];
                const auto loss = random() % 2 * 0.2;
                for (auto* link : {&whole, &singly})
                {
                    link->SetRate(now, rate);
                    link->SetLoss(now, loss);
                }
            }
            const auto packet = Packet(100 + random() % 1400, ++cookie);
            const std::uint32_t count = 1 + random() % 45;
            const std::uint32_t last = 40 + random() % packet.bytes;
            const bool isWhole = whole.OfferBurst(now, packet, count, last);
            const auto taken = isWhole ? count : OfferSingly(whole, now, packet, count, last);
            REQUIRE(OfferSingly(singly, now, packet, count, last) == taken);
            bursts += isWhole ? 1 : 0;
            RequireSame(whole, singly, now);
        }
        const auto got = Run(whole);
        const auto expected = Run(singly);
        REQUIRE(AreSame(got, expected));
        RequireSame(whole, singly, whole.Now());
    }
    REQUIRE(bursts > 1000);
}

TEST_CASE("a burst that a link has to look into is not taken as one", "[link]")
{
    const auto packet = Packet(1500, 1);
    LinkDirection plain(Plain(1'000'000'000, 0), 1, "l");
    REQUIRE(plain.IsPlain());
    CHECK(plain.OfferBurst(0, packet, 3, 1000));

    auto lossy = Plain(1'000'000'000, 0);
    lossy.loss = 0.5;
    LinkDirection loses(lossy, 1, "l");
    CHECK_FALSE(loses.OfferBurst(0, packet, 3, 1000));
    LinkDirection managed(With(Plain(1'000'000'000, 0), "codel"), 1, "l");
    CHECK_FALSE(managed.OfferBurst(0, packet, 3, 1000));
    LinkDirection down(Plain(1'000'000'000, 0), 1, "l");
    down.SetDown(0, true);
    CHECK_FALSE(down.OfferBurst(0, packet, 3, 1000));
    auto narrow = Plain(1'000'000'000, 0);
    narrow.queue.packets = 1;
    LinkDirection full(narrow, 1, "l");
    CHECK_FALSE(full.OfferBurst(0, packet, 3, 1000));
    CHECK(full.Counters().offeredPackets == 0);
    CHECK(full.OfferBurst(0, packet, 2, 1000));
}

TEST_CASE("an owner that lets packets lie is told when the next one behind them arrives", "[link]")
{
    LinkDirection link(Plain(12'000'000, 0), 1, "l");
    REQUIRE(link.OfferBurst(0, Packet(1500, 0), 4, 1500));
    CHECK(link.NextDelivery(0) == kMillisecond);
    CHECK(link.NextDelivery(3) == 4 * kMillisecond);
    CHECK(link.NextDelivery(4) == kNever);
}
