// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-clock.h"

#include <algorithm>

namespace hoststack
{

void
Alarm::Schedule(TimeNs now, TimeNs at)
{
    at = std::max(at, now);
    if (at >= m_earliest)
    {
        return;
    }
    if (m_earliest != kNever && m_later < m_pending.size())
    {
        m_pending[m_later++] = m_earliest;
    }
    m_earliest = at;
    CallAt(now, at);
}

void
Alarm::CallOwner(TimeNs now)
{
    if (m_owner != nullptr)
    {
        m_owner->OnAlarm(now);
    }
}

void
Alarm::GoOff(TimeNs now)
{
    if (m_owner == nullptr || m_earliest != now)
    {
        return;
    }
    m_earliest = m_later > 0 ? m_pending[--m_later] : kNever;
    m_owner->OnAlarm(now);
}

} // namespace hoststack
