// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-linux.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

std::uint64_t
Place(SocketProtocol protocol, std::uint32_t hash, std::size_t buckets)
{
    return std::uint64_t{static_cast<std::uint8_t>(protocol)} << 32 | hash % buckets;
}

/// compute_score(): IPv4 sockets before IPv6 ones that take IPv4.
int
Score(const SocketEntry& socket, const PacketKey& packet)
{
    return socket.key.local.family == packet.local.family ? 2 : 1;
}

} // namespace

TableLinux::TableLinux(const TableSize& size)
    : m_buckets(size.buckets > 0 ? size.buckets : kBuckets),
      m_listenBuckets(size.listenBuckets > 0 ? size.listenBuckets : kListenBuckets)
{
}

SocketEntry*
TableLinux::Find(const PacketKey& packet, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    const auto chain = m_connections.find(Place(packet.protocol, HashTuple(packet), m_buckets));
    if (chain != m_connections.end())
    {
        const auto& sockets = chain->second;
        for (auto i = sockets.rbegin(); i != sockets.rend(); ++i)
        {
            tally.Visit();
            if (Accepts(**i, packet))
            {
                return *i;
            }
            tally.Add(TableStep::ChainCompare);
        }
    }
    if (!packet.opens && packet.protocol == SocketProtocol::Tcp)
    {
        return nullptr;
    }
    auto* found = FindBound(packet, packet.local, tally);
    const IpAddress any{packet.local.family, {}};
    return found != nullptr ? found : FindBound(packet, any, tally);
}

SocketEntry*
TableLinux::FindBound(const PacketKey& packet, const IpAddress& bound, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    // A wildcard of IPv6 stands where that of IPv4 does, for it takes both.
    const IpAddress key = IsWildcard(bound) ? IpAddress() : bound;
    const auto chain =
        m_bound.find(Place(packet.protocol, HashBound(key, packet.localPort), m_listenBuckets));
    if (chain == m_bound.end())
    {
        return nullptr;
    }
    const auto& sockets = chain->second;
    SocketEntry* best = nullptr;
    for (auto i = sockets.rbegin(); i != sockets.rend(); ++i)
    {
        auto& socket = **i;
        tally.Visit();
        const bool suits =
            IsWildcard(socket.key.local) == IsWildcard(bound) && Accepts(socket, packet);
        if (suits && (best == nullptr || Score(socket, packet) > Score(*best, packet)))
        {
            best = &socket;
            if (Score(socket, packet) == 2)
            {
                break; // nothing is better, and a group is chosen from at once
            }
        }
        tally.Add(TableStep::ChainCompare);
    }
    if (best == nullptr || !best->reusePort)
    {
        return best;
    }
    Chain group;
    std::copy_if(sockets.begin(),
                 sockets.end(),
                 std::back_inserter(group),
                 [&](const auto* socket) {
                     return socket->reusePort && socket->key.local == best->key.local &&
                            socket->key.localPort == best->key.localPort;
                 });
    return group[MemberOf(packet, group.size())];
}

void
TableLinux::WalkFlags(SocketProtocol /*protocol*/, TableTally& /*tally*/) const
{
    // Nobody walks: who has something to do says so.
}

TableLinux::Chain&
TableLinux::ChainOf(const SocketEntry& socket)
{
    const auto& key = socket.key;
    if (socket.role != SocketRole::Unconnected)
    {
        return m_connections[Place(key.protocol, HashTuple(key), m_buckets)];
    }
    const IpAddress bound = IsWildcard(key.local) ? IpAddress() : key.local;
    return m_bound[Place(key.protocol, HashBound(bound, key.localPort), m_listenBuckets)];
}

void
TableLinux::Insert(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    ChainOf(socket).push_back(&socket);
}

void
TableLinux::Erase(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    auto& chain = ChainOf(socket);
    chain.erase(std::find(chain.begin(), chain.end(), &socket));
}

} // namespace hoststack::host
