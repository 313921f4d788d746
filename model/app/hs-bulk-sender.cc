// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-sender.h"

#include <algorithm>
#include <limits>

namespace ns3
{

HoststackBulkSender::HoststackBulkSender(std::uint64_t bytes, std::uint64_t writeSize, bool hears)
    : m_bytes(bytes > 0 ? bytes : std::numeric_limits<std::uint64_t>::max()),
      m_writeSize(writeSize),
      m_hears(hears)
{
}

void
HoststackBulkSender::OnConnected()
{
    Fill();
}

void
HoststackBulkSender::OnReadable()
{
    while (m_hears && Available() > 0 && Read(kAll) > 0)
    {
    }
}

void
HoststackBulkSender::OnWritable()
{
    Fill();
}

void
HoststackBulkSender::Fill()
{
    while (GetRecord().bytesWritten < m_bytes)
    {
        const auto wanted = std::min(m_writeSize, m_bytes - GetRecord().bytesWritten);
        if (Write(wanted) < wanted)
        {
            return;
        }
    }
    if (m_hears)
    {
        CloseSend();
    }
    else
    {
        Close();
    }
    Finish();
}

} // namespace ns3
