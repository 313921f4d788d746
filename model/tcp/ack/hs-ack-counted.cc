// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ack-counted.h"

#include "ns3/hs-tcp-config.h"
#include "ns3/hs-timer-wheel.h"

namespace hoststack::tcp
{

void
CountedAcks::OnInOrderData(const AckView& view)
{
    m_lastArrival = view.now;
    if (view.state.Facts().windowUpdated != m_lastUpdate)
    {
        m_lastUpdate = view.state.Facts().windowUpdated;
        m_arrivals = 0;
    }
    ++m_arrivals;
}

bool
CountedAcks::Decide(AckView& view)
{
    // A merged unit counts with its bytes: more than one segment less than are waited for.
    const auto unacknowledged = view.state.Facts().next - view.state.Facts().windowUpdated;
    if (m_urgent || view.hasHole || m_arrivals >= m_segments ||
        unacknowledged > std::uint64_t{m_segments - 1} * view.state.Facts().mss)
    {
        return true;
    }
    if (m_delayedDeadline == kNever)
    {
        m_delayedDeadline = WheelExpiry(m_config.tick, view.now, m_config.delayedAckMin);
    }
    return false;
}

bool
CountedAcks::OnDelayedDeadline(TimeNs /*rto*/)
{
    m_delayedDeadline = kNever;
    return m_pending;
}

} // namespace hoststack::tcp
