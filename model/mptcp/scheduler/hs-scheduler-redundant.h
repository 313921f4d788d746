// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_REDUNDANT_H
#define HS_SCHEDULER_REDUNDANT_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/// `redundant`: each usable subflow carries the same new data. No kernel's, so without a limit of
/// subflows.
class RedundantScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

    bool Duplicates() const override
    {
        return true;
    }
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_REDUNDANT_H
