// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include "ns3/hs-mptcp-crypto.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kFragmentBytes = 32768; // page fragment of the kernel, facts 3.2.3

} // namespace

Connection::Connection(std::shared_ptr<const Config> config, HostServices& host)
    : m_config(std::move(config)),
      m_host(host),
      m_scheduler(PacketSchedulers().Create(m_config->scheduler)),
      m_pathManager(PathManagers().Create(m_config->pathManager))
{
    m_receiveBuffer = m_config->tcp->receiveBuffer;
    m_sendBufferLimit = m_config->tcp->sendBuffer;
    m_sendBuffer.Reset(1);
    m_queue.Reset(1);
    m_checksum = m_config->checksum;
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
    subflow->tcp =
        std::make_unique<tcp::Connection>(m_config->tcp,
                                          sink,
                                          local.port,
                                          remote.port,
                                          Seq32(static_cast<std::uint32_t>(m_host.RandomBits())));
    subflow->tcp->SetExtension(subflow.get());
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
    first.tcp->Connect(now);
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
        m_checksum = m_checksum || options.capable.Has(kMptcpChecksumRequired);
        m_peerAllowsInitialJoin = !options.capable.Has(kMptcpNoJoinToInitial);
    }
    first.tcp->AcceptSyn(now, syn);
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
    return static_cast<std::size_t>(std::count_if(m_subflows.begin(),
                                                  m_subflows.end(),
                                                  [](const auto& s) { return !s->closed; }));
}

void
Connection::OnSegment(TimeNs now, std::uint32_t subflow, const TcpSegment& segment)
{
    auto* s = Find(subflow);
    if (!s || s->closed)
    {
        return;
    }
    s->tcp->OnSegment(now, segment);
    if (s->stale && segment.payload.Length() == 0)
    {
        // Any sign of life makes a subflow usable again (facts sheet linux.md 3.5.3).
        s->stale = false;
        s->staleCount = 0;
        ++m_info.recoverEvents;
    }
    CollectEvents(now, *s);
    AfterInput(now);
}

void
Connection::OnDeadline(TimeNs now)
{
    for (std::size_t i = 0; i < m_subflows.size(); ++i)
    {
        auto& s = *m_subflows[i];
        if (s.closed)
        {
            continue;
        }
        if (s.joinAckDeadline <= now)
        {
            s.joinAckDeadline = now + std::max<TimeNs>(2 * s.tcp->GetSendStatus().srtt, kSecond);
            s.tcp->AckNow(now);
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
    if (m_closeDeadline <= now)
    {
        m_closeDeadline = kNever;
        if (OpenCount() == 0)
        {
            Die(now, tcp::kTimedOut);
        }
    }
    AfterInput(now);
}

TimeNs
Connection::NextDeadline() const
{
    TimeNs next = std::min(m_retransmitDeadline, m_closeDeadline);
    for (const auto& s : m_subflows)
    {
        if (!s->closed)
        {
            next = std::min({next, s->tcp->NextDeadline(), s->joinAckDeadline});
        }
    }
    for (const auto& a : m_announcements)
    {
        next = std::min(next, a.deadline);
    }
    return next;
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
        }
        else if (s.active)
        {
            // Usable once the peer's fourth message has come.
            s.joinAckDeadline = now + std::max<TimeNs>(2 * s.tcp->GetSendStatus().srtt, kSecond);
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
        OnDataAck(now, s, s.tcp->GetSendStatus().sndUna, 0);
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
            OnDataFin(now, m_queue.Next());
        }
        else if (!s.finSent)
        {
            // The peer ends this subflow; ours follows once what it carries is acknowledged.
            s.finSent = true;
            s.tcp->CloseSend(now);
        }
    }
}

void
Connection::OnSubflowGone(TimeNs now, Subflow& s, std::uint32_t events)
{
    if (s.closed)
    {
        return;
    }
    s.closed = true;
    s.joinAckDeadline = kNever;
    m_host.CloseSubflow(s.id);
    Raise(kSubflowClosed);
    if (m_state == tcp::State::Closed)
    {
        return;
    }
    const bool finished = m_finAcked && m_peerFinReached;
    if (OpenCount() > 0)
    {
        if (!finished)
        {
            ReinjectAll(now);
            RunPathManager(now);
        }
        return;
    }
    if (finished || m_fallback || !m_fullyEstablished || m_config->closeTimeout == 0)
    {
        Die(now, finished ? 0 : events & ~tcp::kClosed);
    }
    else
    {
        m_closeDeadline = now + m_config->closeTimeout;
    }
}

void
Connection::Raise(std::uint32_t events)
{
    m_events |= events;
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
    m_state = tcp::State::Closed;
    m_retransmitDeadline = m_closeDeadline = kNever;
    for (auto& a : m_announcements)
    {
        a.deadline = kNever;
    }
    for (auto& s : m_subflows)
    {
        if (!s->closed)
        {
            s->tcp->Abort(now);
            s->tcp->TakeEvents();
            s->closed = true;
            m_host.CloseSubflow(s->id);
        }
    }
    Raise(events | tcp::kClosed);
}

std::uint32_t
Connection::SendSpace() const
{
    if (m_finQueued || m_state == tcp::State::Closed)
    {
        return 0;
    }
    std::uint64_t limit = m_sendBufferLimit;
    if (!m_config->tcp->sendBufferLocked)
    {
        // mptcp_sync_sndbuf: the sum of what the subflows have grown to.
        limit = m_config->tcp->sendBuffer;
        for (const auto& s : m_subflows)
        {
            limit += s->closed ? 0 : s->tcp->GetSendStatus().limit;
        }
    }
    const auto queued = m_sendBuffer.Size();
    return limit > queued ? static_cast<std::uint32_t>(limit - queued) : 0;
}

std::uint32_t
Connection::Send(TimeNs now, const Payload& bytes)
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
            }
            const auto n = std::min(end - begin, kFragmentBytes - (last->end - last->begin));
            last->end += n;
            begin += n;
        }
    }
    AfterInput(now);
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
    CloseSend(now);
}

void
Connection::Abort(TimeNs now)
{
    for (auto& s : m_subflows)
    {
        s->sendFastClose = m_hasRemoteKey && !m_fallback;
    }
    Die(now, 0);
}

Info
Connection::GetInfo(TimeNs now) const
{
    Info info = m_info;
    info.state = m_state;
    info.fallback = m_fallback;
    info.token = m_localToken;
    info.bytesSent = m_sndNxt - 1;
    info.bytesAcked = m_sndUna - 1 - (m_finAcked && !m_fallback ? 1 : 0);
    info.bytesReceived = m_queue.Next() - 1 - (m_peerFinReached ? 1 : 0);
    info.receiveWindow =
        static_cast<std::uint32_t>(m_rightEdge > m_queue.Next() ? m_rightEdge - m_queue.Next() : 0);
    info.sendQueue = static_cast<std::uint32_t>(m_sendBuffer.Size());
    for (const auto& s : m_subflows)
    {
        SubflowInfo sub;
        sub.id = s->id;
        sub.local = s->local;
        sub.remote = s->remote;
        sub.localId = s->localId;
        sub.remoteId = s->remoteId;
        sub.established = s->established && s->fullyEstablished;
        sub.closed = s->closed;
        sub.backup = s->backup || s->requestBackup;
        sub.stale = s->stale;
        sub.dataBytesSent = s->dataBytesSent;
        sub.dataBytesReceived = s->dataBytesReceived;
        sub.tcp = s->tcp->GetInfo(now);
        info.subflows.push_back(sub);
    }
    return info;
}

} // namespace hoststack::mptcp
