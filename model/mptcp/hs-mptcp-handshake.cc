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
constexpr std::uint32_t kTimestampBytes = 12;  // in each segment
constexpr TimeNs kFailTimeout = 120 * kSecond; // TCP_RTO_MAX, mptcp_subflow_fail
// Until a worker has made the socket of a join: who was woken by the same segment reads before that
// (seen on 6.12.117; the time is an estimate).
constexpr TimeNs kWorkerDelay = 100 * kMicrosecond;

} // namespace

void
Connection::OnFirstEstablished(TimeNs now)
{
    m_state = tcp::State::Established;
    counters.capableAckRx += m_server && !m_fallback ? 1 : 0;
    auto& first = *m_subflows.front();
    const auto& receive = first.tcp->GetReceiveState();
    m_window.OpenByHandshake(receive.Window());
    m_sender.OpenWindow(1 + first.tcp->GetInfo(now).sendWindow);
    // A server's measure begins before the space of timestamps is taken off its MSS.
    const std::uint32_t timestamps = m_server && config.tcp->timestamps ? kTimestampBytes : 0;
    m_receiver.Open(now, receive, receive.Facts().advMss + timestamps);
    m_sender.RequestPush();
    if (!m_fallback)
    {
        first.tcp->RefreshMss();
    }
    else
    {
        m_sender.OpenWindow(~std::uint64_t{0});
    }
    Raise(tcp::kConnected | tcp::kWritable);
}

void
Connection::OnProven(TimeNs now, Subflow& s)
{
    if (s.IsProven())
    {
        return;
    }
    s.Reach(Subflow::Progress::Proven);
    s.join.ackDeadline = kNever;
    if (s.role == Subflow::Role::Join)
    {
        m_everJoined = true;
        StopCloseTimer(); // __mptcp_finish_join
        s.tcp->RefreshMss();
        if (OpenCount() == 1)
        {
            m_sender.RequestPush(); // what waited for any subflow at all
        }
        Raise(kSubflowAdded);
        Note(now, Happening::SubflowAdded, s.id);
        m_pathWork |= kWorkJoined;
        return;
    }
    m_fullyEstablished = true;
    m_pathWork |= kWorkEstablished;
    m_sender.RequestPush();
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
    return s.role == Subflow::Role::Initial && !m_everJoined && !m_sender.EverReinjected() &&
           !m_receiver.Queue().HasOutOfOrder() && OpenCount() <= 1;
}

void
Connection::FallBack(TimeNs now, Subflow& s, Subflow::Speech speech)
{
    m_fallback = true;
    m_sender.BecomePlain(s);
    s.BecomePlain(speech);
    m_failDeadline = kNever;
    s.tcp->RefreshMss();
    Raise(kFallenBack);
    Note(now, Happening::FallBack, 0);
    // A DATA_FIN that was promised becomes the subflow's FIN.
    if (m_sender.FinIs(DataSender::Fin::Sent) && !s.finSent && !m_sender.Queue().HasUnsent())
    {
        s.finSent = true;
        s.tcp->CloseSend(now);
    }
}

void
Connection::FallBackOn(TimeNs now, Subflow& s, bool wantsAcks)
{
    FallBack(now, s, wantsAcks ? Subflow::Speech::PlainWithAcks : Subflow::Speech::Plain);
}

void
Connection::FallBackByMap(TimeNs now, Subflow& s)
{
    FallBack(now, s, Subflow::Speech::PlainWithMapping);
}

void
Connection::OnRefused(TimeNs now, Subflow& s)
{
    OnSubflowGone(now, s, s.tcp->TakeEvents());
}

bool
Connection::TakesJoin(const Subflow& s) const
{
    return TakesJoins() && HasRoomFor(s);
}

