// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-two-way-bulk.h"

#include <algorithm>
#include <limits>

namespace ns3
{

HoststackTwoWayBulk::HoststackTwoWayBulk(std::uint64_t bytes, std::uint64_t writeSize)
    : m_bytes(bytes),
      m_writeSize(writeSize)
{
}

void
HoststackTwoWayBulk::Stop()
{
    m_stops = true;
    if (m_isConnected)
    {
        Fill();
    }
    else
    {
        HoststackSession::Stop();
    }
}

void
HoststackTwoWayBulk::OnConnected()
{
    m_isConnected = true;
    Fill();
}

void
HoststackTwoWayBulk::OnWritable()
{
    Fill();
}

void
HoststackTwoWayBulk::OnReadable()
{
    Drain();
}

void
HoststackTwoWayBulk::OnPeerClosed()
{
    m_stops = m_stops || m_bytes == 0;
    Fill();
    Drain();
}

void
HoststackTwoWayBulk::Fill()
{
    const auto most = m_bytes > 0 ? m_bytes : std::numeric_limits<std::uint64_t>::max();
    while (!m_stops && !m_isWritten && GetRecord().bytesWritten < most)
    {
        const auto wanted = std::min(m_writeSize, most - GetRecord().bytesWritten);
        if (Write(wanted) < wanted)
        {
            return;
        }
    }
    if (!m_isWritten)
    {
        m_isWritten = true;
        CloseSend();
        FinishIfDone();
    }
}

void
HoststackTwoWayBulk::Drain()
{
    while (Available() > 0 && Read(kAll) > 0)
    {
    }
    FinishIfDone();
}

void
HoststackTwoWayBulk::FinishIfDone()
{
    const bool hasAll = m_bytes > 0 && GetRecord().bytesRead >= m_bytes;
    if (m_isWritten && (hasAll || (HasPeerClosed() && Available() == 0)))
    {
        Finish();
    }
}

} // namespace ns3
