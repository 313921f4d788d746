// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-wheel.h"

#include <algorithm>

namespace hoststack
{

void
HptsWheel::OnCallout()
{
    m_isCalloutPending = false;
    m_shared.platform.WakeThread(m_index);
}

void
HptsWheel::AdaptSleep(bool isLonger)
{
    const auto least = static_cast<std::uint32_t>(m_shared.settings.dynMinSleep);
    const auto most = static_cast<std::uint32_t>(m_shared.settings.dynMaxSleep);
    m_mySleepUs = isLonger ? std::min(m_mySleepUs * 2, most) : std::max(m_mySleepUs / 2, least);
}

void
HptsWheel::OnThread()
{
    if (m_isDirectWake)
    {
        const bool wasPending = m_isCalloutPending;
        m_isCalloutPending = false;
        m_shared.platform.StopCallout(m_index, wasPending);
        ++m_shared.counters.directAwakening;
    }
    else
    {
        ++m_shared.counters.timeoutWakeup;
        if (m_isCalloutPending || !m_isCalloutActive)
        {
            // An insertion that found the wheel full has taken the wake-up back: the kernel leaves
            // it scheduled, so nobody can wake the thread until its timer goes off.
            return;
        }
    }
    m_isCalloutActive = false;
    m_isWakeScheduled = false;
    std::uint32_t sleepUs = 0;
    if (m_isActive)
    {
        sleepUs = SleepAfterCollision();
    }
    else
    {
        m_shownUs = 0;
        m_isActive = true;
        const HptsVersion& version = m_shared.version;
        sleepUs = SleepMode(RunSlots(true) * (version.slotUs / version.sleepUs));
        m_isActive = false;
    }
    m_isDirectWake = false;
    m_shownUs = sleepUs;
    ArmCallout(sleepUs);
}

std::uint32_t
HptsWheel::SleepAfterCollision()
{
    if (m_isDirectWake)
    {
        return m_mySleepUs;
    }
    ++m_shared.counters.backToSleep;
    m_isOnMinSleep = IsOverThreshold();
    if (m_isOnMinSleep)
    {
        AdaptSleep(true);
        return m_mySleepUs;
    }
    return static_cast<std::uint32_t>(m_shared.settings.minSleep);
}

std::uint32_t
HptsWheel::SleepMode(std::uint32_t runUnits)
{
    const HptsSettings& settings = m_shared.settings;
    const bool isOver = static_cast<std::int32_t>(m_count) > settings.cntThresh;
    if (m_shared.version.gatesHook && isOver != m_isOverThreshold)
    {
        m_isOverThreshold = isOver;
        m_shared.wheelsOverThreshold += isOver ? 1 : -1;
    }
    const std::uint32_t wanted = m_sleepTime * m_shared.version.sleepUs;
    std::uint32_t us = wanted;
    if (IsOverThreshold())
    {
        if (!m_isDirectWake)
        {
            const auto run = static_cast<std::int32_t>(runUnits);
            if (run < settings.moreSleep)
            {
                AdaptSleep(true);
            }
            else if (run > settings.lessSleep)
            {
                AdaptSleep(false);
            }
        }
        us = us < m_mySleepUs ? m_mySleepUs
                              : std::min(us, static_cast<std::uint32_t>(settings.dynMaxSleep));
        m_overriddenUs = us != wanted ? wanted : m_overriddenUs;
        m_isOnMinSleep = true;
    }
    else
    {
        m_isOnMinSleep = m_count != 0 && us < static_cast<std::uint32_t>(settings.minSleep);
        us = m_isOnMinSleep ? static_cast<std::uint32_t>(settings.minSleep) : us;
        m_overriddenUs = m_isOnMinSleep ? wanted : 0;
    }
    return us;
}

void
HptsWheel::OnHook()
{
    if (m_isActive || m_isHeld)
    {
        ++m_shared.counters.idleHooks;
        return;
    }
    ++m_shared.counters.directCall;
    m_isActive = true;
    const HptsVersion& version = m_shared.version;
    const HptsSettings& settings = m_shared.settings;
    const auto run =
        static_cast<std::int32_t>(RunSlots(false) * (version.slotUs / version.sleepUs));
    if (IsOverThreshold())
    {
        if (run > settings.lessSleep)
        {
            AdaptSleep(false);
            FindSleep(0);
            const std::uint32_t wanted = m_sleepTime * version.sleepUs;
            const auto most = static_cast<std::uint32_t>(settings.dynMaxSleep);
            const std::uint32_t us = wanted < m_mySleepUs ? m_mySleepUs : std::min(wanted, most);
            m_overriddenUs = us != wanted ? wanted : m_overriddenUs;
            m_shownUs = us;
            ArmCallout(us);
        }
        else if (run < settings.moreSleep)
        {
            AdaptSleep(true);
        }
        m_isOnMinSleep = true;
    }
    m_isActive = false;
}

} // namespace hoststack
