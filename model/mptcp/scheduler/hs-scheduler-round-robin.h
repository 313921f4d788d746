// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_ROUND_ROBIN_H
#define HS_SCHEDULER_ROUND_ROBIN_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/// `bpf_rr`: the subflow after the one used last, whatever its state (the example code of the
/// kernel's BPF self-tests; facts sheet linux.md 3.6).
class RoundRobinScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_ROUND_ROBIN_H
