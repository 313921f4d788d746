// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpSocket: readiness.

#include "ns3/hs-listen-queue.h"
#include "ns3/hs-tcp-socket.h"

#include <utility>

namespace ns3
{

hoststack::Readiness
HoststackTcpSocket::Poll() const
{
    hoststack::Readiness listener;
    if (m_listening)
    {
        listener.readable = !m_queue->Complete().empty(); // inet_csk_listen_poll
        return listener;
    }
    auto levels = m_stream ? m_stream->Levels() : hoststack::StreamLevels();
    if (!m_stream)
    {
        levels.isClosed = levels.hasRoom = true; // as a socket that has just been made
    }
    levels.readShut = levels.readShut || m_ending.receiveShut;
    levels.writeShut =
        levels.writeShut || m_ending.sendShut || (m_rest.closes && m_rest.closesBoth);
    levels.hasRoom = levels.hasRoom && m_unsent.Length() == 0;
    levels.hasFailed = levels.hasFailed && !m_ending.errorTaken;
    if (m_stream && !levels.hasRoom && !levels.writeShut)
    {
        m_stream->AwaitRoom(); // tcp_poll: whoever finds no room is told of it later
    }
    return hoststack::ReadinessOf(levels);
}

Socket::SocketErrno
HoststackTcpSocket::TakeError()
{
    if (!m_stream || !m_stream->Levels().hasFailed || std::exchange(m_ending.errorTaken, true))
    {
        return ERROR_NOTERROR;
    }
    return GetInfo().networkFault == hoststack::tcp::NetworkFault::None ? ERROR_NOTCONN
                                                                        : ERROR_NOROUTETOHOST;
}

} // namespace ns3
