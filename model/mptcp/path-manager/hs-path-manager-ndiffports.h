// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_NDIFFPORTS_H
#define HS_PATH_MANAGER_NDIFFPORTS_H

#include "ns3/hs-path-manager-tools.h"
#include "ns3/hs-path-manager.h"

namespace hoststack::mptcp
{

/// `ndiffports`: as many subflows as the limit allows between the two initial addresses, told apart
/// by their source port (MPTCP v0; useful where the network balances by ports). Opens again what
/// has died, until two joins in a row were in vain.
class DifferentPortsPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override;

  private:
    JoinHistory m_history;
};

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_NDIFFPORTS_H
