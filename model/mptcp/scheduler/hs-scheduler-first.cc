// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-first.h"

namespace hoststack::mptcp
{

void
FirstScheduler::GetSend(SchedulerView& view)
{
    if (!view.subflows.empty())
    {
        view.subflows.front().scheduled = true;
    }
}

} // namespace hoststack::mptcp
