// SPDX-License-Identifier: GPL-2.0-only
//
// The link's arithmetic against a simulation that does one nanosecond after the other: in each it
// serves as much work as the rate allows, whatever happens at whole nanoseconds.

#include "../property-rounds.h"
#include "link-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <random>

using namespace link_test;

namespace
{

struct Fate
{
    TimeNs at;
    TimeNs departed;
    LinkDrop dropped;

    bool operator==(const Fate& o) const
    {
        return at == o.at && departed == o.departed && dropped == o.dropped;
    }
};

std::ostream&
operator<<(std::ostream& os, const Fate& fate)
{
    return os << "{at " << fate.at << ", departed " << fate.departed << ", "
              << LinkDropName(fate.dropped) << "}";
}

/// One step per nanosecond.
class SlowLink
{
  public:
    explicit SlowLink(const LinkConfig& config)
        : rate(config.rate),
          delay(config.delay),
          m_limit(config.queue.packets)
    {
    }

    /// Nanobits that can be served in [t, t + 1) at the present rate.
    std::function<std::uint64_t(TimeNs, BitsPerSecond)> work = [](TimeNs, BitsPerSecond r) {
        return r;
    };
    std::function<TimeNs(TimeNs)> gate = [](TimeNs t) { return t; };

    BitsPerSecond rate;
    TimeNs delay;
    bool dropping{false};
    bool holding{false};
    std::map<std::uint64_t, Fate> fates;

    void StepTo(TimeNs t)
    {
        while (m_now < t)
        {
            Serve(holding ? 0 : work(m_now, rate), m_now + 1);
            ++m_now;
        }
    }

