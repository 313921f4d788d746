// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-tcp-counters.h"

#include <algorithm>

// The path manager's surroundings: addresses of both ends, announcements, and the work that waits
// for the end of an input as Linux' worker does (mptcp_pm_worker). So no list changes while it is
// walked. What a peer can make us keep is bounded here.

namespace hoststack::mptcp
{

namespace
{

constexpr std::size_t kMaxRemotes = 8;   ///< addresses of the peer that are remembered
constexpr std::size_t kMaxHalfOpen = 64; ///< joins of the peer without a third message
constexpr std::size_t kMaxEnded = 32;    ///< records of subflows that are gone

} // namespace

/// What a path manager does to the connection at once.
struct Connection::PathWork : public PathActions
{
    PathWork(Connection& owner, TimeNs time)
        : c(owner),
          now(time)
    {
    }

    bool Open(const LocalEndpoint& local, const Endpoint& remote, std::uint8_t remoteId) override
    {
        const auto id = c.OpenSubflow(now, local, remote);
        if (auto* s = c.Find(id))
        {
            s->remoteId = remoteId;
        }
        return id != 0;
    }

    void Announce(const LocalEndpoint& endpoint) override
    {
        ForgetAnnouncement(endpoint);
        c.m_announcements.push_back(Announcement{endpoint, kNever, 0, false});
        c.SendAnnouncement(now, c.m_announcements.back());
    }

    bool ForgetAnnouncement(const LocalEndpoint& endpoint) override
    {
        auto& list = c.m_announcements;
        const auto found = std::find_if(list.begin(), list.end(), [&](const Announcement& a) {
            return a.endpoint.address == endpoint.address && a.endpoint.port == endpoint.port;
        });
        const bool known = found != list.end();
        if (known)
        {
            list.erase(found);
        }
        return known;
    }

    void SendRemoval(std::uint8_t id) override
    {
        c.m_signals.Remove(id);
        ++c.m_info.removeAddrSent;
        c.SendSignals(now, c.SignalSubflow(id));
    }

    void CloseSubflows(std::uint8_t id) override
    {
        c.CloseSubflowsOf(now, true, id);
    }

    void SetInitialBackup() override
    {
        c.SetBackup(now, c.m_subflows.front()->id, true);
    }

