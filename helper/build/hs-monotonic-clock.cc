// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-monotonic-clock.h"

#include <cstdlib>
#include <ctime>

namespace hoststack
{

MonotonicClock::MonotonicClock(bool stands)
    : m_stands(stands)
{
}

TimeNs
MonotonicClock::Now()
{
    if (!m_isKnown)
    {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC, &now);
        m_now = now.tv_sec * kSecond + now.tv_nsec;
        m_isKnown = m_stands;
        ++m_looks;
    }
    return m_now;
}

MonotonicClock&
MonotonicClock::Own()
{
    static MonotonicClock clock(std::getenv("HOSTSTACK_VIRTUAL_TIME") != nullptr);
    return clock;
}

} // namespace hoststack
