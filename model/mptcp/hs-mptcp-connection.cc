// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include "ns3/hs-mptcp-crypto.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kFragmentBytes = 32768;         // page fragment of the kernel, facts 3.2.3
constexpr TimeNs kInitialInterval = 200 * kMillisecond; // TCP_RTO_MIN, __mptcp_init_sock
constexpr TimeNs kUnknownRttRepeat = kSecond; // TCP_TIMEOUT_INIT, schedule_3rdack_retransmission

} // namespace

Connection::Connection(std::shared_ptr<const Config> config, HostServices& host)
    : m_config(std::move(config)),
      m_host(host),
      m_counters(host.GetCounters()),
      m_scheduler(PacketSchedulers().Create(m_config->scheduler)),
      m_pathManager(PathManagers().Create(m_config->pathManager))
{
    m_receiveBuffer = m_config->tcp->receiveBuffer;
    m_sendBufferLimit = m_config->tcp->sendBuffer;
    m_sendBuffer.Reset(1);
    m_queue.Reset(1);
    m_queue.LimitMerging(m_receiveBuffer / 8);
    m_checksum = m_config->checksum;
    m_timerInterval = kInitialInterval;
    m_copies = m_scheduler->Duplicates();
    m_subflowConfig = m_config->tcp;
    const auto& name =
        m_config->congestion.empty() ? m_config->tcp->congestion : m_config->congestion;
    auto own = std::make_shared<tcp::Config>(*m_config->tcp);
    own->congestion = name;
    if (CoupledCongestionControls().Has(name))
    {
        // Each subflow is made with Reno and gets its member of the group before it is opened.
        own->congestion = "reno";
        m_coupledName = name;
        m_coupled = std::make_shared<CoupledGroup>();
    }
    if (own->congestion != m_config->tcp->congestion)
    {
        m_subflowConfig = std::move(own);
    }
}

Connection::~Connection() = default;

void
Connection::SetLocalKey()
{
    m_localKey = m_host.RandomBits();
    const auto digest = DigestMptcpKey(m_localKey);
    m_localToken = digest.token;
    m_localIdsn = digest.initialSequence.Value();
}

void
Connection::SetRemoteKey(std::uint64_t key)
{
    m_remoteKey = key;
    m_hasRemoteKey = true;
    const auto digest = DigestMptcpKey(key);
    m_remoteToken = digest.token;
    m_remoteIdsn = digest.initialSequence.Value();
}

Subflow&
Connection::NewSubflow(Subflow::Role role,
                       bool active,
                       tcp::SegmentSink& sink,
                       const Endpoint& local,
                       const Endpoint& remote)
{
    auto subflow = std::make_unique<Subflow>(*this, m_nextId++, role, active);
    subflow->local = local;
    subflow->remote = remote;
    subflow->tcp = std::make_unique<tcp::Connection>(m_host.ConfigOf(sink, m_subflowConfig),
                                                     sink,
                                                     local.port,
                                                     remote.port,
                                                     m_host.InitialSequence());
    subflow->tcp->SetExtension(subflow.get());
    subflow->tcp->SetMemoryPressure(m_pressure);
    subflow->tcp->SetEventSource({m_source.log, m_source.object, subflow->id});
    subflow->tcp->SetCork(0, m_corked);
    if (m_noDelay)
    {
        subflow->tcp->SetNoDelay(0, *m_noDelay);
    }
    if (m_coupled)
    {
        subflow->tcp->SetCongestion(CoupledCongestionControls().Create(m_coupledName, m_coupled));
    }
    subflow->sink = &sink;
    m_subflows.push_back(std::move(subflow));
    return *m_subflows.back();
}

void
Connection::Connect(TimeNs now,
                    tcp::SegmentSink& sink,
                    const Endpoint& local,
                    const Endpoint& remote)
{
    assert(m_state == tcp::State::Closed && m_subflows.empty());
    SetLocalKey();
    m_state = tcp::State::SynSent;
    auto& first = NewSubflow(Subflow::Role::Initial, true, sink, local, remote);
    if (m_config->blackholeTimeout > 0 && m_host.IsBlackholed(now, m_config->blackholeTimeout))
    {
        ++m_counters.capableSynTxDisabled; // mptcp_connect
        m_fallback = true;
        first.mptcp = false;
    }
    else
    {
        ++m_counters.capableSynTx;
    }
    first.tcp->Connect(now);
    m_scalingRatio = first.tcp->GetReceiveState().scalingRatio;
    AfterInput(now);
}

