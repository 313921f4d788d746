// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-manager-kernel.h"

#include "ns3/hs-path-manager-tools.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

std::uint32_t
CountOf(const PathManagerView& view, bool LocalEndpoint::*flag)
{
    return static_cast<std::uint32_t>(
        std::count_if(view.endpoints.begin(), view.endpoints.end(), [&](const LocalEndpoint& e) {
            return e.*flag;
        }));
}

/// Subflows of the account: joins that are complete, and own ones in progress.
std::uint32_t
CountExtra(const PathManagerView& view)
{
    return static_cast<std::uint32_t>(
        std::count_if(view.subflows.begin(), view.subflows.end(), [](const PathView& s) {
            return !s.closed && !s.initial;
        }));
}

} // namespace

KernelPathManager::KernelPathManager()
{
    m_free.set();
}

void
KernelPathManager::Begin(const PathManagerView& view)
{
    // mptcp_pm_data_reset
    m_begun = true;
    const auto& limits = view.config;
    const bool allowed = limits.extraSubflows > 0;
    m_workPending = (CountOf(view, &LocalEndpoint::subflow) > 0 && allowed) ||
                    CountOf(view, &LocalEndpoint::signal) > 0;
    m_acceptsAddress = limits.addAddrAccepted > 0 && allowed;
}

void
KernelPathManager::Decide(PathManagerView& view)
{
    if (!InitialSubflow(view))
    {
        return;
    }
    if (!m_begun)
    {
        Begin(view);
    }
    m_extra = CountExtra(view);
    switch (view.event)
    {
    case PathEvent::Established:
    case PathEvent::SubflowJoined:
    case PathEvent::AnnouncementOver:
        if (m_workPending)
        {
            CreateOrSignal(view);
        }
        break;
    case PathEvent::SubflowGone:
        // mptcp_pm_subflow_check_next: whatever was pending before
        if (IsWorkLeft(view))
        {
            CreateOrSignal(view);
        }
        break;
    case PathEvent::EndpointAdded:
        // mptcp_nl_add_subflow_or_signal_addr
        if (IsAddressOf(view.endpoint, InitialSubflow(view)->local))
        {
            m_initialId = view.endpoint.id;
        }
        CreateOrSignal(view);
        break;
    case PathEvent::AddressAnnounced:
        Answer(view);
        break;
    case PathEvent::AddressRemoved:
        OnRemoved(view);
        break;
    }
}

bool
KernelPathManager::IsForbiddenCase(const PathManagerView& view, std::uint32_t extra) const
{
    // mptcp_pm_add_addr_c_flag_case
    return !view.joinInitialAllowed && m_used == 0 && view.config.addAddrAccepted == 0 &&
           extra < view.config.extraSubflows;
}

bool
KernelPathManager::IgnoresAnnouncement(const PathManagerView& view) const
{
    // mptcp_pm_add_addr_received
    const auto* initial = InitialSubflow(view);
    const auto& remote = view.announced;
    if (!initial)
    {
        return true;
    }
    if (remote.id == 0)
    {
        return !(remote.address == initial->remote.address &&
                 (remote.port == 0 || remote.port == initial->remote.port));
    }
    const bool accepts = m_begun ? m_acceptsAddress
                                 : view.config.addAddrAccepted > 0 && view.config.extraSubflows > 0;
    return !accepts && !IsForbiddenCase(view, CountExtra(view));
}

void
KernelPathManager::AccountInitial(PathManagerView& view)
{
    // mptcp_mpc_endpoint_setup
    if (m_initialAccounted)
    {
        return;
    }
    m_initialAccounted = true;
    const auto& local = InitialSubflow(view)->local;
    for (const auto& e : view.endpoints)
    {
        if (IsAddressOf(e, local))
        {
            m_free.reset(e.id);
            m_initialId = e.id;
            if (e.backup)
            {
                view.actions.SetInitialBackup();
            }
            return;
        }
    }
}

const LocalEndpoint*
KernelPathManager::Free(const PathManagerView& view, Filter flag) const
{
    for (const auto& e : view.endpoints)
    {
        if (e.*flag && m_free.test(e.id))
        {
            return &e;
        }
    }
    return nullptr;
}

std::uint8_t
KernelPathManager::WireId(const LocalEndpoint& endpoint) const
{
    return endpoint.id == m_initialId ? 0 : endpoint.id;
}

