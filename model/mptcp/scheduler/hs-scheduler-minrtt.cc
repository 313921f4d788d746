// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-minrtt.h"

namespace hoststack::mptcp
{

bool
HasWindowRoom(const SubflowView& s)
{
    // Bytes written but not yet sent count against the window they will need.
    const auto unsent = static_cast<std::uint64_t>(
        s.tcp.writeEnd > s.tcp.sndNxt ? s.tcp.writeEnd - s.tcp.sndNxt : 0);
    return s.active && s.memoryFree &&
           s.tcp.inFlight + (unsent + s.tcp.mss - 1) / s.tcp.mss < s.tcp.cwnd;
}

void
MinRttScheduler::GetSend(SchedulerView& view)
{
    SubflowView* best[2] = {nullptr, nullptr};
    bool anyActive = false;
    for (auto& s : view.subflows)
    {
        anyActive = anyActive || (s.active && !s.IsBackup());
        if (!HasWindowRoom(s))
        {
            continue;
        }
        auto*& slot = best[s.IsBackup() ? 1 : 0];
        if (!slot || s.tcp.srtt < slot->tcp.srtt)
        {
            slot = &s;
        }
    }
    SubflowView* chosen = anyActive ? best[0] : best[1];
    if (chosen)
    {
        chosen->scheduled = true;
        view.burst = chosen->tcp.mss;
    }
}

} // namespace hoststack::mptcp
