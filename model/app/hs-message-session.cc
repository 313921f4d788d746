// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-message-session.h"

#include <utility>

namespace ns3
{

HoststackMessageSession::HoststackMessageSession(std::uint64_t size, HoststackWritePattern pattern)
    : m_size(size),
      m_pattern(std::move(pattern))
{
}

void
HoststackMessageSession::AddMessages(std::uint64_t count)
{
    m_unwritten += count * m_size;
}

void
HoststackMessageSession::PushMessages()
{
    if (m_pattern.sizes.empty())
    {
        if (m_unwritten > 0)
        {
            m_unwritten -= Write(m_unwritten);
        }
        return;
    }
    while (m_unwritten > 0)
    {
        if (m_nextWrite > Now())
        {
            WakeAt(m_nextWrite);
            return;
        }
        if (!PushPiece())
        {
            return;
        }
    }
}

/// \return false if the socket did not take all of it
bool
HoststackMessageSession::PushPiece()
{
    using Hold = HoststackWritePattern::Hold;
    const bool isLast = m_piece + 1 == m_pattern.sizes.size();
    if (m_pattern.hold == Hold::Cork && m_piece == 0 && m_pieceDone == 0)
    {
        SetCork(true);
    }
    const auto left = m_pattern.sizes[m_piece] - m_pieceDone;
    const auto taken = Write(left, m_pattern.hold == Hold::More && !isLast);
    m_unwritten -= taken;
    m_pieceDone += taken;
    if (taken < left)
    {
        return false;
    }
    m_pieceDone = 0;
    m_piece = isLast ? 0 : m_piece + 1;
    if (isLast && m_pattern.hold == Hold::Cork)
    {
        SetCork(false);
    }
    if (!isLast)
    {
        m_nextWrite = Now() + m_pattern.gap;
    }
    return true;
}

} // namespace ns3
