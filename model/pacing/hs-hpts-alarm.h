// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_ALARM_H
#define HS_HPTS_ALARM_H

#include "ns3/hs-clock.h"

namespace hoststack
{

/**
 * The timers of a connection whose stack has them on HPTS: while that stack is there the wheel says
 * when they go off, else the clock. A deadline that moves later stays where it is on the wheel.
 */
class HptsAlarm final : public Alarm, private Alarm::Owner
{
  public:
    /// What puts it on a wheel.
    class Seat
    {
      public:
        /// The timers want to be looked at when Due() says, which has just become earlier.
        virtual void OnTimerSet(TimeNs now) = 0;
        /// The alarm is gone.
        virtual void OnAlarmGone() = 0;

      protected:
        ~Seat() = default;
    };

    HptsAlarm(Alarm::Owner& owner, Clock& clock, Seat& seat);

    /// kNever: no timer is set.
    TimeNs Due() const
    {
        return Earliest();
    }

    /// The wheel has come to it; the owner is called in an event of its own.
    void Serve(TimeNs now)
    {
        m_inner->Arm(now, now);
    }

    /// From now on \p seat has it; nullptr: the clock does.
    void MoveTo(Seat* seat);

  private:
    ~HptsAlarm() = default;
    void CallAt(TimeNs now, TimeNs at) override;
    void OnAlarm(TimeNs now) override;
    void Retire() override;

    Clock& m_clock;
    AlarmPointer m_inner;
    Seat* m_seat;
};

} // namespace hoststack

#endif // HS_HPTS_ALARM_H
