// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-two-way-bulk.h"

#include <algorithm>

namespace hoststack
{

TwoWayBulk::TwoWayBulk(std::uint64_t bytes, std::uint64_t writeSize)
    : m_bytes(bytes),
      m_writeSize(writeSize)
{
}

void
TwoWayBulk::Step(ProgramIo& io, Ready ready)
{
    if (ready.Has(Ready::Stop))
    {
        m_stops = true;
        if (!m_isConnected)
        {
            io.Close();
            io.Finish();
            return;
        }
    }
    m_isConnected = m_isConnected || ready.Has(Ready::Connected);
    m_stops = m_stops || (ready.Has(Ready::Ended) && m_bytes == 0);
    if (!m_isConnected)
    {
        return;
    }
    if (ready.Has(Ready::Connected) || ready.Has(Ready::Writable) || ready.Has(Ready::Ended) ||
        ready.Has(Ready::Stop))
    {
        Fill(io);
    }
    if (ready.Has(Ready::Readable) || ready.Has(Ready::Ended))
    {
        Drain(io);
    }
}

void
TwoWayBulk::Fill(ProgramIo& io)
{
    const auto most = m_bytes > 0 ? m_bytes : ProgramIo::kAll;
    while (!m_stops && !m_isWritten && io.GetRecord().bytesWritten < most)
    {
        const auto wanted = std::min(m_writeSize, most - io.GetRecord().bytesWritten);
        if (io.Write(wanted) < wanted)
        {
            return;
        }
    }
    if (!m_isWritten)
    {
        m_isWritten = true;
        io.CloseSend();
        FinishIfDone(io);
    }
}

void
TwoWayBulk::Drain(ProgramIo& io) const
{
    while (io.Available() > 0 && io.Read(ProgramIo::kAll) > 0)
    {
    }
    FinishIfDone(io);
}

void
TwoWayBulk::FinishIfDone(ProgramIo& io) const
{
    const bool hasAll = m_bytes > 0 && io.GetRecord().bytesRead >= m_bytes;
    if (m_isWritten && (hasAll || (io.HasPeerClosed() && io.Available() == 0)))
    {
        io.Finish();
    }
}

} // namespace hoststack
