// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MESSAGE_SESSION_H
#define HS_MESSAGE_SESSION_H

#include "ns3/hs-session.h"

#include <vector>

namespace ns3
{

/// How a program cuts a message into write calls.
struct HoststackWritePattern
{
    /// What it tells the socket about the writes that follow.
    enum class Hold
    {
        Nothing,
        More, ///< MSG_MORE on all but the last
        Cork, ///< TCP_CORK before the first, off after the last
    };

    std::vector<std::uint64_t> sizes; ///< bytes of each write; empty: one write
    hoststack::TimeNs gap{0};         ///< between two writes of a message
    Hold hold{Hold::Nothing};
};

/// A session that writes messages of one size.
class HoststackMessageSession : public HoststackSession
{
  protected:
    /// The pattern's sizes, if there are any, add up to \p size.
    HoststackMessageSession(std::uint64_t size, HoststackWritePattern pattern);

    /// So many more are to be written.
    void AddMessages(std::uint64_t count);
    /// Writes what can be written now; to be called again on room, and by the session's timer,
    /// which it sets for the next write of a message.
    void PushMessages();

    bool HasUnwritten() const
    {
        return m_unwritten > 0;
    }

  private:
    bool PushPiece();

    std::uint64_t m_size;
    HoststackWritePattern m_pattern;
    std::uint64_t m_unwritten{0}; ///< bytes of all messages
    std::size_t m_piece{0};       ///< the write under way
    std::uint64_t m_pieceDone{0}; ///< bytes of it
    hoststack::TimeNs m_nextWrite{0};
};

} // namespace ns3

#endif // HS_MESSAGE_SESSION_H
