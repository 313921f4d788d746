// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"

#include <algorithm>

// Establishing, joining, falling back, and what the two ends tell each other about addresses.

namespace hoststack::mptcp
{

namespace
{

constexpr std::size_t kMaxSubflows = 1 + 8;    // the first and MPTCP_PM_ADDR_MAX
constexpr TimeNs kFailTimeout = 120 * kSecond; // TCP_RTO_MAX, mptcp_subflow_fail

} // namespace

void
Connection::OnFirstEstablished(TimeNs now)
{
    m_state = tcp::State::Established;
    m_counters.capableAckRx += m_server && !m_fallback ? 1 : 0;
    auto& first = *m_subflows.front();
    const auto& receive = first.tcp->GetReceiveState();
    m_rightEdge = std::max<std::uint64_t>(m_rightEdge, 1 + receive.window);
    m_windowEnd = std::max<std::uint64_t>(m_windowEnd, 1 + first.tcp->GetInfo(now).sendWindow);
    m_readSpace = std::min({receive.ssthresh, receive.window, 10 * receive.advMss});
    m_readSince = now;
    if (!m_fallback)
    {
        first.tcp->RefreshMss();
    }
    else
    {
        m_windowEnd = ~std::uint64_t{0};
    }
    Raise(tcp::kConnected | tcp::kWritable);
}

void
Connection::OnFullyEstablished(TimeNs now, Subflow& s)
{
    if (s.fullyEstablished)
    {
        return;
    }
    s.fullyEstablished = true;
    s.joinAckDeadline = kNever;
    if (s.role == Subflow::Role::Join)
    {
        m_everJoined = true;
        StopCloseTimer(); // __mptcp_finish_join
        s.tcp->RefreshMss();
        Raise(kSubflowAdded);
        Note(now, Happening::SubflowAdded, s.id);
        return;
    }
    m_fullyEstablished = true;
    m_pathsDue = m_pushDue = true;
}

bool
Connection::MayFallBack(const Subflow& s) const
{
    // Facts sheet linux.md 4.3.3: never after a join or a reinjection, nor with holes in the data.
    return s.role == Subflow::Role::Initial && !m_everJoined && !m_everReinjected &&
           !m_queue.HasOutOfOrder() && OpenCount() <= 1;
}

void
Connection::FallBack(TimeNs now, Subflow& s, bool byInfiniteMap)
{
    m_fallback = true;
    m_fallbackShift = s.SendShift(m_sndNxt);
    s.BecomePlain(byInfiniteMap);
    m_windowEnd = ~std::uint64_t{0};
    m_retransmitDeadline = m_failDeadline = kNever;
    s.tcp->RefreshMss();
    Raise(kFallenBack);
    Note(now, Happening::FallBack, 0);
    // A DATA_FIN that was promised becomes the subflow's FIN.
    if (m_finSent && !s.finSent && !HasUnsent())
    {
        s.finSent = true;
        s.tcp->CloseSend(now);
    }
}

void
Connection::FailSubflow(TimeNs now, Subflow& s, MptcpResetReason reason)
{
    s.resetReason = reason;
    s.tcp->Abort(now);
    OnSubflowGone(now, s, s.tcp->TakeEvents() | tcp::kReset);
}

std::uint8_t
Connection::LocalIdOf(const IpAddress& address)
{
    // mptcp_pm_get_local_id: 0 is the first subflow's; an address without an endpoint gets one.
    if (m_subflows.front()->local.address == address)
    {
        return 0;
    }
    std::uint32_t free = 1;
    for (const auto& e : m_endpoints)
    {
        if (e.address == address)
        {
            return e.id;
        }
        free = std::max(free, e.id + 1u);
    }
    LocalEndpoint own;
    own.address = address;
    own.id = static_cast<std::uint8_t>(std::min(free, 255u));
    own.implicit = true;
    m_endpoints.push_back(own);
    return own.id;
}

bool
Connection::TakesJoins() const
{
    return !m_fallback && m_fullyEstablished && m_failDeadline == kNever &&
           m_state == tcp::State::Established;
}

bool
Connection::MayJoin() const
{
    return TakesJoins() && OpenCount() < kMaxSubflows;
}

bool
Connection::HasRoomFor(const Subflow& join) const
{
    // mptcp_pm_allow_new_subflow: those that are complete count, beside the first.
    const auto others = std::count_if(m_subflows.begin(), m_subflows.end(), [&](const auto& s) {
        return s.get() != &join && !s->closed && (s->established || s->active);
    });
    return others <= static_cast<std::ptrdiff_t>(m_config->extraSubflows);
}

TcpSegment
RefusedJoin(const TcpSegment& segment, MptcpResetReason reason)
{
    auto reset = tcp::ResetFor(segment);
    MptcpReset option;
    option.reason = reason;
    AppendMptcp(option, reset.options);
    return reset;
}

std::uint32_t
Connection::AcceptJoin(TimeNs now,
                       tcp::SegmentSink& sink,
                       const Endpoint& local,
                       const Endpoint& remote,
                       const TcpSegment& syn)
{
    MptcpOptions options;
    ParseMptcp(syn, options);
    const bool isOurs = options.Has(MptcpSubtype::Join) && options.join.token == m_localToken;
    if (isOurs)
    {
        ++m_counters.joinSynRx;
        m_counters.joinSynBackupRx += options.join.backup ? 1 : 0;
        m_counters.joinPortSynRx += local.port != m_subflows.front()->local.port ? 1 : 0;
    }
    if (!isOurs || !m_fullyEstablished || m_state == tcp::State::Closed ||
        OpenCount() >= kMaxSubflows)
    {
        ++m_info.joinsRejected;
        m_counters.joinRejected += isOurs ? 1 : 0;
        return 0;
    }
    auto& s = NewSubflow(Subflow::Role::Join, false, sink, local, remote);
    s.remoteNonce = options.join.nonce;
    s.localNonce = static_cast<std::uint32_t>(m_host.RandomBits());
    s.remoteId = options.join.addressId;
    s.backup = options.join.backup;
    s.localId = LocalIdOf(local.address);
    for (const auto& e : m_endpoints)
    {
        s.requestBackup = s.requestBackup || (e.address == local.address && e.backup);
    }
    const auto id = s.id;
    s.tcp->AcceptSyn(now, syn);
    AfterInput(now);
    return id;
}

std::uint32_t
Connection::OpenSubflow(TimeNs now, const LocalEndpoint& local, const Endpoint& remote)
{
    if (!MayJoin())
    {
        return 0;
    }
    Endpoint from{local.address, 0};
    const auto id = m_nextId;
    auto* sink = m_host.OpenSubflow(id, from, remote);
    if (!sink)
    {
        ++m_counters.joinSynTxConnectErr;
        return 0;
    }
    ++m_counters.joinSynTx;
    auto& s = NewSubflow(Subflow::Role::Join, true, *sink, from, remote);
    s.localId = local.id != 0 ? local.id : LocalIdOf(local.address);
    s.requestBackup = local.backup;
    s.localNonce = static_cast<std::uint32_t>(m_host.RandomBits());
    StopCloseTimer(); // __mptcp_subflow_connect
    s.tcp->Connect(now);
    return id;
}

void
Connection::CloseSubflow(TimeNs now, std::uint32_t id)
{
    auto* s = Find(id);
    if (s && !s->closed)
    {
        FailSubflow(now, *s, MptcpResetReason::Unspecified);
        AfterInput(now);
    }
}

void
Connection::SetBackup(TimeNs now, std::uint32_t id, bool backup)
{
    auto* s = Find(id);
    if (!s || s->closed || m_fallback)
    {
        return;
    }
    s->requestBackup = backup;
    s->sendPriority = true;
    ++m_info.prioritySent;
    SendSignals(now, s);
    AfterInput(now);
}

void
Connection::AddEndpoint(TimeNs now, const LocalEndpoint& endpoint)
{
    m_endpoints.erase(std::remove_if(m_endpoints.begin(),
                                     m_endpoints.end(),
                                     [&](const LocalEndpoint& e) {
                                         return e.implicit && e.address == endpoint.address;
                                     }),
                      m_endpoints.end());
    m_endpoints.push_back(endpoint);
    if (m_fullyEstablished)
    {
        RunPathManager(now);
        AfterInput(now);
    }
}

void
Connection::RemoveEndpoint(TimeNs now, std::uint8_t id)
{
    m_endpoints.erase(std::remove_if(m_endpoints.begin(),
                                     m_endpoints.end(),
                                     [&](const LocalEndpoint& e) { return e.id == id; }),
                      m_endpoints.end());
    m_announcements.erase(
        std::remove_if(m_announcements.begin(),
                       m_announcements.end(),
                       [&](const Announcement& a) { return a.endpoint.id == id; }),
        m_announcements.end());
    if (!m_fullyEstablished || m_fallback)
    {
        return;
    }
    m_signals.Remove(id);
    ++m_info.removeAddrSent;
    SendSignals(now, SignalSubflow());
    CloseSubflowsOf(now, true, id);
    AfterInput(now);
}

void
Connection::CloseSubflowsOf(TimeNs now, bool local, std::uint8_t id)
{
    // mptcp_pm_rm_addr_or_subflow: an ordinary close, after which the pair may be used again.
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if ((local ? s.localId : s.remoteId) == id)
        {
            s.retired = true;
            if (!s.closed)
            {
                m_counters.removedSubflows += local ? 1 : 0;
                s.tcp->AckNow(now); // mptcp_subflow_shutdown
                Detach(now, s);
            }
        }
    }
}