void
KernelPathManager::MarkUsed(const LocalEndpoint& endpoint)
{
    m_free.reset(endpoint.id);
    m_used += endpoint.id != m_initialId ? 1 : 0;
}

bool
KernelPathManager::OpenOne(PathManagerView& view,
                           const LocalEndpoint& local,
                           const Endpoint& remote,
                           std::uint8_t remoteId)
{
    ++m_extra;
    const bool opened = view.actions.Open(local, remote, remoteId);
    m_extra -= opened ? 0 : 1;
    return opened;
}

void
KernelPathManager::OpenTo(PathManagerView& view, const LocalEndpoint& local, bool fullmesh)
{
    const auto& initial = *InitialSubflow(view);
    if (!fullmesh)
    {
        // fill_remote_addr
        if (view.joinInitialAllowed && FamiliesMatch(view, local.address, initial.remote.address))
        {
            OpenOne(view, local, initial.remote, 0);
        }
        return;
    }
    // fill_remote_addresses_fullmesh: each address that a subflow goes to, once by its id
    std::bitset<256> taken;
    for (const auto& s : view.subflows)
    {
        if (!s.closed && s.localId == local.id)
        {
            taken.set(s.remoteId);
        }
    }
    std::vector<const PathView*> targets;
    for (const auto& s : view.subflows)
    {
        if (s.closed || (s.remoteId == 0 && !view.joinInitialAllowed) || taken.test(s.remoteId) ||
            !FamiliesMatch(view, local.address, s.remote.address))
        {
            continue;
        }
        taken.set(s.remoteId);
        targets.push_back(&s);
        if (m_extra + targets.size() >= view.config.extraSubflows)
        {
            break;
        }
    }
    for (const auto* s : targets)
    {
        OpenOne(view, local, s->remote, s->remoteId);
    }
}

void
KernelPathManager::CreateOrSignal(PathManagerView& view)
{
    // mptcp_pm_create_subflow_or_signal_addr
    AccountInitial(view);
    LocalEndpoint local;
    bool both = false;
    if (m_signaled < CountOf(view, &LocalEndpoint::signal))
    {
        if (view.announcing)
        {
            return; // it is taken up again at the echo
        }
        if (const auto* e = Free(view, &LocalEndpoint::signal))
        {
            local = *e;
            m_free.reset(local.id);
            ++m_signaled;
            auto announced = local;
            announced.id = WireId(local);
            view.actions.Announce(announced);
            both = local.subflow;
        }
    }
    const auto endpoints =
        IsForbiddenCase(view, m_extra) ? 0 : CountOf(view, &LocalEndpoint::subflow);
    while (m_used < endpoints && m_extra < view.config.extraSubflows)
    {
        if (!both)
        {
            const auto* e = Free(view, &LocalEndpoint::subflow);
            if (!e)
            {
                break;
            }
            local = *e;
        }
        both = false;
        MarkUsed(local);
        auto from = local;
        from.id = WireId(local);
        OpenTo(view, from, local.fullmesh);
    }
    if (both && local.id != m_initialId)
    {
        ++m_used; // announced only, but its removal will take one off
    }
    IsWorkLeft(view);
}

std::vector<LocalEndpoint>
KernelPathManager::FullmeshLocals(PathManagerView& view, bool forbidden)
{
    // fill_local_addresses_vec_fullmesh: at least one, whatever the limit
    std::vector<LocalEndpoint> locals;
    for (const auto& e : view.endpoints)
    {
        if (!e.fullmesh || !FamiliesMatch(view, e.address, view.announced.address))
        {
            continue;
        }
        if (forbidden && e.subflow)
        {
            MarkUsed(e);
        }
        locals.push_back(e);
        locals.back().id = WireId(e);
        if (m_extra + locals.size() >= view.config.extraSubflows)
        {
            break;
        }
    }
    return locals;
}

std::vector<LocalEndpoint>
KernelPathManager::LaminarLocals(PathManagerView& view)
{
    // fill_local_laminar_endp: the first whose address no subflow has
    for (const auto& e : view.endpoints)
    {
        const bool busy =
            std::any_of(view.subflows.begin(), view.subflows.end(), [&](const PathView& s) {
                return !s.closed && s.localId == WireId(e);
            });
        if (e.laminar && !busy && FamiliesMatch(view, e.address, view.announced.address))
        {
            if (e.subflow)
            {
                MarkUsed(e);
            }
            return {e};
        }
    }
    return {};
}

