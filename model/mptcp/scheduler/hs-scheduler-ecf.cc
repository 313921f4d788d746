// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scheduler-ecf.h"

#include "ns3/hs-scheduler-minrtt.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr double kHysteresis = 0.25; // beta of the paper, section 3.2

} // namespace

void
EcfScheduler::GetSend(SchedulerView& view)
{
    SubflowView* fast = nullptr;
    SubflowView* ready = nullptr;
    for (auto& s : view.subflows)
    {
        if (!s.active)
        {
            continue;
        }
        if (!fast || s.tcp.srtt < fast->tcp.srtt)
        {
            fast = &s;
        }
        if (HasWindowRoom(s) && (!ready || s.tcp.srtt < ready->tcp.srtt))
        {
            ready = &s;
        }
    }
    if (!ready)
    {
        return;
    }
    if (ready != fast && fast->tcp.srtt > 0 && fast->tcp.cwnd > 0 && ready->tcp.cwnd > 0)
    {
        const double segments = static_cast<double>(view.queued) / std::max(1u, fast->tcp.mss);
        const double fastRtt = ToSeconds(fast->tcp.srtt);
        const double slowRtt = ToSeconds(ready->tcp.srtt);
        // The deviations of both RTTs are not in the view; the larger RTT's eighth stands in.
        const double delta = std::max(fastRtt, slowRtt) / 8;
        const double rounds = 1 + segments / fast->tcp.cwnd;
        const double beta = m_waiting ? kHysteresis : 0;
        if (rounds * fastRtt < (1 + beta) * (slowRtt + delta))
        {
            if (segments / ready->tcp.cwnd * slowRtt >= 2 * fastRtt + delta)
            {
                m_waiting = true;
                return;
            }
        }
        else
        {
            m_waiting = false;
        }
    }
    ready->scheduled = true;
    view.burst = ready->tcp.mss;
}

} // namespace hoststack::mptcp
