// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TABLE_ORDERED_REFERENCES_H
#define HS_TABLE_ORDERED_REFERENCES_H

#include "ns3/hs-dispatch-table.h"

#include <map>

namespace hoststack::host
{

/**
 * Asterinas from 2024-09 (ee1656ba3): two ordered sets of references, for TCP and UDP. A packet is
 * still offered to one socket after the other; the port is compared first.
 */
class TableOrderedReferences final : public DispatchTable
{
  public:
    explicit TableOrderedReferences(const TableSize& /*size*/)
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

    std::array<std::map<std::size_t, SocketEntry*>, 2> m_sets; ///< by protocol, then by age
    std::size_t m_next{0};
};

} // namespace hoststack::host

#endif // HS_TABLE_ORDERED_REFERENCES_H
