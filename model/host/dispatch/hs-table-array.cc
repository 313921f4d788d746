// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-array.h"

namespace hoststack::host
{

SocketEntry*
TableArray::Find(const PacketKey& packet, TableTally& tally)
{
    std::uint64_t looked = 0;
    SocketEntry* found = nullptr;
    for (auto* socket : m_slots)
    {
        if (socket == nullptr)
        {
            continue;
        }
        ++looked;
        if (Accepts(*socket, packet))
        {
            found = socket;
            break;
        }
    }
    tally.Add(packet.protocol == SocketProtocol::Tcp ? TableStep::ArrayCompare
                                                     : TableStep::UdpArrayCompare,
              looked);
    tally.Visit(looked);
    return found;
}

void
TableArray::WalkFlags(SocketProtocol /*protocol*/, TableTally& tally) const
{
    const auto sockets = Size(SocketProtocol::Tcp) + Size(SocketProtocol::Udp);
    tally.Add(TableStep::ArrayFlag, sockets);
    tally.Visit(sockets);
}

void
TableArray::Insert(SocketEntry& socket, TableTally& tally)
{
    if (m_free.empty())
    {
        socket.slot = m_slots.size();
        m_slots.push_back(&socket);
    }
    else
    {
        socket.slot = *m_free.begin();
        m_free.erase(m_free.begin());
        m_slots[socket.slot] = &socket;
    }
    tally.Add(TableStep::SlotScan, socket.slot + 1);
}

void
TableArray::Erase(SocketEntry& socket, TableTally& /*tally*/)
{
    m_slots[socket.slot] = nullptr;
    m_free.insert(socket.slot);
}

} // namespace hoststack::host
