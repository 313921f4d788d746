// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

// Sender: the memory of what was written and is not acknowledged, on a host whose memory is
// modelled (tcp_stream_alloc_skb, sk_stream_moderate_sndbuf). One super-segment of the largest size
// is one buffer: its payload and a head of 832 bytes (measured on Linux 6.18.44). And what of it
// the host's own device holds back (TCP small queues).

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kLeastSendBuffer = 4608; // SOCK_MIN_SNDBUF
constexpr std::uint64_t kOutputLimit = 4194304;  // tcp_limit_output_bytes of Linux 6.18

} // namespace

std::uint32_t
Sender::BufferLimit() const
{
    return m_bufferLimit;
}

std::int64_t
Sender::MemoryOfQueue(std::uint64_t bytes) const
{
    const auto goal = std::max(m_common.config->gsoMaxBytes, 1u);
    const auto buffers = (bytes + goal - 1) / goal;
    return static_cast<std::int64_t>(bytes + buffers * kSendHead);
}

std::uint32_t
Sender::Afford(std::uint32_t bytes)
{
    const auto wanted = MemoryOfQueue(Queued() + bytes) - m_charged;
    const auto truesize = static_cast<std::uint32_t>(std::max<std::int64_t>(wanted, 0));
    if (m_account->Schedule(truesize, MemoryUse::Send))
    {
        return bytes;
    }
    if (!m_common.config->sendBufferLocked)
    {
        m_bufferLimit = std::max(
            std::min<std::uint32_t>(m_bufferLimit, static_cast<std::uint32_t>(Queued() / 2)),
            kLeastSendBuffer);
    }
    // An empty queue always gets something, and a subflow what its connection has taken already.
    if (Queued() > 0 && !m_common.extension)
    {
        return 0;
    }
    const auto least = m_common.extension ? bytes : std::min(bytes, m_size.mss);
    m_account->ForceSchedule(
        static_cast<std::uint32_t>(
            std::max<std::int64_t>(MemoryOfQueue(Queued() + least) - m_charged, 0)),
        MemoryUse::Send);
    return least;
}

void
Sender::ChargeQueue()
{
    const auto now = MemoryOfQueue(m_buffer.Size());
    if (now > m_charged)
    {
        m_account->Charge(now - m_charged, MemoryUse::Send);
    }
    else if (now < m_charged)
    {
        m_account->Uncharge(m_charged - now, MemoryUse::Send);
    }
    m_charged = now;
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
