// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_FULLMESH_H
#define HS_PATH_MANAGER_FULLMESH_H

#include "ns3/hs-path-manager.h"

namespace hoststack::mptcp
{

/// `fullmesh`: every local address to every known address of the peer, in both roles' order, up to
/// the subflow limit; opens again what has died (as the path manager of MPTCP v0 did).
class FullmeshPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override;
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_FULLMESH_H
