// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr TimeNs kFinRepeat = 200 * kMillisecond; // shortest interval of DATA_FINs, facts 4.4.2

} // namespace

std::uint32_t
Connection::FreeSpace() const
{
    const auto memory = m_queue.Memory();
    return memory >= m_receiveBuffer
               ? 0
               : static_cast<std::uint32_t>(static_cast<std::uint64_t>(m_receiveBuffer - memory) *
                                            m_scalingRatio / 256);
}

bool
Connection::IsFull() const
{
    // __mptcp_move_skbs_from_subflow looks at the memory before it adds (facts sheet linux.md
    // 1.8.3): what finds more than the limit stays in the subflow's queue, without a DATA_ACK.
    // Nothing is pruned and nothing passes, so that data beyond a hole may lock out for ever what
    // would fill it (measured; only before a first read has taught what the buffer is worth).
    return m_queue.Memory() > m_receiveBuffer;
}

std::uint32_t
Connection::OnData(TimeNs /*now*/, Subflow& s, std::uint64_t begin, Payload&& bytes)
{
    const auto end = begin + bytes.Length();
    if (!m_fallback && begin > m_queue.Next() && end > std::max(m_rightEdge, m_queue.Next()))
    {
        ++m_info.beyondWindow;
        ++m_counters.beyondWindow;
        return 0; // beyond everything ever announced (NODSSWINDOW)
    }
    if (begin > m_batchNext)
    {
        CountOutOfOrder(begin);
    }
    else
    {
        m_batchNext = std::max(m_batchNext, end);
    }
    const auto length = bytes.Length();
    const auto result = m_queue.Insert(begin, bytes, s.tcp->ArrivedMemory(length));
    m_info.duplicateBytes += length - result.accepted;
    m_counters.duplicateData += result.accepted < length ? 1 : 0;
    if (!result.inOrder && result.accepted > 0)
    {
        ++m_info.outOfOrder;
    }
    if (result.inOrder)
    {
        WakeReader();
    }
    return result.accepted;
}

void
Connection::CountOutOfOrder(std::uint64_t begin)
{
    // mptcp_data_queue_ofo: the first one of an empty queue is neither at its tail nor merged.
    ++m_counters.outOfOrder;
    if (m_queue.HasOutOfOrder())
    {
        m_counters.outOfOrderTail += begin >= m_queue.HighestByte() ? 1 : 0;
        m_counters.outOfOrderMerge += m_queue.ContinuesWaiting(begin) ? 1 : 0;
    }
}

void
Connection::WakeReader()
{
    if (IsReadable())
    {
        Raise(tcp::kReadable);
    }
}

void
Connection::OnDataFin(TimeNs now, Subflow& s, std::uint64_t offset)
{
    if (m_peerFin == 0)
    {
        m_peerFin = offset;
    }
    if (m_peerFinReached && !m_fallback && now - m_peerFinAnswered >= kFinRepeat)
    {
        // A repetition: our DATA_ACK was lost. Linux leaves the answer to later packets, without
        // any the peer would wait for ever.
        m_peerFinAnswered = now;
        s.tcp->AckNow(now);
    }
}

void
Connection::CheckDataFin(TimeNs now)
{
    if (m_peerFin == 0 || m_peerFinReached || m_queue.Next() != m_peerFin)
    {
        return;
    }
    m_peerFinReached = true;
    m_peerFinAnswered = now;
    m_queue.CountFin();
    if (m_state == tcp::State::Established)
    {
        m_state = tcp::State::CloseWait;
    }
    else if (m_state == tcp::State::FinWait1)
    {
        m_state = tcp::State::Closing;
    }
    if (m_fallback)
    {
        m_state = m_subflows.front()->tcp->GetState();
    }
    Raise(tcp::kPeerClosed | tcp::kReadable);
    if (m_fallback)
    {
        return;
    }
    if (m_state == tcp::State::FinWait2)
    {
        ShutDownSubflows(now); // their FINs take the DATA_ACK along, then it goes by itself
    }
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.closed && s.established)
        {
            s.tcp->AckNow(now);
        }
    }
}

tcp::WindowStatus
Connection::GetWindowStatus() const
{
    tcp::WindowStatus status;
    if (m_fallback)
    {
        return m_subflows.front()->tcp->GetWindowStatus();
    }
    std::uint64_t waiting = 0; // in queues of subflows, for want of room
    for (const auto& s : m_subflows)
    {
        if (!s->closed && s->established)
        {
            const auto one = s->tcp->GetWindowStatus();
            status.possible = std::max(status.possible, one.possible);
            status.mss = std::max(status.mss, one.mss);
            waiting += s->tcp->Available();
        }
    }
    status.announced = LeftFrom(m_queue.Next());
    status.unused = LeftFrom(std::max(m_queue.Next(), m_queue.HighestByte()) + waiting);
    return status;
}

std::uint32_t
Connection::Available() const
{
    return m_queue.Available();
}

std::uint32_t
Connection::ReceiveMemory() const
{
    return m_queue.Memory();
}

bool
Connection::EndOfStream() const
{
    return m_peerFinReached && m_queue.Available() == 0;
}

std::uint32_t
Connection::Read(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    const auto copied = ReadPart(now, max, out);
    EndRead(now, copied);
    return copied;
}

void
Connection::EndRead(TimeNs now, std::uint32_t copied)
{
    CleanupAfterRead(now, copied);
    AfterInput(now);
}

std::uint32_t
Connection::ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    // mptcp_recvmsg: what finds room once some has been read goes to the same read.
    std::uint32_t copied = 0;
    std::uint32_t n = 0;
    do
    {
        n = m_queue.Read(max - copied, out);
        copied += n;
        m_readTotal += n;
        if (n > 0)
        {
            AdjustReceiveSpace(now);
            MoveWaiting(now);
        }
    } while (n > 0 && copied < max);
    return copied;
}

