// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-address-book.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::size_t kMaxRemotes = 8; ///< addresses of the peer that are remembered

bool
Fits(const LocalEndpoint& endpoint, const Endpoint& local)
{
    return endpoint.address == local.address && (endpoint.port == 0 || endpoint.port == local.port);
}

bool
IsOf(const Announcement& announcement, const IpAddress& address, std::uint16_t port)
{
    return announcement.endpoint.address == address && announcement.endpoint.port == port;
}

} // namespace

void
AddressBook::Add(const LocalEndpoint& endpoint)
{
    m_endpoints.erase(std::remove_if(m_endpoints.begin(),
                                     m_endpoints.end(),
                                     [&](const LocalEndpoint& e) {
                                         return e.implicit && e.address == endpoint.address &&
                                                endpoint.port == 0;
                                     }),
                      m_endpoints.end());
    m_endpoints.insert(endpoint.port != 0 ? m_endpoints.begin() : m_endpoints.end(), endpoint);
}

std::optional<LocalEndpoint>
AddressBook::Remove(std::uint8_t id, const IpAddress* initial)
{
    const auto found =
        std::find_if(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
            const bool isInitial = id == 0 && initial && e.address == *initial && e.port == 0;
            return e.id == id || isInitial;
        });
    LocalEndpoint endpoint;
    if (found != m_endpoints.end())
    {
        endpoint = *found;
        m_endpoints.erase(found);
        return endpoint;
    }
    if (id != 0 || !initial)
    {
        return std::nullopt;
    }
    endpoint.address = *initial; // it has no endpoint
    return endpoint;
}

int
AddressBook::IdOf(const Endpoint& local, const IpAddress& initial, HostServices& host)
{
    // mptcp_pm_get_local_id: 0 is the first subflow's; an address without an endpoint gets one.
    if (initial == local.address)
    {
        return 0;
    }
    std::uint32_t free = 1;
    for (const auto& e : m_endpoints)
    {
        if (Fits(e, local))
        {
            return e.id;
        }
        free = std::max(free, e.id + 1u);
    }
    const auto given = host.AddImplicitEndpoint(local.address);
    if (given < 0)
    {
        return -1;
    }
    LocalEndpoint own;
    own.address = local.address;
    own.id = static_cast<std::uint8_t>(given > 0 ? given : static_cast<int>(std::min(free, 255u)));
    own.implicit = true;
    if (std::none_of(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
            return e.id == own.id;
        }))
    {
        m_endpoints.push_back(own);
    }
    return own.id;
}

bool
AddressBook::IsBackup(const Endpoint& local) const
{
    // mptcp_pm_nl_is_backup
    return std::any_of(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
        return e.backup && Fits(e, local);
    });
}

bool
AddressBook::IsAnnounced(const Endpoint& local) const
{
    // mptcp_pm_sport_in_anno_list
    return std::any_of(m_announcements.begin(), m_announcements.end(), [&](const Announcement& a) {
        return IsOf(a, local.address, local.port);
    });
}

bool
AddressBook::IsAnnounced(std::uint8_t id) const
{
    return std::any_of(m_announcements.begin(), m_announcements.end(), [id](const Announcement& a) {
        return a.endpoint.id == id;
    });
}

Announcement&
AddressBook::Announce(const LocalEndpoint& endpoint)
{
    ForgetAnnouncement(endpoint);
    m_announcements.push_back(Announcement{endpoint, kNever, 0, false});
    return m_announcements.back();
}

bool
AddressBook::ForgetAnnouncement(const LocalEndpoint& endpoint)
{
    const auto found =
        std::find_if(m_announcements.begin(), m_announcements.end(), [&](const Announcement& a) {
            return IsOf(a, endpoint.address, endpoint.port);
        });
    const bool known = found != m_announcements.end();
    if (known)
    {
        m_announcements.erase(found);
    }
    return known;
}

AddressBook::EchoResult
AddressBook::OnEcho(const MptcpAddAddress& add)
{
    // mptcp_pm_add_addr_echoed, mptcp_pm_del_add_timer: the address must be one of ours for the
    // next one to go, and the id must be right for the repetitions to end.
    EchoResult result;
    for (auto& a : m_announcements)
    {
        if (!IsOf(a, add.address, add.port))
        {
            continue;
        }
        result.isOurs = true;
        if (a.endpoint.id == add.addressId && !a.echoed)
        {
            a.echoed = true;
            a.deadline = kNever;
            result.ends = true;
        }
    }
    return result;
}

void
AddressBook::StopRepeating()
{
    for (auto& a : m_announcements)
    {
        a.deadline = kNever;
    }
}

TimeNs
AddressBook::FirstRepetition() const
{
    TimeNs next = kNever;
    for (const auto& a : m_announcements)
    {
        next = std::min(next, a.deadline);
    }
    return next;
}

void
AddressBook::Echo(const MptcpAddAddress& add)
{
    if (!m_signals->echoes)
    {
        auto& signals = m_signals.Own();
        signals.echo = add;
        signals.echo.echo = true;
        signals.echoes = true;
    }
}

void
AddressBook::Learn(const RemoteAddress& address)
{
    m_lastAnnounced = address;
    if (address.id != 0)
    {
        Forget(address.id);
        if (m_remotes.size() < kMaxRemotes)
        {
            m_remotes.push_back(address);
        }
    }
}

void
AddressBook::Forget(std::uint8_t id)
{
    m_remotes.erase(std::remove_if(m_remotes.begin(),
                                   m_remotes.end(),
                                   [id](const RemoteAddress& r) { return r.id == id; }),
                    m_remotes.end());
}

void
AddressBook::OnRemoval(const MptcpRemoveAddress& remove)
{
    m_lastRemoved.Own() = remove;
}

} // namespace hoststack::mptcp
