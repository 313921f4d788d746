// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

// What poll() looks at.

namespace hoststack::mptcp
{

bool
Connection::IsReadable() const
{
    if (config.wakeNeedsData && m_receiver.Queue().Available() == 0)
    {
        return m_receiver.IsFinReached();
    }
    const bool pressed = m_pressure || (m_account && m_account->UnderPressure());
    return pressed || m_receiver.Queue().Available() >= config.tcp->receiveLowat ||
           m_receiver.IsFinReached();
}

StreamLevels
Connection::Levels() const
{
    StreamLevels levels;
    const bool isPlain = m_fallback && !m_subflows.empty();
    const auto first = isPlain ? m_subflows.front()->tcp->Levels() : StreamLevels();
    const bool isOver = m_state == tcp::State::TimeWait || m_info->end != tcp::End::Open ||
                        (isPlain && first.isClosed);
    // Without a subflow for the close timeout: a closed socket, not an error (measured on 6.18.44).
    const bool isLost = m_info->end == tcp::End::GivenUp && m_fullyEstablished && !isPlain;
    levels.isClosed = isOver || m_state == tcp::State::Closed;
    levels.isOpening = m_state == tcp::State::SynSent || m_state == tcp::State::SynReceived;
    levels.readShut = (isOver && !isLost) || m_receiver.IsFinReached() || m_orphaned;
    levels.writeShut = (isOver && !isLost) || m_sender.FinIs(DataSender::Fin::Queued);
    levels.isReadable = IsReadable();
    levels.hasRoom = m_sender.HasRoom();
    levels.hasFailed = m_info->end == tcp::End::Reset || m_info->end == tcp::End::Refused ||
                       (m_info->end == tcp::End::GivenUp && !isLost) ||
                       (isPlain && first.hasFailed);
    return levels;
}

} // namespace hoststack::mptcp
