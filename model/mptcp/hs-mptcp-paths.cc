// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-tcp-counters.h"

#include <algorithm>

// The path manager's surroundings: addresses of both ends, announcements, and the work that waits
// for the end of an input as Linux' worker does (mptcp_pm_worker). So no list changes while it is
// walked. What a peer can make us keep is bounded here.

namespace hoststack::mptcp
{

namespace
{

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
        c.SendAnnouncement(now, c.m_addresses.Announce(endpoint));
    }

    bool ForgetAnnouncement(const LocalEndpoint& endpoint) override
    {
        return c.m_addresses.ForgetAnnouncement(endpoint);
    }

    void SendRemoval(std::uint8_t id) override
    {
        c.m_addresses.EditSignals().Remove(id);
        ++c.m_info.Own().removeAddrSent;
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

PathManagerView
Connection::ViewPaths(PathActions& actions, PathEvent event) const
{
    PathManagerView view{config, actions, event, m_server, m_keys.PeerAllowsInitialJoin()};
    view.endpoints = m_addresses.Endpoints();
    view.remotes = m_addresses.Remotes();
    view.announced = m_addresses.LastAnnounced();
    view.announcing = m_addresses.Signals().announces;
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
        path.established = s->IsEstablished();
        path.closed = s->IsClosed();
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
        if (!m_addresses.IsAnnounced(e.id))
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
            if (m_addresses.Signals().echoes)
            {
                SendSignals(now, SignalSubflow());
            }
        }
        else if (take(kWorkRemoved))
        {
            const auto removed = m_addresses.LastRemoved();
            for (std::uint8_t i = 0; i < removed.count; ++i)
            {
                m_addresses.Forget(removed.ids[i]);
                const bool joined = CloseSubflowsOf(now, false, removed.ids[i]);
                auto view = ViewPaths(work, PathEvent::AddressRemoved);
                view.removed = removed.ids[i];
                view.removedJoined = joined;
                DecidePaths(now, view);
            }
        }
        else if (take(kWorkAnnounced))
        {
            const auto& announced = m_addresses.LastAnnounced();
            MptcpAddAddress add;
            add.addressId = announced.id;
            add.address = announced.address;
            add.port = announced.port;
            m_addresses.Echo(add);
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
    m_addresses.Add(endpoint);
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
    const auto* initial = m_subflows.empty() ? nullptr : &m_subflows.front()->local.address;
    const auto endpoint = m_addresses.Remove(id, initial);
    if (!endpoint)
    {
        return;
    }
    if (m_fullyEstablished && !m_fallback && m_state != tcp::State::Closed)
    {
        PathWork work(*this, now);
        auto view = ViewPaths(work, PathEvent::SubflowGone);
        m_pathManager->RemoveEndpoint(view, *endpoint);
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
        if (!s.IsClosed() && !IsHalfOpen(s) && (local ? s.localId : s.remoteId) == id)
        {
            counters.removedSubflows += local ? 1 : 0;
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
    if (add.hmac != m_keys.ProofOf(add, false))
    {
        ++m_info.Own().addAddrRefused;
        return;
    }
    ++m_info.Own().addAddrReceived;
    ++counters.addAddrRx;
    counters.addAddrPortRx += add.port != 0 ? 1 : 0;
    m_addresses.Learn({add.addressId, add.address, add.port});
    PathWork work(*this, now);
    if (m_pathManager->IgnoresAnnouncement(ViewPaths(work, PathEvent::AddressAnnounced)))
    {
        m_addresses.Echo(
            add); // mptcp_pm_add_addr_received: the ACK of the segment may take it along
        m_pathWork |= kWorkEcho;
    }
    else
    {
        m_pathWork |= kWorkAnnounced;
    }
}

void
Connection::OnAddAddressEcho(const MptcpAddAddress& add)
{
    ++counters.addAddrEchoRx;
    counters.addAddrPortRx += add.port != 0 ? 1 : 0;
    const auto result = m_addresses.OnEcho(add);
    m_pathWork |= result.isOurs ? kWorkAnnouncementOver : 0;
    m_info.Add(&Info::addAddrEchoed, result.ends ? 1 : 0);
}

void
Connection::OnRemoveAddress(const MptcpRemoveAddress& remove)
{
    m_info.Add(&Info::removeAddrReceived, remove.count);
    counters.removeAddrRx += remove.count;
    m_addresses.OnRemoval(remove);
    m_pathWork |= kWorkRemoved;
}

void
Connection::SendAnnouncement(TimeNs now, Announcement& a)
{
    a.deadline = kNever;
    if (a.echoed || a.tries > config.addAddrRetries)
    {
        return;
    }
    TimeNs wait = config.addAddrTimeout;
    if (config.addAddrAdaptive)
    {
        // mptcp_adjust_add_addr_timeout
        TimeNs rto = 0;
        for (const auto& s : m_subflows)
        {
            rto = std::max(rto, s->IsClosed() ? 0 : s->tcp->GetInfo(now).rto);
        }
        wait = rto > 0 ? std::min(wait, rto << a.tries) : wait;
    }
    ++a.tries;
    auto& signals = m_addresses.EditSignals();
    auto& option = signals.announcement;
    option.addressId = a.endpoint.id;
    option.address = a.endpoint.address;
    option.port = a.endpoint.port;
    option.hmac = m_keys.ProofOf(option, true);
    signals.announces = true;
    SendSignals(now, SignalSubflow());
    ++m_info.Own().addAddrSent;
    if (a.tries <= config.addAddrRetries)
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
    return s.role == Subflow::Role::Join && !s.active && !s.IsEstablished();
}

void
Connection::DropOldestHalfOpen()
{
    std::size_t count = 0;
    Subflow* oldest = nullptr;
    for (const auto& s : m_subflows)
    {
        if (IsHalfOpen(*s) && !s->IsClosed())
        {
            ++count;
            oldest = oldest ? oldest : s.get();
        }
    }
    if (count >= kMaxHalfOpen)
    {
        oldest->Detach();
        Release(*oldest); // without a word, as a request that is dropped
    }
}

void
Connection::Sweep(TimeNs now)
{
    m_sweepDue = false;
    for (std::size_t i = 1; i < m_subflows.size();)
    {
        if (!m_subflows[i]->IsReleased())
        {
            ++i;
            continue;
        }
        const auto gone = std::move(m_subflows[i]);
        m_subflows.erase(m_subflows.begin() + static_cast<std::ptrdiff_t>(i));
        if (IsHalfOpen(*gone))
        {
            tcp::AddTally(m_info.Own().gone.Own(), gone->tcp->GetInfo(now));
        }
        else
        {
            KeepEnded(InfoOf(*gone, now));
        }
        host.ForgetSubflow(gone->id);
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
    tcp::AddTally(record.tcp, info.tcp);
    for (std::size_t i = 0; i < record.tcp.limitedFor.size(); ++i)
    {
        record.tcp.limitedFor[i] += info.tcp.limitedFor[i];
    }
}

} // namespace hoststack::mptcp
