// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-tools.h"

#include <algorithm>

namespace hoststack::mptcp
{

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

bool
FamiliesMatch(const PathManagerView& view, const IpAddress& local, const IpAddress& remote)
{
    const auto* initial = InitialSubflow(view);
    return local.family == remote.family &&
           (local.family == IpFamily::V4 || view.config.bothFamilies ||
            (initial && initial->local.address.family == IpFamily::V6));
}

bool
IsAddressOf(const LocalEndpoint& endpoint, const Endpoint& address)
{
    return endpoint.address == address.address &&
           (endpoint.port == 0 || endpoint.port == address.port);
}

Endpoint
RemoteEndpoint(const RemoteAddress& remote, const PathView& initial)
{
    return {remote.address, remote.port != 0 ? remote.port : initial.remote.port};
}

void
PathManager::RemoveEndpoint(PathManagerView& view, const LocalEndpoint& endpoint)
{
    const auto* initial = InitialSubflow(view);
    const bool used =
        std::any_of(view.subflows.begin(), view.subflows.end(), [&](const PathView& s) {
            return !s.closed && IsAddressOf(endpoint, s.local);
        });
    const auto id = initial && IsAddressOf(endpoint, initial->local) ? 0 : endpoint.id;
    if (view.actions.ForgetAnnouncement(endpoint) || used)
    {
        view.actions.SendRemoval(id);
    }
    view.actions.CloseSubflows(id);
}

void
JoinHistory::Update(const PathManagerView& view)
{
    const auto isGone = [&](std::uint32_t id) {
        return std::none_of(view.subflows.begin(), view.subflows.end(), [id](const PathView& s) {
            return s.id == id;
        });
    };
    m_counted.erase(std::remove_if(m_counted.begin(), m_counted.end(), isGone), m_counted.end());
    for (const auto& s : view.subflows)
    {
        if (!s.closed || !s.active || s.initial ||
            std::find(m_counted.begin(), m_counted.end(), s.id) != m_counted.end())
        {
            continue;
        }
        m_counted.push_back(s.id);
        const auto found = std::find_if(m_pairs.begin(), m_pairs.end(), [&](const Pair& p) {
            return p.local == s.local.address && p.remote == s.remote.address;
        });
        if (found != m_pairs.end())
        {
            found->failures = s.useful ? 0 : found->failures + 1;
        }
        else if (!s.useful && m_pairs.size() < kPairs)
        {
            m_pairs.push_back({s.local.address, s.remote.address, 1});
        }
    }
}

bool
JoinHistory::MayTry(const IpAddress& local, const IpAddress& remote) const
{
    return std::none_of(m_pairs.begin(), m_pairs.end(), [&](const Pair& p) {
        return p.local == local && p.remote == remote && p.failures >= kTries;
    });
}

} // namespace hoststack::mptcp
