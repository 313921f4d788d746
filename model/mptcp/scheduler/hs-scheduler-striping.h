// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_STRIPING_H
#define HS_SCHEDULER_STRIPING_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/**
 * `bpf_red`: all subflows of the list, whatever their state (the example code of the kernel's BPF
 * self-tests; facts sheet linux.md 3.6). The kernel's push loop lets each marked subflow go on
 * where the one before stopped, so new data is striped, and only retransmissions are copied.
 */
class StripingScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_STRIPING_H
