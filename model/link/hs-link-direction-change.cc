// SPDX-License-Identifier: GPL-2.0-only
//
// LinkDirection: changes while running.

#include "ns3/hs-link-direction-inner.h"
#include "ns3/hs-link-direction.h"

#include <algorithm>
#include <cassert>

namespace hoststack
{

template <class Change>
void
LinkDirection::ChangeService(TimeNs now, Change change)
{
    BeforeChange(now);
    if (m_departs <= now)
    {
        change();
        AfterChange(now);
        return;
    }
    const std::uint64_t remaining = Remaining(now);
    m_service.waited += StillTime(m_service.from, now);
    std::size_t at = m_flight.Size() - 1;
    while (m_flight[at].departs <= now)
    {
        --at;
    }
    Flight flight = m_flight[at];
    m_flight.Erase(at);
    m_lastInOrder = m_service.inOrderBefore;
    if (m_departs != kNever)
    {
        m_counters.busyTime -= m_departs - now;
    }
    change();
    m_departs = now;
    m_service.burst = 0;
    Serve(now, remaining);
    flight.departs = m_departs;
    flight.waited = WaitOfService();
    Place(flight);
    AfterChange(now);
}

void
LinkDirection::BeforeChange(TimeNs now)
{
    assert(now >= m_now);
    m_now = now;
    LeaveFast(now);
    Advance(now);
}

void
LinkDirection::AfterChange(TimeNs now)
{
    m_travels = m_loss > 0 || m_jitter > 0 || (m_extras && !m_extras->travels.empty());
    // A packet whose last bit leaves at this very instant makes room for the next.
    AdvanceQueue(now);
    if (!m_fast && !m_extras && !m_travels && !m_dropping && !m_holding && m_rate > 0)
    {
        EnterFast();
    }
}

void
LinkDirection::SetRate(TimeNs now, BitsPerSecond rate)
{
    if (m_extras && m_extras->ownRate)
    {
        FailLink(m_name, "the capacity comes from a trace; its rate cannot be changed", "rate");
    }
    if (rate > kUnlimitedRate)
    {
        FailLink(m_name, "rate must be at most 1e18 bit/s", "rate");
    }
    ChangeService(now, [&] { m_rate = rate; });
}

void
LinkDirection::SetDelay(TimeNs now, TimeNs delay)
{
    if (delay < 0)
    {
        FailLink(m_name, "delay must not be negative", "delay");
    }
    ChangeService(now, [&] { m_delay = delay; });
}

void
LinkDirection::SetLoss(TimeNs now, double probability)
{
    if (!(probability >= 0 && probability <= 1))
    {
        FailLink(m_name, "loss must lie between 0 and 1", "loss");
    }
    BeforeChange(now);
    m_loss = probability;
    AfterChange(now);
}

void
LinkDirection::SetJitter(TimeNs now, TimeNs jitter)
{
    if (jitter < 0)
    {
        FailLink(m_name, "jitter must not be negative", "jitter");
    }
    BeforeChange(now);
    m_jitter = jitter;
    AfterChange(now);
}

void
LinkDirection::SetQueueLimit(TimeNs now, const LinkQueueLimit& limit)
{
    if (limit.time < 0)
    {
        FailLink(m_name, "a queue cannot last a negative time", "queue");
    }
    assert(now >= m_now);
    m_now = now;
    m_limit = limit;
    if (limit.time != kNever)
    {
        const auto bytes = static_cast<Uint128>(m_configuredRate) *
                           static_cast<std::uint64_t>(limit.time) / kNanobitsPerByte;
        // Less room than one full-size packet would stop large packets for good.
        constexpr Uint128 kOnePacket = 1500;
        const auto room = std::max(bytes, kOnePacket);
        m_limit.bytes = std::min<Uint128>(limit.bytes, room);
    }
}

void
LinkDirection::SetDown(TimeNs now, bool down, Outage outage)
{
    const bool dropping = down && outage == Outage::Drop;
    const bool holding = down && outage == Outage::Hold;
    ChangeService(now, [&] { m_holding = holding; });
    if (dropping && !m_dropping)
    {
        LeaveFast(now);
        LoseEverything(now);
    }
    m_dropping = dropping;
    AfterChange(now);
}

void
LinkDirection::LoseEverything(TimeNs now)
{
    std::size_t arrived = 0;
    while (arrived < m_flight.Size() && m_flight[arrived].arrives <= now)
    {
        ++arrived;
    }
    for (std::size_t i = arrived; i < m_flight.Size(); ++i)
    {
        const Flight& flight = m_flight[i];
        Report(now,
               flight.cookie,
               flight.dropped == LinkDrop::None ? LinkDrop::Outage : flight.dropped);
    }
    while (m_flight.Size() > arrived)
    {
        m_flight.PopBack();
    }
    if (m_extras && m_extras->queued.queue)
    {
        m_extras->queued.queue->Clear(m_extras->queued.lost);
        ReportQueued();
    }
    while (!m_waiting.Empty())
    {
        if (!m_waiting.Front().removed)
        {
            Report(now, m_waiting.Front().packet.cookie, LinkDrop::Outage);
        }
        PopWaiting();
    }
    if (m_departs > now)
    {
        if (m_departs != kNever)
        {
            m_counters.busyTime -= m_departs - now;
        }
        m_departs = m_endFloor = now;
        m_endRest = 0;
    }
    m_lastInOrder = std::min(m_lastInOrder, now);
}

} // namespace hoststack
