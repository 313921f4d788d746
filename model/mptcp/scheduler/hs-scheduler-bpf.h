// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_BPF_H
#define HS_SCHEDULER_BPF_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

// The example schedulers of the kernel's BPF self-tests, as their code behaves (facts sheet
// linux.md 3.6): they look at nothing but the list and one bit, so they may pick a subflow that is
// not established, full or dead.

/// `bpf_first`: the first subflow of the list.
class FirstScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

/// `bpf_bkup`: the first subflow whose peer did not ask to keep it as a backup.
class BackupScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

/// `bpf_rr`: the subflow after the one used last.
class RoundRobinScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool ChecksStaleness() const override
    {
        return false;
    }
};

/**
 * `bpf_red`: all subflows. The kernel's push loop lets each marked subflow go on where the one
 * before stopped, so new data is striped, and only retransmissions are copied; with \p copies each
 * marked subflow carries the same new data, which is what the name promises.
 */
class RedundantScheduler : public PacketScheduler
{
  public:
    explicit RedundantScheduler(bool copies)
        : m_copies(copies)
    {
    }

    void GetSend(SchedulerView& view) override;

    bool Duplicates() const override
    {
        return m_copies;
    }

    bool ChecksStaleness() const override
    {
        return m_copies;
    }

  private:
    bool m_copies;
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_BPF_H
