// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

const PathView*
Initial(const PathManagerView& view)
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

/**
 * `kernel`: Linux' in-kernel path manager (facts sheet linux.md 4.1): announces `signal` endpoints;
 * opens one subflow from each `subflow` endpoint to the initial address, `fullmesh` ones to every
 * known address; answers an announcement, as far as add_addr_accepted allows, from every fullmesh
 * endpoint or else from one local address. Never opens a pair of addresses again that was there
 * before: a subflow that died stays dead (4.1.8).
 */
class KernelPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override
    {
        const auto* initial = Initial(view);
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
};

/// `fullmesh`: every local address to every known address of the peer, in both roles' order, up to
/// the subflow limit; opens again what has died (as the path manager of MPTCP v0 did).
class FullmeshPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override
    {
        const auto* initial = Initial(view);
        if (!initial || view.isServer)
        {
            for (const auto& e : view.endpoints)
            {
                view.announce.push_back(e);
            }
            return;
        }
        view.subflows.erase(
            std::remove_if(view.subflows.begin(),
                           view.subflows.end(),
                           [](const PathView& s) { return s.closed && !s.initial; }),
            view.subflows.end());
        const auto first = *Initial(view);
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
};

/// `ndiffports`: as many subflows as the limit allows between the two initial addresses, told apart
/// by their source port (MPTCP v0; useful where the network balances by ports).
class DifferentPortsPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& view) override
    {
        const auto* initial = Initial(view);
        if (!initial || view.isServer || !view.joinInitialAllowed)
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
};

/// `scripted`: does nothing by itself; scenario events and programs open and announce.
class ScriptedPathManager : public PathManager
{
  public:
    void Decide(PathManagerView& /*view*/) override
    {
    }
};

} // namespace

Registry<PathManager>&
PathManagers()
{
    static Registry<PathManager> registry(
        "path manager",
        {
            {"kernel",
             "Linux' in-kernel path manager: endpoint flags and limits",
             [] { return std::make_unique<KernelPathManager>(); }},
            {"fullmesh",
             "every local address to every address of the peer",
             [] { return std::make_unique<FullmeshPathManager>(); }},
            {"ndiffports",
             "several subflows between the same two addresses",
             [] { return std::make_unique<DifferentPortsPathManager>(); }},
            {"scripted",
             "only what events and programs ask for",
             [] { return std::make_unique<ScriptedPathManager>(); }},
        });
    return registry;
}

} // namespace hoststack::mptcp
