// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include <algorithm>

namespace hoststack::mptcp
{

void
Connection::OnDataAck(TimeNs now, const MptcpDss& dss, std::uint64_t window)
{
    const Dsn64 first(keys.Local().idsn);
    const Dsn64 ack = DataAckNear(dss, first + m_sender.Queue().Una());
    const std::int64_t offset = ack - first;
    if (offset >= 0 && !m_sender.IsOldNews(static_cast<std::uint64_t>(offset), window))
    {
        m_sender.OnDataAck(now, static_cast<std::uint64_t>(offset), window);
    }
}

void
Connection::OnAckLength()
{
    for (auto& s : m_subflows)
    {
        s->tcp->RefreshMss();
    }
}

std::uint32_t
Connection::OnData(TimeNs /*now*/,
                   Subflow& subflow,
                   std::uint64_t begin,
                   const Payload& bytes,
                   const BufferMemory& memory)
{
    if (memory.isShared)
    {
        m_receiver.SettleTail(m_subflows);
    }
    const auto taken = m_receiver.Take(begin, bytes, memory, m_fallback);
    if (taken.inOrder)
    {
        if (memory.isShared)
        {
            m_receiver.NoteTail(subflow);
        }
        WakeReader();
    }
    return taken.fresh;
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
    if (m_receiver.OnFin(now, offset, m_fallback))
    {
        // A repetition: our DATA_ACK was lost. Linux leaves the answer to later packets, without
        // any the peer would wait for ever.
        s.tcp->AckNow(now);
    }
}

void
Connection::OnFinReached(TimeNs now)
{
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
        if (!s.IsClosed() && s.IsEstablished())
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
        if (!s->IsClosed() && s->IsEstablished())
        {
            const auto one = s->tcp->GetWindowStatus();
            status.possible = std::max(status.possible, one.possible);
            status.mss = std::max(status.mss, one.mss);
            waiting += s->tcp->Available();
        }
    }
    status.announced = m_window.LeftFrom(m_receiver.Queue().Next());
    status.unused = m_window.LeftFrom(
        std::max(m_receiver.Queue().Next(), m_receiver.Queue().HighestByte()) + waiting);
    return status;
}

std::uint32_t
Connection::Available() const
{
    return m_receiver.Queue().Available();
}

std::uint32_t
Connection::ReceiveMemory() const
{
    return m_receiver.Queue().Memory();
}

bool
Connection::EndOfStream() const
{
    return m_receiver.IsFinReached() && m_receiver.Queue().Available() == 0;
}

std::uint32_t
Connection::Read(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    // Every reader asks once more, to be told that this was all.
    const auto copied = Available() > 0 ? ReadPart(now, max, out) : 0;
    EndRead(now, copied);
    return copied;
}

void
Connection::EndRead(TimeNs now, std::uint32_t copied)
{
    if (copied > 0 || !config.cleanupNeedsCopied || AckIsPending())
    {
        CleanupAfterRead(now, copied);
    }
    AfterInput(now);
}

bool
Connection::AckIsPending() const
{
    return std::any_of(m_subflows.begin(), m_subflows.end(), [](const auto& s) {
        return s->tcp->AckIsPending();
    });
}

std::uint32_t
Connection::ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    // mptcp_recvmsg: what finds room once some has been read goes to the same read.
    std::uint32_t copied = 0;
    std::uint32_t n = 0;
    do
    {
        n = m_receiver.Read(max - copied, out);
        copied += n;
        if (n > 0)
        {
            m_receiver.Tune(now, m_subflows);
            MoveWaiting(now);
        }
    } while (n > 0 && copied < max && m_receiver.Queue().Available() > 0);
    return copied;
}

void
Connection::MoveWaiting(TimeNs now)
{
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.IsClosed() && s.tcp->Available() > 0)
        {
            s.HandOver(now);
        }
    }
    m_receiver.EndBatch();
}

void
Connection::CleanupAfterRead(TimeNs now, std::uint32_t copied)
{
    // mptcp_cleanup_rbuf; facts sheet linux.md 1.7.
    const bool counts = copied > 0 || !config.cleanupNeedsCopied;
    bool announce = false;
    if (counts && config.reopen != ReopenRule::NoUpdate)
    {
        const auto space = m_receiver.FreeSpace();
        announce = space > 0 && space >= 2 * static_cast<std::uint64_t>(m_window.Remembered());
    }
    const bool empty = counts && m_receiver.Queue().Memory() == 0;
    const bool acksAll = config.reopen == ReopenRule::ImmediateAck && copied > 0;
    for (const auto& subflow : m_subflows)
    {
        auto& s = *subflow;
        if ((!announce && !acksAll && !s.tcp->AckIsPending()) || s.IsClosed() || !s.IsEstablished())
        {
            continue;
        }
        if (acksAll)
        {
            s.tcp->AckNow(now);
            ++m_info.Own().windowUpdates;
            continue;
        }
        const auto& state = s.tcp->GetReceiveState().Facts();
        if (announce || state.next - state.windowUpdated > state.mss ||
            (empty && s.tcp->AckIsPushed()))
        {
            const auto before = s.tcp->WindowUpdates();
            s.tcp->CleanupAfterRead(now,
                                    config.cleanupNeedsCopied ? copied : 1,
                                    m_receiver.Queue().Memory() == 0,
                                    config.reopen != ReopenRule::NoUpdate);
            m_info.Add(&Info::windowUpdates, s.tcp->WindowUpdates() - before);
        }
    }
}

void
Connection::StepClosing(TimeNs now)
{
    // mptcp_worker: our DATA_FIN first, then the peer's. Until now ACKs have repeated it
    // (snd_data_fin_enable), also that of the data which came with its DATA_ACK.
    m_sender.EndFin();
    if (m_sender.FinIs(DataSender::Fin::Acked) && m_state == tcp::State::FinWait1)
    {
        m_state = tcp::State::FinWait2;
    }
    if (m_receiver.ReachFin(now))
    {
        OnFinReached(now);
    }
    if (m_state == tcp::State::Closed || m_state == tcp::State::TimeWait || m_fallback)
    {
        return;
    }
    if (!m_sender.FinIs(DataSender::Fin::Acked) || !m_receiver.IsFinReached())
    {
        return;
    }
    if (m_state != tcp::State::FinWait2)
    {
        ShutDownSubflows(now); // mptcp_check_data_fin_ack
    }
    m_state = tcp::State::TimeWait;
    NoteEnd(now, tcp::End::Closed);
    m_sender.StopTimer();
    m_closeDeadline = kNever;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.IsClosed())
        {
            CollectEvents(now, s);
        }
    }
    if (std::all_of(m_subflows.begin(), m_subflows.end(), [](const auto& s) {
            return s->IsReleased();
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
        if (s.IsClosed())
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
