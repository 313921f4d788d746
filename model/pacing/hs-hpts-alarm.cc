// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-alarm.h"

namespace hoststack
{

HptsAlarm::HptsAlarm(Alarm::Owner& owner, Clock& clock, Seat& seat)
    : Alarm(owner),
      m_clock(clock),
      m_inner(clock.NewAlarm(*this)),
      m_seat(&seat)
{
}

void
HptsAlarm::MoveTo(Seat* seat)
{
    m_seat = seat;
    if (seat == nullptr && Due() != kNever)
    {
        m_inner->Arm(m_clock.Now(), Due());
    }
}

void
HptsAlarm::CallAt(TimeNs now, TimeNs at)
{
    if (m_seat == nullptr || at <= now)
    {
        m_inner->Arm(now, at);
    }
    else
    {
        m_seat->OnTimerSet(now);
    }
}

void
HptsAlarm::OnAlarm(TimeNs now)
{
    GoOffAt(now);
}

void
HptsAlarm::Retire()
{
    if (m_seat != nullptr)
    {
        m_seat->OnAlarmGone();
    }
    delete this;
}

} // namespace hoststack
