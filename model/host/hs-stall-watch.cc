// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-stall-watch.h"

namespace hoststack::host
{

namespace
{

// watchdog_thresh of 10 s: sample_period 2 * 10 s / 5, get_softlockup_thresh 2 * 10 s.
constexpr TimeNs kLook = 4 * kSecond;
constexpr TimeNs kLockUp = 20 * kSecond;

} // namespace

StallWatch::StallWatch(TimeNs timeout, TimeNs tick)
    : m_timeout(timeout),
      m_tick(tick),
      m_nextRcu(timeout),
      m_lookAt(kLook)
{
}

void
StallWatch::OnTick(TimeNs now, CoreId core, ContextKind context, std::vector<StallRecord>& records)
{
    if (now >= m_nextRcu)
    {
        records.push_back({StallKind::Rcu, now, now - m_quiescentAt, core, context});
        m_nextRcu = now + 3 * m_timeout + 3 * m_tick;
    }
    if (now < m_lookAt)
    {
        return;
    }
    const auto previous = m_lookAt - kLook;
    m_lookAt = now - now % kLook + kLook;
    if (m_scheduledAt > previous)
    {
        m_touchedAt = now;
    }
    else if (now - m_touchedAt > kLockUp)
    {
        records.push_back({StallKind::LockUp, now, now - m_touchedAt, core, context});
        m_scheduledAt = now;
        m_touchedAt = now;
    }
}

} // namespace hoststack::host