    bool Offer(const LinkPacket& p)
    {
        if (dropping)
        {
            return false;
        }
        const TimeNs eligible = gate(m_now);
        const bool serving = InService();
        const std::size_t waiting = m_queue.size() - (serving ? 1 : 0);
        const bool idle = m_queue.empty();
        if (!idle && waiting >= m_limit)
        {
            return false;
        }
        m_queue.push_back({p, p.bytes * 8'000'000'000ULL, eligible});
        return true;
    }

    void Down(bool drop, bool hold)
    {
        if (drop && !dropping)
        {
            for (auto& [cookie, fate] : fates)
            {
                if (fate.at > m_now && fate.dropped == LinkDrop::None)
                {
                    fate = {m_now, m_now, LinkDrop::Outage};
                }
            }
            for (const auto& q : m_queue)
            {
                fates[q.packet.cookie] = {m_now, m_now, LinkDrop::Outage};
            }
            m_queue.clear();
            m_last = std::min(m_last, m_now);
        }
        dropping = drop;
        holding = hold;
    }

    bool Empty() const
    {
        return m_queue.empty();
    }

  private:
    struct Queued
    {
        LinkPacket packet;
        std::uint64_t need;
        TimeNs eligible;
    };

    /// The head is in service once it may be served and nobody is before it.
    bool InService() const
    {
        return !m_queue.empty() && m_queue.front().eligible <= m_now;
    }

    void Serve(std::uint64_t available, TimeNs departs)
    {
        while (!m_queue.empty() && m_queue.front().eligible <= m_now && available > 0)
        {
            auto& head = m_queue.front();
            const auto used = std::min(available, head.need);
            head.need -= used;
            available -= used;
            if (head.need == 0)
            {
                m_last = std::max(m_last, departs + delay);
                fates[head.packet.cookie] = {m_last, departs, LinkDrop::None};
                m_queue.pop_front();
            }
        }
    }

    std::uint64_t m_limit;
    std::deque<Queued> m_queue;
    TimeNs m_now{0};
    TimeNs m_last{0};
};

struct Chances
{
    bool rates{true};
    bool outages{true};
    std::uint64_t stretch{1}; ///< of times, with rates to match
};

/// Random operations on both; all fates must agree.
void
Compare(const LinkConfig& config,
        unsigned seed,
        Chances chances = {},
        const std::function<void(SlowLink&)>& prepare = {})
{
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    LinkDirection link(config, 1, "l");
    SlowLink slow(config);
    if (prepare)
    {
        prepare(slow);
    }
    std::map<std::uint64_t, Fate> fates;
    const auto collect = [&](TimeNs now) {
        for (const auto& d : Collect(link, now))
        {
            REQUIRE(fates.count(d.cookie) == 0);
            fates[d.cookie] = {d.at, d.departed, d.dropped};
        }
    };
    TimeNs now = 0;
    std::uint64_t cookie = 0;
    for (int op = 0; op < 400; ++op)
    {
        now += below(3) == 0 ? 0 : below(400 * chances.stretch);
        slow.StepTo(now);
        switch (below(12))
        {
        case 0:
            if (chances.rates)
            {
                slow.rate =
                    below(8) == 0 ? 0 : (1'000'000'000 + below(90'000'000'000)) / chances.stretch;
                link.SetRate(now, slow.rate);
            }
            break;
        case 1:
            slow.delay = below(2000);
            link.SetDelay(now, slow.delay);
            break;
        case 2:
            if (chances.outages)
            {
                const bool drop = below(3) == 0;
                const bool hold = !drop && below(3) == 0;
                slow.Down(drop, hold);
                link.SetDown(now,
                             drop || hold,
                             drop ? LinkDirection::Outage::Drop : LinkDirection::Outage::Hold);
            }
            break;
        case 3:
            collect(now);
            break;
        default:
            for (auto n = 1 + below(5); n > 0; --n)
            {
                const auto p = Packet(40 + below(1460), cookie++);
                const bool expected = slow.Offer(p);
                REQUIRE(link.Offer(now, p) == expected);
            }
        }
    }
    slow.Down(false, false);
    link.SetDown(now, false);
    if (chances.rates)
    {
        slow.rate = 10'000'000'000 / chances.stretch;
        link.SetRate(now, slow.rate);
    }
    while (!slow.Empty())
    {
        slow.StepTo(++now);
    }
    collect(now + 1'000'000 * static_cast<TimeNs>(chances.stretch));
    REQUIRE(fates.size() == slow.fates.size());
    for (const auto& [id, fate] : slow.fates)
    {
        CAPTURE(id);
        REQUIRE(fates[id] == fate);
    }
    const auto& c = link.Counters();
    REQUIRE(c.offeredPackets == cookie);
    REQUIRE(link.NextDelivery() == kNever);
}

} // namespace

TEST_CASE("burst arithmetic equals a simulation nanosecond by nanosecond", "[link][property]")
{
    const auto rounds = hoststack::test::RoundsOf(60);
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        auto config = Plain(7'654'321'987, 500);
        config.queue.packets = seed % 7 == 0 ? 1 : 10;
        Compare(config, static_cast<unsigned>(seed));
    }
}

TEST_CASE("a slotted link equals the simulation", "[link][property]")
{
    const auto config = With(Plain(20'000'000'000, 300),
                             "slot-gate",
                             LinkParameters().SetDuration("slot", 700).SetDuration("phase", 123));
    const auto rounds = hoststack::test::RoundsOf(40);
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        Compare(config, static_cast<unsigned>(seed), {}, [](SlowLink& slow) {
            slow.gate = [](TimeNs t) {
                while ((t - 123) % 700 != 0)
                {
                    ++t;
                }
                return t;
            };
        });
    }
}

TEST_CASE("a time-division link equals the simulation", "[link][property]")
{
    // 50 times as slow as the others: a slot lasts 10 us at least.
    auto config = With(Plain(180'000'000, 300),
                       "tdd",
                       LinkParameters()
                           .SetText("pattern", "DDDSU")
                           .SetText("open", "SU")
                           .SetDuration("slot", 10'550)
                           .SetDuration("phase", 77));
    config.queue.packets = 12;
    const auto rounds = hoststack::test::RoundsOf(40);
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        Compare(config, static_cast<unsigned>(seed), {true, true, 50}, [](SlowLink& slow) {
            slow.work = [](TimeNs t, BitsPerSecond rate) -> std::uint64_t {
                const TimeNs slot = (t - 77 + 5 * TimeNs{10'550}) / 10'550 % 5;
                // Two of five slots are open; the rate is the average.
                return slot >= 3 ? (rate * 5 + 1) / 2 : 0;
            };
        });
    }
}

TEST_CASE("an owner that follows NextDelivery gets every packet on time", "[link][property]")
{
    const auto rounds = hoststack::test::RoundsOf(30);
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        std::mt19937 random(static_cast<unsigned>(seed));
        auto config = Plain(3'000'000, 2 * kMillisecond);
        config.jitter = seed % 3 * kMillisecond;
        config.loss = seed % 2 * 0.1;
        if (seed % 5 == 1)
        {
            config = With(config, "slot-gate", LinkParameters().SetDuration("slot", kMillisecond));
        }
        if (seed % 5 == 2)
        {
            config = With(config, "tdd", LinkParameters().SetText("open", "U"));
        }
        if (seed % 5 == 3)
        {
            config = With(config,
                          "reorder",
                          LinkParameters()
                              .SetProbability("probability", 0.2)
                              .SetDuration("extra-delay", 20 * kMillisecond));
            config = With(config, "request-grant");
        }
        if (seed % 5 == 4)
        {
            config = With(config, "sr-grant");
            config = With(config, "codel");
        }
        LinkDirection link(config, static_cast<std::uint64_t>(seed), "l");
        TimeNs now = 0;
        std::size_t got = 0;
        for (int i = 0; i < 2000; ++i)
        {
            const TimeNs offer = now + random() % (9 * kMillisecond);
            for (TimeNs next = link.NextDelivery(); next <= offer; next = link.NextDelivery())
            {
                REQUIRE(next >= now);
                now = next;
                LinkDelivery out;
                while (link.Deliver(now, out))
                {
                    REQUIRE(out.at == now);
                    ++got;
                }
                REQUIRE(link.NextDelivery() > now);
            }
            now = offer;
            link.Offer(now, Packet(40 + random() % 1460, i));
        }
        got += Run(link).size();
        REQUIRE(got == 2000);
    }
}
