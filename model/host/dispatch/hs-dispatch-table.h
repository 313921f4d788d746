// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_TABLE_H
#define HS_DISPATCH_TABLE_H

#include "ns3/hs-registry.h"
#include "ns3/hs-socket-key.h"
#include "ns3/hs-table-step.h"

#include <memory>
#include <unordered_map>

namespace hoststack::host
{

/// The numbers of a table's structure that a system or a user chooses; 0: those of its source.
struct TableSize
{
    std::size_t buckets{0};       ///< of connections
    std::size_t listenBuckets{0}; ///< of what is not connected
};

/// Which of several sockets that accept a packet gets it.
enum class SocketChoice : std::uint8_t
{
    First,  ///< the one that is asked first
    Best,   ///< a connection, an address, a wildcard, in this order; among equals the first
    Member, ///< the same, but among equals (SO_REUSEPORT) each has its share
};

/**
 * Where a system keeps its sockets and how it finds the one that a packet is for. Each variant has
 * the structure of its source and counts what it does with it.
 *
 * Whether an address is in use is asked of a register beside the table, as every system has one
 * (Linux' bhash, Asterinas' used_ports); it is not counted, for it is not on the way of packets.
 */
class DispatchTable
{
  public:
    virtual ~DispatchTable() = default;

    /// \return false: its address is in use, or it is a wildcard and the table knows none
    bool Add(SocketEntry& socket, TableTally& tally);
    /// Takes out a socket that is in it.
    void Remove(SocketEntry& socket, TableTally& tally);
    /// The socket that \p packet is for; nullptr: nobody's.
    virtual SocketEntry* Find(const PacketKey& packet, TableTally& tally) = 0;
    /// One flag of every socket of a protocol is looked at.
    virtual void WalkFlags(SocketProtocol protocol, TableTally& tally) const = 0;

    /// Whether a socket may be bound to all addresses.
    virtual bool HasWildcards() const
    {
        return true;
    }

    /// Which of several sockets that accept a packet gets it.
    virtual SocketChoice Choice() const
    {
        return SocketChoice::Member;
    }

    std::size_t Size(SocketProtocol protocol) const
    {
        return m_sizes[static_cast<std::size_t>(protocol)];
    }

  private:
    virtual void Insert(SocketEntry& socket, TableTally& tally) = 0;
    virtual void Erase(SocketEntry& socket, TableTally& tally) = 0;
    bool IsInUse(const SocketEntry& socket) const;

    std::unordered_multimap<std::uint32_t, const SocketEntry*> m_register; ///< by its address
    std::array<std::size_t, 2> m_sizes{};
};

/// Which of the \p count members of an SO_REUSEPORT group a packet goes to (reciprocal_scale of
/// Linux).
std::size_t MemberOf(const PacketKey& packet, std::size_t count);

/// Levels of an ordered set of \p members, by which insertions and removals are priced.
constexpr std::uint64_t
LevelsOf(std::size_t members)
{
    std::uint64_t levels = 1;
    for (std::size_t n = 2; n < members; n *= 2)
    {
        ++levels;
    }
    return levels;
}

/// By name: array, ordered-references, buckets, linux, freebsd, open-addressing.
Registry<DispatchTable, const TableSize&>& DispatchTables();

} // namespace hoststack::host

#endif // HS_DISPATCH_TABLE_H
