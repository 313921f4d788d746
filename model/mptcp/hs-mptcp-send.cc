// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr TimeNs kTimerMin = 200 * kMillisecond; // TCP_RTO_MIN, facts sheet linux.md 4.5.1
constexpr std::uint32_t kSuperSegment = 65343;   // largest MPTCP super-segment, facts 5.2.3
constexpr std::uint32_t kMaxFinBackoff = 9;      // facts 4.4.2
constexpr std::uint64_t kCopyBytes = 32768;      // as the fragments of other schedulers

} // namespace

std::uint32_t
Connection::MappingLimit(const Subflow& s) const
{
    const auto status = s.tcp->GetSendStatus();
    const auto half =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(status.maxWindow / 2, kSuperSegment));
    const auto limit = std::min(kSuperSegment, std::max(half, status.mss));
    return limit - limit % status.mss;
}

bool
Connection::AskScheduler(TimeNs now, bool retransmit)
{
    // Marks left over from an earlier round are served first (facts sheet linux.md 3.1.3).
    for (const auto& s : m_subflows)
    {
        if (s->scheduled && !s->closed)
        {
            return true;
        }
    }
    if (m_fallback)
    {
        auto& first = *m_subflows.front();
        first.scheduled = !first.closed && first.established && !retransmit;
        return first.scheduled;
    }
    m_view.now = now;
    m_view.sndNxt = m_sndNxt;
    m_view.windowEnd = m_windowEnd;
    m_view.queued = m_sendBuffer.End() - std::min(m_sendBuffer.End(), m_sndNxt);
    m_view.burst = 0;
    m_view.lastUsed = m_lastUsed;
    m_view.subflows.resize(m_subflows.size());
    std::size_t count = 0;
    for (const auto& s : m_subflows)
    {
        if (s->closed)
        {
            continue;
        }
        auto& view = m_view.subflows[count++];
        view.id = s->id;
        s->tcp->GetSendStatus(view.tcp);
        view.backup = s->backup;
        view.requestBackup = s->requestBackup && m_config->ownBackupCounts;
        view.established = s->established;
        view.active = view.tcp.canSend && s->Usable();
        view.staleCount = s->staleCount;
        view.memoryFree = view.tcp.queued < view.tcp.limit;
        view.averagePacingRate = s->averagePacingRate;
        view.scheduled = false;
    }
    m_view.subflows.resize(count);
    if (retransmit)
    {
        m_scheduler->GetRetransmit(m_view);
    }
    else
    {
        m_scheduler->GetSend(m_view);
        m_burst = m_view.burst;
        UpdateTimerInterval(now, true);
    }
    m_lastUsed = m_view.lastUsed;
    bool any = false;
    std::size_t i = 0;
    for (auto& s : m_subflows)
    {
        if (s->closed)
        {
            continue;
        }
        const auto& view = m_view.subflows[i++];
        s->averagePacingRate = view.averagePacingRate;
        s->scheduled = view.scheduled;
        any = any || view.scheduled;
    }
    return any;
}

std::uint32_t
Connection::SendOn(Subflow& s, std::uint64_t begin, std::uint64_t end)
{
    if (m_config->reopen == ReopenRule::FreeSpace)
    {
        // Sizing the options sampled it too, though no packet need leave (facts sheet 1.7.6 d).
        m_lastWindow = FreeSpace();
    }
    const auto allowed = m_windowEnd > begin ? m_windowEnd - begin : 0;
    auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(end - begin, allowed));
    if (n == 0)
    {
        // mptcp_sendmsg_frag with a closed window: an old byte makes the subflow probe
        // (facts sheet linux.md 1.9.4).
        const auto status = s.tcp->GetSendStatus();
        if (m_sndUna == m_sndNxt && status.queued == 0 && m_sndUna > 1 && !m_fallback)
        {
            s.Append(m_sndUna - 1, Payload::Virtual(1), 1);
            s.FreezeMapping();
            ++m_counters.windowProbes;
        }
        return 0;
    }
    if (!m_fallback)
    {
        m_counters.sendWindowShared += s.tcp->RaiseSendWindow(allowed) ? 1 : 0;
    }
    if (s.sendInfinite && !m_fallback && MayFallBack(s))
    {
        // mptcp_update_infinite_map
        s.Append(begin, m_sendBuffer.Gather(begin, n), ~0u);
        s.sendInfinite = false;
        ++m_info.infiniteMapSent;
        ++m_counters.infiniteMapTx;
        m_infiniteNext = begin + n;
        return n;
    }
    s.Append(begin, m_sendBuffer.Gather(begin, n), m_fallback ? ~0u : MappingLimit(s));
    return n;
}

