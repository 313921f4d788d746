// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-alarm.h"

#include <ns3/fatal-error.h>
#include <ns3/simulator.h>

#include <algorithm>

namespace ns3
{

void
RequireNanosecondResolution()
{
    if (Time::GetResolution() != Time::NS)
    {
        NS_FATAL_ERROR(
            "hoststack counts time in nanoseconds, but Time::SetResolution chose another "
            "unit; leave ns-3's default (Time::NS)");
    }
}

hoststack::TimeNs
NowNs()
{
    return Simulator::Now().GetTimeStep();
}

HoststackAlarm::HoststackAlarm(Owner& owner, std::uint32_t context)
    : m_owner(&owner),
      m_context(context)
{
}

void
HoststackAlarm::Schedule(hoststack::TimeNs now, hoststack::TimeNs at)
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
    Ref(); // the simulator drops one reference when the event has run
    Simulator::ScheduleWithContext(m_context, TimeStep(at - now), this);
}

void
HoststackAlarm::Notify()
{
    const auto now = NowNs();
    if (m_owner == nullptr || m_earliest != now)
    {
        return;
    }
    --m_count;
    m_earliest = m_count > 0 ? m_pending[m_count - 1] : hoststack::kNever;
    m_owner->OnAlarm(now);
}

} // namespace ns3