    Connection& c;
    TimeNs now;
};

int
Connection::LocalIdOf(const Endpoint& local)
{
    // mptcp_pm_get_local_id: 0 is the first subflow's; an address without an endpoint gets one.
    if (m_subflows.front()->local.address == local.address)
    {
        return 0;
    }
    std::uint32_t free = 1;
    for (const auto& e : m_endpoints)
    {
        if (e.address == local.address && (e.port == 0 || e.port == local.port))
        {
            return e.id;
        }
        free = std::max(free, e.id + 1u);
    }
    const auto given = m_host.AddImplicitEndpoint(local.address);
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
Connection::IsBackupAddress(const Endpoint& local) const
{
    // mptcp_pm_nl_is_backup
    return std::any_of(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
        return e.backup && e.address == local.address && (e.port == 0 || e.port == local.port);
    });
}

bool
Connection::IsAnnounced(const Endpoint& local) const
{
    // mptcp_pm_sport_in_anno_list
    const auto isIt = [&](const Announcement& a) {
        return a.endpoint.address == local.address && a.endpoint.port == local.port;
    };
    return std::any_of(m_announcements.begin(), m_announcements.end(), isIt);
}

PathManagerView
Connection::ViewPaths(PathActions& actions, PathEvent event) const
{
    PathManagerView view{*m_config, actions, event, m_server, m_peerAllowsInitialJoin};
    view.endpoints = m_endpoints;
    view.remotes = m_remotes;
    view.announced = m_announced;
    view.announcing = m_signals.announces;
    for (const auto& s : m_subflows)
    {
        if (IsHalfOpen(*s))
        {
            continue;
        }
        PathView path;
        path.id = s->id;
        path.local = s->local;
        path.remote = s->remote;
        path.localId = s->localId;
        path.remoteId = s->remoteId;
        path.initial = s->role == Subflow::Role::Initial;
        path.active = s->active;
        path.established = s->established;
        path.closed = s->closed;
        path.useful = s->dataBytesSent + s->dataBytesReceived > 0;
        view.subflows.push_back(path);
    }
    return view;
}

void
Connection::DecidePaths(TimeNs now, PathManagerView& view)
{
    PathWork work(*this, now);
    m_pathManager->Decide(view);
    // One announcement at a time: the next one after the echo, the last repetition or another
    // event (facts sheet linux.md 4.1.4).
    for (const auto& e : view.announce)
    {
        const bool known =
            std::any_of(m_announcements.begin(), m_announcements.end(), [&](const Announcement& a) {
                return a.endpoint.id == e.id;
            });
        if (!known)
        {
            work.Announce(e);
            break;
        }
    }
    for (const auto& open : view.open)
    {
        work.Open(open.local, open.remote, open.remoteId);
    }
}

void
Connection::RunPathWork(TimeNs now)
{
    if (m_pathWork != 0 && !m_busy)
    {
        DoPathWork(now);
    }
}

void
Connection::DoPathWork(TimeNs now)
{
    PathWork work(*this, now);
    while (m_pathWork != 0)
    {
        const auto take = [this](std::uint8_t bits) {
            const bool set = (m_pathWork & bits) != 0;
            m_pathWork &= static_cast<std::uint8_t>(~bits);
            return set;
        };
        if (m_fallback || m_state == tcp::State::Closed || m_subflows.empty())
        {
            m_pathWork = 0;
            return;
        }
        if (take(kWorkEcho))
        {
            if (m_signals.echoes)
            {
                SendSignals(now, SignalSubflow());
            }
        }
        else if (take(kWorkRemoved))
        {
            for (std::uint8_t i = 0; i < m_removed.count; ++i)
            {
                ForgetRemote(m_removed.ids[i]);
                const bool joined = CloseSubflowsOf(now, false, m_removed.ids[i]);
                auto view = ViewPaths(work, PathEvent::AddressRemoved);
                view.removed = m_removed.ids[i];
                view.removedJoined = joined;
                DecidePaths(now, view);
            }
        }
        else if (take(kWorkAnnounced))
        {
            MptcpAddAddress add;
            add.addressId = m_announced.id;
            add.address = m_announced.address;
            add.port = m_announced.port;
            Echo(add);
            SendSignals(now, SignalSubflow());
            auto view = ViewPaths(work, PathEvent::AddressAnnounced);
            if (m_fullyEstablished)
            {
                DecidePaths(now, view);
            }
        }
        else if (take(kWorkEstablished))
        {
            auto view = ViewPaths(work, PathEvent::Established);
            DecidePaths(now, view);
        }
        else
        {
            const bool gone = (m_pathWork & kWorkGone) != 0;
            const bool over = (m_pathWork & kWorkAnnouncementOver) != 0;
            take(kWorkGone | kWorkAnnouncementOver | kWorkJoined);
            auto view = ViewPaths(work,
                                  gone   ? PathEvent::SubflowGone
                                  : over ? PathEvent::AnnouncementOver
                                         : PathEvent::SubflowJoined);
            if (m_fullyEstablished)
            {
                DecidePaths(now, view);
            }
        }
    }
}

void
Connection::AddEndpoint(TimeNs now, const LocalEndpoint& endpoint)
{
    m_endpoints.erase(std::remove_if(m_endpoints.begin(),
                                     m_endpoints.end(),
                                     [&](const LocalEndpoint& e) {
                                         return e.implicit && e.address == endpoint.address &&
                                                endpoint.port == 0;
                                     }),
                      m_endpoints.end());
    m_endpoints.insert(endpoint.port != 0 ? m_endpoints.begin() : m_endpoints.end(), endpoint);
    if (m_fullyEstablished && !m_fallback && !endpoint.implicit && m_state != tcp::State::Closed)
    {
        PathWork work(*this, now);
        auto view = ViewPaths(work, PathEvent::EndpointAdded);
        view.endpoint = endpoint;
        DecidePaths(now, view);
        AfterInput(now);
    }
}

void
Connection::RemoveEndpoint(TimeNs now, std::uint8_t id)
{
    const auto found =
        std::find_if(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
            const bool isInitial = id == 0 && !m_subflows.empty() &&
                                   e.address == m_subflows.front()->local.address && e.port == 0;
            return e.id == id || isInitial;
        });
    LocalEndpoint endpoint;
    if (found != m_endpoints.end())
    {
        endpoint = *found;
        m_endpoints.erase(found);
    }
    else if (id != 0 || m_subflows.empty())
    {
        return;
    }
    else
    {
        endpoint.address = m_subflows.front()->local.address;
    }
    if (m_fullyEstablished && !m_fallback && m_state != tcp::State::Closed)
    {
        PathWork work(*this, now);
        auto view = ViewPaths(work, PathEvent::SubflowGone);
        m_pathManager->RemoveEndpoint(view, endpoint);
        RunPathWork(now);
        AfterInput(now);
    }
}

