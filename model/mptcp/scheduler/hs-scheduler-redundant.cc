// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-redundant.h"

namespace hoststack::mptcp
{

void
RedundantScheduler::GetSend(SchedulerView& view)
{
    for (auto& s : view.subflows)
    {
        s.scheduled = s.active && s.memoryFree;
    }
}

} // namespace hoststack::mptcp
