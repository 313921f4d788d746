// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-recovery-freebsd.h"

#include "ns3/hs-recovery-dupack.h"
#include "ns3/hs-sent-order.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kFade = 60 * kSecond;            // tcp.rack.reorder_fade
constexpr TimeNs kMostTimeout = 4 * kSecond;      // rack_rto_max
constexpr TimeNs kLeastTimer = kMillisecond;      // tcp.rack.timers.minto
constexpr TimeNs kLeastProbe = 10 * kMillisecond; // tcp.rack.tlp.min
constexpr TimeNs kDelayedAck = 40 * kMillisecond; // tcp_delacktime
constexpr std::uint32_t kPersistRecoveries = 16;

} // namespace

void
FreebsdRecovery::OnDelivered(const SentRange& range, const Scoreboard& board, TimeNs now)
{
    const TimeNs rtt = now - range.sentAt;
    if (range.everRetransmitted && rtt < board.MinRtt())
    {
        return; // it answers an earlier transmission
    }
    m_advanced = true;
    if (SentAfter(range.sentAt, range.end, m_newestSent, m_newestEnd))
    {
        m_newestSent = range.sentAt;
        m_newestEnd = range.end;
        m_rtt = rtt;
    }
    else if (!range.everRetransmitted && range.sentAt < m_newestSent)
    {
        m_reorderedAt = now;
    }
}

void
FreebsdRecovery::OnAck(bool dsack, std::uint64_t delivered, std::uint64_t priorDelivered)
{
    if (dsack && priorDelivered >= m_lastCounted)
    {
        ++m_duplicates;
        m_persist = kPersistRecoveries;
        m_lastCounted = delivered;
    }
}

void
FreebsdRecovery::OnRecoveryEnd()
{
    if (m_persist > 0 && --m_persist == 0)
    {
        m_duplicates = 0;
    }
}

TimeNs
FreebsdRecovery::Threshold(const Scoreboard& board, TimeNs now) const
{
    const TimeNs rtt = m_rtt > 0 ? m_rtt : board.Srtt() > 0 ? board.Srtt() : kSecond;
    TimeNs threshold = rtt + rtt / 4;
    if (m_reorderedAt >= 0 && now - m_reorderedAt <= kFade)
    {
        threshold += m_duplicates * (rtt / 4);
    }
    return std::min({threshold, 2 * rtt, kMostTimeout});
}

TimeNs
FreebsdRecovery::DetectLosses(Scoreboard& board, TimeNs now, bool again)
{
    if (!board.UsesSack())
    {
        DetectByDuplicateAcks(board);
        return kNever;
    }
    if (!m_advanced && !again)
    {
        return kNever;
    }
    m_advanced = false;
    const TimeNs threshold = Threshold(board, now);
    const auto* range = board.Map().Oldest();
    while (range && SentAfter(m_newestSent, m_newestEnd, range->sentAt, range->end))
    {
        const TimeNs due = range->sentAt + threshold;
        if (due > now)
        {
            return std::max(due, now + kLeastTimer); // the others were sent later
        }
        const auto* next = board.Map().Newer(*range);
        board.MarkLost(*range);
        range = next;
    }
    return kNever;
}

TimeNs
FreebsdRecovery::TailTimeout(const Scoreboard& board, TimeNs srtt, TimeNs /*rtoMin*/) const
{
    const TimeNs rtt = std::max(srtt, m_rtt);
    TimeNs timeout = 2 * rtt;
    const auto& map = board.Map();
    const auto& last = map.At(map.Size() - 1);
    if (last.segments <= 1)
    {
        if (map.Size() == 1)
        {
            timeout = std::max(timeout, rtt + rtt / 2 + kDelayedAck);
        }
        else
        {
            const auto& before = map.At(map.Size() - 2);
            timeout += before.transmissions == last.transmissions
                           ? std::max<TimeNs>(last.sentAt - before.sentAt, 0)
                           : 0;
        }
    }
    return std::clamp(timeout, kLeastProbe, kMostTimeout);
}

} // namespace hoststack::tcp
