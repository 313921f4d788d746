// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_WEIGHTED_H
#define HS_SCHEDULER_WEIGHTED_H

#include "ns3/hs-packet-scheduler.h"

#include <map>

namespace hoststack::mptcp
{

/**
 * Weighted round robin: the usable subflow that has had least relative to its weight, the weight
 * being its pacing rate (so shares follow what the paths can carry).
 */
class WeightedRoundRobinScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

  private:
    std::map<std::uint32_t, double> m_credit; ///< by subflow id, in units of its weight
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_WEIGHTED_H
