// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-weighted.h"

#include "ns3/hs-scheduler-minrtt.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::int64_t kQuantum = 16 * 1448; // bytes per turn, a dozen segments (estimate)

} // namespace

void
WeightedRoundRobinScheduler::GetSend(SchedulerView& view)
{
    SubflowView* chosen = nullptr;
    double least = 0;
    // Backups take part only when nothing else is left.
    const bool onlyBackups =
        std::none_of(view.subflows.begin(), view.subflows.end(), [](const SubflowView& s) {
            return s.active && !s.IsBackup();
        });
    for (auto& s : view.subflows)
    {
        if (!HasWindowRoom(s) || s.IsBackup() != onlyBackups)
        {
            continue;
        }
        const double credit = m_credit[s.id];
        if (!chosen || credit < least)
        {
            chosen = &s;
            least = credit;
        }
    }
    if (!chosen)
    {
        return;
    }
    // A subflow that could not send for a while does not get everything it missed.
    for (auto& entry : m_credit)
    {
        entry.second = std::max(entry.second, least);
    }
    m_credit[chosen->id] +=
        static_cast<double>(kQuantum) / std::max<double>(1.0, chosen->tcp.pacingRate);
    chosen->scheduled = true;
    view.burst = kQuantum;
}

} // namespace hoststack::mptcp
