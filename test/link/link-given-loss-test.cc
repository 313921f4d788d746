// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <random>

using namespace link_test;

namespace
{

/// Which of \p packets packets are lost, as 0 and 1.
std::string
Losses(const LinkConfig& config, int packets)
{
    LinkDirection link(config, 1, "l");
    std::string fates(static_cast<std::size_t>(packets), '?');
    for (int i = 0; i < packets; ++i)
    {
        link.Offer(i * kMillisecond, Packet(1500, static_cast<std::uint64_t>(i)));
    }
    for (const auto& d : Run(link))
    {
        fates[d.cookie] = d.dropped == LinkDrop::None ? '0' : '1';
    }
    return fates;
}

LinkConfig
WithList(std::vector<std::int64_t> list, const std::string& as, bool repeat = false)
{
    return With(Plain(100'000'000, 0),
                "loss-list",
                LinkParameters()
                    .SetCounts("list", std::move(list))
                    .SetChoice("as", as)
                    .SetFlag("repeat", repeat));
}

} // namespace

TEST_CASE("a list of losses says the same as numbers, flags and runs", "[link]")
{
    CHECK(Losses(WithList({2, 5, 6}, "packets"), 10) == "0010011000");
    CHECK(Losses(WithList({0, 0, 1, 0, 0, 1, 1}, "flags"), 10) == "0010011000");
    CHECK(Losses(WithList({2, 1, 2, 2}, "runs"), 10) == "0010011000");
    CHECK(Losses(WithList({0, 1, 3}, "runs"), 6) == "100000");
}

TEST_CASE("a list of losses that repeats begins again at its end", "[link]")
{
    CHECK(Losses(WithList({2, 1}, "runs", true), 8) == "00100100");
    CHECK(Losses(WithList({2, 1}, "runs", false), 8) == "00100000");
}

TEST_CASE("what the queue refuses takes no place in a list of losses", "[link]")
{
    auto config = WithList({1}, "packets");
    config.queue.packets = 0;
    LinkDirection link(config, 1, "l");
    CHECK(link.Offer(0, Packet(1500, 0)));
    CHECK_FALSE(link.Offer(0, Packet(1500, 1)));
    CHECK(link.Offer(kMillisecond, Packet(1500, 2)));
    const auto got = Run(link);
    REQUIRE(got.size() == 2);
    CHECK(got[1].cookie == 2);
    CHECK(got[1].dropped == LinkDrop::Random);
}

TEST_CASE("a list of losses that means nothing is refused", "[link]")
{
    CHECK_THROWS_AS(Losses(WithList({}, "packets"), 1), LinkConfigError);
    CHECK_THROWS_AS(Losses(WithList({2}, "flags"), 1), LinkConfigError);
    CHECK_THROWS_AS(Losses(WithList({-1}, "packets"), 1), LinkConfigError);
    CHECK_THROWS_AS(Losses(WithList({200'000'000}, "packets"), 1), LinkConfigError);
    CHECK_THROWS_AS(Losses(WithList({90'000'000, 90'000'000}, "runs"), 1), LinkConfigError);
}

TEST_CASE("seeded loss draws what the measured runs drew", "[link]")
{
    // Kernel runs of tcp_cubic_50M_40ms_loss1: packets in the data direction and how many of them
    // the emulator lost, repetitions 0 to 4 with seeds 100 to 104 (measured).
    struct Repetition
    {
        int seed;
        int packets;
        int lost;
    };

    const auto run = GENERATE(Repetition{100, 2793, 30},
                              Repetition{101, 2801, 38},
                              Repetition{102, 2789, 26},
                              Repetition{103, 2778, 15},
                              Repetition{104, 2784, 21});
    const auto config =
        With(Plain(100'000'000, 0),
             "seeded-loss",
             LinkParameters().SetProbability("probability", 0.01).SetCount("seed", run.seed));
    const auto fates = Losses(config, run.packets);
    CHECK(std::count(fates.begin(), fates.end(), '1') == run.lost);
    std::mt19937_64 engine(static_cast<std::uint64_t>(run.seed));
    std::uniform_real_distribution<double> uniform(0, 1);
    for (const char fate : fates)
    {
        REQUIRE((uniform(engine) < 0.01) == (fate == '1'));
    }
}

