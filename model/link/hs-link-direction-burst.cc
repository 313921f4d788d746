// SPDX-License-Identifier: GPL-2.0-only
//
// LinkDirection: bursts over a plain link.

#include "ns3/hs-link-direction-inner.h"
#include "ns3/hs-link-direction.h"

#include <algorithm>
#include <cassert>

namespace hoststack
{

bool
LinkDirection::OfferBurst(TimeNs now,
                          const LinkPacket& packet,
                          std::uint32_t count,
                          std::uint32_t lastBytes)
{
    assert(now >= m_now && count > 0);
    if (!m_fast)
    {
        return false;
    }
    m_now = now;
    AdvanceFast(now);
    // The first one begins service at once if nothing is in service; the others wait.
    const bool isIdle = m_departs <= now;
    const std::uint64_t bytes = std::uint64_t{packet.bytes} * (count - 1) + lastBytes;
    const std::uint64_t firstBytes = count > 1 ? packet.bytes : lastBytes;
    const std::uint64_t waits = count - (isIdle ? 1 : 0);
    const std::uint64_t waitingBytes = bytes - (isIdle ? firstBytes : 0);
    if (m_waitingPackets + waits > m_limit.packets || m_waitingBytes + waitingBytes > m_limit.bytes)
    {
        return false;
    }
    m_counters.offeredPackets += count;
    m_counters.offeredBytes += bytes;
    if (isIdle)
    {
        m_endFloor = now;
        m_endRest = 0;
    }
    const auto place = [&](std::uint32_t from, std::uint32_t until, std::uint32_t size) {
        // Each ends when the one before has ended and its own bits are sent: a division for all.
        const std::uint64_t need = WireBytes(size) * kNanobitsPerByte;
        const auto step = static_cast<TimeNs>(need / m_rate);
        const std::uint64_t stepRest = need % m_rate;
        for (std::uint32_t i = from; i < until; ++i)
        {
            const TimeNs waited = m_endFloor - now;
            m_endFloor += step;
            m_endRest += stepRest;
            if (m_endRest >= m_rate)
            {
                m_endRest -= m_rate;
                ++m_endFloor;
            }
            m_departs = m_endFloor + (m_endRest > 0 ? 1 : 0);
            m_lastInOrder = std::max(m_departs + m_delay, m_lastInOrder);
            m_flight.PushBack({m_lastInOrder,
                               m_departs,
                               waited,
                               packet.cookie + i * kNextCookie,
                               size,
                               LinkDrop::None,
                               false,
                               false});
            if (i == 0 && isIdle)
            {
                m_serviceDeparts = m_departs;
                m_counters.busyTime += m_departs - now;
            }
        }
    };
    place(0, count - 1, packet.bytes);
    place(count - 1, count, lastBytes);
    m_waitingPackets += waits;
    m_waitingBytes += waitingBytes;
    if (m_waitingPackets > m_peaks.waiting)
    {
        NoteWaitingPeak();
    }
    return true;
}

std::uint32_t
LinkDirection::DeliverRun(TimeNs now, TimeNs before, LinkDelivery& first)
{
    assert(m_fast && before <= now + 1);
    if (m_flight.Empty() || m_flight.Front().arrives >= before || !m_reports.Empty())
    {
        return NextDelivery() < before && Deliver(now, first) ? 1 : 0;
    }
    CatchUp(now);
    first.at = m_flight.Front().arrives;
    first.departed = m_flight.Front().departs;
    first.cookie = m_flight.Front().cookie;
    first.dropped = LinkDrop::None;
    first.congestionExperienced = false;
    std::uint64_t cookie = first.cookie;
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;
    do
    {
        const Flight& front = m_flight.Front();
        if (front.cookie != cookie || front.arrives >= before || front.dropped != LinkDrop::None ||
            front.marked)
        {
            break;
        }
        bytes += front.bytes;
        m_counters.waitedTime += front.waited;
        m_peaks.wait = std::max(m_peaks.wait, front.waited);
        cookie += kNextCookie;
        ++count;
        m_flight.PopFront();
    } while (!m_flight.Empty());
    if (count == 0)
    {
        return Deliver(now, first) ? 1 : 0;
    }
    m_counters.deliveredPackets += count;
    m_counters.deliveredBytes += bytes;
    return count;
}

TimeNs
LinkDirection::NextDelivery(std::uint32_t skipped) const
{
    if (!m_fast || !m_reports.Empty())
    {
        return NextDelivery();
    }
    return skipped < m_flight.Size() ? m_flight[skipped].arrives : kNever;
}

} // namespace hoststack