std::vector<LocalEndpoint>
KernelPathManager::ForbiddenLocals(PathManagerView& view)
{
    // fill_local_addresses_vec_c_flag
    std::vector<LocalEndpoint> locals;
    const auto endpoints = CountOf(view, &LocalEndpoint::subflow);
    while (m_used < endpoints)
    {
        const auto* e = Free(view, &LocalEndpoint::subflow);
        if (!e)
        {
            break;
        }
        m_free.reset(e->id);
        if (!FamiliesMatch(view, e->address, view.announced.address) || e->id == m_initialId)
        {
            continue;
        }
        ++m_used;
        locals.push_back(*e);
        if (m_extra + locals.size() >= view.config.extraSubflows)
        {
            break;
        }
    }
    return locals;
}

std::vector<LocalEndpoint>
KernelPathManager::AnswerFrom(PathManagerView& view)
{
    // fill_local_addresses_vec
    const bool forbidden = view.announced.id != 0 && IsForbiddenCase(view, m_extra);
    if (CountOf(view, &LocalEndpoint::fullmesh) > 0)
    {
        return FullmeshLocals(view, forbidden);
    }
    if (CountOf(view, &LocalEndpoint::laminar) > 0)
    {
        return LaminarLocals(view);
    }
    if (forbidden)
    {
        return ForbiddenLocals(view);
    }
    LocalEndpoint any;
    any.address.family = view.announced.address.family;
    return FamiliesMatch(view, any.address, view.announced.address)
               ? std::vector<LocalEndpoint>{any}
               : std::vector<LocalEndpoint>{};
}

void
KernelPathManager::Answer(PathManagerView& view)
{
    // mptcp_pm_nl_add_addr_received
    AccountInitial(view);
    const auto& remote = view.announced;
    const bool known =
        std::any_of(view.subflows.begin(), view.subflows.end(), [&](const PathView& s) {
            return !s.closed && s.remote.address == remote.address &&
                   (remote.port == 0 || s.remote.port == remote.port);
        });
    if (known)
    {
        return;
    }
    const auto target = RemoteEndpoint(remote, *InitialSubflow(view));
    bool created = false;
    for (const auto& local : AnswerFrom(view))
    {
        created = OpenOne(view, local, target, remote.id) || created;
    }
    if (created)
    {
        m_accepted += remote.id != 0 ? 1 : 0;
        if (m_accepted >= view.config.addAddrAccepted || m_extra >= view.config.extraSubflows)
        {
            m_acceptsAddress = false;
        }
    }
}

void
KernelPathManager::OnRemoved(PathManagerView& view)
{
    // mptcp_pm_nl_rm_addr, for an address that this end had joined
    if (view.removedJoined && view.removed != 0 && m_accepted > 0)
    {
        --m_accepted;
        m_acceptsAddress = m_acceptsAddress || m_accepted < view.config.addAddrAccepted;
    }
}

void
KernelPathManager::RemoveEndpoint(PathManagerView& view, const LocalEndpoint& endpoint)
{
    // mptcp_nl_remove_subflow_and_signal_addr
    const bool used =
        std::any_of(view.subflows.begin(), view.subflows.end(), [&](const PathView& s) {
            return !s.closed && IsAddressOf(endpoint, s.local);
        });
    const auto id = WireId(endpoint);
    const bool announced = view.actions.ForgetAnnouncement(endpoint);
    m_signaled -= announced && m_signaled > 0 ? 1 : 0;
    if (announced || (used && !endpoint.implicit))
    {
        view.actions.SendRemoval(id);
    }
    if (used)
    {
        view.actions.CloseSubflows(id);
    }
    const bool wasUsed = !m_free.test(endpoint.id);
    m_free.set(endpoint.id);
    m_used -= endpoint.subflow && wasUsed && id != 0 && m_used > 0 ? 1 : 0;
    m_initialId = m_initialId == endpoint.id ? 0 : m_initialId;
}

bool
KernelPathManager::IsWorkLeft(const PathManagerView& view)
{
    // mptcp_pm_nl_check_work_pending
    const bool left = m_extra != view.config.extraSubflows &&
                      std::any_of(view.endpoints.begin(),
                                  view.endpoints.end(),
                                  [this](const LocalEndpoint& e) { return m_free.test(e.id); });
    m_workPending = m_workPending && left;
    return left;
}

} // namespace hoststack::mptcp
