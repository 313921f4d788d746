// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace link_test;

namespace
{

LinkPacket
From(std::uint32_t source,
     std::uint32_t flow,
     std::uint64_t cookie,
     std::uint32_t bytes = 1500,
     std::uint8_t traits = 0)
{
    LinkPacket packet = Packet(bytes, cookie, traits, flow);
    packet.source = source;
    packet.destination = 77;
    return packet;
}

/// Flows whose numbers hash to different queues of both kinds.
constexpr std::uint32_t kBulk = 0x10000001;
constexpr std::uint32_t kThin = 0x80000002;

/// Bulk packets offered faster than the link, thin ones every 20 ms.
struct Waits
{
    TimeNs thin{0}; ///< longest
    TimeNs bulk{0}; ///< longest in the second half
    std::uint64_t dropped{0};
};

Waits
BulkBesideThin(const LinkConfig& config, TimeNs duration = 10 * kSecond)
{
    LinkDirection link(config, 1, "l");
    std::map<std::uint64_t, TimeNs> sent;
    std::uint64_t cookie = 0;
    Waits waits;
    const auto take = [&](TimeNs now) {
        for (const auto& d : Collect(link, now))
        {
            const TimeNs wait = d.departed - sent[d.cookie];
            auto& most = d.cookie % 2 == 0 ? waits.thin : waits.bulk;
            if (d.dropped == LinkDrop::None && (d.cookie % 2 == 0 || now > duration / 2))
            {
                most = std::max(most, wait);
            }
        }
    };
    for (TimeNs now = 0; now < duration; now += kMillisecond)
    {
        take(now);
        // 10 Mbit/s take 1250 bytes in a millisecond.
        sent[++cookie * 2 + 1] = now;
        link.Offer(now, From(1, kBulk, cookie * 2 + 1));
        if (now % (20 * kMillisecond) == 0)
        {
            sent[++cookie * 2] = now;
            link.Offer(now, From(2, kThin, cookie * 2, 100));
        }
    }
    waits.dropped =
        link.Counters().Dropped(LinkDrop::Aqm) + link.Counters().Dropped(LinkDrop::Queue);
    return waits;
}

/// Bytes delivered by flow when all of \p flows (source, flow) offer all the time.
std::map<std::uint32_t, std::uint64_t>
Shares(const LinkConfig& config, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& flows)
{
    LinkDirection link(config, 1, "l");
    std::map<std::uint64_t, std::uint32_t> flowOf;
    std::map<std::uint32_t, std::uint64_t> bytes;
    std::uint64_t cookie = 0;
    for (TimeNs now = 0; now < 20 * kSecond; now += kMillisecond)
    {
        for (const auto& [source, flow] : flows)
        {
            const std::uint32_t size = 300 + flow % 1000;
            flowOf[++cookie] = flow;
            link.Offer(now, From(source, flow, cookie, size));
            flowOf[++cookie] = flow;
            link.Offer(now, From(source, flow, cookie, size));
        }
        for (const auto& d : Collect(link, now))
        {
            if (d.dropped == LinkDrop::None && now > 5 * kSecond)
            {
                bytes[flowOf[d.cookie]] += 300 + flowOf[d.cookie] % 1000;
            }
        }
    }
    return bytes;
}

LinkConfig
Ten()
{
    auto config = Plain(10'000'000, 10 * kMillisecond);
    config.queue.packets = 1000;
    return config;
}

LinkConfig
CakeAt(BitsPerSecond rate, LinkConfig config = Plain(100'000'000, 10 * kMillisecond))
{
    return With(std::move(config), "cake", LinkParameters().SetRate("bandwidth", rate));
}

} // namespace

TEST_CASE("a thin flow waits for one packet beside bulk behind fair queueing", "[link]")
{
    // At most the packet in service and one that is due: 2 x 1.2 ms.
    const TimeNs most = 2'500'000;
    const auto plain = BulkBesideThin(Ten());
    CHECK(plain.thin > 500 * kMillisecond);
    const auto fair = BulkBesideThin(With(Ten(), "fq-codel"));
    CHECK(fair.thin <= most);
    CHECK(fair.dropped > 100);
    const auto cake = BulkBesideThin(With(Ten(), "cake"));
    CHECK(cake.thin <= most);
    CHECK(cake.dropped > 100);
    const auto shaped = BulkBesideThin(CakeAt(10'000'000));
    CHECK(shaped.thin <= most);
}

