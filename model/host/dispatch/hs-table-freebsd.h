// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_FREEBSD_H
#define HS_TABLE_FREEBSD_H

#include "ns3/hs-dispatch-table.h"

#include <vector>

namespace hoststack::host
{

/**
 * FreeBSD 14: internet protocol control blocks. Connections are hashed by remote address and both
 * ports; what is not connected by its port alone, so that all addresses of a port share a chain,
 * the more particular first; groups of SO_REUSEPORT_LB stand in a hash of their own that is asked
 * before.
 *
 * Sources: in_pcblookup_hash_exact(), in_pcblookup_lb_group(), in_pcblookup_hash_wild_smr() of
 * sys/netinet/in_pcb.c; IPv6 alike in in6_pcb.c.
 */
class TableFreebsd final : public DispatchTable
{
  public:
    /// net.inet.tcp.tcbhashsize of a machine with 8 GiB: maxsockets / 4, a power of two.
    static constexpr std::size_t kBuckets = 65536;

    explicit TableFreebsd(const TableSize& size);

    SocketEntry* Find(const PacketKey& packet, TableTally& tally) override;
    void WalkFlags(SocketProtocol protocol, TableTally& tally) const override;

  private:
    using Chain = std::vector<SocketEntry*>;

    void Insert(SocketEntry& socket, TableTally& tally) override;
    void Erase(SocketEntry& socket, TableTally& tally) override;
    std::uint64_t PlaceOf(const SocketEntry& socket) const;
    std::unordered_map<std::uint64_t, Chain>& HashOf(const SocketEntry& socket);

    std::size_t m_buckets;
    std::unordered_map<std::uint64_t, Chain> m_connections;
    std::unordered_map<std::uint64_t, Chain> m_groups;
    std::unordered_map<std::uint64_t, Chain> m_bound; ///< by port
};

} // namespace hoststack::host

#endif // HS_TABLE_FREEBSD_H
