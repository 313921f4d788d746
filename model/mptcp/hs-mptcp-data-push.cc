// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-data-sender.h"

#include <algorithm>

// Handing data to subflows: the scheduler, bursts, copies.

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kSuperSegment = 65343; // largest MPTCP super-segment, facts 5.2.3
constexpr std::uint64_t kCopyBytes = 32768;    // as the fragments of other schedulers

} // namespace

std::uint32_t
DataSender::MappingLimit(const Subflow& s) const
{
    const auto status = s.tcp->GetSendStatus();
    const auto half =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(status.maxWindow / 2, kSuperSegment));
    const auto limit = std::min(kSuperSegment, std::max(half, status.mss));
    const auto mss = s.tcp->CurrentMss();
    return std::max(limit - limit % mss, mss); // tcp_send_mss, tcp_xmit_size_goal
}

inline void
DataSender::FillView(SubflowView& view, const Subflow& s) const
{
    view.id = s.id;
    s.tcp->GetSendStatus(view.tcp);
    view.backup = s.backup;
    view.requestBackup = s.requestBackup && m_level.config.ownBackupCounts;
    view.established = s.IsEstablished();
    view.active = view.tcp.canSend && s.Usable();
    view.staleCount = s.send.staleCount;
    view.memoryFree = view.tcp.queued < view.tcp.limit;
    view.averagePacingRate = s.send.averagePacingRate;
    view.scheduled = false;
}

inline TimeNs
DataSender::FillView(TimeNs now)
{
    m_view.now = now;
    m_view.sndNxt = m_queue.Next();
    m_view.windowEnd = m_windowEnd;
    m_view.queued = m_queue.Fresh();
    m_view.burst = 0;
    m_view.lastUsed = m_lastUsed;
    if (m_view.subflows.size() != m_subflows.size())
    {
        m_view.subflows.resize(m_subflows.size());
    }
    // Within a pass only what was chosen has changed.
    const bool isNew = m_viewOf != m_pass || !m_busy;
    m_viewOf = m_pass;
    TimeNs longest = 0;
    auto* view = m_view.subflows.data();
    for (const auto& s : m_subflows)
    {
        if (s->IsClosed())
        {
            continue;
        }
        if (isNew || view->scheduled || view->id != s->id)
        {
            FillView(*view, *s);
        }
        if (view->active && view->staleCount == 0)
        {
            longest = std::max(longest, TimerLeft(now, view->tcp.retransmitDeadline));
        }
        ++view;
    }
    const auto count = static_cast<std::size_t>(view - m_view.subflows.data());
    if (count != m_view.subflows.size())
    {
        m_view.subflows.resize(count);
    }
    return longest;
}

bool
DataSender::AskScheduler(TimeNs now, bool retransmit)
{
    // Marks left over from an earlier round are served first (facts sheet linux.md 3.1.3).
    for (std::size_t i = 0; m_marked && i < m_subflows.size(); ++i)
    {
        if (m_subflows[i]->send.scheduled && !m_subflows[i]->IsClosed())
        {
            return true;
        }
    }
    if (m_level.IsFallback())
    {
        auto& first = *m_subflows.front();
        first.send.scheduled = !first.IsClosed() && first.IsEstablished() && !retransmit;
        m_marked = first.send.scheduled;
        return m_marked;
    }
    const auto longest = FillView(now);
    ++m_schedulerCalls;
    if (retransmit)
    {
        m_scheduler->GetRetransmit(m_view);
    }
    else
    {
        m_scheduler->GetSend(m_view);
        m_burst = m_view.burst;
        SetTimerInterval(longest);
    }
    m_lastUsed = m_view.lastUsed;
    bool any = false;
    const auto* view = m_view.subflows.data();
    for (auto& s : m_subflows)
    {
        if (s->IsClosed())
        {
            continue;
        }
        s->send.averagePacingRate = view->averagePacingRate;
        s->send.scheduled = view->scheduled;
        any = any || view->scheduled;
        ++view;
    }
    m_marked = any;
    return any;
}

