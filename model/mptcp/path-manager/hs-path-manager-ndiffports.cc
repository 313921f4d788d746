// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-ndiffports.h"

namespace hoststack::mptcp
{

void
DifferentPortsPathManager::Decide(PathManagerView& view)
{
    const auto* initial = InitialSubflow(view);
    if (!initial || view.isServer || !view.joinInitialAllowed)
    {
        return;
    }
    m_history.Update(view);
    if (!m_history.MayTry(initial->local.address, initial->remote.address))
    {
        return;
    }
    LocalEndpoint own;
    own.address = initial->local.address;
    while (ExtraSubflows(view) < view.config.extraSubflows)
    {
        view.open.push_back({own, initial->remote, initial->remoteId});
    }
}

} // namespace hoststack::mptcp
