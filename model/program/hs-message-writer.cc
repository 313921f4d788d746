// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-message-writer.h"

#include <utility>

namespace hoststack
{

MessageWriter::MessageWriter(std::uint64_t size, WritePattern pattern)
    : m_size(size),
      m_pattern(std::move(pattern))
{
}

void
MessageWriter::Add(std::uint64_t messages)
{
    m_unwritten += messages * m_size;
}

void
MessageWriter::Push(ProgramIo& io)
{
    if (m_pattern.sizes.empty())
    {
        if (m_unwritten > 0)
        {
            m_unwritten -= io.Write(m_unwritten);
        }
        return;
    }
    while (m_unwritten > 0)
    {
        if (m_nextWrite > io.Now())
        {
            io.WakeAt(m_nextWrite);
            return;
        }
        if (!PushPiece(io))
        {
            return;
        }
    }
}

/// \return false if the stream did not take all of it
bool
MessageWriter::PushPiece(ProgramIo& io)
{
    using Hold = WritePattern::Hold;
    const bool isLast = m_piece + 1 == m_pattern.sizes.size();
    if (m_pattern.hold == Hold::Cork && m_piece == 0 && m_pieceDone == 0)
    {
        io.SetCork(true);
    }
    const auto left = m_pattern.sizes[m_piece] - m_pieceDone;
    const auto taken = io.Write(left, m_pattern.hold == Hold::More && !isLast);
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
        io.SetCork(false);
    }
    if (!isLast)
    {
        m_nextWrite = io.Now() + m_pattern.gap;
    }
    return true;
}

} // namespace hoststack
