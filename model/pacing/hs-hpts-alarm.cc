// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-alarm.h"

#include <algorithm>

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
HptsAlarm::StandUp()
{
    m_seat = nullptr;
    m_isSeated = false;
    if (m_due != kNever)
    {
        const auto now = m_clock.Now();
        m_inner->Arm(now, std::max(now, m_due));
    }
}

void
HptsAlarm::CallAt(TimeNs now, TimeNs at)
{
    ForgetPending();
    m_due = at;
    if (!m_isSeated || !m_seat->TakeTimer(now, at))
    {
        m_inner->Arm(now, at);
    }
}

void
HptsAlarm::OnAlarm(TimeNs now)
{
    CallOwner(now);
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
