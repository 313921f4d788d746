// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-sender.h"

#include <algorithm>
#include <limits>

namespace ns3
{

HoststackBulkSender::HoststackBulkSender(std::uint64_t bytes, std::uint64_t writeSize)
    : m_bytes(bytes > 0 ? bytes : std::numeric_limits<std::uint64_t>::max()),
      m_writeSize(writeSize)
{
}

void
HoststackBulkSender::OnConnected()
{
    Fill();
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
    Close();
    Finish();
}

} // namespace ns3
