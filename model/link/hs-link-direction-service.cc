// SPDX-License-Identifier: GPL-2.0-only
//
// LinkDirection: the serialiser and the way behind it.

#include "ns3/hs-link-direction-inner.h"
#include "ns3/hs-link-direction.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace hoststack
{

void
LinkDirection::Advance(TimeNs now)
{
    while (m_nextTick <= now)
    {
        const TimeNs tick = m_nextTick;
        AdvanceQueue(tick);
        m_nextTick = kNever;
        for (auto& ticker : m_extras->tickers)
        {
            if (ticker.at == tick)
            {
                ticker.at = ticker.behaviour->Tick(tick, QueueState(tick));
                assert(ticker.at > tick);
            }
            m_nextTick = std::min(m_nextTick, ticker.at);
        }
    }
    AdvanceQueue(now);
}

void
LinkDirection::AdvanceQueue(TimeNs now)
{
    if (m_extras && m_extras->queued.queue)
    {
        while (AdvanceFlowQueue(now))
        {
        }
        return;
    }
    while (!m_waiting.Empty())
    {
        const Waiting& head = m_waiting.Front();
        if (head.removed)
        {
            PopWaiting();
        }
        else if (m_departs <= now && head.eligible <= now)
        {
            StartHead();
        }
        else
        {
            return;
        }
    }
}

void
LinkDirection::StartHead()
{
    Waiting head = m_waiting.Front();
    PopWaiting();
    if (m_extras && !m_extras->heads.empty())
    {
        const TimeNs start = std::max(m_departs, head.eligible);
        for (auto* b : m_extras->heads)
        {
            const auto verdict = b->AtHead(start, head.arrived, head.packet, QueueState(start));
            if (verdict == LinkVerdict::Drop ||
                (verdict == LinkVerdict::Mark && !(head.packet.traits & LinkPacket::kEcnCapable)))
            {
                Report(m_now, head.packet.cookie, LinkDrop::Aqm);
                return;
            }
            if (verdict == LinkVerdict::Mark && !head.marked)
            {
                head.marked = true;
                ++m_counters.marked;
            }
        }
    }
    Start(head);
}

void
LinkDirection::Start(const Waiting& head)
{
    TimeNs from = head.eligible;
    std::uint64_t need = WireBytes(head.packet.bytes) * kNanobitsPerByte;
    if (m_departs > from)
    {
        from = m_endFloor;
        need += m_endRest;
    }
    m_service.inOrderBefore = m_lastInOrder;
    m_service.waited = from - head.arrived;
    m_service.extra = 0;
    if (m_segmented)
    {
        m_extras->servedBytes += WireBytes(head.packet.bytes);
        while (SegmentAt(0).until <= from)
        {
            m_extras->segments.PopFront();
        }
        const Segment& first = SegmentAt(0);
        m_service.burst = 0;
        if (first.from == from)
        {
            m_service.burst = m_extras->burstAt == from ? m_extras->burstLeft : first.burst;
        }
    }
    Serve(from, need);
    Flight flight;
    flight.departs = m_departs;
    flight.waited = WaitOfService();
    flight.cookie = head.packet.cookie;
    flight.bytes = head.packet.bytes;
    flight.marked = head.marked;
    if (m_travels)
    {
        Travel(head.packet, flight);
    }
    Place(flight);
}

void
LinkDirection::Serve(TimeNs from, std::uint64_t need)
{
    m_service.from = from;
    m_service.need = need;
    if (m_rate == 0 || m_holding)
    {
        m_departs = m_endFloor = kNever;
        m_endRest = 0;
        return;
    }
    if (m_segmented)
    {
        ServeSegments();
    }
    else
    {
        m_endFloor = from + static_cast<TimeNs>(need / m_rate);
        m_endRest = need % m_rate;
    }
    if (m_endFloor != kNever)
    {
        const TimeNs begins = std::max(from, m_departs);
        m_departs = m_endFloor + (m_endRest > 0 ? 1 : 0);
        m_counters.busyTime += m_departs - begins;
    }
}

void
LinkDirection::ServeSegments()
{
    TimeNs at = m_service.from;
    std::uint64_t need = m_service.need;
    std::uint64_t burst = m_service.burst;
    std::size_t i = 0;
    while (SegmentAt(i).until <= at)
    {
        ++i;
    }
    for (;; ++i)
    {
        const Segment& segment = SegmentAt(i);
        if (need <= burst)
        {
            m_extras->burstAt = at;
            m_extras->burstLeft = burst - need;
            m_departs = m_endFloor = at;
            m_endRest = 0;
            return;
        }
        need -= burst;
        const BitsPerSecond rate = RateIn(segment);
        if (rate > 0)
        {
            const std::uint64_t time = need / rate;
            const std::uint64_t rest = need % rate;
            const auto room = static_cast<std::uint64_t>(segment.until - at);
            if (time < room || (time == room && rest == 0))
            {
                m_extras->burstAt = -1;
                m_endFloor = at + static_cast<TimeNs>(time);
                m_endRest = rest;
                return;
            }
            need -= rate * room;
        }
        if (segment.until == kNever)
        {
            m_departs = m_endFloor = kNever;
            m_endRest = 0;
            return;
        }
        at = segment.until;
        burst = SegmentAt(i + 1).burst;
    }
}

std::uint64_t
LinkDirection::Remaining(TimeNs now)
{
    std::uint64_t need = m_service.need;
    if (m_rate == 0 || m_holding)
    {
        return need;
    }
    const auto use = [&need](std::uint64_t work) { need -= std::min(need, work); };
    if (!m_segmented)
    {
        use(m_rate * static_cast<std::uint64_t>(now - m_service.from));
        return need;
    }
    TimeNs at = m_service.from;
    use(m_service.burst);
    std::size_t i = 0;
    while (SegmentAt(i).until <= at)
    {
        ++i;
    }
    while (at < now)
    {
        const TimeNs until = std::min(SegmentAt(i).until, now);
        use(RateIn(SegmentAt(i)) * static_cast<std::uint64_t>(until - at));
        at = until;
        if (SegmentAt(i).until == at)
        {
            ++i;
            use(SegmentAt(i).burst);
        }
    }
    return need;
}

/// How much of [from, until) the link is not sending.
TimeNs
LinkDirection::StillTime(TimeNs from, TimeNs until)
{
    if (m_rate == 0 || m_holding)
    {
        return until - from;
    }
    TimeNs still = 0;
    for (std::size_t i = 0; m_segmented && from < until; ++i)
    {
        const Segment& segment = SegmentAt(i);
        if (segment.until > from)
        {
            const TimeNs end = std::min(segment.until, until);
            still += RateIn(segment) == 0 ? end - from : 0;
            from = end;
        }
    }
    return still;
}

/// How long the packet in service has waited when it leaves, as far as is known.
TimeNs
LinkDirection::WaitOfService()
{
    return m_service.waited + (m_departs == kNever ? 0 : StillTime(m_service.from, m_endFloor));
}

const LinkDirection::Segment&
LinkDirection::SegmentAt(std::size_t index)
{
    auto& segments = m_extras->segments;
    while (segments.Size() <= index)
    {
        Segment next;
        next.from = m_extras->coveredUntil;
        next.until = kNever;
        bool blocked = false;
        std::uint64_t bursts = 0;
        for (auto& source : m_extras->capacity)
        {
            if (source.stretch.until <= next.from)
            {
                const TimeNs before = source.stretch.until;
                source.stretch = source.behaviour->NextCapacity();
                assert(source.stretch.until > before);
                (void)before;
                bursts += source.stretch.burst;
            }
            if (source.stretch.factor <= 0 && source.behaviour->OwnRate() == 0)
            {
                blocked = true;
            }
            next.factor *= source.stretch.factor;
            next.until = std::min(next.until, source.stretch.until);
        }
        next.burst = blocked ? 0 : bursts * kNanobitsPerByte;
        m_extras->offeredBytes += next.burst / kNanobitsPerByte;
        m_extras->coveredUntil = next.until;
        segments.PushBack(next);
    }
    return segments[index];
}

BitsPerSecond
LinkDirection::RateIn(const Segment& segment) const
{
    if (segment.factor == 1)
    {
        return m_rate;
    }
    return static_cast<BitsPerSecond>(
        std::min(static_cast<double>(kUnlimitedRate),
                 std::floor(static_cast<double>(m_rate) * segment.factor + 0.5)));
}

void
LinkDirection::Travel(const LinkPacket& packet, Flight& flight)
{
    LinkJourney journey;
    if (m_loss > 0 && Stream(m_lossStream, "/loss").Bernoulli(m_loss))
    {
        journey.dropped = LinkDrop::Random;
    }
    if (m_jitter > 0)
    {
        journey.extraDelay = UniformTime(Stream(m_jitterStream, "/jitter"), 0, m_jitter);
    }
    if (m_extras && !m_extras->travels.empty())
    {
        // A held packet has no departure yet; a rate increase can have moved one forward.
        const TimeNs departs = flight.departs == kNever ? m_service.from : flight.departs;
        m_extras->lastTravel = std::max(m_extras->lastTravel, departs);
        for (auto* b : m_extras->travels)
        {
            b->Travel(m_extras->lastTravel, packet, journey);
        }
    }
    assert(journey.extraDelay >= 0);
    flight.dropped = journey.dropped;
    flight.overtakes = journey.overtakes;
    // A lost packet holds nobody up.
    m_service.extra = journey.dropped == LinkDrop::None ? journey.extraDelay : 0;
}

void
LinkDirection::Place(Flight flight)
{
    if (flight.departs == kNever)
    {
        flight.arrives = kNever;
        m_flight.PushBack(flight);
        return;
    }
    flight.arrives = std::max(flight.departs + m_delay + m_service.extra, m_lastInOrder);
    if (!flight.overtakes)
    {
        m_lastInOrder = flight.arrives;
    }
    if (m_flight.Empty() || m_flight.Back().arrives <= flight.arrives)
    {
        m_flight.PushBack(flight);
        return;
    }
    std::size_t at = m_flight.Size();
    while (at > 0 && m_flight[at - 1].arrives > flight.arrives)
    {
        --at;
    }
    m_flight.Insert(at, flight);
}

TimeNs
LinkDirection::NextStartBound() const
{
    if (m_extras && m_extras->queued.queue)
    {
        const TimeNs start =
            m_waiting.Empty() ? kNever : std::max(m_departs, m_waiting.Front().eligible);
        const TimeNs next = std::min(start, NextRelease());
        return next == kNever ? kNever : next + m_delay;
    }
    if (m_rate == 0 || m_holding || m_departs == kNever)
    {
        return kNever;
    }
    for (std::size_t i = 0; i < m_waiting.Size(); ++i)
    {
        const Waiting& head = m_waiting[i];
        if (head.removed)
        {
            continue;
        }
        const TimeNs start = std::max(m_departs, head.eligible);
        if (m_segmented || (m_extras && !m_extras->heads.empty()))
        {
            return start + m_delay;
        }
        std::uint64_t need = WireBytes(head.packet.bytes) * kNanobitsPerByte;
        const bool busy = m_departs > head.eligible;
        need += busy ? m_endRest : 0;
        const TimeNs from = busy ? m_endFloor : head.eligible;
        return from + static_cast<TimeNs>((need + m_rate - 1) / m_rate) + m_delay;
    }
    return kNever;
}

TimeNs
LinkDirection::NextDelivery() const
{
    if (!m_reports.Empty())
    {
        return m_reports.Front().at;
    }
    if (m_flight.Empty())
    {
        return NextStartBound();
    }
    const Flight& front = m_flight.Front();
    if (front.overtakes && WaitingPackets() > 0)
    {
        return std::min(front.arrives, NextStartBound());
    }
    return front.arrives;
}

} // namespace hoststack