TEST_CASE("a policer passes its rate and its burst, and delays nothing", "[link]")
{
    // 8 Mbit/s are 1000 bytes per millisecond; a full bucket holds ten packets.
    const auto config = With(Plain(kUnlimitedRate, kMillisecond),
                             "policer",
                             LinkParameters().SetRate("rate", 8'000'000).SetBytes("burst", 10'000));
    LinkDirection link(config, 1, "l");
    for (int i = 0; i < 15; ++i)
    {
        const bool taken = link.Offer(0, Packet(1000, static_cast<std::uint64_t>(i)));
        CHECK(taken == (i < 10));
        CHECK((taken || link.Refusal() == LinkDrop::Policed));
    }
    CHECK_FALSE(link.Offer(kMillisecond - 1, Packet(1000, 20)));
    CHECK(link.Offer(kMillisecond, Packet(1000, 21)));
    CHECK_FALSE(link.Offer(kMillisecond, Packet(1000, 22)));
    // A pause fills it again, and no more.
    for (int i = 0; i < 15; ++i)
    {
        CHECK(link.Offer(3600 * kSecond, Packet(1000, static_cast<std::uint64_t>(30 + i))) ==
              (i < 10));
    }
    for (const auto& d : Run(link))
    {
        CHECK(d.dropped == LinkDrop::None);
        CHECK(d.departed + kMillisecond == d.at);
    }
    CHECK(link.Counters().Dropped(LinkDrop::Policed) == 5 + 2 + 5);
    CHECK(link.Counters().deliveredPackets == 21);
}

TEST_CASE("over any time a policer passes at most rate times time and its burst",
          "[link][property]")
{
    std::mt19937_64 chance(7);
    const auto config = With(Plain(kUnlimitedRate, 0),
                             "policer",
                             LinkParameters().SetRate("rate", 5'000'000).SetBytes("burst", 6000));
    LinkDirection link(config, 1, "l");
    TimeNs now = 0;
    std::vector<std::pair<TimeNs, std::uint64_t>> passed{{0, 0}};
    for (std::uint64_t i = 0; i < 4000; ++i)
    {
        now += static_cast<TimeNs>(chance() % (kMillisecond + kMillisecond / 2));
        const auto bytes = static_cast<std::uint32_t>(40 + chance() % 1461);
        if (link.Offer(now, Packet(bytes, i)))
        {
            passed.emplace_back(now, passed.back().second + bytes);
        }
    }
    for (std::size_t from = 1; from < passed.size(); from += 37)
    {
        for (std::size_t to = from; to < passed.size(); to += 11)
        {
            const auto bytes = passed[to].second - passed[from - 1].second;
            const auto time = ToSeconds(passed[to].first - passed[from].first);
            REQUIRE(static_cast<double>(bytes) <= 6000 + time * 5e6 / 8 + 1e-6);
        }
    }
    CHECK(link.Counters().Dropped(LinkDrop::Policed) > 100);
}

TEST_CASE("a policer can mark instead, and drops what cannot be marked", "[link]")
{
    const auto config = With(Plain(kUnlimitedRate, 0),
                             "policer",
                             LinkParameters()
                                 .SetRate("rate", 8'000'000)
                                 .SetBytes("burst", 1000)
                                 .SetChoice("excess", "mark"));
    LinkDirection link(config, 1, "l");
    CHECK(link.Offer(0, Packet(1000, 0, LinkPacket::kEcnCapable)));
    CHECK(link.Offer(0, Packet(1000, 1, LinkPacket::kEcnCapable)));
    CHECK_FALSE(link.Offer(0, Packet(1000, 2)));
    const auto got = Run(link);
    REQUIRE(got.size() == 2);
    CHECK_FALSE(got[0].congestionExperienced);
    CHECK(got[1].congestionExperienced);
}