void
Connection::MoveWaiting(TimeNs now)
{
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.closed && s.tcp->Available() > 0)
        {
            s.HandOver(now);
        }
    }
    EndBatch();
}

void
Connection::CleanupAfterRead(TimeNs now, std::uint32_t copied)
{
    // mptcp_cleanup_rbuf; facts sheet linux.md 1.7.
    const bool counts = copied > 0 || !m_config->cleanupNeedsCopied;
    const auto space = FreeSpace();
    bool announce = counts && space > 0 && space >= 2 * static_cast<std::uint64_t>(m_lastWindow);
    if (m_config->reopen == ReopenRule::NoUpdate)
    {
        announce = false;
    }
    const bool empty = counts && m_queue.Memory() == 0;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (s.closed || !s.established)
        {
            continue;
        }
        if (m_config->reopen == ReopenRule::ImmediateAck && copied > 0)
        {
            s.tcp->AckNow(now);
            ++m_info.windowUpdates;
            continue;
        }
        const auto& state = s.tcp->GetReceiveState();
        const bool could = s.tcp->AckIsPending() && (state.next - state.windowUpdated > state.mss ||
                                                     (empty && s.tcp->AckIsPushed()));
        if (announce || could)
        {
            const auto before = s.tcp->WindowUpdates();
            s.tcp->CleanupAfterRead(now,
                                    m_config->cleanupNeedsCopied ? copied : 1,
                                    m_queue.Memory() == 0,
                                    m_config->reopen != ReopenRule::NoUpdate);
            m_info.windowUpdates += s.tcp->WindowUpdates() - before;
        }
    }
}

void
Connection::AdjustReceiveSpace(TimeNs now)
{
    // mptcp_rcv_space_adjust: as TCP's, with the largest RTT of all subflows (facts 1.11.4). The
    // first read, and then one per RTT, learns what a byte of the buffer is worth: as much as for
    // the worst of the subflows, an idle one included.
    if (m_readRtt > 0 && now - m_readSince < m_readRtt)
    {
        return;
    }
    TimeNs rtt = 0;
    std::uint32_t advMss = 0;
    std::uint32_t ratio = 256;
    for (const auto& s : m_subflows)
    {
        if (!s->closed && (s->active || s->established))
        {
            const auto& state = s->tcp->GetReceiveState();
            rtt = std::max(rtt, state.receiverRtt);
            advMss = std::max(advMss, state.advMss);
            ratio = std::min(ratio, state.scalingRatio);
        }
    }
    m_readRtt = rtt;
    m_scalingRatio = ratio;
    if (rtt == 0 || now - m_readSince < rtt)
    {
        return;
    }
    const auto copied = m_readTotal - m_readFrom;
    if (copied > m_readSpace && m_readSpace > 0)
    {
        if (!m_config->tcp->receiveBufferLocked)
        {
            std::uint64_t window = 2 * copied + (m_config->tuneWithoutMargin ? 0 : 16ULL * advMss);
            window += 2 * window * (copied - m_readSpace) / m_readSpace;
            const auto buffer = std::min<std::uint64_t>(window * 256 / std::max(m_scalingRatio, 1u),
                                                        m_config->tcp->receiveBufferMax);
            if (buffer > m_receiveBuffer)
            {
                m_receiveBuffer = static_cast<std::uint32_t>(buffer);
                m_queue.LimitMerging(m_receiveBuffer / 8);
                for (auto& s : m_subflows)
                {
                    if (!s->closed)
                    {
                        s->tcp->SetReceiveBuffer(m_receiveBuffer);
                    }
                }
            }
        }
        m_readSpace = static_cast<std::uint32_t>(copied);
    }
    m_readFrom = m_readTotal;
    m_readSince = now;
}

void
Connection::AdvanceCloseStates(TimeNs now)
{
    if (m_state == tcp::State::Closed)
    {
        return;
    }
    // mptcp_worker: our DATA_FIN first, then the peer's. Until now ACKs have repeated it
    // (snd_data_fin_enable), also that of the data which came with its DATA_ACK.
    m_finTold = m_finTold && !m_finAcked;
    if (m_finAcked && m_state == tcp::State::FinWait1)
    {
        m_state = tcp::State::FinWait2;
    }
    CheckDataFin(now);
    if (m_state == tcp::State::Closed || m_state == tcp::State::TimeWait || m_fallback)
    {
        return;
    }
    if (!m_finAcked || !m_peerFinReached)
    {
        return;
    }
    if (m_state != tcp::State::FinWait2)
    {
        ShutDownSubflows(now); // mptcp_check_data_fin_ack
    }
    m_state = tcp::State::TimeWait;
    NoteEnd(now, tcp::End::Closed);
    m_retransmitDeadline = m_closeDeadline = kNever;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.closed)
        {
            CollectEvents(now, s);
        }
    }
    if (std::all_of(m_subflows.begin(), m_subflows.end(), [](const auto& s) {
            return s->released;
        }))
    {
        m_state = tcp::State::Closed;
        Raise(tcp::kClosed);
    }
}

void
Connection::ShutDownSubflows(TimeNs now)
{
    // Both directions of the data are done: the subflows close by themselves, also one that is dead
    // and will take long (mptcp_shutdown_subflows).
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (s.closed)
        {
            continue;
        }
        s.finSent = true;
        if (m_orphaned)
        {
            s.tcp->Close(now);
        }
        else
        {
            s.tcp->CloseSend(now);
        }
    }
}

} // namespace hoststack::mptcp
