// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-backup.h"

#include "ns3/hs-scheduler-list.h"

namespace hoststack::mptcp
{

void
BackupScheduler::GetSend(SchedulerView& view)
{
    for (std::size_t i = 0; i < ListedSubflows(view); ++i)
    {
        if (!view.subflows[i].backup)
        {
            view.subflows[i].scheduled = true;
            return;
        }
    }
}

} // namespace hoststack::mptcp
