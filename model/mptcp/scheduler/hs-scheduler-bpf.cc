// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-bpf.h"

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

void
BackupScheduler::GetSend(SchedulerView& view)
{
    for (auto& s : view.subflows)
    {
        if (!s.backup)
        {
            s.scheduled = true;
            return;
        }
    }
}

void
RoundRobinScheduler::GetSend(SchedulerView& view)
{
    if (view.subflows.empty())
    {
        return;
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < view.subflows.size(); ++i)
    {
        if (view.subflows[i].id == view.lastUsed)
        {
            next = (i + 1) % view.subflows.size();
            break;
        }
    }
    view.subflows[next].scheduled = true;
    view.lastUsed = view.subflows[next].id;
}

void
RedundantScheduler::GetSend(SchedulerView& view)
{
    for (auto& s : view.subflows)
    {
        // True copies are kept off subflows that cannot carry them; the example code does not look.
        s.scheduled = !m_copies || (s.active && s.memoryFree);
    }
}

} // namespace hoststack::mptcp
