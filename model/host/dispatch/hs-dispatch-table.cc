// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-table.h"

#include "ns3/hs-table-array.h"
#include "ns3/hs-table-buckets.h"
#include "ns3/hs-table-freebsd.h"
#include "ns3/hs-table-linux.h"
#include "ns3/hs-table-open-addressing.h"
#include "ns3/hs-table-ordered-references.h"

namespace hoststack::host
{

namespace
{

/// Unconnected sockets of a port stand together, whatever their address: they may collide.
std::uint32_t
RegisterKey(const SocketEntry& socket)
{
    return socket.role == SocketRole::Unconnected
               ? HashBound(IpAddress(), socket.key.localPort) +
                     static_cast<std::uint32_t>(socket.key.protocol)
               : HashTuple(socket.key);
}

template <class Table>
auto
Make()
{
    return [](const TableSize& size) { return std::make_unique<Table>(size); };
}

} // namespace

bool
DispatchTable::IsInUse(const SocketEntry& socket) const
{
    const auto [first, last] = m_register.equal_range(RegisterKey(socket));
    for (auto i = first; i != last; ++i)
    {
        if (Collide(*i->second, socket))
        {
            return true;
        }
    }
    return false;
}

bool
DispatchTable::Add(SocketEntry& socket, TableTally& tally)
{
    if (IsInUse(socket) || (IsWildcard(socket.key.local) && !HasWildcards()))
    {
        return false;
    }
    m_register.emplace(RegisterKey(socket), &socket);
    ++m_sizes[static_cast<std::size_t>(socket.key.protocol)];
    Insert(socket, tally);
    return true;
}

void
DispatchTable::Remove(SocketEntry& socket, TableTally& tally)
{
    auto [i, last] = m_register.equal_range(RegisterKey(socket));
    while (i->second != &socket)
    {
        ++i;
    }
    m_register.erase(i);
    --m_sizes[static_cast<std::size_t>(socket.key.protocol)];
    Erase(socket, tally);
}

std::size_t
MemberOf(const PacketKey& packet, std::size_t count)
{
    return static_cast<std::size_t>(std::uint64_t{HashTuple(packet)} * count >> 32);
}

Registry<DispatchTable, const TableSize&>&
DispatchTables()
{
    static Registry<DispatchTable, const TableSize&> tables(
        "socket table",
        {
            {"array",
             "all sockets side by side, looked at one after the other (smoltcp)",
             Make<TableArray>()},
            {"ordered-references",
             "all sockets in order, through references (Asterinas 2024-09)",
             Make<TableOrderedReferences>()},
            {"buckets",
             "hashed, a vector per bucket; UDP in one vector (Asterinas since 2024-12)",
             Make<TableBuckets>()},
            {"linux",
             "hash of connections, two hashes of listeners, groups of SO_REUSEPORT",
             Make<TableLinux>()},
            {"freebsd",
             "inpcb: hash of connections, listeners by port, load-balancing groups",
             Make<TableFreebsd>()},
            {"open-addressing",
             "hash with neighbouring places instead of chains: what this simulator uses itself",
             Make<TableOpenAddressing>()},
        });
    return tables;
}

} // namespace hoststack::host
