// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_FIRST_H
#define HS_SCHEDULER_FIRST_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/// `bpf_first`: the first subflow of the list, established or not, full or dead (the example code
/// of the kernel's BPF self-tests; facts sheet linux.md 3.6).
class FirstScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_FIRST_H
