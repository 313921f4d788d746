// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-kernel.h"

#include "ns3/hs-path-manager-tools.h"

#include <algorithm>

namespace hoststack::mptcp
{

void
KernelPathManager::Decide(PathManagerView& view)
{
    const auto* initial = InitialSubflow(view);
    if (!initial)
    {
        return;
    }
    const bool mesh = std::any_of(view.endpoints.begin(),
                                  view.endpoints.end(),
                                  [](const LocalEndpoint& e) { return e.fullmesh; });
    for (const auto& e : view.endpoints)
    {
        if (e.signal)
        {
            view.announce.push_back(e);
        }
    }
    for (const auto& e : view.endpoints)
    {
        if (e.subflow && e.address != initial->local.address && view.joinInitialAllowed &&
            !view.isServer)
        {
            TryOpen(view, e, initial->remote, initial->remoteId);
        }
    }
    std::uint32_t accepted = 0;
    for (const auto& r : view.remotes)
    {
        if (accepted++ >= view.config.addAddrAccepted)
        {
            break;
        }
        const auto remote = RemoteEndpoint(r, *initial);
        if (mesh)
        {
            for (const auto& e : view.endpoints)
            {
                if (e.fullmesh)
                {
                    TryOpen(view, e, remote, r.id);
                }
            }
        }
        else
        {
            LocalEndpoint any;
            any.address = initial->local.address;
            TryOpen(view, any, remote, r.id);
        }
    }
}

} // namespace hoststack::mptcp
