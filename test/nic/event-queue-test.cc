// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-event-queue.h"

#include <array>
#include <catch2/catch.hpp>
#include <iterator>
#include <random>
#include <set>
#include <vector>

using namespace ns3;

namespace
{

struct Earlier
{
    bool operator()(const HoststackQueuedEvent& a, const HoststackQueuedEvent& b) const
    {
        return a.IsBefore(b);
    }
};

/// The queue beside a set, over which nobody can be in doubt.
class Pair
{
  public:
    explicit Pair(int seed)
        : m_random(static_cast<unsigned>(seed))
    {
    }

    std::uint32_t Draw(std::uint32_t below)
    {
        return m_random() % below;
    }

    std::size_t Size() const
    {
        return m_expected.size();
    }

    void Put(std::int64_t delay)
    {
        const bool isChosen = Draw(20) == 0;
        if (!isChosen && m_number < HoststackQueuedEvent::kChosenNumbers) // it has gone round
        {
            m_number = HoststackQueuedEvent::kChosenNumbers;
        }
        const HoststackQueuedEvent event{m_now + delay,
                                         nullptr,
                                         isChosen ? m_chosen++ : m_number++,
                                         Draw(5),
                                         isChosen};
        m_queue.Put(event);
        m_expected.insert(event);
    }

    void Take()
    {
        REQUIRE_FALSE(m_queue.Empty());
        CHECK(m_queue.NextAt() == m_expected.begin()->at);
        const auto event = m_queue.Take();
        REQUIRE(event.at == m_expected.begin()->at);
        REQUIRE(event.number == m_expected.begin()->number);
        REQUIRE(event.context == m_expected.begin()->context);
        m_expected.erase(m_expected.begin());
        m_now = event.at;
    }

    void RemoveOne()
    {
        const auto one = std::next(m_expected.begin(), Draw(static_cast<std::uint32_t>(Size())));
        CHECK(m_queue.Remove(nullptr, one->number));
        CHECK_FALSE(m_queue.Remove(nullptr, one->number));
        m_expected.erase(one);
    }

    void RequireEmpty() const
    {
        CHECK(m_queue.Empty());
        CHECK(m_queue.NextAt() == HoststackEventQueue::kNever);
    }

  private:
    std::mt19937 m_random;
    HoststackEventQueue m_queue;
    std::set<HoststackQueuedEvent, Earlier> m_expected;
    std::int64_t m_now{0};
    std::uint32_t m_number{0xfffffc00}; // goes round on the way
    std::uint32_t m_chosen{0};
};

} // namespace

TEST_CASE("events come out by time and number, whatever delays they were asked for with",
          "[nic][property]")
{
    const int round = PROPERTY_ROUND(40);
    INFO("round " << round);
    Pair pair(round);
    // Wires and their timers; few moments for many events; as many delays as events.
    constexpr std::array<std::int64_t, 5> kWires{12'016, 5'012'016, 480, 5'000'480, 200'000'000};
    const auto delay = [&]() -> std::int64_t {
        switch (round % 3)
        {
        case 0:
            return kWires[pair.Draw(kWires.size())];
        case 1:
            return pair.Draw(4);
        default:
            return pair.Draw(1'000'000);
        }
    };
    const auto most = 10 + pair.Draw(1500);
    for (int step = 0; step < 6000; ++step)
    {
        if (pair.Size() < most && (pair.Size() == 0 || pair.Draw(5) < 3))
        {
            pair.Put(delay());
        }
        else if (pair.Draw(30) == 0)
        {
            pair.RemoveOne();
        }
        else
        {
            pair.Take();
        }
    }
    while (pair.Size() > 0)
    {
        pair.Take();
    }
    pair.RequireEmpty();
}

TEST_CASE("a crowd of events that has gone leaves the others in order", "[nic]")
{
    Pair pair(1);
    for (std::uint32_t i = 0; i < 3000; ++i)
    {
        pair.Put(1'000'000 + i);
        pair.Put(pair.Draw(1'000'000));
    }
    while (pair.Size() > 0)
    {
        pair.Take();
    }
    pair.RequireEmpty();
    pair.Put(7);
    pair.Take();
    pair.RequireEmpty();
}

TEST_CASE("an event at the end of all time waits in its queue", "[nic]")
{
    HoststackEventQueue queue;
    for (std::uint32_t i = 0; i < 40; ++i)
    {
        queue.Put({HoststackEventQueue::kNever,
                   nullptr,
                   HoststackQueuedEvent::kChosenNumbers + i,
                   0,
                   false});
    }
    for (std::uint32_t i = 0; i < 40; ++i)
    {
        REQUIRE_FALSE(queue.Empty());
        CHECK(queue.Take().number == HoststackQueuedEvent::kChosenNumbers + i);
    }
    CHECK(queue.Empty());
}