bool
Connection::CloseSubflowsOf(TimeNs now, bool local, std::uint8_t id)
{
    // mptcp_pm_rm_addr_or_subflow: an ordinary close. What the path manager makes of it waits.
    bool joined = false;
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (!s.closed && !IsHalfOpen(s) && (local ? s.localId : s.remoteId) == id)
        {
            m_counters.removedSubflows += local ? 1 : 0;
            joined = joined || (s.active && s.role == Subflow::Role::Join);
            s.tcp->AckNow(now); // mptcp_subflow_shutdown
            Detach(now, s);
        }
    }
    return joined;
}

void
Connection::OnAddAddress(TimeNs now, const MptcpAddAddress& add)
{
    if (!IsGenuine(add))
    {
        ++m_info.addAddrRefused;
        return;
    }
    ++m_info.addAddrReceived;
    ++m_counters.addAddrRx;
    m_counters.addAddrPortRx += add.port != 0 ? 1 : 0;
    m_announced = {add.addressId, add.address, add.port};
    if (add.addressId != 0)
    {
        ForgetRemote(add.addressId);
        if (m_remotes.size() < kMaxRemotes)
        {
            m_remotes.push_back(m_announced);
        }
    }
    PathWork work(*this, now);
    if (m_pathManager->IgnoresAnnouncement(ViewPaths(work, PathEvent::AddressAnnounced)))
    {
        Echo(add); // mptcp_pm_add_addr_received: the ACK of the segment may take it along
        m_pathWork |= kWorkEcho;
    }
    else
    {
        m_pathWork |= kWorkAnnounced;
    }
}

void
Connection::ForgetRemote(std::uint8_t id)
{
    m_remotes.erase(std::remove_if(m_remotes.begin(),
                                   m_remotes.end(),
                                   [id](const RemoteAddress& r) { return r.id == id; }),
                    m_remotes.end());
}

void
Connection::OnAddAddressEcho(const MptcpAddAddress& add)
{
    // mptcp_pm_add_addr_echoed, mptcp_pm_del_add_timer: the address must be one of ours for the
    // next one to go, and the id must be right for the repetitions to end.
    ++m_counters.addAddrEchoRx;
    m_counters.addAddrPortRx += add.port != 0 ? 1 : 0;
    for (auto& a : m_announcements)
    {
        if (a.endpoint.address != add.address || a.endpoint.port != add.port)
        {
            continue;
        }
        m_pathWork |= kWorkAnnouncementOver;
        if (a.endpoint.id == add.addressId && !a.echoed)
        {
            a.echoed = true;
            a.deadline = kNever;
            ++m_info.addAddrEchoed;
        }
    }
}

