// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_BACKUP_H
#define HS_SCHEDULER_BACKUP_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/// `bpf_bkup`: the first subflow whose peer did not ask to keep it as a backup, whatever its state
/// (the example code of the kernel's BPF self-tests; facts sheet linux.md 3.6).
class BackupScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_BACKUP_H
