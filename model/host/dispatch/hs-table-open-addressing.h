// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_OPEN_ADDRESSING_H
#define HS_TABLE_OPEN_ADDRESSING_H

#include "ns3/hs-dispatch-table.h"
#include "ns3/hs-open-addressing.h"

#include <memory>
#include <vector>

namespace hoststack::host
{

/**
 * What this simulator's own demultiplexer does: connections by their four-tuple, what is not
 * connected by address and port (asked for the packet's address, for the wildcard of its family,
 * then for that of IPv6), both with neighbouring places instead of chains.
 */
class TableOpenAddressing final : public DispatchTable
{
  public:
    explicit TableOpenAddressing(const TableSize& /*size*/)
    {
    }

    SocketEntry* Find(const PacketKey& packet, TableTally& tally) override;
    void WalkFlags(SocketProtocol protocol, TableTally& tally) const override;

  private:
    /// All that are bound to one address and port.
    struct Bound
    {
        PacketKey key; ///< address, port and protocol
        std::vector<SocketEntry*> sockets;
    };

    void Insert(SocketEntry& socket, TableTally& tally) override;
    void Erase(SocketEntry& socket, TableTally& tally) override;
    Bound* NewBound();
    Bound* BoundTo(const IpAddress& address, const PacketKey& key) const;

    OpenAddressing<SocketEntry> m_connections;
    OpenAddressing<Bound> m_bound;
    std::vector<std::unique_ptr<Bound>> m_owned; ///< what m_bound points to
    std::vector<Bound*> m_unused;                ///< of them, for the next ones
};

} // namespace hoststack::host

#endif // HS_TABLE_OPEN_ADDRESSING_H
