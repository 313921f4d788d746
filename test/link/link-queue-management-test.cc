// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <map>

using namespace link_test;

namespace
{

constexpr std::uint8_t kEcn = LinkPacket::kEcnCapable;

} // namespace

TEST_CASE("an ECN threshold marks capable packets only", "[link]")
{
    const auto run = [](const std::string& others) {
        auto config = With(Plain(12'000'000, 0),
                           "ecn-threshold",
                           LinkParameters().SetCount("packets", 3).SetChoice("others", others));
        LinkDirection link(config, 1, "l");
        std::vector<bool> marks;
        for (int i = 0; i < 8; ++i)
        {
            link.Offer(0, Packet(1500, i, i == 6 ? 0 : kEcn));
        }
        for (const auto& d : Run(link))
        {
            marks.push_back(d.congestionExperienced);
        }
        return marks;
    };
    // One in service and three waiting are below the threshold.
    CHECK(run("accept") == std::vector<bool>{false, false, false, false, true, true, false, true});
    CHECK(run("drop") == std::vector<bool>{false, false, false, false, true, true, true});
}

namespace
{

struct Overload
{
    double meanDelay; ///< seconds
    double loss;
};

/// A sender at 1.25 times the rate for 60 s; the last 30 s count.
Overload
RunOverload(const LinkConfig& config, std::uint8_t traits = 0)
{
    LinkDirection link(config, 1, "l");
    std::map<std::uint64_t, TimeNs> offered;
    double delay = 0;
    int arrived = 0;
    int lost = 0;
    const TimeNs spacing = 960 * kMicrosecond;
    for (int i = 0; i * spacing < 60 * kSecond; ++i)
    {
        const TimeNs now = i * spacing;
        for (const auto& d : Collect(link, now))
        {
            if (now > 30 * kSecond && d.dropped == LinkDrop::None)
            {
                delay += ToSeconds(d.at - offered[d.cookie]);
                ++arrived;
            }
            lost += now > 30 * kSecond && d.dropped != LinkDrop::None;
        }
        offered[i] = now;
        if (!link.Offer(now, Packet(1500, i, traits)))
        {
            lost += now > 30 * kSecond;
        }
    }
    return {delay / arrived, double(lost) / (lost + arrived)};
}

} // namespace

TEST_CASE("DOCSIS-PIE holds the queue near its target where drop-tail fills it", "[link]")
{
    auto config = Plain(10'000'000, 0);
    config.queue.time = kSecond;
    const auto plain = RunOverload(config);
    CHECK(plain.meanDelay > 0.9);
    const auto pie = RunOverload(With(config, "docsis-pie"));
    // Unresponsive traffic: the loss must equal the overload, the delay stays near 10 ms.
    CHECK(pie.loss == Approx(0.2).epsilon(0.05));
    CHECK(pie.meanDelay < 0.03);
    CHECK(pie.meanDelay > 0.002);
}

TEST_CASE("CoDel drops at the head until the wait is short, or marks", "[link]")
{
    auto config = Plain(10'000'000, 0);
    config.queue.time = kSecond;
    const auto codel = RunOverload(With(config, "codel"));
    CHECK(codel.meanDelay < 0.5);
    CHECK(codel.loss == Approx(0.2).epsilon(0.1));

    LinkDirection link(With(config, "codel"), 1, "l");
    for (int i = 0; i < 500; ++i)
    {
        link.Offer(0, Packet(1500, i, kEcn));
    }
    const auto got = Run(link);
    CHECK(got.size() == 500);
    CHECK(link.Counters().Dropped(LinkDrop::Aqm) == 0);
    CHECK(link.Counters().marked > 2);
    // Nothing before the wait has been too long for a whole interval.
    for (const auto& d : got)
    {
        REQUIRE((!d.congestionExperienced || d.at >= 105 * kMillisecond));
    }
}
