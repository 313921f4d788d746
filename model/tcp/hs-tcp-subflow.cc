// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

// The calls that only a multipath layer makes.

namespace hoststack::tcp
{

void
Connection::Write(const Payload& bytes)
{
    m_sendBuffer.Append(bytes);
    m_pushedTo = m_sendBuffer.End();
    CheckAppLimited();
}

void
Connection::Push(TimeNs now)
{
    if (CanSendData())
    {
        PushPending(now);
    }
}

std::uint32_t
Connection::Take(std::uint32_t max, std::vector<Payload>& out)
{
    return m_queue.Read(max, &out);
}

void
Connection::CleanupAfterRead(TimeNs now, std::uint32_t copied, bool queueEmpty, bool mayUpdate)
{
    if (m_state == State::Closed)
    {
        return;
    }
    SyncReceiveState(now);
    bool ack = false;
    if (m_ackPending)
    {
        ack = m_queue.Next() - m_receive.windowUpdated > m_receive.mss ||
              (copied > 0 && queueEmpty && (m_ackPushed2 || (m_ackPushed && m_pingPong == 0)));
    }
    if (!ack && mayUpdate && copied > 0 && CanReceiveData() && m_window->UpdateDue(m_receive))
    {
        ack = true;
        ++m_info.windowUpdates;
    }
    if (ack)
    {
        SendAck(now);
    }
}

void
Connection::AckNow(TimeNs now)
{
    SendAck(now);
}

bool
Connection::RaiseSendWindow(std::uint64_t bytes)
{
    // mptcp_check_allowed_size; max_window keeps to what the peer itself has announced.
    const bool raises = m_sendWindow < bytes;
    m_sendWindow = std::max(m_sendWindow, std::min<std::uint64_t>(bytes, 0xffffffffu));
    return raises;
}

void
Connection::ExtendReceiveWindow(std::uint32_t bytes, std::uint32_t length)
{
    m_receive.next = m_queue.Next();
    if (length >= m_receive.Remaining())
    {
        m_receive.window += bytes;
    }
}

void
Connection::SetReceiveBuffer(std::uint32_t bytes)
{
    m_receive.buffer = std::max(m_receive.buffer, bytes);
    m_receive.windowClamp = std::min(m_receive.FullSpace(), 65535u << m_receive.windowShift);
}

void
Connection::RefreshMss()
{
    const auto receiveMss = m_receive.mss;
    UpdateMss();
    m_receive.mss = receiveMss;
}

} // namespace hoststack::tcp
