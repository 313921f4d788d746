// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-ordered-references.h"

namespace hoststack::host
{

SocketEntry*
TableOrderedReferences::Find(const PacketKey& packet, TableTally& tally)
{
    std::uint64_t looked = 0;
    SocketEntry* found = nullptr;
    for (const auto& [age, socket] : m_sets[static_cast<std::size_t>(packet.protocol)])
    {
        ++looked;
        if (Accepts(*socket, packet))
        {
            found = socket;
            break;
        }
    }
    tally.Add(TableStep::TreeCompare, looked);
    tally.Visit(looked);
    return found;
}

void
TableOrderedReferences::WalkFlags(SocketProtocol protocol, TableTally& tally) const
{
    tally.Add(TableStep::TreeFlag, Size(protocol));
    tally.Visit(Size(protocol));
}

void
TableOrderedReferences::Insert(SocketEntry& socket, TableTally& tally)
{
    socket.slot = m_next++;
    auto& set = m_sets[static_cast<std::size_t>(socket.key.protocol)];
    set.emplace_hint(set.end(), socket.slot, &socket);
    tally.Add(TableStep::OrderedLevel, LevelsOf(set.size()));
}

void
TableOrderedReferences::Erase(SocketEntry& socket, TableTally& tally)
{
    auto& set = m_sets[static_cast<std::size_t>(socket.key.protocol)];
    tally.Add(TableStep::OrderedLevel, LevelsOf(set.size()));
    set.erase(socket.slot);
}

} // namespace hoststack::host