void
Connection::RunPathManager(TimeNs now)
{
    if (!m_fullyEstablished || m_fallback || m_state == tcp::State::Closed)
    {
        return;
    }
    PathManagerView
        view{*m_config, m_server, m_peerAllowsInitialJoin, {}, m_endpoints, m_remotes, {}, {}};
    for (const auto& s : m_subflows)
    {
        if (s->retired && s->role == Subflow::Role::Join)
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
        path.established = s->established;
        path.closed = s->closed;
        view.subflows.push_back(path);
    }
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
            m_announcements.push_back(Announcement{e, kNever, 0, false});
            SendAnnouncement(now, m_announcements.back());
            break;
        }
    }
    for (const auto& open : view.open)
    {
        const auto id = OpenSubflow(now, open.local, open.remote);
        if (auto* s = Find(id))
        {
            s->remoteId = open.remoteId;
        }
    }
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
    a.deadline = Expiry(now, wait);
}

Subflow*
Connection::SignalSubflow()
{
    for (auto& s : m_subflows)
    {
        if (s->Active() && !s->stale)
        {
            return s.get();
        }
    }
    for (auto& s : m_subflows)
    {
        if (!s->closed && s->established)
        {
            return s.get();
        }
    }
    return nullptr;
}

void
Connection::SendSignals(TimeNs now, Subflow* on)
{
    // One ACK; what finds no room on it waits for a later segment.
    if (on && on->mptcp)
    {
        on->tcp->AckNow(now);
    }
}

