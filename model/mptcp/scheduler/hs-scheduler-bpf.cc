// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-bpf.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::size_t kListed = 8; // MPTCP_SUBFLOWS_MAX, facts sheet linux.md 3.1.2

/// How many subflows the list that a BPF scheduler gets holds.
std::size_t
Listed(const SchedulerView& view)
{
    return std::min(view.subflows.size(), kListed);
}

} // namespace

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
    for (std::size_t i = 0; i < Listed(view); ++i)
    {
        if (!view.subflows[i].backup)
        {
            view.subflows[i].scheduled = true;
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
    for (std::size_t i = 0; i < Listed(view); ++i)
    {
        if (view.subflows[i].id == view.lastUsed)
        {
            next = (i + 1) % Listed(view);
            break;
        }
    }
    view.subflows[next].scheduled = true;
    view.lastUsed = view.subflows[next].id;
}

void
RedundantScheduler::GetSend(SchedulerView& view)
{
    // True copies are no kernel's and know no such limit.
    const auto count = m_copies ? view.subflows.size() : Listed(view);
    for (std::size_t i = 0; i < count; ++i)
    {
        auto& s = view.subflows[i];
        // True copies are kept off subflows that cannot carry them; the example code does not look.
        s.scheduled = !m_copies || (s.active && s.memoryFree);
    }
}

} // namespace hoststack::mptcp
