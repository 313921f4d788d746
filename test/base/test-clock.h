// SPDX-License-Identifier: GPL-2.0-only

#ifndef TEST_CLOCK_H
#define TEST_CLOCK_H

#include "ns3/hs-clock.h"

#include <cstddef>
#include <iterator>
#include <map>

namespace hoststack::test
{

/// A clock without a simulator: time stands still until Run() moves it.
class TestClock : public Clock
{
  public:
    TimeNs Now() const override
    {
        return m_now;
    }

    AlarmPointer NewAlarm(Alarm::Owner& owner) override
    {
        return AlarmPointer(new Bell(*this, owner));
    }

    /// Moves time to \p end, with all that is due on the way.
    void Run(TimeNs end)
    {
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

    TimeNs m_now{0};
    std::multimap<TimeNs, Bell*> m_calls;
};

} // namespace hoststack::test

#endif // TEST_CLOCK_H
