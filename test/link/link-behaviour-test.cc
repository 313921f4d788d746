// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

using namespace link_test;

namespace
{

constexpr std::uint8_t kAck = LinkPacket::kPureAck;
constexpr std::uint8_t kSack = LinkPacket::kPureAck | LinkPacket::kHasSackOrSignalling;

/// One packet every \p spacing, delivered as time goes.
std::vector<LinkDelivery>
Stream(LinkDirection& link, int packets, TimeNs spacing, std::uint32_t bytes = 1500)
{
    std::vector<LinkDelivery> all;
    for (int i = 0; i < packets; ++i)
    {
        link.Offer(i * spacing, Packet(bytes, i));
        const auto due = Collect(link, i * spacing);
        all.insert(all.end(), due.begin(), due.end());
    }
    const auto rest = Run(link);
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

TimeNs
Extra(const LinkDelivery& d, TimeNs delay = 0)
{
    return d.at - d.departed - delay;
}

} // namespace

TEST_CASE("Gilbert-Elliott loss has the share and the burst length of its chain", "[link]")
{
    const auto config = With(
        Plain(kUnlimitedRate, 0),
        "gilbert-elliott",
        LinkParameters().SetProbability("good-to-bad", 0.01).SetProbability("bad-to-good", 0.25));
    LinkDirection link(config, 5, "l");
    constexpr int kPackets = 400'000;
    const auto got = Stream(link, kPackets, kMicrosecond);
    REQUIRE(got.size() == kPackets);
    int lost = 0;
    int bursts = 0;
    bool before = false;
    for (const auto& d : got)
    {
        const bool is = d.dropped == LinkDrop::Random;
        lost += is;
        bursts += is && !before;
        before = is;
    }
    CHECK(double(lost) / kPackets == Approx(0.01 / 0.26).epsilon(0.05));
    CHECK(double(lost) / bursts == Approx(1 / 0.25).epsilon(0.05));
}

TEST_CASE("Gilbert-Elliott loss probabilities of both states count", "[link]")
{
    const auto config = With(Plain(kUnlimitedRate, 0),
                             "gilbert-elliott",
                             LinkParameters()
                                 .SetProbability("good-to-bad", 0.1)
                                 .SetProbability("bad-to-good", 0.3)
                                 .SetProbability("loss-in-good", 0.02)
                                 .SetProbability("loss-in-bad", 0.5));
    LinkDirection link(config, 5, "l");
    Stream(link, 300'000, kMicrosecond);
    const double share = double(link.Counters().Dropped(LinkDrop::Random)) / 300'000;
    CHECK(share == Approx(0.75 * 0.02 + 0.25 * 0.5).epsilon(0.03));
}

TEST_CASE("the bernoulli behaviour loses its share", "[link]")
{
    LinkDirection link(
        With(Plain(kUnlimitedRate, 0), "bernoulli", LinkParameters().SetNumber("probability", 0.1)),
        5,
        "l");
    Stream(link, 100'000, kMicrosecond);
    CHECK(double(link.Counters().Dropped(LinkDrop::Random)) / 100'000 == Approx(0.1).epsilon(0.05));
}

TEST_CASE("a periodic outage loses what leaves in its windows", "[link]")
{
    LinkDirection link(With(Plain(kUnlimitedRate, 0),
                            "periodic-outage",
                            LinkParameters()
                                .SetDuration("every", 100 * kMillisecond)
                                .SetDuration("lasts", 10 * kMillisecond)
                                .SetDuration("phase", 95 * kMillisecond)),
                       1,
                       "l");
    for (const auto& d : Stream(link, 1000, kMillisecond))
    {
        // Windows [95, 105), [195, 205) ... and the end of the one that began at -5 ms.
        const auto ms = d.cookie % 100;
        INFO(d.cookie);
        REQUIRE((d.dropped == LinkDrop::Outage) == (ms >= 95 || ms < 5));
    }
}

TEST_CASE("a periodic outage that holds serves the queue afterwards", "[link]")
{
    LinkDirection link(With(Plain(12'000'000, 0),
                            "periodic-outage",
                            LinkParameters()
                                .SetDuration("every", 100 * kMillisecond)
                                .SetDuration("lasts", 10 * kMillisecond)
                                .SetDuration("phase", 20 * kMillisecond)
                                .SetChoice("effect", "hold")),
                       1,
                       "l");
    link.Offer(19 * kMillisecond + kMillisecond / 2, Packet(1500, 0));
    link.Offer(25 * kMillisecond, Packet(1500, 1));
    link.Offer(40 * kMillisecond, Packet(1500, 2));
    link.Offer(125 * kMillisecond, Packet(1500, 3));
    const auto got = Run(link);
    REQUIRE(got.size() == 4);
    CHECK(got[0].at == 30 * kMillisecond + kMillisecond / 2);
    CHECK(got[1].at == 31 * kMillisecond + kMillisecond / 2);
    CHECK(got[2].at == 41 * kMillisecond);
    CHECK(got[3].at == 131 * kMillisecond);
}

TEST_CASE("jitter behaviours have their distributions and keep the order", "[link]")
{
    std::string kind;
    LinkParameters parameters;
    double mean = 0;
    SECTION("uniform")
    {
        kind = "uniform-jitter";
        parameters.SetDuration("spread", 8 * kMillisecond);
        mean = 4e6;
    }
    SECTION("half normal")
    {
        kind = "normal-jitter";
        parameters.SetDuration("deviation", 5 * kMillisecond);
        mean = 5e6 * std::sqrt(2 / 3.14159265358979);
    }
    LinkDirection sparse(With(Plain(kUnlimitedRate, kMillisecond), kind, parameters), 2, "l");
    double sum = 0;
    for (const auto& d : Stream(sparse, 20'000, 100 * kMillisecond))
    {
        REQUIRE(Extra(d, kMillisecond) >= 0);
        sum += double(Extra(d, kMillisecond));
    }
    CHECK(sum / 20'000 == Approx(mean).epsilon(0.03));

    LinkDirection dense(With(Plain(kUnlimitedRate, kMillisecond), kind, parameters), 2, "l");
    std::uint64_t next = 0;
    for (const auto& d : Stream(dense, 20'000, 100 * kMicrosecond))
    {
        REQUIRE(d.cookie == next++);
    }
}

TEST_CASE("HARQ delays whole blocks by round trips and releases in order", "[link]")
{
    LinkDirection link(With(Plain(kUnlimitedRate, 0),
                            "harq",
                            LinkParameters()
                                .SetProbability("probability", 0.1)
                                .SetProbability("repeat-probability", 0.2)
                                .SetDuration("round-trip", 8 * kMillisecond)
                                .SetCount("retransmissions", 2)
                                .SetDuration("block", kMillisecond)),
                       2,
                       "l");
    // Ten packets in the middle of a block, blocks far apart.
    std::map<TimeNs, int> extras;
    constexpr int kBlocks = 20'000;
    std::uint64_t next = 0;
    for (int b = 0; b < kBlocks; ++b)
    {
        const TimeNs now = b * 100 * kMillisecond + 300 * kMicrosecond;
        for (int i = 0; i < 10; ++i)
        {
            link.Offer(now + i, Packet(1500, b * 10 + i));
        }
        const auto got = Run(link);
        REQUIRE(got.size() == 10);
        ++extras[(got[0].at - got[0].departed)];
        for (const auto& d : got)
        {
            REQUIRE(d.cookie == next++);
            REQUIRE(Extra(d) == Extra(got[0]));
        }
    }
    REQUIRE(extras.size() == 3);
    CHECK(double(extras[8 * kMillisecond]) / kBlocks == Approx(0.08).epsilon(0.1));
    CHECK(double(extras[16 * kMillisecond]) / kBlocks == Approx(0.02).epsilon(0.2));
}

TEST_CASE("a delivery gap holds back what follows and ends in a burst", "[link]")
{
    LinkDirection link(With(Plain(kUnlimitedRate, 0),
                            "delivery-gap",
                            LinkParameters()
                                .SetProbability("probability", 0.001)
                                .SetDuration("shortest", 35 * kMillisecond)
                                .SetDuration("longest", 100 * kMillisecond)),
                       2,
                       "l");
    TimeNs last = 0;
    int gaps = 0;
    TimeNs longest = 0;
    for (const auto& d : Stream(link, 50'000, kMillisecond))
    {
        REQUIRE(d.at >= last);
        gaps += d.at - last > 30 * kMillisecond;
        longest = std::max(longest, d.at - last);
        last = d.at;
    }
    // 50 expected; those within a gap merge with it.
    CHECK(gaps > 25);
    CHECK(gaps < 75);
    CHECK(longest <= 101 * kMillisecond);
}

TEST_CASE("reordering lets late packets be overtaken, at the given rate", "[link]")
{
    LinkDirection link(With(Plain(12'000'000, 5 * kMillisecond),
                            "reorder",
                            LinkParameters()
                                .SetProbability("probability", 0.05)
                                .SetDuration("extra-delay", 4 * kMillisecond)),
                       2,
                       "l");
    const auto got = Stream(link, 20'000, 2 * kMillisecond);
    REQUIRE(got.size() == 20'000);
    int late = 0;
    TimeNs last = 0;
    std::uint64_t highest = 0;
    for (const auto& d : got)
    {
        REQUIRE(d.at >= last);
        last = d.at;
        REQUIRE(
            (Extra(d, 5 * kMillisecond) == 0 || Extra(d, 5 * kMillisecond) == 4 * kMillisecond));
        late += d.cookie < highest;
        highest = std::max(highest, d.cookie);
    }
    CHECK(double(late) / 20'000 == Approx(0.05).epsilon(0.15));
}

TEST_CASE("a slot gate releases packets back to back at slot boundaries", "[link]")
{
    LinkDirection link(With(Plain(12'000'000, kMillisecond),
                            "slot-gate",
                            LinkParameters()
                                .SetDuration("slot", 10 * kMillisecond)
                                .SetDuration("phase", 3 * kMillisecond)),
                       1,
                       "l");
    link.Offer(3 * kMillisecond + 1, Packet(1500, 0));
    link.Offer(12 * kMillisecond, Packet(1500, 1));
    link.Offer(13 * kMillisecond, Packet(1500, 2));
    link.Offer(13 * kMillisecond + 1, Packet(1500, 3));
    const auto got = Run(link);
    REQUIRE(got.size() == 4);
    CHECK(got[0].at == 15 * kMillisecond);
    CHECK(got[1].at == 16 * kMillisecond);
    CHECK(got[2].at == 17 * kMillisecond);
    CHECK(got[3].at == 25 * kMillisecond);

    // Without a phase it is drawn: the same for a seed, another for another name.
    const auto first = [](const char* name) {
        LinkDirection random(With(Plain(kUnlimitedRate, 0),
                                  "slot-gate",
                                  LinkParameters().SetDuration("slot", kSecond)),
                             1,
                             name);
        random.Offer(0, Packet(100, 0));
        return Run(random)[0].at;
    };
    CHECK(first("a") == first("a"));
    CHECK(first("a") != first("b"));
    CHECK(first("a") <= kSecond);
}

TEST_CASE("a time-division uplink departs only in its slots and keeps the average rate", "[link]")
{
    LinkDirection link(With(Plain(50'000'000, 0),
                            "tdd",
                            LinkParameters()
                                .SetText("pattern", "DDDSU")
                                .SetText("open", "U")
                                .SetDuration("phase", 0)),
                       1,
                       "l");
    for (int i = 0; i < 5000; ++i)
    {
        link.Offer(0, Packet(1250, i));
    }
    const auto got = Run(link);
    REQUIRE(got.size() == 5000);
    for (const auto& d : got)
    {
        const TimeNs into = (d.departed - 1) % (2500 * kMicrosecond);
        REQUIRE(into >= 2000 * kMicrosecond);
    }
    // 50 Mbit at 50 Mbit/s, ending with a slot.
    CHECK(got.back().at == kSecond);
}

TEST_CASE("a time-division rate can be that of an open slot", "[link]")
{
    LinkDirection link(With(Plain(50'000'000, 0),
                            "tdd",
                            LinkParameters()
                                .SetText("pattern", "DU")
                                .SetText("open", "U")
                                .SetDuration("phase", 0)
                                .SetChoice("rate-is", "while-open")),
                       1,
                       "l");
    for (int i = 0; i < 2500; ++i)
    {
        link.Offer(0, Packet(1250, i));
    }
    CHECK(Run(link).back().at == kSecond);
}

TEST_CASE("request and grant send one burst per cycle", "[link]")
{
    LinkDirection link(With(Plain(kUnlimitedRate, 0),
                            "request-grant",
                            LinkParameters()
                                .SetDuration("shortest", 4 * kMillisecond)
                                .SetDuration("longest", 4 * kMillisecond)),
                       1,
                       "l");
    // At 0: request, grant at 4. At 1 and 2: ride on the request at 4, grant at 8. At 8 sharp:
    // too late for that grant, next at 12. At 30: idle again.
    std::vector<TimeNs> at;
    for (const TimeNs ms : {0, 0, 1, 2, 8, 30})
    {
        link.Offer(ms * kMillisecond, Packet(100, 0));
    }
    for (const auto& d : Run(link))
    {
        at.push_back(d.departed / kMillisecond);
    }
    CHECK(at == std::vector<TimeNs>{4, 4, 8, 8, 12, 34});
}

TEST_CASE("under load request and grant give a burst every cycle of random length", "[link]")
{
    LinkDirection link(With(Plain(50'000'000, 0), "request-grant"), 1, "l");
    const auto got = Stream(link, 50'000, kMillisecond / 2, 100);
    std::vector<TimeNs> starts;
    TimeNs last = -kSecond;
    for (const auto& d : got)
    {
        if (d.departed - last > kMillisecond)
        {
            starts.push_back(d.departed);
        }
        last = d.departed;
    }
    // 25 s in cycles of 3 to 5 ms.
    CHECK(double(starts.size()) == Approx(25'000 / 4.0).epsilon(0.03));
}

TEST_CASE("a scheduling request delays only an idle uplink", "[link]")
{
    LinkDirection link(With(Plain(12'000'000, 0),
                            "sr-grant",
                            LinkParameters()
                                .SetDuration("period", 5 * kMillisecond)
                                .SetDuration("shortest", 4 * kMillisecond)
                                .SetDuration("longest", 8 * kMillisecond)
                                .SetDuration("keep", 10 * kMillisecond)),
                       1,
                       "l");
    double sum = 0;
    constexpr int kRounds = 3000;
    for (int i = 0; i < kRounds; ++i)
    {
        const TimeNs now = (i * 1013 + 7) * kMillisecond / 10 * 3;
        link.Offer(now, Packet(1500, 0));
        const auto first = Run(link);
        REQUIRE(first.size() == 1);
        const TimeNs wait = first[0].departed - kMillisecond - now;
        REQUIRE(wait >= 4 * kMillisecond);
        REQUIRE(wait <= 13 * kMillisecond);
        sum += double(wait);
        // While it is active, no wait.
        const TimeNs soon = first[0].departed + 9 * kMillisecond;
        link.Offer(soon, Packet(1500, 1));
        REQUIRE(Run(link)[0].departed == soon + kMillisecond);
    }
    CHECK(sum / kRounds == Approx(8.5 * kMillisecond).epsilon(0.03));
}

TEST_CASE("ACK thinning keeps the newest waiting pure ACK of each flow", "[link]")
{
    LinkDirection link(With(Plain(1'000'000, 0), "ack-thinning"), 1, "l");
    link.Offer(0, Packet(1250, 0));         // in service until 10 ms
    link.Offer(0, Packet(52, 1, kAck, 1));  // removed by 4
    link.Offer(0, Packet(52, 2, kAck, 2));  // another flow: stays
    link.Offer(0, Packet(64, 3, kSack, 1)); // carries SACK: stays
    link.Offer(0, Packet(52, 4, kAck, 1));  // removed by 6
    link.Offer(0, Packet(1250, 5, 0, 1));   // data: stays
    link.Offer(0, Packet(52, 6, kAck, 1));  // newest
    link.Offer(0, Packet(64, 7, kSack, 1)); // removes nothing
    CHECK(link.WaitingPackets() == 5);
    CHECK(link.WaitingBytes() == 52 + 64 + 1250 + 52 + 64);
    std::vector<std::uint64_t> thinned;
    std::vector<std::uint64_t> arrived;
    TimeNs end = 0;
    for (const auto& d : Run(link))
    {
        (d.dropped == LinkDrop::Thinned ? thinned : arrived).push_back(d.cookie);
        end = std::max(end, d.at);
    }
    CHECK(thinned == std::vector<std::uint64_t>{1, 4});
    CHECK(arrived == std::vector<std::uint64_t>{0, 2, 3, 5, 6, 7});
    // Removed ones take no time on the wire.
    CHECK(end == (1250 + 52 + 64 + 1250 + 52 + 64) * 8 * kMicrosecond);
}

TEST_CASE("an ACK in service is not thinned", "[link]")
{
    LinkDirection link(With(Plain(1'000'000, 0), "ack-thinning"), 1, "l");
    link.Offer(0, Packet(52, 0, kAck));
    link.Offer(1, Packet(52, 1, kAck));
    CHECK(Run(link).size() == 2);
    CHECK(link.Counters().Dropped(LinkDrop::Thinned) == 0);
}

TEST_CASE("thinning before a slot leaves one ACK per flow and slot", "[link]")
{
    auto config = With(Plain(100'000'000, 0),
                       "slot-gate",
                       LinkParameters().SetDuration("slot", 5 * kMillisecond));
    LinkDirection link(With(config, "ack-thinning"), 1, "l");
    for (int i = 0; i < 5000; ++i)
    {
        link.Offer(i * 100 * kMicrosecond, Packet(52, i, kAck, i % 4));
    }
    std::uint64_t arrived = 0;
    for (const auto& d : Run(link))
    {
        arrived += d.dropped == LinkDrop::None;
    }
    // 500 ms in slots of 5 ms, four flows.
    CHECK(arrived >= 400);
    CHECK(arrived <= 404);
    CHECK(link.Counters().Dropped(LinkDrop::Thinned) == 5000 - arrived);
}

TEST_CASE("an ACK takes the grant of the one that it replaces", "[link]")
{
    auto config = With(Plain(100'000'000, 0),
                       "request-grant",
                       LinkParameters()
                           .SetDuration("shortest", 6 * kMillisecond)
                           .SetDuration("longest", 6 * kMillisecond));
    constexpr int kAcks = 300;
    LinkDirection link(With(config, "ack-thinning"), 1, "l");
    int arrived = 0;
    TimeNs last = 0;
    for (int i = 0; i < kAcks; ++i)
    {
        link.Offer(i * 2 * kMillisecond, Packet(52, i, kAck));
    }
    for (const auto& d : Run(link))
    {
        if (d.dropped == LinkDrop::None)
        {
            ++arrived;
            CHECK(d.departed - last <= 7 * kMillisecond);
            last = d.departed;
        }
    }
    // 600 ms in cycles of 6 ms, three ACKs in each.
    CHECK(arrived >= 99);
    CHECK(arrived <= 101);
}

TEST_CASE("rate steps keep the mean rate and change it", "[link]")
{
    LinkDirection link(With(Plain(100'000'000, 0),
                            "rate-steps",
                            LinkParameters()
                                .SetDuration("step", 100 * kMillisecond)
                                .SetNumber("deviation", 0.4)
                                .SetNumber("correlation", 0.5)),
                       1,
                       "l");
    // Saturated: bytes per step are the capacity.
    std::map<TimeNs, double> perStep;
    std::uint64_t cookie = 0;
    for (int i = 0; i < 20; ++i)
    {
        link.Offer(0, Packet(12'500, cookie++));
    }
    TimeNs now = 0;
    LinkDelivery out;
    while (now < 400 * kSecond)
    {
        now = link.NextDelivery();
        while (link.Deliver(now, out))
        {
            perStep[out.at / (100 * kMillisecond)] += 12'500 * 8 / 0.1 / 1e8;
            link.Offer(now, Packet(12'500, cookie++));
        }
    }
    double sum = 0;
    double logs = 0;
    double squares = 0;
    const double n = double(perStep.size());
    for (const auto& [step, factor] : perStep)
    {
        sum += factor;
        logs += std::log(factor);
        squares += std::log(factor) * std::log(factor);
    }
    CHECK(n >= 3999);
    CHECK(sum / n == Approx(1).epsilon(0.05));
    CHECK(std::sqrt(squares / n - logs / n * logs / n) == Approx(0.4).epsilon(0.1));
}

TEST_CASE("a Starlink handover brings a delay step, a spike and a loss burst", "[link]")
{
    LinkDirection link(With(Plain(kUnlimitedRate, 10 * kMillisecond), "starlink-handover"), 1, "l");
    constexpr TimeNs kSlot = 15 * kSecond;
    const auto got = Stream(link, 300'000, kMillisecond);
    std::map<TimeNs, TimeNs> floor;
    int nearLost = 0;
    int near = 0;
    for (const auto& d : got)
    {
        const TimeNs since = d.departed + kSlot / 2;
        const TimeNs into = since % kSlot;
        if (d.dropped != LinkDrop::None)
        {
            REQUIRE(into < 80 * kMillisecond);
            ++nearLost;
            continue;
        }
        near += into < 20 * kMillisecond;
        const TimeNs extra = Extra(d, 10 * kMillisecond);
        if (into > 400 * kMillisecond)
        {
            auto [it, isNew] = floor.try_emplace(since / kSlot, extra);
            it->second = std::min(it->second, extra);
        }
        else if (into < 100 * kMillisecond && since >= kSlot)
        {
            REQUIRE(extra >= 15 * kMillisecond);
        }
    }
    REQUIRE(floor.size() >= 20);
    TimeNs lowest = kNever;
    TimeNs highest = 0;
    for (const auto& [slot, extra] : floor)
    {
        REQUIRE(extra < 12600 * kMicrosecond);
        lowest = std::min(lowest, extra);
        highest = std::max(highest, extra);
    }
    CHECK(highest - lowest > 6 * kMillisecond);
    // 20 handovers with 20 to 80 ms of 30 % loss at 1,000 packets/s: about 300.
    CHECK(nearLost > 150);
    CHECK(nearLost < 450);
    CHECK(near > 0);
}
