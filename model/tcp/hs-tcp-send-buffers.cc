// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

// Sender: what is written, as the buffers of a kernel (tcp_sendmsg_locked). A buffer costs its
// payload and a head. The last one is filled up to the size goal whatever the limit says; that is
// looked at when another one must be begun. What is sent from a larger one becomes a buffer of its
// own (tso_fragment), so that those in flight are the ranges of the scoreboard.

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kDefaultMss = 536; // TCP_MSS_DEFAULT
constexpr std::uint32_t kLeastHalf = 68;   // least half of a window, with headers
constexpr std::uint32_t kIpAndTcp = 40;
constexpr std::uint32_t kHeaders = 256;      // MAX_TCP_HEADER
constexpr std::uint32_t kBufferHead = 256;   // struct sk_buff, aligned
constexpr std::uint32_t kBufferTail = 320;   // struct skb_shared_info, aligned
constexpr std::uint32_t kLeastSegments = 10; // TCP_INIT_CWND

} // namespace

/// How much one buffer is filled with (tcp_xmit_size_goal, tcp_bound_to_half_wnd).
std::uint32_t
Sender::SizeGoal() const
{
    const auto most = m_common.config->gsoMaxBytes;
    std::uint64_t bytes = most - std::min(most / 2, kHeaders + 1);
    const auto half = m_window.most > kDefaultMss ? m_window.most / 2 : m_window.most;
    if (half > 0 && half < bytes)
    {
        bytes = std::max<std::uint64_t>(half, kLeastHalf);
    }
    const auto segments =
        std::min<std::uint64_t>(bytes / m_size.mss, m_common.config->gsoMaxSegments);
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(segments, 1) * m_size.mss);
}

/// What the last buffer takes before it is as large as \p goal.
std::uint32_t
Sender::TailRoom(std::uint32_t goal) const
{
    if (m_unsent.count == 0)
    {
        return 0;
    }
    // All between the first and the last are full.
    const auto end = static_cast<std::uint32_t>(m_buffer.End());
    const auto first = static_cast<std::uint32_t>(std::max<std::uint64_t>(m_board.SndNxt(), 1));
    const auto behind =
        m_unsent.count == 1 ? end - first : end - m_unsent.headEnd - (m_unsent.count - 2) * goal;
    return behind < goal ? goal - behind : 0;
}

/// Bytes that were written and have not left.
std::uint64_t
Sender::Unsent() const
{
    return HasUnsentData() ? m_buffer.End() - std::max<std::uint64_t>(m_board.SndNxt(), 1) : 0;
}

/// tcp_stream_memory_free; \p shift: 1 for who waits. A multipath layer has its own mark.
bool
Sender::IsBelowLowat(unsigned shift) const
{
    const auto mark = m_common.config->notsentLowat;
    return mark == ~0u || m_common.extension || Unsent() << shift < mark;
}

/// One more buffer may be begun (sk_stream_memory_free).
bool
Sender::HasMemory() const
{
    return Memory() < m_bufferLimit && IsBelowLowat(0);
}

bool
Sender::HasRoom() const
{
    const auto memory = Memory();
    return memory < m_bufferLimit && m_bufferLimit - memory >= memory / 2 && IsBelowLowat(1);
}

std::uint32_t
Sender::Space() const
{
    if (m_finQueued || m_common.state == State::Closed || m_common.state == State::TimeWait)
    {
        return 0;
    }
    const auto head = BufferHead();
    if (head == 0)
    {
        return HasMemory() ? m_bufferLimit - Queued() : 0;
    }
    const auto goal = SizeGoal();
    const auto room = TailRoom(goal);
    const auto memory = Memory() + room;
    const auto unsent = Unsent() + room;
    const auto mark = m_common.config->notsentLowat;
    if (memory >= m_bufferLimit || unsent >= mark)
    {
        return room;
    }
    const auto more = std::min<std::uint64_t>((m_bufferLimit - memory - 1) / (goal + head),
                                              (mark - unsent - 1) / goal) +
                      1;
    return room + static_cast<std::uint32_t>(more * goal);
}

void
Sender::Enqueue(const Payload& bytes, std::uint32_t begun)
{
    if (begun > 0)
    {
        if (m_unsent.count == 1)
        {
            m_unsent.headEnd = static_cast<std::uint32_t>(m_buffer.End());
        }
        m_unsent.count += begun;
    }
    m_buffer.Append(bytes);
    if (m_account)
    {
        ChargeQueue();
    }
}

std::uint32_t
Sender::Fill(TimeNs now, const Payload& bytes)
{
    std::uint32_t taken = 0;
    while (taken < bytes.Length())
    {
        const auto goal = SizeGoal();
        const auto room = TailRoom(goal);
        const bool isNew = room == 0;
        const bool countsBytes = BufferHead() == 0;
        if ((isNew || countsBytes) && !HasMemory())
        {
            break;
        }
        auto n = std::min(bytes.Length() - taken, isNew ? goal : room);
        n = countsBytes ? std::min(n, m_bufferLimit - Queued()) : n;
        if (m_account && (n = Afford(n, isNew)) == 0)
        {
            break;
        }
        Enqueue(n == bytes.Length() ? bytes : bytes.Slice(taken, n), isNew ? 1 : 0);
        taken += n;
        if (taken == bytes.Length() || countsBytes || !CanSend())
        {
            continue; // sosend: what there is room for is handed down at once
        }
        // forced_push: half of the peer's largest window without a mark gets one; else
        // tcp_push_one. What leaves makes room in this buffer.
        const bool isForced = m_buffer.End() > m_writes.pushedTo + m_window.most / 2;
        if (isForced)
        {
            m_writes.pushedTo = m_buffer.End();
        }
        if (isForced || m_unsent.count == 1)
        {
            PushHeld(now, isForced ? Hold::Nothing : Hold::One);
        }
    }
    return taken;
}

