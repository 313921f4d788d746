// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

// What poll() looks at.

namespace hoststack::tcp
{

bool
Connection::IsReadable() const
{
    // tcp_epollin_ready
    const auto& r = m_receiver.State();
    const auto waiting = m_receiver.Available();
    return waiting > 0 &&
           (waiting >= m_common.config->receiveLowat || r.Facts().underPressure ||
            m_receiver.Memory() > r.Buffer() - r.Buffer() / 8 || r.Remaining() <= r.Facts().mss);
}

StreamLevels
Connection::Levels() const
{
    StreamLevels levels;
    const auto state = m_common.state;
    const auto end = m_common.traffic.end;
    const bool isOver = state == State::TimeWait || end != End::Open; // tcp_done
    levels.isClosed = isOver || state == State::Closed;
    levels.isOpening = state == State::SynSent || state == State::SynReceived;
    levels.readShut = isOver || m_receiver.FinReceived() || m_readShutdown;
    levels.writeShut = isOver || m_sender.FinQueued();
    levels.isReadable = IsReadable();
    levels.hasRoom = m_sender.HasRoom();
    levels.hasFailed = end == End::Reset || end == End::Refused || end == End::GivenUp;
    return levels;
}

} // namespace hoststack::tcp
