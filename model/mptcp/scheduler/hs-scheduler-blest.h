// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_BLEST_H
#define HS_SCHEDULER_BLEST_H

#include "ns3/hs-packet-scheduler.h"

namespace hoststack::mptcp
{

/**
 * BLEST (Ferlin et al., IFIP Networking 2016): uses the fastest subflow while its window has room;
 * a slower one only if what the fastest could send during the slower one's RTT still fits into the
 * send window beside the slower one's segment. The estimate is scaled by lambda, which grows when
 * head-of-line blocking was seen and shrinks slowly otherwise.
 */
class BlestScheduler : public PacketScheduler
{
  public:
    void GetSend(SchedulerView& view) override;

  private:
    double m_lambda{1.0};
    TimeNs m_lastAdapted{0};
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_BLEST_H
