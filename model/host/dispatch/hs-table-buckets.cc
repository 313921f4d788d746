// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-buckets.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

/// Up to here a bucket holds so many sockets that a walk runs along them.
constexpr std::size_t kFewBuckets = 64;

/// The first socket of \p bucket that accepts \p packet; \p others is what each but the first
/// costs.
SocketEntry*
FirstOf(const std::vector<SocketEntry*>& bucket,
        const PacketKey& packet,
        TableStep others,
        TableTally& tally)
{
    std::uint64_t looked = 0;
    SocketEntry* found = nullptr;
    for (auto* socket : bucket)
    {
        ++looked;
        if (Accepts(*socket, packet))
        {
            found = socket;
            break;
        }
    }
    tally.Add(others, looked > 0 ? looked - 1 : 0);
    tally.Visit(looked);
    return found;
}

} // namespace

TableBuckets::TableBuckets(const TableSize& size)
    : m_connections(size.buckets > 0 ? size.buckets : kBuckets),
      m_listeners(size.listenBuckets > 0 ? size.listenBuckets : kListenBuckets)
{
}

SocketEntry*
TableBuckets::Find(const PacketKey& packet, TableTally& tally)
{
    if (packet.protocol == SocketProtocol::Udp)
    {
        // Connected ones are asked first.
        for (const bool connected : {true, false})
        {
            std::uint64_t looked = 0;
            for (auto* socket : m_datagram)
            {
                ++looked;
                if ((socket->role == SocketRole::Connected) == connected &&
                    Accepts(*socket, packet))
                {
                    tally.Add(TableStep::UdpArrayCompare, looked);
                    tally.Visit(looked);
                    return socket;
                }
            }
            if (!connected)
            {
                tally.Add(TableStep::UdpArrayCompare, looked);
                tally.Visit(looked);
            }
        }
        return nullptr;
    }
    tally.Add(TableStep::Hash);
    auto* found = FirstOf(m_connections[HashTuple(packet) % m_connections.size()],
                          packet,
                          TableStep::BucketCompare,
                          tally);
    if (found == nullptr && packet.opens)
    {
        tally.Add(TableStep::Hash);
        const auto bucket = HashBound(packet.local, packet.localPort) % m_listeners.size();
        found = FirstOf(m_listeners[bucket], packet, TableStep::BucketCompare, tally);
    }
    return found;
}

void
TableBuckets::WalkFlags(SocketProtocol protocol, TableTally& tally) const
{
    tally.Visit(Size(protocol));
    if (protocol == SocketProtocol::Udp)
    {
        tally.Add(TableStep::ArrayFlag, Size(protocol));
        return;
    }
    const auto buckets = m_connections.size() + m_listeners.size();
    tally.Add(TableStep::EmptyBucket, buckets);
    tally.Add(buckets > kFewBuckets ? TableStep::ScatteredFlag : TableStep::BucketFlag,
              Size(protocol));
}

TableBuckets::Bucket&
TableBuckets::BucketOf(const SocketEntry& socket)
{
    if (socket.key.protocol == SocketProtocol::Udp)
    {
        return m_datagram;
    }
    return socket.role == SocketRole::Unconnected
               ? m_listeners[HashBound(socket.key.local, socket.key.localPort) % m_listeners.size()]
               : m_connections[HashTuple(socket.key) % m_connections.size()];
}

void
TableBuckets::Insert(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    auto& bucket = BucketOf(socket);
    socket.slot = bucket.size();
    bucket.push_back(&socket);
}

void
TableBuckets::Erase(SocketEntry& socket, TableTally& tally)
{
    tally.Add(TableStep::Hash);
    auto& bucket = BucketOf(socket);
    bucket[socket.slot] = bucket.back();
    bucket[socket.slot]->slot = socket.slot;
    bucket.pop_back();
}

} // namespace hoststack::host
