// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-buffer-limits.h"
#include "ns3/hs-mptcp-connection.h"

// Connection: the host's memory. Data is charged at both levels while it is at both: on its way out
// to the connection and again to the subflow that carries it, on its way in to the subflow until
// the connection takes it (facts sheet linux.md 2.4.5).

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint64_t kMostBuffer = 0x7fffffff;

} // namespace

void
Connection::SetMemoryPressure(bool on)
{
    m_pressure = on;
    for (auto& s : m_subflows)
    {
        s->tcp->SetMemoryPressure(on);
    }
}

void
Connection::UseMemory(MemorySource& host)
{
    m_memory = &host;
    m_account = host.NewAccount(SocketKind::Multipath);
    m_receiver.SetAccount(m_account.get());
    m_sender.SetAccount(m_account.get());
    for (auto& s : m_subflows)
    {
        s->tcp->UseMemory(host);
    }
}

void
Connection::UsePacing(PacingSource& source)
{
    m_pacing = &source;
    for (auto& s : m_subflows)
    {
        s->tcp->UsePacing(source);
    }
}

/// sk_sndbuf of the connection, but for what memory pressure has cut (__mptcp_sync_sndbuf; before
/// 6.7 mptcp_propagate_sndbuf).
std::uint32_t
DataSender::BufferLimit() const
{
    const auto& tcp = *m_level.config.tcp;
    if (tcp.sendBufferLocked)
    {
        return tcp.sendBuffer;
    }
    const bool isSum = m_level.config.sendBufferIsSum;
    std::uint64_t limit = isSum ? tcp::kLeastSendGrant : tcp.sendBuffer;
    for (const auto& s : m_subflows)
    {
        const std::uint64_t own = s->IsClosed() ? 0 : s->tcp->SendBufferLimit();
        limit = isSum ? limit + own : std::max(limit, own);
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, kMostBuffer));
}

/// The same once subflows' buffers have changed; a cut holds until then.
std::uint32_t
DataSender::SyncBuffer()
{
    const auto sum = BufferLimit();
    if (sum != m_sum)
    {
        m_sum = m_limit = sum;
        TellBlocked(); // a new one
    }
    return m_limit;
}

std::uint32_t
DataSender::Space() const
{
    if (!TakesWrites())
    {
        return 0;
    }
    const auto room = m_queue.RoomWithin(Limit());
    const auto mark = m_level.config.tcp->notsentLowat;
    const auto left = mark - std::min<std::uint64_t>(mark, m_queue.Fresh());
    return static_cast<std::uint32_t>(std::min(room, left));
}

bool
DataSender::HasRoomIn(std::uint64_t limit) const
{
    const auto memory = m_queue.Memory();
    return memory < limit && limit - memory >= memory / 2 &&
           m_queue.Fresh() * 2 < m_level.config.tcp->notsentLowat;
}

/// mptcp_sendmsg, up to where it waits; mptcp_send_limit
std::uint32_t
DataSender::Fill(const Payload& bytes)
{
    const auto mark = m_level.config.tcp->notsentLowat;
    SyncBuffer();
    std::uint32_t taken = 0;
    while (taken < bytes.Length() && m_queue.Memory() < m_limit && m_queue.Fresh() < mark)
    {
        const auto place = m_queue.NextPlace();
        auto n = std::min(bytes.Length() - taken, place.room);
        n = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, mark - m_queue.Fresh()));
        if (m_account && !Afford(n + place.head))
        {
            if (m_queue.Size() > 0)
            {
                break;
            }
            // mptcp_sendmsg waits for memory even with an empty queue; a program that is not called
            // again would wait for ever, so that something always goes.
            n = std::min(n, m_level.config.tcp->mss);
            m_account->ForceSchedule(n + place.head, MemoryUse::Send);
        }
        m_queue.Append(n == bytes.Length() ? bytes : bytes.Slice(taken, n), place);
        taken += n;
        if (m_account)
        {
            ChargeQueue();
        }
    }
    return taken;
}

bool
DataSender::Afford(std::uint32_t truesize)
{
    if (m_account->Schedule(truesize, MemoryUse::Send))
    {
        return true;
    }
    if (m_level.config.tcp->sendBufferLocked)
    {
        return false;
    }
    const auto memory = m_queue.Memory();
    m_limit = tcp::ModeratedSendBuffer(m_limit, memory);
    if (memory + truesize < m_limit) // who reaches its end is given that much
    {
        return false;
    }
    m_account->ForceSchedule(truesize, MemoryUse::Send);
    return true;
}

void
DataSender::ChargeQueue()
{
    const auto more =
        static_cast<std::int64_t>(m_queue.Memory()) - m_account->Used(MemoryUse::Send);
    if (more > 0)
    {
        m_account->Charge(more, MemoryUse::Send);
    }
    else if (more < 0)
    {
        m_account->Uncharge(-more, MemoryUse::Send);
    }
}

/// SOCK_NOSPACE, which the subflows share.
void
DataSender::SetWriterBlocked(bool on)
{
    if (m_writerBlocked != on)
    {
        m_writerBlocked = on;
        TellBlocked();
    }
}

void
DataSender::TellBlocked()
{
    for (const auto& s : m_subflows)
    {
        s->tcp->SetWriterBlocked(m_writerBlocked);
    }
}

void
DataSender::WakeWriter()
{
    if (HasRoomIn(SyncBuffer()) && TakesWrites())
    {
        SetWriterBlocked(false);
        m_owner.Raise(tcp::kWritable);
    }
}

} // namespace hoststack::mptcp
