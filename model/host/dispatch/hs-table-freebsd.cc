// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-freebsd.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

/// The more particular address first (in_pcbinshash): an address, a wildcard of its family, one of
/// IPv6 that takes IPv4, too.
int
Rank(const SocketEntry& socket)
{
    return !IsWildcard(socket.key.local) ? 0 : socket.key.local.family == IpFamily::V4 ? 1 : 2;
}

} // namespace

TableFreebsd::TableFreebsd(const TableSize& size)
    : m_buckets(size.buckets > 0 ? size.buckets : kBuckets)
{
}

std::uint64_t
TableFreebsd::PlaceOf(const SocketEntry& socket) const
{
    const auto& key = socket.key;
    const auto hash =
        socket.role == SocketRole::Unconnected
            ? HashBound(IpAddress(), key.localPort)
            : HashBound(key.remote, static_cast<std::uint16_t>(key.localPort ^ key.remotePort));
    return std::uint64_t{static_cast<std::uint8_t>(key.protocol)} << 32 | hash % m_buckets;
}

std::unordered_map<std::uint64_t, TableFreebsd::Chain>&
TableFreebsd::HashOf(const SocketEntry& socket)
{
    return socket.role != SocketRole::Unconnected ? m_connections
           : socket.reusePort                     ? m_groups
                                                  : m_bound;
}

SocketEntry*
TableFreebsd::Find(const PacketKey& packet, TableTally& tally)
{
    SocketEntry asked;
    asked.key = packet;
    tally.Add(TableStep::Hash);
    if (const auto chain = m_connections.find(PlaceOf(asked)); chain != m_connections.end())
    {
        for (auto* socket : chain->second)
        {
            tally.Visit();
            if (Accepts(*socket, packet))
            {
                return socket;
            }
            tally.Add(TableStep::ChainCompare);
        }
    }
    if (!packet.opens && packet.protocol == SocketProtocol::Tcp)
    {
        return nullptr;
    }
    asked.role = SocketRole::Unconnected;
    SocketEntry* best = nullptr;
    for (auto* hash : {&m_groups, &m_bound})
    {
        tally.Add(TableStep::Hash);
        const auto chain = hash->find(PlaceOf(asked));
        if (chain == hash->end())
        {
            continue;
        }
        Chain members;
        for (auto* socket : chain->second)
        {
            // A dual-stack wildcard comes last for a packet of IPv4, alone for one of IPv6.
            if (Accepts(*socket, packet) && (members.empty() || Rank(*socket) == Rank(*members[0])))
            {
                members.push_back(socket);
                tally.Visit(members.size() == 1);
            }
            else if (members.empty())
            {
                tally.Visit();
                tally.Add(TableStep::ChainCompare);
            }
        }
        if (!members.empty())
        {
            auto* found = members[hash == &m_groups ? MemberOf(packet, members.size()) : 0];
            best = best == nullptr || Rank(*found) < Rank(*best) ? found : best;
        }
    }
    return best;
}

void
TableFreebsd::WalkFlags(SocketProtocol /*protocol*/, TableTally& /*tally*/) const
{
    // Nobody walks: who has something to do says so.
}

void
TableFreebsd::Insert(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    auto& chain = HashOf(socket)[PlaceOf(socket)];
    const auto place =
        socket.role == SocketRole::Unconnected
            ? std::find_if(chain.begin(),
                           chain.end(),
                           [&](const auto* other) { return Rank(*other) > Rank(socket); })
            : chain.end();
    chain.insert(place, &socket);
}

void
TableFreebsd::Erase(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    auto& chain = HashOf(socket)[PlaceOf(socket)];
    chain.erase(std::find(chain.begin(), chain.end(), &socket));
}

} // namespace hoststack::host
