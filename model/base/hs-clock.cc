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
    if (m_count == kDepth)
    {
        --m_count;
    }
    m_pending[m_count++] = at;
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
    --m_count;
    m_earliest = m_count > 0 ? m_pending[m_count - 1] : kNever;
    m_owner->OnAlarm(now);
}

} // namespace hoststack
