// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

// What poll() looks at.

namespace hoststack::tcp
{

bool
Connection::IsReadable() const
{
    // tcp_epollin_ready
    const auto waiting = m_queue.Available();
    return waiting > 0 && (waiting >= m_config->receiveLowat || m_receive.underPressure ||
                           m_queue.Memory() > m_receive.buffer - m_receive.buffer / 8 ||
                           m_receive.Remaining() <= m_receive.mss);
}

StreamLevels
Connection::Levels() const
{
    StreamLevels levels;
    const bool isOver = m_state == State::TimeWait || m_info.end != End::Open; // tcp_done
    levels.isClosed = isOver || m_state == State::Closed;
    levels.isOpening = m_state == State::SynSent || m_state == State::SynReceived;
    levels.readShut = isOver || m_finReceived || m_readShutdown;
    levels.writeShut = isOver || m_finQueued;
    levels.isReadable = IsReadable();
    levels.hasRoom = Queued() <= 2 * (m_sendBufferLimit / 3);
    levels.hasFailed =
        m_info.end == End::Reset || m_info.end == End::Refused || m_info.end == End::GivenUp;
    return levels;
}

} // namespace hoststack::tcp
