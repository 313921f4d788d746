// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-striping.h"

#include "ns3/hs-scheduler-list.h"

namespace hoststack::mptcp
{

void
StripingScheduler::GetSend(SchedulerView& view)
{
    for (std::size_t i = 0; i < ListedSubflows(view); ++i)
    {
        view.subflows[i].scheduled = true;
    }
}

} // namespace hoststack::mptcp
