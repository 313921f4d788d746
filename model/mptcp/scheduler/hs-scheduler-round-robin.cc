// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-round-robin.h"

#include "ns3/hs-scheduler-list.h"

namespace hoststack::mptcp
{

void
RoundRobinScheduler::GetSend(SchedulerView& view)
{
    if (view.subflows.empty())
    {
        return;
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < ListedSubflows(view); ++i)
    {
        if (view.subflows[i].id == view.lastUsed)
        {
            next = (i + 1) % ListedSubflows(view);
            break;
        }
    }
    view.subflows[next].scheduled = true;
    view.lastUsed = view.subflows[next].id;
}

} // namespace hoststack::mptcp