void
Connection::OnRemoveAddress(const MptcpRemoveAddress& remove)
{
    m_info.removeAddrReceived += remove.count;
    m_counters.removeAddrRx += remove.count;
    m_removed = remove;
    m_pathWork |= kWorkRemoved;
}

void
Connection::SendAnnouncement(TimeNs now, Announcement& a)
{
    a.deadline = kNever;
    if (a.echoed || a.tries > m_config->addAddrRetries)
    {
        return;
    }
    TimeNs wait = m_config->addAddrTimeout;
    if (m_config->addAddrAdaptive)
    {
        // mptcp_adjust_add_addr_timeout
        TimeNs rto = 0;
        for (const auto& s : m_subflows)
        {
            rto = std::max(rto, s->closed ? 0 : s->tcp->GetInfo(now).rto);
        }
        wait = rto > 0 ? std::min(wait, rto << a.tries) : wait;
    }
    ++a.tries;
    auto& option = m_signals.announcement;
    option.addressId = a.endpoint.id;
    option.address = a.endpoint.address;
    option.port = a.endpoint.port;
    option.hmac = MptcpAddAddressHmac(m_localKey,
                                      m_remoteKey,
                                      a.endpoint.id,
                                      a.endpoint.address,
                                      a.endpoint.port);
    m_signals.announces = true;
    SendSignals(now, SignalSubflow());
    ++m_info.addAddrSent;
    if (a.tries <= m_config->addAddrRetries)
    {
        a.deadline = Expiry(now, wait);
    }
    else
    {
        m_pathWork |= kWorkAnnouncementOver; // the last one: the next address may go
    }
}

bool
Connection::IsHalfOpen(const Subflow& s) const
{
    // Linux has a request for it in the listener, not a subflow in the connection.
    return s.role == Subflow::Role::Join && !s.active && !s.established;
}

void
Connection::DropOldestHalfOpen()
{
    std::size_t count = 0;
    Subflow* oldest = nullptr;
    for (const auto& s : m_subflows)
    {
        if (IsHalfOpen(*s) && !s->closed)
        {
            ++count;
            oldest = oldest ? oldest : s.get();
        }
    }
    if (count >= kMaxHalfOpen)
    {
        oldest->closed = true;
        Release(*oldest); // without a word, as a request that is dropped
    }
}

void
Connection::Sweep(TimeNs now)
{
    m_sweepDue = false;
    for (std::size_t i = 1; i < m_subflows.size();)
    {
        if (!m_subflows[i]->released)
        {
            ++i;
            continue;
        }
        const auto gone = std::move(m_subflows[i]);
        m_subflows.erase(m_subflows.begin() + static_cast<std::ptrdiff_t>(i));
        if (!IsHalfOpen(*gone))
        {
            KeepEnded(InfoOf(*gone, now));
        }
        m_host.ForgetSubflow(gone->id);
    }
}

void
Connection::KeepEnded(const SubflowInfo& info)
{
    if (m_ended.size() < kMaxEnded)
    {
        m_ended.push_back(info);
        return;
    }
    // One more on the same addresses goes into the record that is there.
    const auto found = std::find_if(m_ended.begin(), m_ended.end(), [&](const SubflowInfo& e) {
        return e.local.address == info.local.address && e.remote.address == info.remote.address;
    });
    auto& record = found != m_ended.end() ? *found : m_ended.back();
    record.dataBytesSent += info.dataBytesSent;
    record.dataBytesReceived += info.dataBytesReceived;
    tcp::AddCounters(record.tcp, info.tcp);
    record.tcp.dataSegmentsSent += info.tcp.dataSegmentsSent;
}

} // namespace hoststack::mptcp
