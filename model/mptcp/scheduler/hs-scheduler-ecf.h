// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_ECF_H
#define HS_SCHEDULER_ECF_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/**
 * ECF, earliest completion first (Lim et al., CoNEXT 2017): if the fastest subflow is full, a
 * slower one is used only when waiting for the fastest would finish the queued data later; with a
 * hysteresis of a quarter once it has begun to wait.
 */
class EcfScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

  private:
    bool m_waiting{false};
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_ECF_H
