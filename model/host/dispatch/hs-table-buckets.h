// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_BUCKETS_H
#define HS_TABLE_BUCKETS_H

#include "ns3/hs-dispatch-table.h"

#include <vector>

namespace hoststack::host
{

/**
 * Asterinas since 2024-12 (39cc0dca2): connections and listeners hashed, a vector per bucket; UDP
 * sockets in one vector. There is no table of wildcards. From 631ab2183 to 2f66f5d23 both hashes
 * had two buckets.
 */
class TableBuckets final : public DispatchTable
{
  public:
    static constexpr std::size_t kBuckets = 8192;
    static constexpr std::size_t kListenBuckets = 64;

    explicit TableBuckets(const TableSize& size);

    SocketEntry* Find(const PacketKey& packet, TableTally& tally) override;
    void WalkFlags(SocketProtocol protocol, TableTally& tally) const override;

    bool HasWildcards() const override
    {
        return false;
    }

    SocketChoice Choice() const override
    {
        return SocketChoice::Best;
    }

  private:
    using Bucket = std::vector<SocketEntry*>;

    void Insert(SocketEntry& socket, TableTally& tally) override;
    void Erase(SocketEntry& socket, TableTally& tally) override;
    Bucket& BucketOf(const SocketEntry& socket);

    std::vector<Bucket> m_connections;
    std::vector<Bucket> m_listeners;
    Bucket m_datagram;
};

} // namespace hoststack::host

#endif // HS_TABLE_BUCKETS_H