std::uint32_t
DataSender::SendOn(Subflow& s, std::uint64_t begin, std::uint64_t end, bool continues)
{
    if (m_level.config.reopen == ReopenRule::FreeSpace)
    {
        // Sizing the options sampled it too, though no packet need leave (facts sheet 1.7.6 d).
        m_owner.NoteFreeSpace();
    }
    const auto allowed = m_windowEnd > begin ? m_windowEnd - begin : 0;
    auto n = static_cast<std::uint32_t>(std::min<std::uint64_t>(end - begin, allowed));
    if (n == 0)
    {
        // mptcp_sendmsg_frag with a closed window: an old byte makes the subflow probe
        // (facts sheet linux.md 1.9.4).
        const auto status = s.tcp->GetSendStatus();
        if (m_queue.Una() == m_queue.Next() && status.queued == 0 && m_queue.Una() > 1 &&
            !m_level.IsFallback())
        {
            s.Append(m_queue.Una() - 1, Payload::Virtual(1), 1, false);
            s.FreezeMapping();
            ++m_level.counters.windowProbes;
        }
        return 0;
    }
    if (!m_level.IsFallback())
    {
        m_level.counters.sendWindowShared += s.tcp->RaiseSendWindow(allowed) ? 1 : 0;
    }
    if (s.fail.sendsInfinite && !m_level.IsFallback() && m_level.MayFallBack(s))
    {
        // mptcp_update_infinite_map
        s.Append(begin, m_queue.Gather(begin, n), ~0u, continues);
        s.fail.sendsInfinite = false;
        ++m_level.info.Own().infiniteMapSent;
        ++m_level.counters.infiniteMapTx;
        m_infiniteNext = begin + n;
        return n;
    }
    s.Append(begin,
             m_queue.Gather(begin, n),
             m_level.IsFallback() ? ~0u : MappingLimit(s),
             continues);
    return n;
}

/// What this pass has pushed and given nothing since would find nothing new to do.
inline void
DataSender::PushTcp(TimeNs now, Subflow& s)
{
    auto& send = s.send;
    const auto status = s.tcp->GetSendStatus();
    const bool isIdle = status.sndUna == status.sndNxt; // its window may shrink with each push
    if (send.pushedIn != m_pass || send.pushedBytes != s.dataBytesSent || isIdle)
    {
        send.pushedIn = m_pass;
        send.pushedBytes = s.dataBytesSent;
        s.PushTail();
        s.tcp->Push(now);
    }
}

/// What the window allows and \p s has room for.
inline bool
DataSender::HandOutTo(TimeNs now, Subflow& s)
{
    bool progress = false;
    for (std::size_t i = m_queue.FirstUnsent(); i < m_queue.Count(); ++i)
    {
        bool blocked = false;
        while (m_queue[i].sent < m_queue[i].end)
        {
            const auto& fragment = m_queue[i];
            if (progress && fragment.sent >= m_windowEnd)
            {
                blocked = true; // what has just been sent will be answered: nothing probes
                break;
            }
            const bool continues = fragment.sent > fragment.begin;
            const auto n = SendOn(s, fragment.sent, fragment.end, continues);
            if (n == 0)
            {
                blocked = true;
                break;
            }
            m_level.info.Add(&Info::bytesReinjected, m_queue.HandOut(i, n));
            m_burst -= n;
            progress = true;
            if (m_infiniteNext == m_queue[i].sent && !m_level.IsFallback())
            {
                m_owner.FallBackByMap(now, s);
            }
        }
        const auto status = s.tcp->GetSendStatus();
        if (blocked || m_burst <= 0 || status.queued >= status.limit || !status.canSend)
        {
            break;
        }
        UpdateTimerInterval(now);
    }
    return progress;
}

