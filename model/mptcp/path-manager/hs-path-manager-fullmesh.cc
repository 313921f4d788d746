// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-fullmesh.h"

#include <algorithm>

namespace hoststack::mptcp
{

void
FullmeshPathManager::TryOpen(PathManagerView& view,
                             const LocalEndpoint& local,
                             const Endpoint& remote,
                             std::uint8_t remoteId) const
{
    const auto isSame = [&](const IpAddress& from, const IpAddress& to) {
        return from == local.address && to == remote.address;
    };
    const bool exists =
        std::any_of(view.subflows.begin(),
                    view.subflows.end(),
                    [&](const PathView& s) {
                        return !s.closed && isSame(s.local.address, s.remote.address);
                    }) ||
        std::any_of(view.open.begin(), view.open.end(), [&](const PathManagerView::Open& o) {
            return isSame(o.local.address, o.remote.address);
        });
    if (!exists && ExtraSubflows(view) < view.config.extraSubflows &&
        FamiliesMatch(view, local.address, remote.address) &&
        m_history.MayTry(local.address, remote.address))
    {
        view.open.push_back({local, remote, remoteId});
    }
}

void
FullmeshPathManager::Decide(PathManagerView& view)
{
    const auto* initial = InitialSubflow(view);
    if (!initial)
    {
        return;
    }
    if (view.isServer)
    {
        for (const auto& e : view.endpoints)
        {
            // The peer knows the address that it connected to.
            if (!e.implicit && !IsAddressOf(e, initial->local))
            {
                view.announce.push_back(e);
            }
        }
        return;
    }
    m_history.Update(view);
    std::vector<LocalEndpoint> locals;
    if (std::none_of(view.endpoints.begin(), view.endpoints.end(), [&](const LocalEndpoint& e) {
            return IsAddressOf(e, initial->local);
        }))
    {
        LocalEndpoint own;
        own.address = initial->local.address;
        locals.push_back(own);
    }
    locals.insert(locals.end(), view.endpoints.begin(), view.endpoints.end());
    for (const auto& e : locals)
    {
        if (view.joinInitialAllowed)
        {
            TryOpen(view, e, initial->remote, initial->remoteId);
        }
        for (const auto& r : view.remotes)
        {
            TryOpen(view, e, RemoteEndpoint(r, *initial), r.id);
        }
    }
}

} // namespace hoststack::mptcp
