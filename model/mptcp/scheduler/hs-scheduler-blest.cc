// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-blest.h"

#include "ns3/hs-scheduler-minrtt.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

// Section III of the paper: lambda starts at 1 and is adapted in small steps once per RTT.
constexpr double kStep = 0.05; // estimate
// Estimates. Below 1 less would be kept free than the fast subflow is
// known to need, and the upper one keeps a row of mistakes from switching a path off.
constexpr double kLeast = 1.0;
constexpr double kMost = 1.5;

SubflowView*
Fastest(SchedulerView& view, bool needsRoom)
{
    SubflowView* best = nullptr;
    for (auto& s : view.subflows)
    {
        if (!s.active || (needsRoom && !HasWindowRoom(s)))
        {
            continue;
        }
        if (!best || s.tcp.srtt < best->tcp.srtt)
        {
            best = &s;
        }
    }
    return best;
}

} // namespace

void
BlestScheduler::GetSend(SchedulerView& view)
{
    auto* fast = Fastest(view, false);
    auto* ready = Fastest(view, true);
    if (!fast || !ready)
    {
        return;
    }
    const auto window = view.windowEnd > view.sndNxt ? view.windowEnd - view.sndNxt : 0;
    if (fast->tcp.srtt > 0 && view.now - m_lastAdapted > fast->tcp.srtt)
    {
        // The window closed on us while data waited: the slow path was blocking.
        const bool blocked = window < fast->tcp.mss && view.queued > 0;
        m_lambda = std::clamp(m_lambda + (blocked ? kStep : -kStep), kLeast, kMost);
        m_lastAdapted = view.now;
    }
    if (ready != fast && fast->tcp.srtt > 0)
    {
        // What the fast subflow sends while the slow segment travels, its window growing by one
        // segment per RTT.
        const double rounds = static_cast<double>(ready->tcp.srtt) / fast->tcp.srtt;
        const double fastBytes =
            fast->tcp.mss * (fast->tcp.cwnd + (rounds - 1) / 2) * rounds * m_lambda;
        const double slowBytes = static_cast<double>(ready->tcp.mss) * (ready->tcp.inFlight + 1);
        if (fastBytes + slowBytes > static_cast<double>(window))
        {
            return; // wait for the fast one
        }
    }
    ready->scheduled = true;
    view.burst = ready->tcp.mss;
}

} // namespace hoststack::mptcp
