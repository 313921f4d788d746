// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "hpts-host.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <memory>

using namespace hoststack;
using hoststack::test::HptsHost;

namespace
{

/// What a wheel is for, without a wheel: who is due in which slot of all time, in order of arrival.
class Oracle
{
  public:
    void Insert(int id, std::uint64_t slot)
    {
        m_due[slot].push_back(id);
        m_slotOf[id] = slot;
    }

    void Remove(int id)
    {
        auto& ids = m_due[m_slotOf[id]];
        ids.erase(std::find(ids.begin(), ids.end(), id));
        m_slotOf.erase(id);
    }

    bool Holds(int id) const
    {
        return m_slotOf.count(id) != 0;
    }

    std::size_t Count() const
    {
        return m_slotOf.size();
    }

    /// The next one that a run in \p slot serves, or -1.
    int Next(std::uint64_t slot)
    {
        while (!m_due.empty() && m_due.begin()->second.empty())
        {
            m_due.erase(m_due.begin());
        }
        if (m_due.empty() || m_due.begin()->first > slot)
        {
            return -1;
        }
        const int id = m_due.begin()->second.front();
        m_due.begin()->second.pop_front();
        m_slotOf.erase(id);
        return id;
    }

  private:
    std::map<std::uint64_t, std::deque<int>> m_due;
    std::map<int, std::uint64_t> m_slotOf;
};

class Watched : public HptsEntry
{
  public:
    Watched(HptsHost& host, Oracle& oracle, int& strange, int id)
        : m_host(host),
          m_oracle(oracle),
          m_strange(strange),
          m_id(id)
    {
        isCpuSet = true;
    }

    bool OnOutput(const HptsWheel& /*wheel*/) override
    {
        m_strange += m_oracle.Next(m_host.hpts.Microseconds() / SlotUs()) == m_id ? 0 : 1;
        return true;
    }

    std::uint32_t SlotUs() const
    {
        return m_host.hpts.Version().slotUs;
    }

    void In(std::uint64_t us)
    {
        const auto slots = (us + SlotUs() - 1) / SlotUs();
        m_oracle.Insert(m_id, m_host.hpts.Microseconds() / SlotUs() + slots);
        m_host.hpts.Insert(*this, us);
    }

  private:
    HptsHost& m_host;
    Oracle& m_oracle;
    int& m_strange;
    int m_id;
};

constexpr int kOperations = 1'000'000;
constexpr int kConnections = 300;
constexpr double kLongestUs = 400'000; // less than a wheel, whatever it has slept

} // namespace

TEST_CASE("a wheel serves whom a list of due times serves, in that order, after any operations",
          "[pacing][property]")
{
    const int round = PROPERTY_ROUND(10);
    INFO("round " << round);
    RandomStream random(static_cast<std::uint64_t>(round), "hpts");
    const auto& versions = HptsVersions();
    const auto& version = versions[static_cast<std::size_t>(round) % versions.size()];
    // Where the 32-bit clock wraps the wheel jumps; that is another test's.
    HptsHost host(version.name, {}, static_cast<TimeNs>(random.Uniform(0, 4e9)) * 1000);
    host.hpts.SetSysctl("cnt_thresh", static_cast<std::int32_t>(random.Uniform(1, kConnections)));
    Oracle oracle;
    int strange = 0;
    std::deque<Watched> entries;
    for (int i = 0; i < kConnections; ++i)
    {
        entries.emplace_back(host, oracle, strange, i);
    }
    for (int i = 0; i < kOperations; ++i)
    {
        const int id = static_cast<int>(random.Uniform(0, kConnections));
        auto& entry = entries[static_cast<std::size_t>(id)];
        const double what = random.Uniform();
        if (what < 0.6 && !oracle.Holds(id))
        {
            const double us = random.Uniform();
            entry.In(1 + static_cast<std::uint64_t>(us * us * us * kLongestUs));
        }
        else if (what < 0.75 && oracle.Holds(id))
        {
            oracle.Remove(id);
            host.hpts.Remove(entry);
        }
        else if (what < 0.85)
        {
            host.hpts.RunSoftTimer(0);
        }
        else
        {
            host.RunFor(static_cast<TimeNs>(random.Exponential(200)) * kMicrosecond);
        }
        if (strange != 0 || entry.IsOnWheel() != oracle.Holds(id) ||
            host.Wheel().Count() != oracle.Count())
        {
            FAIL("operation " << i);
        }
    }
    // A wake-up may be lost; the timer goes off in the end.
    host.RunFor(2 * kSecond);
    CHECK(strange == 0);
    CHECK(oracle.Count() == 0);
    CHECK(host.Wheel().Count() == 0);
}
