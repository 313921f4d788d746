// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-tools.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

bool
Exists(const PathManagerView& view, const IpAddress& local, const Endpoint& remote)
{
    const auto matches = [&](const IpAddress& l, const Endpoint& r) {
        return l == local && r.address == remote.address;
    };
    return std::any_of(view.subflows.begin(),
                       view.subflows.end(),
                       [&](const PathView& s) { return matches(s.local.address, s.remote); }) ||
           std::any_of(view.open.begin(), view.open.end(), [&](const PathManagerView::Open& o) {
               return matches(o.local.address, o.remote);
           });
}

} // namespace

const PathView*
InitialSubflow(const PathManagerView& view)
{
    for (const auto& s : view.subflows)
    {
        if (s.initial)
        {
            return &s;
        }
    }
    return nullptr;
}

std::size_t
ExtraSubflows(const PathManagerView& view)
{
    const auto open = std::count_if(view.subflows.begin(),
                                    view.subflows.end(),
                                    [](const PathView& s) { return !s.closed && !s.initial; });
    return static_cast<std::size_t>(open) + view.open.size();
}

void
TryOpen(PathManagerView& view,
        const LocalEndpoint& local,
        const Endpoint& remote,
        std::uint8_t remoteId)
{
    if (local.address.family == remote.address.family &&
        ExtraSubflows(view) < view.config.extraSubflows && !Exists(view, local.address, remote))
    {
        view.open.push_back({local, remote, remoteId});
    }
}

Endpoint
RemoteEndpoint(const RemoteAddress& remote, const PathView& initial)
{
    return {remote.address, remote.port != 0 ? remote.port : initial.remote.port};
}

} // namespace hoststack::mptcp