void
Connection::FailSubflow(TimeNs now, Subflow& s, MptcpResetReason reason)
{
    s.ending.resetReason = reason;
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
        return s.get() != &join && !s->IsClosed() && s->role == Subflow::Role::Join &&
               !IsHalfOpen(*s);
    });
    return others < static_cast<std::ptrdiff_t>(config.extraSubflows);
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
    const bool isOurs =
        options.Has(MptcpSubtype::Join) && options.join.token == m_keys.Local().token;
    bool mismatch = false;
    if (isOurs)
    {
        ++counters.joinSynRx;
        counters.joinSynBackupRx += options.join.backup ? 1 : 0;
        // subflow_use_different_sport
        const bool otherPort = local.port != m_subflows.front()->local.port;
        mismatch = otherPort && !m_addresses.IsAnnounced(local);
        counters.joinPortSynRx += otherPort && !mismatch ? 1 : 0;
        counters.joinMismatchPortSynRx += mismatch ? 1 : 0;
    }
    const bool takes = isOurs && !mismatch && m_fullyEstablished && m_state != tcp::State::Closed &&
                       OpenCount() < kMaxSubflows;
    const auto localId =
        takes ? m_addresses.IdOf(local, m_subflows.front()->local.address, host) : -1;
    if (localId < 0)
    {
        ++m_info.Own().joinsRejected;
        counters.joinRejected += isOurs && !mismatch ? 1 : 0;
        return 0;
    }
    DropOldestHalfOpen();
    auto& s = NewSubflow(Subflow::Role::Join, false, sink, local, remote);
    s.join.remoteNonce = options.join.nonce;
    s.join.localNonce = static_cast<std::uint32_t>(host.RandomBits());
    s.remoteId = options.join.addressId;
    s.backup = options.join.backup;
    s.localId = static_cast<std::uint8_t>(localId);
    s.requestBackup = m_addresses.IsBackup(local);
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
    auto* sink = host.OpenSubflow(id, from, remote);
    if (!sink)
    {
        ++counters.joinSynTxConnectErr;
        return 0;
    }
    const auto localId = local.id != 0
                             ? static_cast<int>(local.id)
                             : m_addresses.IdOf(from, m_subflows.front()->local.address, host);
    if (localId < 0)
    {
        host.CloseSubflow(id);
        host.ForgetSubflow(id);
        return 0;
    }
    ++counters.joinSynTx;
    auto& s = NewSubflow(Subflow::Role::Join, true, *sink, from, remote);
    s.localId = static_cast<std::uint8_t>(localId);
    s.requestBackup = local.backup || (local.id == 0 && m_addresses.IsBackup(from));
    s.join.localNonce = static_cast<std::uint32_t>(host.RandomBits());
    s.countsFrom = now + kWorkerDelay;
    StopCloseTimer(); // __mptcp_subflow_connect
    s.tcp->Connect(now);
    return id;
}

void
Connection::CloseSubflow(TimeNs now, std::uint32_t id)
{
    auto* s = Find(id);
    if (s && !s->IsClosed())
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
    if (!s || s->IsClosed() || m_fallback)
    {
        return;
    }
    s->requestBackup = backup;
    s->Owe(MptcpSubtype::Priority);
    ++m_info.Own().prioritySent;
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
        const bool joined = s->IsProven() || s->role == Subflow::Role::Initial;
        if (s->IsClosed() || !s->IsEstablished() || !joined || !s->tcp->GetSendStatus().canSend)
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
    if (on && on->IsMultipath())
    {
        on->tcp->AckNow(now);
    }
}

void
Connection::OnFail(TimeNs now, Subflow& s)
{
    // MP_FAIL leaves, of our own accord or as an answer (mptcp_subflow_fail,
    // mptcp_pm_mp_fail_received).
    s.Owe(MptcpSubtype::Fail);
    if (s.fail.awaitsInfinite)
    {
        m_failDeadline = Expiry(now, kFailTimeout);
    }
    SendSignals(now, &s);
}

void
Connection::OnSignal(TimeNs now, Subflow& s, const MptcpOptions& options, bool isReset)
{
    counters.resetRx += isReset && options.Has(MptcpSubtype::Reset) ? 1 : 0;
    if (options.Has(MptcpSubtype::FastClose) && options.fastClose.receiverKey == m_keys.Local().key)
    {
        ++m_info.Own().fastCloseReceived;
        ++counters.fastCloseRx;
        m_fastClosed = true; // the rest is the worker's
        return;
    }
    if (isReset)
    {
        if (options.Has(MptcpSubtype::Reset))
        {
            s.ending.peerResetReason = options.reset.reason;
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
    if (options.Has(MptcpSubtype::Priority) && !s.IsClosed())
    {
        ++m_info.Own().priorityReceived;
        ++counters.priorityRx;
        s.backup = options.priority.backup;
    }
    if (options.Has(MptcpSubtype::Fail) && !s.IsClosed())
    {
        ++m_info.Own().failReceived;
        ++counters.failRx;
        if (!MayFallBack(s))
        {
            return; // mptcp_pm_mp_fail_received ignores it
        }
        if (s.fail.awaitsInfinite)
        {
            m_failDeadline = kNever; // the answer to ours
            return;
        }
        s.fail.sendsInfinite = true;
        s.fail.sequence = s.MapSequence();
        OnFail(now, s);
    }
}

} // namespace hoststack::mptcp
