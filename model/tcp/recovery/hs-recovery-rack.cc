// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-recovery-rack.h"

#include "ns3/hs-recovery-dupack.h"
#include "ns3/hs-sent-order.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kMaxSteps = 255;           // rack.reo_wnd_steps is 8 bits wide
constexpr std::uint32_t kPersistRecoveries = 16;   // RFC 8985 section 6.2 step 4
constexpr TimeNs kReorderSlack = 2 * kMillisecond; // TCP_TIMEOUT_MIN

} // namespace

void
RackRecovery::OnDelivered(const SentRange& range, const Scoreboard& board, TimeNs now)
{
    const TimeNs rtt = now - range.sentAt;
    // An ACK that comes sooner than any path allows answers an earlier transmission.
    if (range.everRetransmitted && rtt < board.MinRtt())
    {
        return;
    }
    m_rtt = rtt;
    m_advanced = true;
    if (SentAfter(range.sentAt, range.end, m_newestSent, m_newestEnd))
    {
        m_newestSent = range.sentAt;
        m_newestEnd = range.end;
    }
}

void
RackRecovery::OnAck(bool dsack, std::uint64_t delivered, std::uint64_t priorDelivered)
{
    if (dsack && priorDelivered >= m_lastWidened)
    {
        m_steps = std::min(kMaxSteps, m_steps + 1);
        m_persist = kPersistRecoveries;
        m_lastWidened = delivered;
    }
    else if (m_persist == 0)
    {
        m_steps = 1;
    }
}

void
RackRecovery::OnRecoveryEnd()
{
    if (m_persist > 0)
    {
        --m_persist;
    }
}

TimeNs
RackRecovery::ReorderingWindow(const Scoreboard& board) const
{
    if (!board.ReorderingSeen() &&
        (board.State() >= CaState::Recovery || board.SackedOut() >= board.Reordering()))
    {
        return 0;
    }
    if (board.MinRtt() == kNever)
    {
        return board.Srtt();
    }
    return std::min<TimeNs>(m_steps * (board.MinRtt() / 4), board.Srtt());
}

TimeNs
RackRecovery::DetectLosses(Scoreboard& board, TimeNs now, bool again)
{
    if (!board.UsesSack())
    {
        DetectByDuplicateAcks(board);
        return kNever;
    }
    // Only a delivery is news (tcp_rack_mark_lost), or the moment that was waited for.
    if (!m_advanced && !again)
    {
        return kNever;
    }
    m_advanced = false;
    const TimeNs window = ReorderingWindow(board);
    TimeNs longest = 0;
    const auto* range = board.Map().Oldest();
    while (range)
    {
        const auto* next = board.Map().Newer(*range);
        if (!SentAfter(m_newestSent, m_newestEnd, range->sentAt, range->end))
        {
            break;
        }
        const TimeNs remaining = range->sentAt + m_rtt + window - now;
        if (remaining <= 0)
        {
            board.MarkLost(*range);
        }
        else
        {
            longest = std::max(longest, remaining);
        }
        range = next;
    }
    return longest == 0 ? kNever : now + longest + kReorderSlack;
}

} // namespace hoststack::tcp
