// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-byte-queue-limit.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kLargest = (0xffffffffu / 2) - 0xffffffffu / 16; // DQL_MAX_LIMIT

/// What \p a has more than \p b.
std::uint64_t
Excess(std::uint64_t a, std::uint64_t b)
{
    return a > b ? a - b : 0;
}

} // namespace

void
ByteQueueLimit::OnQueued(std::uint32_t bytes)
{
    m_queued += bytes;
    m_lastPiece = bytes;
}

void
ByteQueueLimit::ForgetSlack(TimeNs now)
{
    m_knowsSlack = false;
    m_slackSince = now;
}

void
ByteQueueLimit::OnCompleted(TimeNs now, std::uint64_t bytes)
{
    const auto completed = m_completed + bytes;
    auto over = Excess(m_queued - m_completed, m_limit);
    const bool isEmpty = completed == m_queued;
    const bool wasBusy = m_past.queued > m_completed;
    const auto sentSince = Excess(completed, m_past.queued); // queued after the last poll, and sent
    auto limit = m_limit;
    if ((over > 0 && isEmpty) || (m_past.over > 0 && sentSince > 0))
    {
        limit += sentSince + m_past.over;
        ForgetSlack(now);
    }
    else if (!isEmpty && wasBusy && sentSince == 0)
    {
        const auto unused = Excess(limit + m_past.over, 2 * bytes);
        const auto ofLastPiece = m_past.over > 0 ? Excess(m_past.lastPiece, m_past.over) : 0;
        const auto slack = std::max(unused, ofLastPiece);
        m_leastSlack = m_knowsSlack ? std::min(m_leastSlack, slack) : slack;
        m_knowsSlack = true;
        if (now > m_slackSince + m_holdTime)
        {
            limit = Excess(limit, m_leastSlack);
            ForgetSlack(now);
        }
    }
    limit = std::min(limit, kLargest);
    if (limit != m_limit)
    {
        m_limit = limit;
        over = 0;
    }
    m_allowedTo = completed + m_limit;
    m_completed = completed;
    m_past = {m_queued, over, m_lastPiece};
}

} // namespace hoststack