std::uint32_t
Sender::Send(TimeNs now, const Payload& bytes, bool more)
{
    const bool isOver =
        m_finQueued || m_common.state == State::Closed || m_common.state == State::TimeWait;
    const auto taken = isOver ? 0 : Fill(now, bytes);
    const bool isBlocked = taken < bytes.Length();
    if (isBlocked)
    {
        m_writerBlocked = true;
    }
    if (taken > 0)
    {
        // tcp_push: half of the peer's largest window without a mark gets one (forced_push).
        if (!more || isBlocked || m_buffer.End() > m_writes.pushedTo + m_window.most / 2)
        {
            m_writes.pushedTo = m_buffer.End();
        }
        CheckAppLimited();
    }
    if (CanSend())
    {
        // tcp_sendmsg: a writer that must wait for room holds nothing back.
        const bool holds = more || m_writes.corked;
        PushHeld(now, !holds ? Hold::ByRule : isBlocked ? Hold::Nothing : Hold::All);
    }
    return taken;
}

void
Sender::Write(const Payload& bytes)
{
    const auto goal = SizeGoal();
    const auto length = bytes.Length();
    for (std::uint32_t taken = 0; taken < length;)
    {
        const auto room = TailRoom(goal);
        const auto n = std::min(length - taken, room > 0 ? room : goal);
        Enqueue(n == length ? bytes : bytes.Slice(taken, n), room > 0 ? 0 : 1);
        taken += n;
    }
    m_writes.pushedTo = m_buffer.End();
    CheckAppLimited();
}

void
Sender::WriteMapped(const Payload& bytes, std::uint32_t begun)
{
    Enqueue(bytes, begun);
    m_unsent.headEnd = static_cast<std::uint32_t>(m_buffer.End()); // if there are none one day
    m_writes.pushedTo = m_buffer.End();
    CheckAppLimited();
}

Payload
Sender::Peek(std::uint64_t offset, std::uint32_t length) const
{
    return m_buffer.Gather(offset, length);
}

void
Sender::SetWriterBlocked(bool on)
{
    m_writerBlocked = on;
}

/// Where what may be sent in one go ends: at the end of a mapping. Without mappings the next buffer
/// is taken from, too (tcp_grow_skb, Linux 6.10).
std::uint64_t
Sender::UnsentEnd()
{
    const auto end = m_buffer.End();
    if (!m_common.extension || m_unsent.count <= 1)
    {
        return end;
    }
    const auto boundary = m_common.extension->BoundaryAfter(m_board.SndNxt());
    m_unsent.isHeadPushed = boundary.isPushed;
    return std::min(end, boundary.offset);
}

/// Where the first buffer ends that has not left as a whole.
std::uint64_t
Sender::HeadEnd(std::uint64_t end) const
{
    if (m_unsent.count <= 1 || end < m_buffer.End())
    {
        return end;
    }
    const auto next = m_board.SndNxt();
    const auto left = m_unsent.headEnd - static_cast<std::uint32_t>(next);
    return std::min(end, next + left);
}

/// Something has left; \p isWhole: all up to UnsentEnd().
void
Sender::PassBuffers(bool isWhole)
{
    const auto next = m_board.SndNxt();
    const auto end = m_buffer.End();
    if (next >= end)
    {
        m_unsent.count = 0;
        return;
    }
    if (isWhole)
    {
        m_unsent.count -= m_unsent.count > 1 ? 1 : 0; // a mapping
        return;
    }
    auto left = static_cast<std::int32_t>(m_unsent.headEnd - static_cast<std::uint32_t>(next));
    if (m_unsent.count <= 1 || left > 0)
    {
        return;
    }
    const auto goal = static_cast<std::int32_t>(SizeGoal());
    for (; m_unsent.count > 1 && left <= 0; left += goal)
    {
        --m_unsent.count;
    }
    m_unsent.headEnd = static_cast<std::uint32_t>(next) + static_cast<std::uint32_t>(left);
    if (static_cast<std::uint64_t>(left) >= end - next)
    {
        m_unsent.count = 1;
    }
}

/// tcp_sndbuf_expand
std::uint32_t
Sender::WantedBuffer() const
{
    const auto segments = std::max({kLeastSegments, m_cwnd.Cwnd(), m_board.Reordering() + 1});
    const bool countsBytes = BufferHead() == 0;
    const auto beside = countsBytes ? kIpAndTcp : kHeaders + kBufferTail;
    std::uint32_t block = 512;
    while (block < std::max<std::uint32_t>(m_size.peer, m_size.mss) + beside)
    {
        block <<= 1;
    }
    const auto wanted = static_cast<std::uint64_t>(m_congestion->SendBufferFactor()) * segments *
                        (countsBytes ? block : block + kBufferHead);
    const auto most = std::max(m_common.config->sendBufferMax, m_bufferLimit);
    return std::max(m_bufferLimit,
                    static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, most)));
}

/// tcp_new_space
void
Sender::MakeSpace()
{
    const auto before = m_bufferLimit;
    // tcp_should_expand_sndbuf
    if (!m_common.config->sendBufferLocked && before < m_common.config->sendBufferMax &&
        m_board.InFlight() < m_cwnd.Cwnd() && (!m_account || m_account->IsAmple()))
    {
        m_bufferLimit = WantedBuffer();
    }
    // subflow_write_space: the layer above looks at its own queue.
    if (m_common.extension ? m_bufferLimit != before : HasRoom())
    {
        m_writerBlocked = m_common.extension != nullptr;
        m_common.Raise(kWritable);
    }
}

} // namespace hoststack::tcp
