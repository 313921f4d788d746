// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STALL_WATCH_H
#define HS_STALL_WATCH_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack::host
{

/// What a kernel's log would say of a core that something does not leave.
enum class StallKind : std::uint8_t
{
    Rcu,    ///< "rcu: INFO: rcu_sched self-detected stall on CPU"
    LockUp, ///< "watchdog: BUG: soft lockup - CPU#N stuck for Ts!"
};

struct StallRecord
{
    StallKind kind;
    TimeNs at;
    TimeNs lasted; ///< until then
    CoreId core;
    ContextKind context; ///< what the core does at that time
};

/**
 * The two watchdogs of one core.
 *
 * RCU (kernel/rcu/tree_stall.h): a core that has been in no quiescent state for `timeout` is
 * reported at the next tick, and again after three times as long and 3 ticks. A grace period is
 * taken to wait for the core always, as on a host that does anything. What a quiescent state is,
 * the core decides: a context switch, idling, the end of a thread's step, of a pass of ksoftirqd.
 *
 * Soft lock-up (kernel/watchdog.c): every 4 s it is looked whether the core has scheduled since the
 * last look; if for more than 20 s it has not, that is reported, and again every 20 s.
 */
class StallWatch
{
  public:
    /// \param timeout rcu_cpu_stall_timeout: 21 s as kernels come, 60 s in OpenWrt's
    StallWatch(TimeNs timeout, TimeNs tick);

    void OnQuiescent(TimeNs now)
    {
        m_quiescentAt = now;
        m_nextRcu = now + m_timeout;
    }

    void OnSchedule(TimeNs now)
    {
        m_scheduledAt = now;
    }

    void OnTick(TimeNs now, CoreId core, ContextKind context, std::vector<StallRecord>& records);

  private:
    TimeNs m_timeout;
    TimeNs m_tick;
    TimeNs m_quiescentAt{0};
    TimeNs m_nextRcu;
    TimeNs m_scheduledAt{0};
    TimeNs m_touchedAt{0}; ///< the last look that found that the core had scheduled
    TimeNs m_lookAt;
};

} // namespace hoststack::host

#endif // HS_STALL_WATCH_H