std::size_t
Connection::FirstUnsent()
{
    // Fragments are handed out in order, so those with something left are the last ones; far more
    // may be written than is in flight.
    const auto size = m_fragments.Size();
    const auto isUnsent = [this](std::size_t i) {
        return m_fragments[i].sent < m_fragments[i].end;
    };
    const auto guess = size - std::min(m_unsentFragments, size);
    if ((guess == 0 || !isUnsent(guess - 1)) && (guess == size || isUnsent(guess)))
    {
        return guess;
    }
    std::size_t low = 0;
    std::size_t high = size;
    while (low < high)
    {
        const std::size_t middle = (low + high) / 2;
        if (isUnsent(middle))
        {
            high = middle;
        }
        else
        {
            low = middle + 1;
        }
    }
    m_unsentFragments = size - low;
    return low;
}

bool
Connection::PushOn(TimeNs now, Subflow& s)
{
    bool progress = false;
    for (std::size_t i = FirstUnsent(); i < m_fragments.Size(); ++i)
    {
        auto& fragment = m_fragments[i];
        bool blocked = false;
        while (fragment.sent < fragment.end)
        {
            const auto n = SendOn(s, fragment.sent, fragment.end);
            if (n == 0)
            {
                blocked = true;
                break;
            }
            if (fragment.sent < m_sndNxt)
            {
                m_info.bytesReinjected += std::min<std::uint64_t>(n, m_sndNxt - fragment.sent);
            }
            fragment.sent += n;
            m_burst -= n;
            m_sndNxt = std::max(m_sndNxt, fragment.sent);
            progress = true;
            if (m_infiniteNext == fragment.sent && !m_fallback)
            {
                FallBack(now, s, true);
            }
        }
        m_unsentFragments = m_fragments.Size() - i - (blocked ? 0 : 1);
        const auto status = s.tcp->GetSendStatus();
        if (blocked || m_burst <= 0 || status.queued >= status.limit || !status.canSend)
        {
            break;
        }
        UpdateTimerInterval(now, false);
    }
    s.tcp->Push(now);
    return progress;
}

void
Connection::PushPending(TimeNs now)
{
    m_pushDue = m_pushDue && m_busy;
    PushUnsent(now);
    if (FinIsDue() && !m_busy && m_state != tcp::State::Closed && !m_subflows.empty())
    {
        m_busy = true;
        SendDataFin(now);
        m_busy = false;
    }
}

void
Connection::PushUnsent(TimeNs now)
{
    if (m_busy || m_state == tcp::State::Closed || m_subflows.empty())
    {
        return;
    }
    if (!HasUnsent() && !m_copies)
    {
        AccountIdle(now);
        return;
    }
    m_busy = true;
    const bool copies = m_copies && !m_fallback;
    bool sent = copies && PushCopies(now);
    bool progress = !copies;
    std::size_t fruitless = 0;
    while (progress && HasUnsent() && AskScheduler(now, false))
    {
        progress = false;
        bool refused = false;
        for (std::size_t i = 0; i < m_subflows.size(); ++i)
        {
            auto& s = *m_subflows[i];
            if (!s.scheduled)
            {
                continue;
            }
            s.scheduled = false;
            if (s.closed || !HasUnsent())
            {
                continue;
            }
            if (!s.tcp->GetSendStatus().canSend)
            {
                refused = true;
                continue;
            }
            if (m_fallback)
            {
                m_burst = 1 << 20;
            }
            progress = PushOn(now, s) || progress;
        }
        sent = sent || progress;
        fruitless = progress ? 0 : fruitless + 1;
        // __mptcp_push_pending takes a refusal of a subflow that cannot send yet for progress, so a
        // scheduler that does not look is asked again, without end if it marks that one each time
        // (facts sheet openmptcprouter.md 4).
        progress = progress || (refused && fruitless <= m_subflows.size());
        if (refused && !progress && m_writing)
        {
            ++m_info.pushSpins;
            m_starved = m_config->spinStarves;
        }
    }
    if (sent && m_retransmitDeadline == kNever && !m_fallback)
    {
        ArmRetransmitTimer(now);
    }
    AccountIdle(now);
    m_busy = false;
}

