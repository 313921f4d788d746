// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-fullmesh.h"

#include "ns3/hs-path-manager-tools.h"

#include <algorithm>

namespace hoststack::mptcp
{

void
FullmeshPathManager::Decide(PathManagerView& view)
{
    const auto* initial = InitialSubflow(view);
    if (!initial || view.isServer)
    {
        for (const auto& e : view.endpoints)
        {
            view.announce.push_back(e);
        }
        return;
    }
    view.subflows.erase(std::remove_if(view.subflows.begin(),
                                       view.subflows.end(),
                                       [](const PathView& s) { return s.closed && !s.initial; }),
                        view.subflows.end());
    const auto first = *InitialSubflow(view);
    std::vector<LocalEndpoint> locals = view.endpoints;
    LocalEndpoint own;
    own.address = first.local.address;
    locals.insert(locals.begin(), own);
    for (const auto& e : locals)
    {
        if (view.joinInitialAllowed)
        {
            TryOpen(view, e, first.remote, first.remoteId);
        }
        for (const auto& r : view.remotes)
        {
            TryOpen(view, e, RemoteEndpoint(r, first), r.id);
        }
    }
}

} // namespace hoststack::mptcp
