// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-open-addressing.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

std::uint32_t
HashOfBound(const IpAddress& address, const PacketKey& key)
{
    return HashBound(address, key.localPort) + static_cast<std::uint32_t>(key.protocol);
}

} // namespace

SocketEntry*
TableOpenAddressing::Find(const PacketKey& packet, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    std::uint64_t looked = 0;
    auto* connection = m_connections.Find(HashTuple(packet), [&](const auto& socket) {
        ++looked;
        return Accepts(socket, packet);
    });
    tally.Visit(looked);
    if (connection != nullptr || (!packet.opens && packet.protocol == SocketProtocol::Tcp))
    {
        return connection;
    }
    const IpAddress any4{IpFamily::V4, {}};
    const IpAddress any6{IpFamily::V6, {}};
    for (const auto* address : {&packet.local, &any4, &any6})
    {
        if (address == &any4 && packet.local.family != IpFamily::V4)
        {
            continue;
        }
        tally.Add(TableStep::Hash);
        const auto* bound = BoundTo(*address, packet);
        if (bound != nullptr && Accepts(*bound->sockets.front(), packet))
        {
            tally.Visit();
            return bound->sockets[MemberOf(packet, bound->sockets.size())];
        }
    }
    return nullptr;
}

TableOpenAddressing::Bound*
TableOpenAddressing::BoundTo(const IpAddress& address, const PacketKey& key) const
{
    return m_bound.Find(HashOfBound(address, key), [&](const Bound& bound) {
        return bound.key.local == address && bound.key.localPort == key.localPort &&
               bound.key.protocol == key.protocol;
    });
}

TableOpenAddressing::Bound*
TableOpenAddressing::NewBound()
{
    if (m_unused.empty())
    {
        m_owned.push_back(std::make_unique<Bound>());
        return m_owned.back().get();
    }
    auto* bound = m_unused.back();
    m_unused.pop_back();
    return bound;
}

void
TableOpenAddressing::WalkFlags(SocketProtocol /*protocol*/, TableTally& /*tally*/) const
{
    // Nobody walks: who has something to do says so.
}

void
TableOpenAddressing::Insert(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    if (socket.role != SocketRole::Unconnected)
    {
        m_connections.Insert(HashTuple(socket.key), &socket);
        return;
    }
    auto* bound = BoundTo(socket.key.local, socket.key);
    if (bound == nullptr)
    {
        bound = NewBound();
        bound->key = socket.key;
        m_bound.Insert(HashOfBound(socket.key.local, socket.key), bound);
    }
    bound->sockets.push_back(&socket);
}

void
TableOpenAddressing::Erase(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    if (socket.role != SocketRole::Unconnected)
    {
        m_connections.Erase(HashTuple(socket.key), &socket);
        return;
    }
    auto* bound = BoundTo(socket.key.local, socket.key);
    auto& sockets = bound->sockets;
    sockets.erase(std::find(sockets.begin(), sockets.end(), &socket));
    if (sockets.empty())
    {
        m_bound.Erase(HashOfBound(socket.key.local, socket.key), bound);
        m_unused.push_back(bound);
    }
}

} // namespace hoststack::host
