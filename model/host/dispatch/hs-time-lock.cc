// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-time-lock.h"

#include <algorithm>

namespace hoststack::host
{

TimeLock::Hold
TimeLock::Take(TimeNs now, TimeNs duration, std::uint32_t core)
{
    TimeNs from = now;
    auto place = m_holds.begin();
    for (; place != m_holds.end(); ++place)
    {
        if (from + duration <= place->from)
        {
            break; // it fits before that one
        }
        if (place->until > from)
        {
            from = place->until + (place->core == core ? 0 : m_handOver);
        }
    }
    m_holds.insert(place, {from, from + duration, core});
    ++m_takes;
    m_contended += from > now;
    m_waited += from - now;
    m_held += duration;
    return {from, from + duration};
}

void
TimeLock::Forget(TimeNs now)
{
    const auto first = std::find_if(m_holds.begin(), m_holds.end(), [&](const auto& hold) {
        return hold.until > now;
    });
    m_holds.erase(m_holds.begin(), first);
}

} // namespace hoststack::host
