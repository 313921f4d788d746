// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-data-sender.h"

#include <algorithm>

// What was written, what the peer says about it, and the data-level timer.

namespace hoststack::mptcp
{

namespace
{

constexpr TimeNs kInitialInterval = 200 * kMillisecond; // TCP_RTO_MIN, __mptcp_init_sock
constexpr std::uint32_t kMaxFinBackoff = 9;             // facts 4.4.2

} // namespace

DataSender::DataSender(DataLevel& level, SubflowList& subflows, DataSenderOwner& owner)
    : m_level(level),
      m_subflows(subflows),
      m_owner(owner),
      m_scheduler(PacketSchedulers().Create(level.config.scheduler)),
      m_timerInterval(kInitialInterval),
      m_copies(m_scheduler->Duplicates()),
      m_followsTimers(m_scheduler->FollowsSubflowTimers())
{
}

std::uint32_t
DataSender::Write(TimeNs now, const Payload& bytes)
{
    const auto taken = TakesWrites() ? Fill(bytes) : 0;
    if (taken < bytes.Length())
    {
        SetWriterBlocked(true);
    }
    if (m_held)
    {
        return taken;
    }
    m_spun = false;
    m_writing = true;
    PushPending(now);
    m_writing = false;
    if (m_spun)
    {
        ++m_level.info.Own().pushSpins;
        m_owner.Raise(kPushSpins);
    }
    return taken;
}

bool
DataSender::Finish()
{
    const bool first = m_fin == Fin::Open;
    m_fin = std::max(m_fin, Fin::Queued);
    return first;
}

void
DataSender::BecomePlain(const Subflow& subflow)
{
    m_plainShift = subflow.SendShift(m_queue.Next());
    m_windowEnd = ~std::uint64_t{0};
    m_deadline = kNever;
}

void
DataSender::OnPlainAck(TimeNs now, std::uint64_t subflowOffset)
{
    ReleaseAcked(now, subflowOffset - m_plainShift);
}

void
DataSender::SettleIdle(TimeNs now)
{
    for (const auto& s : m_subflows)
    {
        const auto idle = s->tcp->IdleTime(now);
        if (idle != s->send.idleAccounted)
        {
            s->send.idleFor.Own()[static_cast<std::size_t>(IdleReasonOf(*s))] +=
                idle - s->send.idleAccounted;
            s->send.idleAccounted = idle;
        }
        if (s->dataBytesSent != s->send.bytesAccounted)
        {
            s->send.bytesAccounted = s->dataBytesSent;
            s->send.chosenUntil = m_queue.Next();
        }
    }
}

tcp::Limit
DataSender::IdleReasonOf(const Subflow& s) const
{
    // Who is passed over while a whole window goes to others would not be helped by a larger one.
    const bool chosen =
        s.dataBytesSent != s.send.bytesAccounted ||
        (s.dataBytesSent > 0 && m_queue.Next() - s.send.chosenUntil <= m_windowEnd - m_queue.Una());
    return chosen || m_idleReason == tcp::Limit::Application ? m_idleReason : tcp::Limit::Scheduler;
}

void
DataSender::UpdateTimerInterval(TimeNs now)
{
    TimeNs longest = 0;
    for (const auto& s : m_subflows)
    {
        if (!s->IsClosed() && s->send.staleCount == 0)
        {
            longest = std::max(longest, TimerLeft(now, s->tcp->GetSendStatus().retransmitDeadline));
        }
    }
    SetTimerInterval(longest);
}

void
DataSender::ArmTimer(TimeNs now)
{
    m_deadline = m_owner.Expiry(now, m_timerInterval);
}

void
DataSender::OnDataAck(TimeNs now, std::uint64_t ack, std::uint64_t window)
{
    // ack_update_msk; facts sheet linux.md 1.2.5. What was never sent cannot be acknowledged.
    const auto sent = (m_fin >= Fin::Sent) ? m_queue.End() + 1 : m_queue.Next();
    if (ack > sent)
    {
        ack = m_queue.Una();
    }
    m_windowEnd = std::max(m_windowEnd, ack + window);
    if (m_windowEnd > m_queue.Next())
    {
        // __mptcp_check_push: before anything is released, so that the timer below gets the
        // interval that this choice of a subflow has computed.
        PushUnsent(now);
        m_pushDue = m_pushDue || FinIsDue();
    }
    ReleaseAcked(now, ack);
}

void
DataSender::ReleaseAcked(TimeNs now, std::uint64_t ack)
{
    if (ack <= m_queue.Una())
    {
        return;
    }
    m_queue.Release(ack);
    if (m_account)
    {
        ChargeQueue();
    }
    if (m_fin == Fin::Sent && ack > m_queue.End() && !m_level.IsFallback())
    {
        m_fin = Fin::Acked;
    }
    const bool outstanding = m_queue.Una() < m_queue.End() || m_fin == Fin::Sent;
    m_deadline = kNever;
    if (outstanding && !m_level.IsFallback())
    {
        ArmTimer(now);
    }
    else
    {
        m_timerInterval = 0; // mptcp_stop_rtx_timer; the next push computes it
    }
    CheckSpace();
    if (m_queue.Size() == 0)
    {
        m_owner.Raise(tcp::kAllAcked);
    }
}

void
DataSender::CheckStale(TimeNs now, Subflow& s)
{
    // mptcp_pm_subflow_chk_stale; facts sheet linux.md 3.5.
    const auto status = s.tcp->GetSendStatus();
    if (status.queued == 0)
    {
        return;
    }
    if (s.send.staleCount == 0)
    {
        s.send.staleStamp = status.lastReceived;
        s.send.staleCount = 1;
        return;
    }
    if (s.send.staleStamp != status.lastReceived)
    {
        s.send.staleCount = 0;
        if (s.stale)
        {
            s.stale = false;
            ++m_level.info.Own().recoverEvents;
            ++m_level.counters.subflowRecover;
            m_owner.Note(now, Happening::Alive, s.id);
        }
        return;
    }
    if (s.send.staleCount < 255)
    {
        ++s.send.staleCount;
    }
    // Time-outs are counted in any case: a backup repeats what others do not get through.
    const auto most = m_level.config.staleLossCount;
    if (most == 0 || s.send.staleCount <= most || s.stale)
    {
        return;
    }
    const std::uint32_t healthy = std::max(most, 2u) - 1;
    const bool alternative =
        std::any_of(m_subflows.begin(), m_subflows.end(), [&](const auto& other) {
            return other.get() != &s && other->Active() && other->send.staleCount < healthy;
        });
    if (alternative)
    {
        s.stale = true;
        ++m_level.info.Own().staleEvents;
        ++m_level.counters.subflowStale;
        m_owner.Note(now, Happening::Stale, s.id);
        ReinjectAll(now);
    }
}

void
DataSender::ReinjectAll(TimeNs now)
{
    // __mptcp_retransmit_pending_data: everything not acknowledged is unsent again.
    if (m_level.IsFallback() || m_queue.Una() >= m_queue.Next() || m_copies)
    {
        return; // with copies everywhere, the others have it
    }
    m_queue.TakeBack();
    m_burst = 0;
    m_pushDue = true;
    m_everReinjected = true;
    m_owner.Note(now, Happening::Reinjection, 0, m_queue.Next() - m_queue.Una());
}

void
DataSender::OnTimer(TimeNs now)
{
    m_deadline = kNever;
    if (m_level.IsFallback() || IsDead())
    {
        return;
    }
    if (m_fin == Fin::Sent && m_queue.Una() >= m_queue.End())
    {
        // __mptcp_retrans: the timer is armed with the old interval, then the next one is set; so
        // the first repetition comes twice (reference measurements).
        ArmTimer(now);
        ++m_level.info.Own().dataFinRetransmissions;
        ++m_finRetries;
        m_timerInterval = kLeastInterval << std::min(m_finRetries, kMaxFinBackoff);
        SendDataFin(now);
        return;
    }
    if (m_queue.Una() >= m_queue.End())
    {
        return;
    }
    ++m_level.info.Own().timeouts;
    m_owner.Note(now, Happening::DataTimeOut, 0);
    m_pushDue = true; // mptcp_check_and_set_pending
    for (std::size_t i = 0; m_scheduler->ChecksStaleness() && i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.IsClosed() && s.IsEstablished() && (s.Active() || s.stale))
        {
            CheckStale(now, s);
        }
    }
    if (m_queue.Count() > 0 && AskScheduler(now, true))
    {
        RepeatOldest(now);
    }
    if (m_deadline == kNever)
    {
        ArmTimer(now);
    }
}