void
Connection::AcceptSyn(TimeNs now,
                      tcp::SegmentSink& sink,
                      const Endpoint& local,
                      const Endpoint& remote,
                      const TcpSegment& syn)
{
    assert(m_state == tcp::State::Closed && m_subflows.empty());
    m_server = true;
    SetLocalKey();
    m_state = tcp::State::SynReceived;
    auto& first = NewSubflow(Subflow::Role::Initial, false, sink, local, remote);
    MptcpOptions options;
    ParseMptcp(syn, options);
    if (!options.Has(MptcpSubtype::Capable))
    {
        m_fallback = true;
        first.mptcp = false;
    }
    else
    {
        ++m_counters.capableSynRx;
        m_checksum = m_checksum || options.capable.Has(kMptcpChecksumRequired);
        m_peerAllowsInitialJoin = !options.capable.Has(kMptcpNoJoinToInitial);
    }
    first.tcp->AcceptSyn(now, syn);
    m_scalingRatio = first.tcp->GetReceiveState().scalingRatio;
    AfterInput(now);
}

Subflow*
Connection::Find(std::uint32_t id)
{
    for (auto& s : m_subflows)
    {
        if (s->id == id)
        {
            return s.get();
        }
    }
    return nullptr;
}

std::size_t
Connection::OpenCount() const
{
    const auto isOpen = [this](const auto& s) { return !s->closed && !IsHalfOpen(*s); };
    return static_cast<std::size_t>(std::count_if(m_subflows.begin(), m_subflows.end(), isOpen));
}

void
Connection::OnSegment(TimeNs now, std::uint32_t subflow, const TcpSegment& segment)
{
    if (m_sweepDue)
    {
        Sweep(now);
    }
    auto* s = Find(subflow);
    if (!s || s->released || m_starved)
    {
        return;
    }
    s->tcp->OnSegment(now, segment);
    if (m_fastClosed)
    {
        Die(now, tcp::kReset); // a RST with MP_FASTCLOSE has ended its own subflow by now
        return;
    }
    if (s->stale && s->tcp->GetState() != tcp::State::Closed)
    {
        // Any sign of life makes a subflow usable again (facts sheet linux.md 3.5.3).
        s->stale = false;
        ++m_info.recoverEvents;
        ++m_counters.subflowRecover;
        Note(now, Happening::Alive, s->id);
    }
    CollectEvents(now, *s);
    AfterSegment(now);
}

void
Connection::OnDeadline(TimeNs now)
{
    if (m_sweepDue)
    {
        Sweep(now);
    }
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (s.released)
        {
            continue;
        }
        if (s.joinAckDeadline <= now)
        {
            SendJoinAck(now, s);
        }
        if (s.tcp->NextDeadline() <= now)
        {
            s.tcp->OnDeadline(now);
            CollectEvents(now, s);
        }
    }
    for (auto& a : m_announcements)
    {
        if (a.deadline <= now)
        {
            SendAnnouncement(now, a);
        }
    }
    if (m_retransmitDeadline <= now)
    {
        m_retransmitDeadline = kNever;
        OnRetransmitTimer(now);
    }
    if (m_failDeadline <= now)
    {
        // mptcp_mp_fail_no_response
        m_failDeadline = kNever;
        if (!m_subflows.front()->closed)
        {
            FailSubflow(now, *m_subflows.front(), MptcpResetReason::Unspecified);
        }
    }
    if (m_closeDeadline <= now)
    {
        // mptcp_close_tout_expired
        m_closeDeadline = kNever;
        NoteEnd(now, tcp::End::GivenUp);
        Abort(now);
        Raise(tcp::kTimedOut);
    }
    AfterTimers(now);
}

TimeNs
Connection::NextDeadline() const
{
    if (m_starved)
    {
        return kNever;
    }
    TimeNs next = std::min(std::min(m_retransmitDeadline, m_closeDeadline), m_failDeadline);
    for (const auto& s : m_subflows)
    {
        if (!s->released)
        {
            next = std::min(next, std::min(s->tcp->NextDeadline(), s->joinAckDeadline));
        }
    }
    for (const auto& a : m_announcements)
    {
        next = std::min(next, a.deadline);
    }
    return next;
}

void
Connection::AfterSegment(TimeNs now)
{
    m_pushDue = m_pushDue || m_fallback || m_copies;
    AfterTimers(now);
}

