// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_FULLMESH_H
#define HS_PATH_MANAGER_FULLMESH_H

#include "ns3/hs-path-manager-tools.h"
#include "ns3/hs-path-manager.h"

namespace hoststack::mptcp
{

/// `fullmesh`: every local address to every known address of the peer, up to the subflow limit;
/// opens again what has died (as the path manager of MPTCP v0 did), but a pair that was joined in
/// vain twice in a row is left alone. The accepting end announces its endpoints.
class FullmeshPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override;

  private:
    void TryOpen(PathManagerView& view,
                 const LocalEndpoint& local,
                 const Endpoint& remote,
                 std::uint8_t remoteId) const;

    JoinHistory m_history;
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_FULLMESH_H