void
Connection::AccountIdle(TimeNs now)
{
    auto reason = tcp::Limit::Application;
    if (HasUnsent() || m_sendBuffer.End() > m_sndNxt)
    {
        reason = m_sndNxt >= m_windowEnd ? tcp::Limit::SharedWindow : tcp::Limit::Scheduler;
    }
    else if (m_writerBlocked)
    {
        reason = tcp::Limit::SendBuffer;
    }
    if (reason == m_idleReason)
    {
        return;
    }
    for (const auto& s : m_subflows)
    {
        const auto idle = s->tcp->IdleTime(now);
        s->idleFor[static_cast<std::size_t>(IdleReasonOf(*s))] += idle - s->idleAccounted;
        s->idleAccounted = idle;
        if (s->dataBytesSent != s->bytesAccounted)
        {
            s->bytesAccounted = s->dataBytesSent;
            s->chosenUntil = m_sndNxt;
        }
    }
    m_idleReason = reason;
}

tcp::Limit
Connection::IdleReasonOf(const Subflow& s) const
{
    // Who is passed over while a whole window goes to others would not be helped by a larger one.
    const bool chosen = s.dataBytesSent != s.bytesAccounted ||
                        (s.dataBytesSent > 0 && m_sndNxt - s.chosenUntil <= m_windowEnd - m_sndUna);
    return chosen || m_idleReason == tcp::Limit::Application ? m_idleReason : tcp::Limit::Scheduler;
}

bool
Connection::PushCopies(TimeNs now)
{
    // Each usable subflow goes through all of the data at its own pace and leaves out what has been
    // acknowledged meanwhile.
    bool sent = false;
    if (!AskScheduler(now, false))
    {
        return false;
    }
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        const bool chosen = s.scheduled && !s.closed;
        s.scheduled = false;
        while (chosen)
        {
            const auto begin = std::max(s.copiedTo, m_sndUna);
            const auto end = std::min(m_sendBuffer.End(), begin + kCopyBytes);
            const auto status = s.tcp->GetSendStatus();
            if (begin >= end || status.queued >= status.limit || !status.canSend)
            {
                break;
            }
            const auto n = SendOn(s, begin, end);
            if (n == 0)
            {
                break;
            }
            sent = true;
            s.copiedTo = begin + n;
            m_info.bytesReinjected += std::min(m_sndNxt, s.copiedTo) - std::min(m_sndNxt, begin);
            m_sndNxt = std::max(m_sndNxt, s.copiedTo);
        }
        if (chosen)
        {
            s.tcp->Push(now);
        }
    }
    for (std::size_t i = 0; i < m_fragments.Size(); ++i)
    {
        auto& f = m_fragments[i];
        f.sent = std::max(f.sent, std::min(f.end, m_sndNxt));
    }
    return sent;
}

