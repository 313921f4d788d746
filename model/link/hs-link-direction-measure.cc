// SPDX-License-Identifier: GPL-2.0-only
//
// LinkDirection: what is measured of it.

#include "ns3/hs-link-direction-inner.h"
#include "ns3/hs-link-direction.h"

#include <algorithm>

namespace hoststack
{

TimeNs
LinkDirection::LongestWaitSoFar()
{
    if (m_fast)
    {
        if (m_waitingPackets == 0)
        {
            return 0;
        }
        const Flight& head = m_flight[m_flight.Size() - m_waitingPackets];
        return head.waited - (m_serviceDeparts - m_now);
    }
    TimeNs longest = 0;
    if (m_departs > m_now)
    {
        longest = m_service.waited;
        longest += m_service.from < m_now ? StillTime(m_service.from, m_now) : 0;
    }
    if (m_extras && m_extras->queued.packets > 0)
    {
        longest = std::max(longest, m_now - m_extras->queued.queue->OldestArrival());
    }
    for (std::size_t i = 0; i < m_waiting.Size(); ++i)
    {
        if (!m_waiting[i].removed)
        {
            return std::max(longest, m_now - m_waiting[i].arrived);
        }
    }
    return longest;
}

LinkPeaks
LinkDirection::TakePeaks()
{
    LinkPeaks peaks = m_peaks;
    peaks.wait = std::max(peaks.wait, LongestWaitSoFar());
    m_peaks = {};
    m_peaks.waiting = WaitingPackets();
    return peaks;
}

bool
LinkDirection::FindOpportunities(LinkOpportunities& out)
{
    if (!m_extras || !m_extras->ownRate)
    {
        return false;
    }
    auto& segments = m_extras->segments;
    while (m_departs <= m_now && WaitingPackets() == 0 && segments.Size() > 0 &&
           segments.Front().until <= m_now)
    {
        segments.PopFront();
    }
    while (m_extras->coveredUntil <= m_now)
    {
        SegmentAt(segments.Size());
    }
    out.offered = m_extras->offeredBytes;
    out.used = m_extras->servedBytes;
    if (m_departs > m_now)
    {
        out.used -= (Remaining(m_now) + kNanobitsPerByte - 1) / kNanobitsPerByte;
    }
    for (std::size_t i = 0; i < segments.Size(); ++i)
    {
        if (segments[i].from > m_now)
        {
            out.offered -= segments[i].burst / kNanobitsPerByte;
        }
    }
    return true;
}

} // namespace hoststack