void
Connection::AfterTimers(TimeNs now)
{
    RunPathWork(now);
    if (m_pushDue)
    {
        AfterInput(now);
    }
    else
    {
        AdvanceCloseStates(now);
    }
}

void
Connection::AfterInput(TimeNs now)
{
    if (m_state == tcp::State::Closed && m_subflows.empty())
    {
        return;
    }
    PushPending(now);
    AdvanceCloseStates(now);
}

void
Connection::CollectEvents(TimeNs now, Subflow& s)
{
    const auto events = s.tcp->TakeEvents();
    if ((events & tcp::kConnected) != 0)
    {
        s.established = true;
        if (s.role == Subflow::Role::Initial)
        {
            OnFirstEstablished(now);
            if (!s.active && m_hasRemoteKey && !m_fallback)
            {
                OnFullyEstablished(now, s); // the third ACK brought both keys
            }
        }
        else if (s.active)
        {
            // Usable once the peer's fourth message has come.
            ArmJoinAck(now, s);
        }
        else
        {
            OnFullyEstablished(now, s);
            s.tcp->AckNow(now);
        }
    }
    if ((events & tcp::kAllAcked) != 0 && m_fallback)
    {
        Raise(tcp::kAllAcked);
    }
    if (m_fallback && s.role == Subflow::Role::Initial)
    {
        // Plain TCP: the subflow's acknowledgements are the connection's.
        ReleaseAcked(now, s.tcp->GetSendStatus().sndUna - m_fallbackShift);
        if (!s.closed && s.tcp->GetState() > tcp::State::Established)
        {
            m_state = s.tcp->GetState();
        }
    }
    if ((events & (tcp::kReset | tcp::kRefused | tcp::kTimedOut | tcp::kClosed)) != 0)
    {
        OnSubflowGone(now, s, events);
        return;
    }
    if ((events & tcp::kPeerClosed) != 0)
    {
        if (m_fallback)
        {
            OnDataFin(now, s, m_queue.Next());
        }
        else if (m_state == tcp::State::Established && !s.closed)
        {
            Detach(now, s); // __mptcp_close_subflow
        }
    }
}

void
Connection::OnSubflowGone(TimeNs now, Subflow& s, std::uint32_t events)
{
    const bool wasClosed = s.closed;
    s.closed = true;
    if (s.tcp->GetState() == tcp::State::Closed)
    {
        Release(s);
    }
    if (wasClosed)
    {
        return;
    }
    if (IsHalfOpen(s))
    {
        return; // it never was a part of the connection
    }
    s.joinAckDeadline = kNever;
    const auto last = s.tcp->GetInfo(now);
    s.end = last.end == tcp::End::Open ? tcp::End::Closed : last.end;
    s.endedAt = now;
    Raise(kSubflowClosed);
    if (m_state == tcp::State::Closed || m_state == tcp::State::TimeWait)
    {
        return;
    }
    Note(now,
         Happening::SubflowLost,
         s.id,
         static_cast<std::uint64_t>(s.end) + (std::uint64_t{last.retries} << 8));
    if (OpenCount() > 0)
    {
        ReinjectAll(now);
        m_pathWork |= kWorkGone;
        m_pushDue = true; // data that no subflow had yet may go to those that are left
        return;
    }
    m_pathWork |= kWorkGone;
    // __mptcp_close_ssk: an established connection waits for a new subflow.
    if (m_fallback || !m_fullyEstablished || m_orphaned || m_config->closeTimeout == 0 ||
        m_state != tcp::State::Established)
    {
        Die(now, events & ~tcp::kClosed);
    }
    else
    {
        m_closeDeadline = now + m_config->closeTimeout;
    }
}

void
Connection::Detach(TimeNs now, Subflow& s)
{
    // What it carried goes to the others; TCP ends on its own.
    s.tcp->Close(now);
    OnSubflowGone(now, s, s.tcp->TakeEvents());
}

void
Connection::Release(Subflow& s)
{
    if (s.released)
    {
        return;
    }
    s.released = true;
    m_sweepDue = m_sweepDue || s.role == Subflow::Role::Join;
    m_host.CloseSubflow(s.id);
    if (m_state == tcp::State::TimeWait &&
        std::all_of(m_subflows.begin(), m_subflows.end(), [](const auto& other) {
            return other->released;
        }))
    {
        m_state = tcp::State::Closed;
        m_closeDeadline = kNever;
        Raise(tcp::kClosed);
    }
}

