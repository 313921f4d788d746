// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TOPOLOGY_H
#define HS_TOPOLOGY_H

#include "ns3/hs-scenario.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace hoststack
{

/// Which hosts the links of a scenario join. Hosts and links are indexes into the scenario, which
/// has all its links and outlives this.
class Topology
{
  public:
    /// Hosts one after the other, and the links between them: one less.
    struct Way
    {
        std::vector<std::size_t> links;
        std::vector<std::size_t> hosts;
    };

    explicit Topology(const Scenario& scenario);

    bool IsEnd(std::size_t link, std::size_t host) const;
    /// 0: \p host is the first end of \p link; 1: it is the second one.
    std::size_t SideOf(std::size_t link, std::size_t host) const;
    std::size_t OtherEnd(std::size_t link, std::size_t host) const;

    /// One of the two ends of a link.
    struct End
    {
        std::size_t link;
        std::size_t side;
    };

    /// The end of a link of \p scenario, or, where that is a port of a bridge, the one beyond it,
    /// whose host is a neighbour below IP. Bridges have two links each.
    static End BeyondBridges(const Scenario& scenario, End end);

    /// In the order of their indexes.
    const std::vector<std::size_t>& LinksOf(std::size_t host) const
    {
        return m_linksOf[host];
    }

    bool Joins(std::size_t link, std::size_t host, std::size_t other) const;
    bool AreConnected(std::size_t host, std::size_t other) const;

    /// Whether \p link leads from \p host to \p peer without coming back to \p host.
    bool LeadsTo(std::size_t link, std::size_t host, std::size_t peer) const;

    /// The way with the fewest links; among equal ones the first by index. Empty if there is none.
    Way FindWay(std::size_t from, std::size_t to) const;

    /// For each host the first link of the way to it, or nothing. \p without forwards nothing.
    std::vector<std::optional<std::size_t>> FirstLinks(std::size_t from,
                                                       std::optional<std::size_t> without) const;

  private:
    /// For each host the last link of the way to it, or the number of links.
    std::vector<std::size_t> LastLinks(std::size_t from, std::optional<std::size_t> without) const;

    const std::vector<LinkSpec>& m_links;
    std::vector<std::vector<std::size_t>> m_linksOf; ///< by host
};

} // namespace hoststack

#endif // HS_TOPOLOGY_H
