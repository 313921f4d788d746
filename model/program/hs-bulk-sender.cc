// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-sender.h"

#include <algorithm>

namespace hoststack
{

BulkSender::BulkSender(std::uint64_t bytes, std::uint64_t writeSize, bool hears)
    : m_bytes(bytes > 0 ? bytes : ProgramIo::kAll),
      m_writeSize(writeSize),
      m_hears(hears)
{
}

void
BulkSender::Step(ProgramIo& io, Ready ready)
{
    if (ready.Has(Ready::Stop))
    {
        io.Close();
        io.Finish();
        return;
    }
    if (ready.Has(Ready::Readable))
    {
        while (m_hears && io.Available() > 0 && io.Read(ProgramIo::kAll) > 0)
        {
        }
    }
    if (ready.Has(Ready::Connected) || ready.Has(Ready::Writable))
    {
        Fill(io);
    }
}

void
BulkSender::Fill(ProgramIo& io) const
{
    while (io.GetRecord().bytesWritten < m_bytes)
    {
        const auto wanted = std::min(m_writeSize, m_bytes - io.GetRecord().bytesWritten);
        if (io.Write(wanted) < wanted)
        {
            return;
        }
    }
    if (m_hears)
    {
        io.CloseSend();
    }
    else
    {
        io.Close();
    }
    io.Finish();
}

} // namespace hoststack
