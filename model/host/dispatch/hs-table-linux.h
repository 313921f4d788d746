// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_LINUX_H
#define HS_TABLE_LINUX_H

#include "ns3/hs-dispatch-table.h"

#include <vector>

namespace hoststack::host
{

/**
 * Linux 6.18: connections (TIME-WAIT, too) in one hash of four-tuples; what is not connected in a
 * hash of address and port, asked for the packet's address and then for the wildcard; a group of
 * SO_REUSEPORT is chosen from in one step. UDP alike (udp_hash4 since 6.13, udp_hash2).
 *
 * Sources: __inet_lookup_established(), inet_lookup_listener(), inet_lhash2_lookup(),
 * reuseport_select_sock(), __udp4_lib_lookup().
 */
class TableLinux final : public DispatchTable
{
  public:
    /// tcp_ehash entries of the machine that was measured; they follow from its RAM.
    static constexpr std::size_t kBuckets = 262144;
    /// lhash2 of a machine with that many (inet_hashinfo2_init, 64 KiB at least).
    static constexpr std::size_t kListenBuckets = 65536;

    explicit TableLinux(const TableSize& size);

    SocketEntry* Find(const PacketKey& packet, TableTally& tally) override;
    void WalkFlags(SocketProtocol protocol, TableTally& tally) const override;

  private:
    using Chain = std::vector<SocketEntry*>; ///< the newest is the last and looked at first

    void Insert(SocketEntry& socket, TableTally& tally) override;
    void Erase(SocketEntry& socket, TableTally& tally) override;
    Chain& ChainOf(const SocketEntry& socket);
    SocketEntry* FindBound(const PacketKey& packet, const IpAddress& bound, TableTally& tally);

    std::size_t m_buckets;
    std::size_t m_listenBuckets;
    std::unordered_map<std::uint64_t, Chain>
        m_connections; ///< by protocol and bucket; no empty ones
    std::unordered_map<std::uint64_t, Chain> m_bound;
};

} // namespace hoststack::host

#endif // HS_TABLE_LINUX_H
