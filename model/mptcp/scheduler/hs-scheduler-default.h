// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_DEFAULT_H
#define HS_SCHEDULER_DEFAULT_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/**
 * Linux' built-in scheduler (net/mptcp/protocol.c mptcp_subflow_get_send, get_retrans; facts sheet
 * linux.md 3.3, 3.4): the active subflow whose queued bytes will be gone first at its average
 * pacing rate, never the second best; bursts of up to 65428 bytes; backups only when nothing else
 * is active. Retransmissions go only to a subflow with nothing of its own outstanding. `bpf_burst`
 * is the same algorithm written in BPF.
 */
class DefaultScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;
    void GetRetransmit(SchedulerView& view) override;

    bool FollowsSubflowTimers() const override
    {
        return true;
    }
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_DEFAULT_H
