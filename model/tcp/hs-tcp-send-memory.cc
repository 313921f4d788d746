// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-buffer-limits.h"
#include "ns3/hs-tcp-sender.h"

#include <algorithm>

// Sender: the memory of what was written and is not acknowledged, on a host whose memory is
// modelled (tcp_stream_alloc_skb, sk_stream_moderate_sndbuf). And what of it the host's own device
// holds back (TCP small queues).

namespace hoststack::tcp
{

namespace
{

constexpr std::uint64_t kOutputLimit = 4194304; // tcp_limit_output_bytes of Linux 6.18

} // namespace

/// What of \p bytes may be queued now, in a buffer of their own if \p isNew
/// (tcp_stream_alloc_skb, tcp_wmem_schedule).
std::uint32_t
Sender::Afford(std::uint32_t bytes, bool isNew)
{
    const auto head = isNew ? BufferHead() : 0;
    const auto memory = Memory();
    if (m_account->Schedule(bytes + head, MemoryUse::Send))
    {
        return bytes;
    }
    if (!m_common.config->sendBufferLocked)
    {
        m_bufferLimit = ModeratedSendBuffer(m_bufferLimit, memory);
        if (memory + head + bytes >= m_bufferLimit) // who reaches its end is given that much
        {
            m_account->ForceSchedule(bytes + head, MemoryUse::Send);
            return bytes;
        }
    }
    if (memory >= kLeastSendGrant)
    {
        return 0;
    }
    bytes = std::min(bytes, kLeastSendGrant - memory);
    m_account->ForceSchedule(bytes + head, MemoryUse::Send);
    return bytes;
}

void
Sender::ChargeQueue()
{
    const auto more = static_cast<std::int64_t>(Memory()) - m_account->Used(MemoryUse::Send);
    if (more > 0)
    {
        m_account->ForceSchedule(static_cast<std::uint32_t>(more), MemoryUse::Send);
        m_account->Charge(more, MemoryUse::Send);
    }
    else if (more < 0)
    {
        m_account->Uncharge(-more, MemoryUse::Send);
    }
}

/// tcp_small_queue_check: more than the next piece twice, and than a millisecond at the pacing
/// rate, waits in the device. \p shift: retransmissions may go further.
bool
Sender::IsBacklogged(std::uint32_t length, unsigned shift)
{
    if (m_board.Map().Size() <= 1)
    {
        return false;
    }
    auto limit = std::max<std::uint64_t>(2 * TruesizeOfSend(length),
                                         m_cwnd.PacingRate() >> m_common.config->pacingShift);
    if (!m_cwnd.Facts().isPaced)
    {
        limit = std::min(limit, kOutputLimit);
    }
    m_pace.awaitsBacklog = *m_pace.backlog + 1 > limit << shift; // sk_wmem_alloc begins with 1
    return m_pace.awaitsBacklog;
}

void
Sender::OnBacklog(TimeNs now)
{
    if (!m_pace.awaitsBacklog)
    {
        return;
    }
    m_pace.awaitsBacklog = false;
    if (m_board.LostOut() > m_board.RetransOut())
    {
        RetransmitLost(now);
    }
    PushPending(now);
}

} // namespace hoststack::tcp