bool
DataSender::PushOn(TimeNs now, Subflow& s)
{
    bool progress = false;
    if (m_queue.Next() >= m_windowEnd && m_queue.Una() < m_queue.Next() && !m_everReinjected)
    {
        // The window is closed, and what was sent will be answered: nothing goes, nothing probes.
        if (m_level.config.reopen == ReopenRule::FreeSpace)
        {
            m_owner.NoteFreeSpace();
        }
    }
    else
    {
        progress = HandOutTo(now, s);
    }
    PushTcp(now, s);
    return progress;
}

void
DataSender::PushPending(TimeNs now)
{
    m_pushDue = m_pushDue && m_busy;
    PushUnsent(now);
    if (FinIsDue() && !m_busy && !IsDead())
    {
        m_busy = true;
        SendDataFin(now);
        m_busy = false;
    }
}

inline bool
DataSender::PushRound(TimeNs now, bool& refused)
{
    bool progress = false;
    m_marked = false;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.send.scheduled)
        {
            continue;
        }
        s.send.scheduled = false;
        if (s.IsClosed() || (progress && !m_queue.HasUnsent()))
        {
            continue;
        }
        if (!s.tcp->GetSendStatus().canSend)
        {
            refused = true;
            continue;
        }
        if (m_level.IsFallback())
        {
            m_burst = 1 << 20;
        }
        progress = PushOn(now, s) || progress;
    }
    return progress;
}

void
DataSender::PushWaiting(TimeNs now)
{
    m_busy = true;
    ++m_pass;
    const bool copies = m_copies && !m_level.IsFallback();
    bool sent = copies && PushCopies(now);
    bool progress = !copies;
    std::size_t fruitless = 0;
    while (progress && m_queue.HasUnsent() && AskScheduler(now, false))
    {
        bool refused = false;
        progress = PushRound(now, refused);
        sent = sent || progress;
        fruitless = progress ? 0 : fruitless + 1;
        // __mptcp_push_pending takes a refusal of a subflow that cannot send yet for progress, so a
        // scheduler that does not look is asked again, without end if it marks that one each time
        // (facts sheet openmptcprouter.md 4).
        progress = progress || (refused && fruitless <= m_subflows.size());
        m_spun = refused && !progress;
    }
    if (sent && m_deadline == kNever && !m_level.IsFallback())
    {
        ArmTimer(now);
    }
    AccountIdle(now);
    m_busy = false;
}

bool
DataSender::ContinuePush(TimeNs now)
{
    m_spun = false;
    m_writing = true;
    PushUnsent(now);
    m_writing = false;
    m_held = m_spun && !IsDead();
    if (!m_held)
    {
        CheckSpace();
    }
    return m_held;
}

bool
DataSender::PushCopies(TimeNs now)
{
    // Each usable subflow goes through all of the data at its own pace and leaves out what has been
    // acknowledged meanwhile.
    bool sent = false;
    if (!AskScheduler(now, false))
    {
        return false;
    }
    m_marked = false;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        const bool chosen = s.send.scheduled && !s.IsClosed();
        s.send.scheduled = false;
        if (chosen)
        {
            sent = CopyOn(now, s) || sent;
        }
    }
    m_queue.SyncFragments();
    return sent;
}

bool
DataSender::CopyOn(TimeNs now, Subflow& s)
{
    bool sent = false;
    while (true)
    {
        const auto begin = std::max(s.send.copiedTo, m_queue.Una());
        const auto end = std::min(m_queue.End(), begin + kCopyBytes);
        const auto status = s.tcp->GetSendStatus();
        if (begin >= end || status.queued >= status.limit || !status.canSend)
        {
            break;
        }
        const auto n = SendOn(s, begin, end, false);
        if (n == 0)
        {
            break;
        }
        sent = true;
        s.send.copiedTo = begin + n;
        const auto next = m_queue.Next();
        m_level.info.Add(&Info::bytesReinjected,
                         std::min(next, s.send.copiedTo) - std::min(next, begin));
        m_queue.Reach(s.send.copiedTo);
    }
    s.PushTail();
    s.tcp->Push(now);
    return sent;
}

} // namespace hoststack::mptcp
