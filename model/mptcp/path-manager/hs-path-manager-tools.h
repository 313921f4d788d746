// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_TOOLS_H
#define HS_PATH_MANAGER_TOOLS_H

#include "ns3/hs-path-manager.h"

#include <cstddef>
#include <vector>

namespace hoststack::mptcp
{

// What several path managers ask of the view.

/// The first subflow of the connection, or nullptr.
const PathView* InitialSubflow(const PathManagerView& view);

/// Subflows beside the first that are open or wanted.
std::size_t ExtraSubflows(const PathManagerView& view);

/// True if a subflow may join the two addresses (mptcp_pm_addr_families_match): both of one family,
/// and not IPv6 ones beside a first subflow that an AF_INET socket has.
bool FamiliesMatch(const PathManagerView& view, const IpAddress& local, const IpAddress& remote);

/// True if \p address is that of the endpoint; an endpoint with a port is another one.
bool IsAddressOf(const LocalEndpoint& endpoint, const Endpoint& address);

/// Where an announced address is reached: without a port of its own, that of the first subflow.
Endpoint RemoteEndpoint(const RemoteAddress& remote, const PathView& initial);

/**
 * How often in a row a pair of addresses was joined for nothing: the join was refused, or ended
 * before it had carried data. Linux opens each pair once; who opens again what has died has to stop
 * somewhere, or the attempts eat the path's time. At most kPairs pairs are remembered.
 */
class JoinHistory
{
  public:
    static constexpr std::size_t kPairs = 64;
    static constexpr std::uint32_t kTries = 2;

    /// Takes note of subflows that have ended since the last call.
    void Update(const PathManagerView& view);
    /// False if the pair had its tries.
    bool MayTry(const IpAddress& local, const IpAddress& remote) const;

  private:
    struct Pair
    {
        IpAddress local;
        IpAddress remote;
        std::uint32_t failures{0};
    };

    std::vector<Pair> m_pairs;
    std::vector<std::uint32_t> m_counted; ///< closed subflows of the view that have been counted
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_TOOLS_H