void
Connection::UpdateTimerInterval(TimeNs now, bool onlyActive)
{
    // mptcp_set_timeout: the subflows' own timers first. Computed when data is handed out, not when
    // the timer is armed: with nothing to hand out the last value stays.
    if (!m_scheduler->FollowsSubflowTimers())
    {
        m_timerInterval = kTimerMin;
        return;
    }
    TimeNs interval = 0;
    for (const auto& s : m_subflows)
    {
        if (s->closed || s->staleCount != 0 || (onlyActive && !s->Active()))
        {
            continue;
        }
        const auto deadline = s->tcp->GetSendStatus().retransmitDeadline;
        interval = std::max(interval, deadline != kNever ? deadline - now : 0);
    }
    m_timerInterval = interval > 0 ? interval : kTimerMin;
}

void
Connection::ArmRetransmitTimer(TimeNs now)
{
    m_retransmitDeadline = Expiry(now, m_timerInterval);
}

void
Connection::OnDataAck(TimeNs now, std::uint64_t ack, std::uint64_t window)
{
    // ack_update_msk; facts sheet linux.md 1.2.5. What was never sent cannot be acknowledged.
    const auto sent = m_finSent ? m_sendBuffer.End() + 1 : m_sndNxt;
    if (ack > sent)
    {
        ack = m_sndUna;
    }
    m_windowEnd = std::max(m_windowEnd, ack + window);
    if (m_windowEnd > m_sndNxt)
    {
        // __mptcp_check_push: before anything is released, so that the timer below gets the
        // interval that this choice of a subflow has computed.
        PushUnsent(now);
        m_pushDue = m_pushDue || FinIsDue();
    }
    ReleaseAcked(now, ack);
}

void
Connection::ReleaseAcked(TimeNs now, std::uint64_t ack)
{
    if (ack <= m_sndUna)
    {
        return;
    }
    m_sndUna = ack;
    m_sndNxt = std::max(m_sndNxt, std::min(ack, m_sendBuffer.End()));
    m_sendBuffer.Release(std::min(ack, m_sendBuffer.End()));
    while (!m_fragments.Empty() && m_fragments.Front().end <= ack)
    {
        // The last one may still grow by a later write; it is replaced by a new one then.
        m_fragments.PopFront();
    }
    if (!m_fragments.Empty() && m_fragments.Front().begin < ack)
    {
        m_fragments.Front().begin = ack;
        m_fragments.Front().sent = std::max(m_fragments.Front().sent, ack);
    }
    if (m_finSent && ack > m_sendBuffer.End() && !m_fallback)
    {
        m_finAcked = true;
    }
    if (m_recovery && ack >= m_recoveryEnd)
    {
        m_recovery = false;
    }
    const bool outstanding = m_sndUna < m_sendBuffer.End() || (m_finSent && !m_finAcked);
    m_retransmitDeadline = kNever;
    if (outstanding && !m_fallback)
    {
        ArmRetransmitTimer(now);
    }
    else
    {
        m_timerInterval = 0; // mptcp_stop_rtx_timer; the next push computes it
    }
    if (m_writerBlocked && SendSpace() >= m_sendBuffer.Size() / 2)
    {
        m_writerBlocked = false;
        Raise(tcp::kWritable);
    }
    if (m_sendBuffer.Size() == 0)
    {
        Raise(tcp::kAllAcked);
    }
}

void
Connection::CheckStale(TimeNs now, Subflow& s)
{
    // mptcp_pm_subflow_chk_stale; facts sheet linux.md 3.5.
    const auto status = s.tcp->GetSendStatus();
    if (status.queued == 0)
    {
        return;
    }
    if (m_config->staleLossCount == 0)
    {
        return;
    }
    if (s.staleCount == 0)
    {
        s.staleStamp = status.lastReceived;
        s.staleCount = 1;
        return;
    }
    if (s.staleStamp != status.lastReceived)
    {
        s.staleCount = 0;
        if (s.stale)
        {
            s.stale = false;
            ++m_info.recoverEvents;
            ++m_counters.subflowRecover;
            Note(now, Happening::Alive, s.id);
        }
        return;
    }
    if (s.staleCount < 255)
    {
        ++s.staleCount;
    }
    if (s.staleCount <= m_config->staleLossCount || s.stale)
    {
        return;
    }
    const std::uint32_t healthy = std::max(m_config->staleLossCount, 2u) - 1;
    const bool alternative =
        std::any_of(m_subflows.begin(), m_subflows.end(), [&](const auto& other) {
            return other.get() != &s && other->Active() && other->staleCount < healthy;
        });
    if (alternative)
    {
        s.stale = true;
        ++m_info.staleEvents;
        ++m_counters.subflowStale;
        Note(now, Happening::Stale, s.id);
        ReinjectAll(now);
    }
}

