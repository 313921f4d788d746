// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_ALARM_H
#define HS_HPTS_ALARM_H

#include "ns3/hs-clock.h"

namespace hoststack
{

/**
 * The timers of a connection whose stack has them on HPTS: while it has a seat there the wheel says
 * when they go off, else the clock does. Unlike other alarms it takes each deadline as it comes, as
 * a stack that removes its entry from the wheel and inserts it again.
 */
class HptsAlarm final : public Alarm, private Alarm::Owner
{
  public:
    /// A connection's place on a wheel.
    class Seat
    {
      public:
        /// The timers want to be looked at \p at. \return false: not the wheel's, but the clock's
        virtual bool TakeTimer(TimeNs now, TimeNs at) = 0;
        /// The alarm is gone.
        virtual void OnAlarmGone() = 0;

      protected:
        ~Seat() = default;
    };

    /// The clock has it at first, though \p seat knows of it. \p clock outlives it.
    HptsAlarm(Alarm::Owner& owner, Clock& clock, Seat& seat);

    /// \p seat has it from the next deadline on.
    void Sit(Seat& seat)
    {
        m_seat = &seat;
        m_isSeated = true;
    }

    /// The clock has it, at once.
    void StandUp();

    /// When it is to go off; kNever: it has not been asked.
    TimeNs Due() const
    {
        return m_due;
    }

    /// The wheel has come to it; the owner is called \p atOnce, or in an event of its own.
    void Serve(TimeNs now, bool atOnce)
    {
        if (atOnce)
        {
            CallOwner(now);
        }
        else
        {
            m_inner->Arm(now, now);
        }
    }

  private:
    ~HptsAlarm() = default;
    void CallAt(TimeNs now, TimeNs at) override;
    void OnAlarm(TimeNs now) override;
    void Retire() override;

    Clock& m_clock;
    AlarmPointer m_inner;
    Seat* m_seat;
    bool m_isSeated{false};
    TimeNs m_due{kNever}; ///< the last that was asked for
};

} // namespace hoststack

#endif // HS_HPTS_ALARM_H
