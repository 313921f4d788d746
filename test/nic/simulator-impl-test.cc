// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-simulator-impl.h"

#include <ns3/global-value.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace ns3;

namespace
{

constexpr char kImplementation[] = "SimulatorImplementationType";

/// A simulation of events that ask for, cancel, remove and end others.
class Turmoil
{
  public:
    using Log = std::vector<std::tuple<std::int64_t, int, std::uint32_t, std::string>>;

    static Log Run(const std::string& implementation, int seed)
    {
        GlobalValue::Bind(kImplementation, StringValue(implementation));
        Turmoil turmoil(seed);
        for (int i = 0; i < 20; ++i)
        {
            turmoil.Ask();
        }
        Simulator::ScheduleDestroy(&Turmoil::Note, &turmoil, -1);
        const auto gone = Simulator::ScheduleDestroy(&Turmoil::Note, &turmoil, -2);
        Simulator::Remove(gone);
        Simulator::Stop(NanoSeconds(2000));
        Simulator::Run();
        turmoil.Note(-3);
        // What is left goes on from there.
        Simulator::Stop(NanoSeconds(500));
        Simulator::Run();
        turmoil.m_log.emplace_back(Simulator::Now().GetTimeStep(),
                                   -4,
                                   static_cast<std::uint32_t>(Simulator::GetEventCount()),
                                   Simulator::IsFinished() ? "finished" : "");
        Simulator::Destroy();
        GlobalValue::Bind(kImplementation, StringValue("ns3::DefaultSimulatorImpl"));
        return turmoil.m_log;
    }

  private:
    explicit Turmoil(int seed)
        : m_random(static_cast<unsigned>(seed))
    {
    }

    void Ask()
    {
        const int name = m_names++;
        const auto delay = NanoSeconds(m_random() % 4 == 0 ? 0 : m_random() % 200);
        switch (m_random() % 3)
        {
        case 0:
            m_known.push_back(Simulator::Schedule(delay, &Turmoil::Happen, this, name));
            break;
        case 1:
            m_known.push_back(Simulator::ScheduleNow(&Turmoil::Happen, this, name));
            break;
        default:
            Simulator::ScheduleWithContext(m_random() % 5, delay, &Turmoil::Happen, this, name);
        }
    }

    void Happen(int name)
    {
        Note(name);
        const auto more = m_random() % 3;
        for (std::uint32_t i = 0; i < more && m_names < 3000; ++i)
        {
            Ask();
        }
        if (m_known.empty())
        {
            return;
        }
        auto& one = m_known[m_random() % m_known.size()];
        switch (m_random() % 6)
        {
        case 0:
            Simulator::Cancel(one);
            break;
        case 1:
            Simulator::Remove(one);
            break;
        default:
            break;
        }
    }

    void Note(int name)
    {
        std::string states;
        for (std::size_t i = m_known.size() > 8 ? m_known.size() - 8 : 0; i < m_known.size(); ++i)
        {
            states += Simulator::IsExpired(m_known[i])
                          ? "-"
                          : std::to_string(Simulator::GetDelayLeft(m_known[i]).GetTimeStep()) + " ";
        }
        m_log.emplace_back(Simulator::Now().GetTimeStep(), name, Simulator::GetContext(), states);
    }

    std::mt19937 m_random;
    std::vector<EventId> m_known;
    Log m_log;
    int m_names{0};
};

} // namespace

TEST_CASE("events run in the order of ns-3's own loop, whatever is cancelled and removed",
          "[nic][property]")
{
    const int round = PROPERTY_ROUND(40);
    INFO("round " << round);
    const auto expected = Turmoil::Run("ns3::DefaultSimulatorImpl", round);
    const auto log = Turmoil::Run("ns3::HoststackSimulatorImpl", round);
    REQUIRE(expected.size() > 20);
    CHECK(log == expected);
}

TEST_CASE("the clock goes on with the event that runs while nothing else is due", "[nic]")
{
    GlobalValue::Bind(kImplementation, StringValue("ns3::HoststackSimulatorImpl"));
    bool early = true;
    bool late = true;
    bool atOnce = true;
    Simulator::Schedule(NanoSeconds(10), [&] {
        auto& loop = *HoststackSimulatorImpl::Current();
        early = loop.AdvanceTo(19);
        CHECK(Simulator::Now() == NanoSeconds(19));
        late = loop.AdvanceTo(20); // the other event was there first
        Simulator::Stop();
        atOnce = loop.AdvanceTo(19);
    });
    Simulator::Schedule(NanoSeconds(20), [] {});
    Simulator::Run();
    CHECK(early);
    CHECK_FALSE(late);
    CHECK_FALSE(atOnce);
    Simulator::Destroy();
    CHECK(HoststackSimulatorImpl::Current() == nullptr);
    GlobalValue::Bind(kImplementation, StringValue("ns3::DefaultSimulatorImpl"));
}
