// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_MINRTT_H
#define HS_SCHEDULER_MINRTT_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/// The usable subflow with the smallest smoothed RTT and room in its congestion window, as the
/// out-of-tree MPTCP v0 scheduler "default" did; backups only without any other.
class MinRttScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;
};

/// Helper for schedulers that work per window: may \p s take new data now?
bool HasWindowRoom(const SubflowView& s);

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_MINRTT_H