bool
Connection::IsGenuine(const MptcpAddAddress& add) const
{
    return add.hmac ==
           MptcpAddAddressHmac(m_remoteKey, m_localKey, add.addressId, add.address, add.port);
}

void
Connection::Echo(const MptcpAddAddress& add)
{
    if (!m_signals.echoes) // else the peer repeats it
    {
        m_signals.echo = add;
        m_signals.echo.echo = true;
        m_signals.echoes = true;
    }
}

void
Connection::OnAddAddress(TimeNs now, const MptcpAddAddress& add)
{
    if (add.echo)
    {
        ++m_counters.addAddrEchoRx;
        m_counters.addAddrPortRx += add.port != 0 ? 1 : 0;
        for (auto& a : m_announcements)
        {
            if (a.endpoint.id == add.addressId && !a.echoed)
            {
                a.echoed = true;
                a.deadline = kNever;
                ++m_info.addAddrEchoed;
            }
        }
        RunPathManager(now);
        return;
    }
    if (!IsGenuine(add))
    {
        ++m_info.addAddrRefused;
        return;
    }
    ++m_info.addAddrReceived;
    ++m_counters.addAddrRx;
    m_counters.addAddrPortRx += add.port != 0 ? 1 : 0;
    if (m_remotes.size() < m_config->addAddrAccepted)
    {
        Echo(add);
    }
    if (m_signals.echoes)
    {
        SendSignals(now, SignalSubflow());
    }
    const bool known = std::any_of(m_remotes.begin(), m_remotes.end(), [&](const RemoteAddress& r) {
        return r.id == add.addressId;
    });
    if (!known)
    {
        m_remotes.push_back({add.addressId, add.address, add.port});
        RunPathManager(now);
    }
}

