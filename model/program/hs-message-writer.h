// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MESSAGE_WRITER_H
#define HS_MESSAGE_WRITER_H

#include "ns3/hs-program-io.h"
#include "ns3/hs-program-patterns.h"

#include <cstddef>

namespace hoststack
{

/// Writes messages of one size, each cut as a pattern says; a part of programs.
class MessageWriter
{
  public:
    /// The pattern's sizes, if there are any, add up to \p size.
    MessageWriter(std::uint64_t size, WritePattern pattern);

    /// So many more are to be written.
    void Add(std::uint64_t messages);
    /// Writes what can be written now; to be called again on room, and by the program's timer,
    /// which it sets for the next write of a message.
    void Push(ProgramIo& io);

    bool HasUnwritten() const
    {
        return m_unwritten > 0;
    }

  private:
    bool PushPiece(ProgramIo& io);

    std::uint64_t m_size;
    WritePattern m_pattern;
    std::uint64_t m_unwritten{0}; ///< bytes of all messages
    std::size_t m_piece{0};       ///< the write under way
    std::uint64_t m_pieceDone{0}; ///< bytes of it
    TimeNs m_nextWrite{0};
};

} // namespace hoststack

#endif // HS_MESSAGE_WRITER_H