void
Connection::ArmJoinAck(TimeNs now, Subflow& s)
{
    const auto srtt = s.tcp->GetSendStatus().srtt;
    s.joinAckDeadline = Expiry(now, srtt > 0 ? 2 * srtt : kUnknownRttRepeat);
}

void
Connection::SendJoinAck(TimeNs now, Subflow& s)
{
    ArmJoinAck(now, s);
    s.tcp->AckNow(now);
}

TimeNs
Connection::Expiry(TimeNs now, TimeNs delay) const
{
    return m_subflows.front()->tcp->Expiry(now, delay);
}

void
Connection::StopCloseTimer()
{
    // A connection without subflows has found one; an application that has closed still waits no
    // longer.
    if (!m_orphaned)
    {
        m_closeDeadline = kNever;
    }
}

void
Connection::SetMemoryPressure(bool on)
{
    m_pressure = on;
    for (auto& s : m_subflows)
    {
        s->tcp->SetMemoryPressure(on);
    }
}

void
Connection::Raise(std::uint32_t events)
{
    m_events |= events;
}

void
Connection::SetEventSource(const EventSource& source)
{
    m_source = source;
    for (auto& s : m_subflows)
    {
        s->tcp->SetEventSource({source.log, source.object, s->id});
    }
}

void
Connection::RestartPeaks()
{
    for (auto& s : m_subflows)
    {
        s->tcp->RestartPeaks();
    }
}

void
Connection::Note(TimeNs now, Happening what, std::uint32_t part, std::uint64_t value) const
{
    EventSource{m_source.log, m_source.object, part}.Note(now, what, value);
}

void
Connection::NoteEnd(TimeNs now, tcp::End end)
{
    if (m_info.end != tcp::End::Open)
    {
        return;
    }
    m_info.end = end;
    m_info.endedAt = now;
    for (const auto& s : m_subflows)
    {
        m_info.retries = std::max(m_info.retries, s->tcp->GetInfo(now).retries);
    }
    Note(now,
         Happening::Ended,
         0,
         static_cast<std::uint64_t>(end) + (std::uint64_t{m_info.retries} << 8));
}

std::uint32_t
Connection::TakeEvents()
{
    const auto events = m_events;
    m_events = 0;
    return events;
}

void
Connection::Die(TimeNs now, std::uint32_t events)
{
    if (m_state == tcp::State::Closed)
    {
        return;
    }
    NoteEnd(now,
            (events & tcp::kTimedOut) != 0  ? tcp::End::GivenUp
            : (events & tcp::kRefused) != 0 ? tcp::End::Refused
            : (events & tcp::kReset) != 0   ? tcp::End::Reset
                                            : tcp::End::Closed);
    m_state = tcp::State::Closed;
    m_retransmitDeadline = m_closeDeadline = m_failDeadline = kNever;
    for (auto& a : m_announcements)
    {
        a.deadline = kNever;
    }
    for (auto& s : m_subflows)
    {
        if (!s->released)
        {
            s->tcp->Abort(now);
            s->tcp->TakeEvents();
            s->closed = true;
            Release(*s);
        }
    }
    Raise(events | tcp::kClosed);
}

std::uint32_t
Connection::SendSpace() const
{
    if (m_finQueued || m_starved || m_state == tcp::State::Closed)
    {
        return 0;
    }
    std::uint64_t limit = m_sendBufferLimit;
    if (!m_config->tcp->sendBufferLocked)
    {
        // __mptcp_sync_sndbuf, before it mptcp_propagate_sndbuf: what the subflows have grown to.
        limit = m_config->tcp->sendBuffer;
        for (const auto& s : m_subflows)
        {
            const std::uint64_t own = s->closed ? 0 : s->tcp->GetSendStatus().limit;
            limit = m_config->sendBufferIsSum ? limit + own : std::max(limit, own);
        }
    }
    const auto queued = m_sendBuffer.Size();
    return limit > queued ? static_cast<std::uint32_t>(limit - queued) : 0;
}