void
Connection::ReinjectAll(TimeNs now)
{
    // __mptcp_retransmit_pending_data: everything not acknowledged is unsent again.
    if (m_fallback || m_sndUna >= m_sndNxt || m_copies)
    {
        return; // with copies everywhere, the others have it
    }
    for (std::size_t i = 0; i < m_fragments.Size(); ++i)
    {
        m_fragments[i].sent = m_fragments[i].begin;
    }
    m_burst = 0;
    m_recovery = true;
    m_pushDue = true;
    m_recoveryEnd = m_sndNxt;
    m_everReinjected = true;
    Note(now, Happening::Reinjection, 0, m_sndNxt - m_sndUna);
}

void
Connection::OnRetransmitTimer(TimeNs now)
{
    if (m_fallback || m_state == tcp::State::Closed)
    {
        return;
    }
    if (m_finSent && !m_finAcked && m_sndUna >= m_sendBuffer.End())
    {
        // __mptcp_retrans: the timer is armed with the old interval, then the next one is set; so
        // the first repetition comes twice (reference measurements).
        ArmRetransmitTimer(now);
        ++m_info.dataFinRetransmissions;
        ++m_finRetries;
        m_timerInterval = kTimerMin << std::min(m_finRetries, kMaxFinBackoff);
        SendDataFin(now);
        return;
    }
    if (m_sndUna >= m_sendBuffer.End())
    {
        return;
    }
    ++m_info.timeouts;
    Note(now, Happening::DataTimeOut, 0);
    m_pushDue = true; // mptcp_check_and_set_pending
    for (std::size_t i = 0; m_scheduler->ChecksStaleness() && i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.closed && s.established && (s.Active() || s.stale))
        {
            CheckStale(now, s);
        }
    }
    if (!m_fragments.Empty() && AskScheduler(now, true))
    {
        // __mptcp_retrans: the oldest fragment again, on every marked subflow.
        auto& head = m_fragments.Front();
        for (std::size_t i = 0; i < m_subflows.size(); ++i)
        {
            auto& s = *m_subflows[i];
            if (!s.scheduled)
            {
                continue;
            }
            s.scheduled = false;
            // Up to already_sent: what a stale subflow has just made unsent is pushed instead. With
            // checksums the whole of it.
            const auto end =
                m_checksum ? std::max(head.sent, std::min(head.end, m_sndNxt)) : head.sent;
            if (!s.closed && end > head.begin && s.established)
            {
                const auto n = SendOn(s, head.begin, end);
                m_info.bytesReinjected += n;
                m_counters.retransmissions += n > 0 ? 1 : 0;
                m_everReinjected = true;
                if (n > 0)
                {
                    Note(now, Happening::Reinjection, s.id, n);
                }
                s.tcp->Push(now);
            }
        }
    }
    if (m_retransmitDeadline == kNever)
    {
        ArmRetransmitTimer(now);
    }
}

void
Connection::SendDataFin(TimeNs now)
{
    m_finSent = m_finTold = true;
    if (m_state == tcp::State::Established)
    {
        m_state = tcp::State::FinWait1;
    }
    else if (m_state == tcp::State::CloseWait)
    {
        m_state = tcp::State::LastAck;
    }
    if (m_fallback)
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
        if (!s.closed && s.established && (s.fullyEstablished || s.role == Subflow::Role::Initial))
        {
            s.tcp->AckNow(now);
        }
    }
    if (m_retransmitDeadline == kNever)
    {
        ArmRetransmitTimer(now);
    }
}

} // namespace hoststack::mptcp
