// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"

#include <algorithm>

// Establishing, joining, falling back, and what the two ends tell each other about addresses.

namespace hoststack::mptcp
{

namespace
{

// The first, as many as limits allow (MPTCP_PM_ADDR_MAX), and those that answer an announcement:
// Linux does not look at the limit for each of them.
constexpr std::size_t kMaxSubflows = 1 + 8 + 8;
constexpr TimeNs kFailTimeout = 120 * kSecond; // TCP_RTO_MAX, mptcp_subflow_fail

} // namespace

void
Connection::OnFirstEstablished(TimeNs now)
{
    m_state = tcp::State::Established;
    m_counters.capableAckRx += m_server && !m_fallback ? 1 : 0;
    auto& first = *m_subflows.front();
    const auto& receive = first.tcp->GetReceiveState();
    m_rightEdge = std::max<std::uint64_t>(m_rightEdge, 1); // no window was told with a DSS yet
    m_handshakeEdge = 1 + receive.window;
    m_windowEnd = std::max<std::uint64_t>(m_windowEnd, 1 + first.tcp->GetInfo(now).sendWindow);
    m_readSpace = std::min({receive.ssthresh, receive.window, 10 * receive.advMss});
    m_readSince = now;
    m_pushDue = true;
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
        m_pushDue = m_pushDue || OpenCount() == 1; // what waited for any subflow at all
        Raise(kSubflowAdded);
        Note(now, Happening::SubflowAdded, s.id);
        m_pathWork |= kWorkJoined;
        return;
    }
    m_fullyEstablished = true;
    m_pathWork |= kWorkEstablished;
    m_pushDue = true;
}

bool
Connection::HasAlternative(const Subflow& s) const
{
    return std::any_of(m_subflows.begin(), m_subflows.end(), [&](const auto& other) {
        return other.get() != &s && other->Active();
    });
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
    // mptcp_pm_allow_new_subflow: those that are complete count, and own ones in progress.
    const auto others = std::count_if(m_subflows.begin(), m_subflows.end(), [&](const auto& s) {
        return s.get() != &join && !s->closed && s->role == Subflow::Role::Join && !IsHalfOpen(*s);
    });
    return others < static_cast<std::ptrdiff_t>(m_config->extraSubflows);
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
    if (m_sweepDue)
    {
        Sweep(now);
    }
    MptcpOptions options;
    ParseMptcp(syn, options);
    const bool isOurs = options.Has(MptcpSubtype::Join) && options.join.token == m_localToken;
    bool mismatch = false;
    if (isOurs)
    {
        ++m_counters.joinSynRx;
        m_counters.joinSynBackupRx += options.join.backup ? 1 : 0;
        // subflow_use_different_sport
        const bool otherPort = local.port != m_subflows.front()->local.port;
        mismatch = otherPort && !IsAnnounced(local);
        m_counters.joinPortSynRx += otherPort && !mismatch ? 1 : 0;
        m_counters.joinMismatchPortSynRx += mismatch ? 1 : 0;
    }
    const bool takes = isOurs && !mismatch && m_fullyEstablished && m_state != tcp::State::Closed &&
                       OpenCount() < kMaxSubflows;
    const auto localId = takes ? LocalIdOf(local) : -1;
    if (localId < 0)
    {
        ++m_info.joinsRejected;
        m_counters.joinRejected += isOurs && !mismatch ? 1 : 0;
        return 0;
    }
    DropOldestHalfOpen();
    auto& s = NewSubflow(Subflow::Role::Join, false, sink, local, remote);
    s.remoteNonce = options.join.nonce;
    s.localNonce = static_cast<std::uint32_t>(m_host.RandomBits());
    s.remoteId = options.join.addressId;
    s.backup = options.join.backup;
    s.localId = static_cast<std::uint8_t>(localId);
    s.requestBackup = IsBackupAddress(local);
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
    const auto localId = local.id != 0 ? static_cast<int>(local.id) : LocalIdOf(from);
    if (localId < 0)
    {
        m_host.CloseSubflow(id);
        m_host.ForgetSubflow(id);
        return 0;
    }
    ++m_counters.joinSynTx;
    auto& s = NewSubflow(Subflow::Role::Join, true, *sink, from, remote);
    s.localId = static_cast<std::uint8_t>(localId);
    s.requestBackup = local.backup || (local.id == 0 && IsBackupAddress(from));
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
        RunPathWork(now);
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

Subflow*
Connection::SignalSubflow(int avoidId)
{
    // mptcp_pm_addr_send_ack_avoid_list: the first that is fit; then one of the address that is
    // being taken back; then a stale one.
    Subflow* same = nullptr;
    Subflow* stale = nullptr;
    for (auto& s : m_subflows)
    {
        const bool joined = s->fullyEstablished || s->role == Subflow::Role::Initial;
        if (s->closed || !s->established || !joined || !s->tcp->GetSendStatus().canSend)
        {
            continue;
        }
        if (s->stale)
        {
            stale = stale ? stale : s.get();
        }
        else if (s->localId == avoidId)
        {
            same = same ? same : s.get();
        }
        else
        {
            return s.get();
        }
    }
    return same ? same : stale;
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
        if (options.addAddress.echo)
        {
            OnAddAddressEcho(options.addAddress);
        }
        else
        {
            OnAddAddress(now, options.addAddress);
        }
    }
    if (options.Has(MptcpSubtype::RemoveAddress))
    {
        OnRemoveAddress(options.removeAddress);
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

} // namespace hoststack::mptcp
