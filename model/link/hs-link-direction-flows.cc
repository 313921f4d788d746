// SPDX-License-Identifier: GPL-2.0-only
//
// LinkDirection: a LinkFlowQueue in the place of the queue, or before it.

#include "ns3/hs-link-direction-inner.h"
#include "ns3/hs-link-direction.h"

#include <algorithm>
#include <cassert>

namespace hoststack
{

std::uint64_t
LinkDirection::WaitingPackets() const
{
    return m_waitingPackets + (m_extras ? m_extras->queued.packets : 0);
}

std::uint64_t
LinkDirection::WaitingBytes() const
{
    return m_waitingBytes + (m_extras ? m_extras->queued.bytes : 0);
}

void
LinkDirection::OfferToQueue(TimeNs now, const Waiting& offered, const LinkQueueState& state)
{
    auto& queued = m_extras->queued;
    queued.offeredAt = now;
    ++queued.packets;
    queued.bytes += offered.packet.bytes;
    queued.wireBytes += WireBytes(offered.packet.bytes);
    if (!m_extras->gates.empty() && queued.queue->ShapedRate() == 0)
    {
        TimeNs turn = now;
        for (auto* b : m_extras->gates)
        {
            turn = b->Gate(now, turn, offered.packet, state);
        }
        queued.turns.PushBack(turn);
    }
    queued.queue->Enqueue(now, {offered.packet, now, offered.marked}, queued.lost);
    ReportQueued();
    AdvanceQueue(now);
    const auto waiting = WaitingPackets();
    m_peaks.waiting = std::max(m_peaks.waiting, waiting);
    m_counters.maxWaitingPackets = std::max(m_counters.maxWaitingPackets, waiting);
}

/// When the flow queue gives its next packet away, or kNever.
TimeNs
LinkDirection::NextRelease() const
{
    const auto& queued = m_extras->queued;
    if (queued.packets == 0)
    {
        return kNever;
    }
    if (queued.queue->ShapedRate() > 0)
    {
        return queued.queue->ReleaseAt();
    }
    return queued.turns.Empty() ? m_departs : std::max(m_departs, queued.turns.Front());
}

/// The next thing that happens by \p now: a packet leaves the flow queue, or the one behind it.
bool
LinkDirection::AdvanceFlowQueue(TimeNs now)
{
    const TimeNs start =
        m_waiting.Empty() ? kNever : std::max(m_departs, m_waiting.Front().eligible);
    const TimeNs release = NextRelease();
    // A departure makes room before an arrival at the same time is judged.
    if (start <= release && start <= now)
    {
        StartHead();
        return true;
    }
    if (release <= now)
    {
        ReleaseQueued(release);
        return true;
    }
    return false;
}

void
LinkDirection::ReleaseQueued(TimeNs now)
{
    auto& queued = m_extras->queued;
    const bool shapes = queued.queue->ShapedRate() > 0;
    LinkQueued next;
    // An idle link takes a packet as it comes; its last departure may lie long back.
    const TimeNs at = shapes ? now : std::max(now, queued.offeredAt);
    if (!queued.queue->Dequeue(at, next, queued.lost))
    {
        ReportQueued();
        assert(queued.packets == 0);
        return;
    }
    TakeQueued(next.packet);
    m_counters.marked += next.marked;
    Waiting waiting{next.packet, next.arrived, next.arrived, false, next.marked};
    if (!shapes)
    {
        if (!queued.turns.Empty())
        {
            waiting.eligible = std::max(waiting.eligible, queued.turns.Front());
            queued.turns.PopFront();
        }
        ReportQueued();
        Start(waiting);
        return;
    }
    ReportQueued();
    waiting.eligible = now;
    const bool idle = m_waitingPackets == 0 && m_departs <= now;
    if (!idle && (m_waitingPackets >= m_limit.packets ||
                  m_waitingBytes + waiting.packet.bytes > m_limit.bytes))
    {
        Report(m_now, waiting.packet.cookie, LinkDrop::Queue);
        return;
    }
    if (!m_extras->gates.empty())
    {
        const LinkQueueState state = QueueState(now);
        for (auto* b : m_extras->gates)
        {
            waiting.eligible = b->Gate(now, waiting.eligible, waiting.packet, state);
        }
    }
    PushWaiting(waiting);
}

void
LinkDirection::TakeQueued(const LinkPacket& packet)
{
    auto& queued = m_extras->queued;
    --queued.packets;
    queued.bytes -= packet.bytes;
    queued.wireBytes -= WireBytes(packet.bytes);
}

void
LinkDirection::ReportQueued()
{
    auto& queued = m_extras->queued;
    for (const auto& lost : queued.lost)
    {
        TakeQueued(lost.packet);
        if (!queued.turns.Empty())
        {
            queued.turns.PopBack();
        }
        Report(m_now, lost.packet.cookie, lost.reason);
    }
    queued.lost.clear();
}

} // namespace hoststack
