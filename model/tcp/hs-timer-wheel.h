// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TIMER_WHEEL_H
#define HS_TIMER_WHEEL_H

#include "ns3/hs-units.h"

namespace hoststack::tcp
{

/**
 * When a timer set at \p now for \p delay fires on Linux' hierarchical timer wheel
 * (kernel/time/timer.c): 64 slots per level, each level eight times coarser; it fires at the first
 * slot boundary after its time. \p tick: a jiffy, ns; 0: timers are exact.
 */
inline TimeNs
WheelExpiry(TimeNs tick, TimeNs now, TimeNs delay)
{
    if (tick <= 0)
    {
        return now + delay;
    }
    const TimeNs ticks = (delay + tick - 1) / tick;
    const TimeNs expires = now / tick + ticks;
    int shift = 0;
    for (TimeNs start = 63; ticks >= start && shift < 24; start <<= 3)
    {
        shift += 3;
    }
    return ((expires >> shift) + 1) * tick * (TimeNs{1} << shift);
}

} // namespace hoststack::tcp

#endif // HS_TIMER_WHEEL_H