void
Connection::OnFail(TimeNs now, Subflow& s)
{
    // MP_FAIL leaves, of our own accord or as an answer (mptcp_subflow_fail,
    // mptcp_pm_mp_fail_received).
    s.sendFail = true;
    if (s.awaitsInfinite)
    {
        m_failDeadline = Expiry(now, kFailTimeout);
    }
    SendSignals(now, &s);
}

void
Connection::OnSignal(TimeNs now, Subflow& s, const MptcpOptions& options, bool isReset)
{
    m_counters.resetRx += isReset && options.Has(MptcpSubtype::Reset) ? 1 : 0;
    if (options.Has(MptcpSubtype::FastClose) && options.fastClose.receiverKey == m_localKey)
    {
        ++m_info.fastCloseReceived;
        ++m_counters.fastCloseRx;
        m_fastClosed = true; // the rest is the worker's
        return;
    }
    if (isReset)
    {
        if (options.Has(MptcpSubtype::Reset))
        {
            s.peerResetReason = options.reset.reason;
        }
        return;
    }
    if (options.Has(MptcpSubtype::AddAddress))
    {
        m_work.Set(MptcpSubtype::AddAddress);
        m_work.addAddress = options.addAddress;
        const auto& add = options.addAddress;
        if (!add.echo && m_remotes.size() >= m_config->addAddrAccepted && IsGenuine(add))
        {
            Echo(add); // mptcp_pm_add_addr_received: the ACK of the segment may take it along
        }
    }
    if (options.Has(MptcpSubtype::RemoveAddress))
    {
        m_work.Set(MptcpSubtype::RemoveAddress);
        m_work.removeAddress = options.removeAddress;
    }
    if (options.Has(MptcpSubtype::Priority) && !s.closed)
    {
        ++m_info.priorityReceived;
        ++m_counters.priorityRx;
        s.backup = options.priority.backup;
    }
    if (options.Has(MptcpSubtype::Fail) && !s.closed)
    {
        ++m_info.failReceived;
        ++m_counters.failRx;
        if (!MayFallBack(s))
        {
            return; // mptcp_pm_mp_fail_received ignores it
        }
        if (s.awaitsInfinite)
        {
            m_failDeadline = kNever; // the answer to ours
            return;
        }
        s.sendInfinite = true;
        s.failSequence = s.MapSequence();
        OnFail(now, s);
    }
}

void
Connection::DoPathWork(TimeNs now)
{
    // mptcp_pm_worker: only when TCP is done with the segment, its data and its ACK.
    const auto present = m_work.present;
    m_work.present = 0;
    if ((present & MptcpOptions::Bit(MptcpSubtype::AddAddress)) != 0)
    {
        OnAddAddress(now, m_work.addAddress);
    }
    if ((present & MptcpOptions::Bit(MptcpSubtype::RemoveAddress)) != 0)
    {
        OnRemoveAddress(now, m_work.removeAddress);
    }
    if (m_pathsDue)
    {
        m_pathsDue = false;
        RunPathManager(now);
    }
}

void
Connection::OnRemoveAddress(TimeNs now, const MptcpRemoveAddress& remove)
{
    for (std::uint8_t i = 0; i < remove.count; ++i)
    {
        const auto id = remove.ids[i];
        ++m_info.removeAddrReceived;
        ++m_counters.removeAddrRx;
        m_remotes.erase(std::remove_if(m_remotes.begin(),
                                       m_remotes.end(),
                                       [&](const RemoteAddress& r) { return r.id == id; }),
                        m_remotes.end());
        CloseSubflowsOf(now, false, id);
    }
    RunPathManager(now);
}

} // namespace hoststack::mptcp
