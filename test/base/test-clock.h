// SPDX-License-Identifier: GPL-2.0-only

#ifndef TEST_CLOCK_H
#define TEST_CLOCK_H

#include "ns3/hs-clock.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

namespace hoststack::test
{

/// A clock without a simulator: time stands still until Run() moves it.
class TestClock : public Clock
{
  public:
    /// \param advances it lets who asks for it go on without a call, as the simulator does
    explicit TestClock(bool advances = false)
        : m_advances(advances)
    {
    }

    TimeNs Now() const override
    {
        return m_now;
    }

    AlarmPointer NewAlarm(Alarm::Owner& owner) override
    {
        return AlarmPointer(new Bell(*this, owner));
    }

    bool AdvanceTo(TimeNs at) override
    {
        if (!m_advances || at > m_end || (!m_calls.empty() && m_calls.begin()->first <= at))
        {
            return false;
        }
        m_now = at;
        ++m_advanced;
        return true;
    }

    std::uint64_t Advanced() const
    {
        return m_advanced;
    }

    /// Moves time to \p end, with all that is due on the way.
    void Run(TimeNs end)
    {
        m_end = end;
        while (!m_calls.empty() && m_calls.begin()->first <= end)
        {
            m_now = m_calls.begin()->first;
            auto* bell = m_calls.begin()->second;
            m_calls.erase(m_calls.begin());
            bell->Strike(m_now);
        }
        m_now = end;
    }

    /// Calls that alarms have asked for and that are still to come.
    std::size_t Waiting() const
    {
        return m_calls.size();
    }

  private:
    class Bell final : public Alarm
    {
      public:
        Bell(TestClock& clock, Owner& owner)
            : Alarm(owner),
              m_clock(clock)
        {
        }

        void Strike(TimeNs now)
        {
            GoOff(now);
        }

      private:
        void CallAt(TimeNs /* now */, TimeNs at) override
        {
            m_clock.m_calls.emplace(at, this);
        }

        void Retire() override
        {
            auto& calls = m_clock.m_calls;
            for (auto it = calls.begin(); it != calls.end();)
            {
                it = it->second == this ? calls.erase(it) : std::next(it);
            }
            delete this;
        }

        TestClock& m_clock;
    };

    bool m_advances;
    std::uint64_t m_advanced{0};
    TimeNs m_now{0};
    TimeNs m_end{0}; ///< of Run()
    std::multimap<TimeNs, Bell*> m_calls;
};

} // namespace hoststack::test

#endif // TEST_CLOCK_H