void
DataSender::RepeatOldest(TimeNs now)
{
    // __mptcp_retrans: the oldest fragment again, on every marked subflow. Linux looks for no room
    // there; its built-in scheduler marks only subflows with nothing of their own left. Others may
    // mark one that is busy, and copies at each expiry would fill it faster than it drains, without
    // bound: they wait for room in its send buffer.
    const auto head = m_queue[0];
    m_marked = false;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.send.scheduled)
        {
            continue;
        }
        s.send.scheduled = false;
        // Up to already_sent: what a stale subflow has just made unsent is pushed instead. With
        // checksums the whole of it.
        const auto end = m_level.keys.UsesChecksum()
                             ? std::max(head.sent, std::min(head.end, m_queue.Next()))
                             : head.sent;
        const auto status = s.tcp->GetSendStatus();
        if (!s.IsClosed() && end > head.begin && s.IsEstablished() && status.queued < status.limit)
        {
            const auto n = SendOn(s, head.begin, end, false);
            m_level.info.Add(&Info::bytesReinjected, n);
            m_level.counters.retransmissions += n > 0 ? 1 : 0;
            m_everReinjected = true;
            if (n > 0)
            {
                m_owner.Note(now, Happening::Reinjection, s.id, n);
            }
            s.PushTail();
            s.tcp->Push(now);
        }
    }
}

void
DataSender::SendDataFin(TimeNs now)
{
    m_fin = Fin::Sent;
    m_owner.OnSendClosed();
    if (m_level.IsFallback())
    {
        auto& first = *m_subflows.front();
        if (!first.finSent)
        {
            first.finSent = true;
            first.tcp->CloseSend(now);
        }
        return;
    }
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.IsClosed() && s.IsEstablished() &&
            (s.IsProven() || s.role == Subflow::Role::Initial))
        {
            s.tcp->AckNow(now);
        }
    }
    if (m_deadline == kNever)
    {
        ArmTimer(now);
    }
}

} // namespace hoststack::mptcp