TEST_CASE("one queue of CoDel lets the thin flow wait with the bulk", "[link]")
{
    const auto codel = BulkBesideThin(With(Ten(), "codel"));
    const auto fair = BulkBesideThin(With(Ten(), "fq-codel"));
    CHECK(codel.thin > 4 * fair.thin);
}

TEST_CASE("fair queueing shares by bytes, whatever the sizes of packets", "[link]")
{
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> flows{{1, 0x10000000},
                                                                     {1, 0x50000190},
                                                                     {1, 0x90000258}};
    for (const char* kind : {"fq-codel", "cake"})
    {
        INFO(kind);
        const auto bytes = Shares(With(Plain(10'000'000, 0), kind), flows);
        REQUIRE(bytes.size() == 3);
        std::uint64_t sum = 0;
        for (const auto& [flow, count] : bytes)
        {
            sum += count;
        }
        for (const auto& [flow, count] : bytes)
        {
            CHECK(double(count) / double(sum) == Approx(1.0 / 3).epsilon(0.02));
        }
    }
}

TEST_CASE("CAKE shares between hosts first, FQ-CoDel between flows only", "[link]")
{
    // Host 1 has three flows, host 2 one.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> flows{{1, 0x10000000},
                                                               {1, 0x50000001},
                                                               {1, 0x90000002},
                                                               {2, 0xd0000003}};
    const auto share = [&](const LinkConfig& config) {
        const auto bytes = Shares(config, flows);
        double sum = 0;
        for (const auto& [flow, count] : bytes)
        {
            sum += double(count);
        }
        return double(bytes.at(0xd0000003)) / sum;
    };
    CHECK(share(With(Plain(10'000'000, 0),
                     "cake",
                     LinkParameters().SetChoice("isolation", "dual-source"))) ==
          Approx(0.5).epsilon(0.04));
    CHECK(
        share(
            With(Plain(10'000'000, 0), "cake", LinkParameters().SetChoice("isolation", "flows"))) ==
        Approx(0.25).epsilon(0.04));
    CHECK(share(With(Plain(10'000'000, 0), "fq-codel")) == Approx(0.25).epsilon(0.04));
}

