// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_ARRAY_H
#define HS_TABLE_ARRAY_H

#include "ns3/hs-dispatch-table.h"

#include <set>
#include <vector>

namespace hoststack::host
{

/**
 * smoltcp's socket set: slots side by side. A packet is offered to one socket after the other until
 * one takes it; a new socket gets the first free slot, which is searched from the beginning.
 *
 * Source: src/iface/socket_set.rs and src/iface/interface/{tcp,udp}.rs of smoltcp 0.13.
 */
class TableArray final : public DispatchTable
{
  public:
    explicit TableArray(const TableSize& /*size*/)
    {
    }

    SocketEntry* Find(const PacketKey& packet, TableTally& tally) override;
    void WalkFlags(SocketProtocol protocol, TableTally& tally) const override;

    SocketChoice Choice() const override
    {
        return SocketChoice::First;
    }

  private:
    void Insert(SocketEntry& socket, TableTally& tally) override;
    void Erase(SocketEntry& socket, TableTally& tally) override;

    std::vector<SocketEntry*> m_slots; ///< nullptr: free
    std::set<std::size_t> m_free;      ///< so that our own search is short
};

} // namespace hoststack::host

#endif // HS_TABLE_ARRAY_H
