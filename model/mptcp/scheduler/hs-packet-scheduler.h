// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACKET_SCHEDULER_H
#define HS_PACKET_SCHEDULER_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-scheduler-view.h"

namespace hoststack::mptcp
{

/**
 * Chooses the subflows that carry the next data (Linux: struct mptcp_sched_ops). Asked once per
 * burst, never per packet. A scheduler marks any number of subflows; with none marked, nothing is
 * sent until something changes.
 */
class PacketScheduler : public Pooled
{
  public:
    virtual ~PacketScheduler() = default;

    /// For new data.
    virtual void GetSend(SchedulerView& view) = 0;

    /// For data sent before that must go again; the same choice unless overridden.
    virtual void GetRetransmit(SchedulerView& view)
    {
        GetSend(view);
    }

    /// True if the data-level retransmission timer waits for the subflows' own timers; otherwise it
    /// stays at 200 ms (facts sheet linux.md 3.6.4).
    virtual bool FollowsSubflowTimers() const
    {
        return false;
    }

    /// True if the data-level timer looks for subflows that no longer answer (facts 3.5), which in
    /// Linux is part of the built-in scheduler's choice.
    virtual bool ChecksStaleness() const
    {
        return true;
    }

    /// True if each marked subflow is to carry a copy of the same new data.
    virtual bool Duplicates() const
    {
        return false;
    }
};

/// The schedulers by name; the one place to add a line for a new one.
Registry<PacketScheduler>& PacketSchedulers();

} // namespace hoststack::mptcp

#endif // HS_PACKET_SCHEDULER_H