TEST_CASE("CAKE's shaper keeps its bandwidth with its overhead, exactly", "[link]")
{
    const auto config = With(Plain(1'000'000'000, 0),
                             "cake",
                             LinkParameters()
                                 .SetRate("bandwidth", 10'000'000)
                                 .SetBytes("overhead", 44)
                                 .SetChoice("framing", "atm"));
    LinkDirection link(config, 1, "l");
    // Ten packets of 1000 bytes: 1044 bytes in 22 cells are 1166 bytes, 932.8 us at 10 Mbit/s.
    for (std::uint64_t i = 0; i < 10; ++i)
    {
        link.Offer(0, From(1, kBulk, i, 1000));
    }
    const auto got = Run(link);
    REQUIRE(got.size() == 10);
    for (std::size_t i = 0; i < got.size(); ++i)
    {
        CHECK(got[i].cookie == i);
        CHECK(got[i].departed == TimeNs(i) * 932'800 + 8000);
    }
}

TEST_CASE("a shaper above the link's rate leaves the queue to the link", "[link]")
{
    // The modem behind has a second of queue and 5 Mbit/s; the shaper thinks of 10.
    auto config = Plain(5'000'000, 0);
    config.queue.time = kSecond;
    const auto wrong = BulkBesideThin(CakeAt(10'000'000, config));
    CHECK(wrong.thin > 500 * kMillisecond);
    const auto right = BulkBesideThin(CakeAt(4'500'000, config));
    CHECK(right.thin < 10 * kMillisecond);
}

TEST_CASE("at its limit FQ-CoDel drops from the longest queue, from its head", "[link]")
{
    const auto config = With(Plain(1'000'000, 0),
                             "fq-codel",
                             LinkParameters().SetCount("limit", 20).SetCount("drop-batch", 4));
    LinkDirection link(config, 1, "l");
    link.Offer(0, From(1, kThin, 1000, 100));
    for (std::uint64_t i = 0; i < 4; ++i)
    {
        link.Offer(0, From(1, kThin, 1001 + i, 100));
    }
    for (std::uint64_t i = 0; i < 17; ++i)
    {
        link.Offer(0, From(1, kBulk, i, 1500));
    }
    std::vector<std::uint64_t> lost;
    for (const auto& d : Collect(link, 0))
    {
        CHECK(d.dropped == LinkDrop::Queue);
        lost.push_back(d.cookie);
    }
    CHECK(lost == std::vector<std::uint64_t>{0, 1, 2, 3});
    CHECK(link.WaitingPackets() == 17);
}

TEST_CASE("FQ-CoDel marks ECN-capable packets instead of dropping them", "[link]")
{
    const auto run = [](std::uint8_t traits) {
        LinkDirection link(With(Ten(), "fq-codel"), 1, "l");
        for (TimeNs now = 0; now < 5 * kSecond; now += kMillisecond)
        {
            Collect(link, now);
            link.Offer(now, From(1, kBulk, static_cast<std::uint64_t>(now), 1500, traits));
        }
        return link.Counters();
    };
    const auto marked = run(LinkPacket::kEcnCapable);
    CHECK(marked.marked > 20);
    CHECK(marked.Dropped(LinkDrop::Aqm) == 0);
    const auto dropped = run(0);
    CHECK(dropped.marked == 0);
    CHECK(dropped.Dropped(LinkDrop::Aqm) > 20);
}

TEST_CASE("CAKE's ACK filter leaves two pure ACKs, one if aggressive, none of multipath", "[link]")
{
    const auto left = [](const char* filter, std::uint8_t traits) {
        const auto config =
            With(Plain(1'000'000, 0), "cake", LinkParameters().SetChoice("ack-filter", filter));
        LinkDirection link(config, 1, "l");
        link.Offer(0, From(1, kBulk, 1000, 1500));
        for (std::uint64_t i = 0; i < 10; ++i)
        {
            link.Offer(0, From(2, kThin, i, 52, traits));
        }
        std::vector<std::uint64_t> arrived;
        for (const auto& d : Run(link))
        {
            if (d.dropped == LinkDrop::None && d.cookie != 1000)
            {
                arrived.push_back(d.cookie);
            }
            CHECK((d.dropped == LinkDrop::None || d.dropped == LinkDrop::Thinned));
        }
        return arrived;
    };
    constexpr std::uint8_t kAck = LinkPacket::kPureAck;
    CHECK(left("off", kAck).size() == 10);
    CHECK(left("on", kAck) == std::vector<std::uint64_t>{8, 9});
    CHECK(left("aggressive", kAck) == std::vector<std::uint64_t>{9});
    CHECK(left("aggressive", kAck | LinkPacket::kHasOtherOption).size() == 10);
    CHECK(left("aggressive", kAck | LinkPacket::kHasSackOrSignalling).size() == 10);
}

TEST_CASE("a flow queue counts the time that packets waited, in it and behind its shaper", "[link]")
{
    // Three packets of 1.2 ms each offered at once: they wait 0, 1.2 and 2.4 ms.
    const auto waited = [](const LinkConfig& config) {
        LinkDirection link(config, 1, "l");
        for (std::uint64_t i = 0; i < 3; ++i)
        {
            link.Offer(0, From(1, kBulk, i));
        }
        link.CatchUp(2 * kMillisecond);
        CHECK(link.TakePeaks().wait == 2 * kMillisecond);
        Run(link);
        CHECK(link.TakePeaks().wait == 2'400'000);
        return link.Counters().waitedTime;
    };
    CHECK(waited(With(Plain(10'000'000, 0), "fq-codel")) == 3'600'000);
    CHECK(waited(With(Plain(10'000'000, 0), "cake")) == 3'600'000);
    CHECK(waited(CakeAt(10'000'000, Plain(kUnlimitedRate, 0))) == 3'600'000);
    CHECK(waited(CakeAt(1'000'000'000, Plain(10'000'000, 0))) == 3'600'000);
}

TEST_CASE("two ways to manage one queue are refused, and thinning beside a flow queue", "[link]")
{
    CHECK_THROWS_WITH(LinkDirection(With(With(Ten(), "fq-codel"), "cake"), 1, "l"),
                      Catch::Contains("\"cake\" and \"fq-codel\" both manage its queue"));
    CHECK_THROWS_WITH(LinkDirection(With(With(Ten(), "codel"), "docsis-pie"), 1, "l"),
                      Catch::Contains("both manage its queue"));
    CHECK_THROWS_WITH(LinkDirection(With(With(Ten(), "fq-codel"), "ack-thinning"), 1, "l"),
                      Catch::Contains("ack-thinning"));
}

TEST_CASE("flow queues lose and reorder nothing inside a flow, through outages and rate changes",
          "[link][property]")
{
    const auto seed = GENERATE(range(1, 25));
    std::mt19937_64 chance(static_cast<std::uint64_t>(seed));
    auto config = Plain(20'000'000, 5 * kMillisecond);
    config.queue.packets = 20;
    const std::vector<LinkConfig> kinds{
        With(config, "fq-codel", LinkParameters().SetCount("limit", 60)),
        With(config, "cake"),
        CakeAt(15'000'000, config),
        With(With(config, "request-grant"), "fq-codel"),
        With(With(config, "slot-gate", LinkParameters().SetDuration("slot", 3 * kMillisecond)),
             "cake",
             LinkParameters().SetRate("bandwidth", 30'000'000).SetChoice("ack-filter", "on"))};
    LinkDirection link(kinds[static_cast<std::size_t>(seed) % kinds.size()], 1, "l");
    std::map<std::uint64_t, std::uint32_t> flowOf;
    std::map<std::uint32_t, std::uint64_t> last;
    std::uint64_t accepted = 0;
    std::uint64_t given = 0;
    TimeNs latest = 0;
    const auto take = [&](const std::vector<LinkDelivery>& due) {
        for (const auto& d : due)
        {
            ++given;
            REQUIRE(flowOf.count(d.cookie) == 1);
            REQUIRE(d.at >= latest);
            if (d.dropped == LinkDrop::None)
            {
                latest = d.at;
                auto& before = last[flowOf[d.cookie]];
                REQUIRE(d.cookie > before);
                before = d.cookie;
            }
            flowOf.erase(d.cookie);
        }
    };
    TimeNs now = 0;
    for (std::uint64_t i = 1; i < 6000; ++i)
    {
        now += static_cast<TimeNs>(chance() % (chance() % 50 == 0 ? 100'000'000 : 600'000));
        take(Collect(link, now));
        const auto flow = static_cast<std::uint32_t>(chance() % 12) * 0x15000001;
        const auto traits = static_cast<std::uint8_t>(chance() % 8);
        const auto size = static_cast<std::uint32_t>(40 + chance() % 1461);
        if (link.Offer(now, From(flow % 3, flow, i, size, traits)))
        {
            flowOf[i] = flow;
            ++accepted;
        }
        switch (chance() % 400)
        {
        case 0:
            link.SetRate(now, 1'000'000 + chance() % 40'000'000);
            break;
        case 1:
            link.SetDown(now, true, LinkDirection::Outage::Drop);
            break;
        case 2:
            link.SetDown(now, true, LinkDirection::Outage::Hold);
            break;
        case 3:
        case 4:
        case 5:
            link.SetDown(now, false);
            break;
        case 6:
            link.SetRate(now, 0);
            break;
        case 7:
            link.SetRate(now, 20'000'000);
            break;
        case 8:
            link.SetDelay(now, static_cast<TimeNs>(chance() % 20'000'000));
            break;
        default:
            break;
        }
        const auto& c = link.Counters();
        std::uint64_t dropped = 0;
        for (const auto n : c.dropped)
        {
            dropped += n;
        }
        REQUIRE(c.offeredPackets ==
                c.deliveredPackets + dropped + link.WaitingPackets() + link.InFlightPackets());
    }
    link.SetDown(now, false);
    link.SetRate(now, 20'000'000);
    take(Run(link));
    CHECK(given == accepted);
    CHECK(link.WaitingPackets() == 0);
    CHECK(link.WaitingBytes() == 0);
}

TEST_CASE("a flow queue gives the same however often its owner looks", "[link][property]")
{
    const char* kind = GENERATE("fq-codel", "cake");
    const auto run = [kind](bool often) {
        std::mt19937_64 chance(5);
        LinkDirection link(With(Plain(10'000'000, kMillisecond), kind), 1, "l");
        std::vector<std::pair<std::uint64_t, TimeNs>> arrived;
        const auto note = [&](const std::vector<LinkDelivery>& due) {
            for (const auto& d : due)
            {
                if (d.dropped == LinkDrop::None)
                {
                    arrived.emplace_back(d.cookie, d.at);
                }
            }
        };
        TimeNs now = 0;
        for (std::uint64_t i = 1; i < 5000; ++i)
        {
            const TimeNs next = now + static_cast<TimeNs>(chance() % 2'000'000);
            for (TimeNs t = now; often && t < next; t += 200'000)
            {
                note(Collect(link, t));
            }
            now = next;
            link.Offer(now, From(1, static_cast<std::uint32_t>(chance() % 5) << 28, i));
        }
        note(Run(link));
        return arrived;
    };
    CHECK(run(true) == run(false));
}