std::uint32_t
Connection::Send(TimeNs now, const Payload& bytes, bool /* more */)
{
    const auto taken = std::min(bytes.Length(), SendSpace());
    m_writerBlocked = m_writerBlocked || taken < bytes.Length();
    if (taken > 0)
    {
        auto begin = m_sendBuffer.End();
        m_sendBuffer.Append(taken == bytes.Length() ? bytes : bytes.Slice(0, taken));
        const auto end = m_sendBuffer.End();
        while (begin < end)
        {
            auto* last = m_fragments.Empty() ? nullptr : &m_fragments.Back();
            if (!last || last->end - last->begin >= kFragmentBytes)
            {
                last = &m_fragments.PushBack(Fragment{begin, begin, begin});
                ++m_unsentFragments;
            }
            const auto n = std::min(end - begin, kFragmentBytes - (last->end - last->begin));
            last->end += n;
            begin += n;
        }
    }
    m_writing = true;
    AfterInput(now);
    m_writing = false;
    return taken;
}

void
Connection::CloseSend(TimeNs now)
{
    if (m_finQueued || m_state == tcp::State::Closed)
    {
        return;
    }
    m_finQueued = true;
    AfterInput(now);
}

void
Connection::Close(TimeNs now)
{
    if (m_state == tcp::State::Closed)
    {
        return;
    }
    if (m_queue.Available() > 0)
    {
        Abort(now);
        return;
    }
    m_orphaned = true;
    if (m_state == tcp::State::TimeWait || m_fallback)
    {
        for (std::size_t i = 0; i < m_subflows.size(); ++i)
        {
            auto& s = *m_subflows[i];
            if (!s.closed)
            {
                s.finSent = true;
                s.tcp->Close(now);
                CollectEvents(now, s);
            }
        }
    }
    CloseSend(now);
    if (m_state != tcp::State::TimeWait && m_state != tcp::State::Closed && !m_fallback)
    {
        m_closeDeadline = now + m_config->closeTimeout; // __mptcp_close
    }
}

void
Connection::Abort(TimeNs now)
{
    if (m_state == tcp::State::Closed)
    {
        return;
    }
    for (auto& s : m_subflows)
    {
        s->sendFastClose = m_hasRemoteKey && !m_fallback;
    }
    NoteEnd(now, tcp::End::Aborted);
    Die(now, 0);
}

Info
Connection::GetInfo(TimeNs now) const
{
    Info info = m_info;
    info.state = m_state;
    if (m_fallback && info.end == tcp::End::Open)
    {
        const auto only = m_subflows.front()->tcp->GetInfo(now);
        info.end = only.end;
        info.endedAt = only.endedAt;
    }
    info.fallback = m_fallback;
    info.token = m_localToken;
    info.bytesSent = m_sndNxt - 1;
    info.bytesAcked = m_sndUna - 1 - (m_finAcked && !m_fallback ? 1 : 0);
    info.bytesReceived = m_queue.Next() - 1 - (m_peerFinReached ? 1 : 0);
    info.receiveWindow = LeftFrom(m_queue.Next());
    info.sendQueue = static_cast<std::uint32_t>(m_sendBuffer.Size());
    info.subflows = m_ended;
    for (const auto& s : m_subflows)
    {
        info.subflows.push_back(InfoOf(*s, now));
    }
    if (!m_ended.empty())
    {
        std::sort(info.subflows.begin(), info.subflows.end(), [](const auto& a, const auto& b) {
            return a.id < b.id;
        });
    }
    return info;
}

SubflowInfo
Connection::InfoOf(const Subflow& s, TimeNs now) const
{
    SubflowInfo sub;
    sub.id = s.id;
    sub.local = s.local;
    sub.remote = s.remote;
    sub.localId = s.localId;
    sub.remoteId = s.remoteId;
    sub.established = s.established && s.fullyEstablished;
    sub.closed = s.closed;
    sub.backup = s.backup || s.requestBackup;
    sub.stale = s.stale;
    sub.end = s.end;
    sub.endedAt = s.endedAt;
    sub.resetReason = static_cast<std::uint8_t>(s.peerResetReason);
    sub.dataBytesSent = s.dataBytesSent;
    sub.dataBytesReceived = s.dataBytesReceived;
    sub.tcp = s.tcp->GetInfo(now);
    auto& limitedFor = sub.tcp.limitedFor;
    auto idleFor = s.idleFor;
    idleFor[static_cast<std::size_t>(IdleReasonOf(s))] += s.tcp->IdleTime(now) - s.idleAccounted;
    limitedFor[static_cast<std::size_t>(tcp::Limit::Application)] = 0;
    for (std::size_t i = 0; i < limitedFor.size(); ++i)
    {
        limitedFor[i] += idleFor[i];
    }
    return sub;
}

} // namespace hoststack::mptcp
