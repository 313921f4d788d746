// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr TimeNs kUnknownRttRepeat = kSecond; // TCP_TIMEOUT_INIT, schedule_3rdack_retransmission

/// The congestion control's name.
const std::string&
CongestionOf(const Config& config)
{
    return config.congestion.empty() ? config.tcp->congestion : config.congestion;
}

/// \p config with that congestion control. Connections of one configuration share it.
std::shared_ptr<const tcp::Config>
WithCongestion(const std::shared_ptr<const tcp::Config>& config, const std::string& name)
{
    if (config->congestion == name)
    {
        return config;
    }
    thread_local std::weak_ptr<const tcp::Config> lastFrom;
    thread_local std::weak_ptr<const tcp::Config> last;
    if (const auto made = last.lock();
        made && made->congestion == name && lastFrom.lock() == config)
    {
        return made;
    }
    auto own = std::make_shared<tcp::Config>(*config);
    own->congestion = name;
    lastFrom = config;
    last = own;
    return own;
}

} // namespace

Connection::Connection(std::shared_ptr<const Config> settings, HostServices& services)
    : DataLevel({*settings,
                 services,
                 services.GetCounters(),
                 m_info,
                 m_keys,
                 m_addresses,
                 m_window,
                 m_receiver,
                 m_state,
                 m_fallback}),
      m_config(std::move(settings)),
      m_keys(m_config->checksum, m_config->allowJoinInitialAddress),
      m_receiver(*this),
      m_sender(*this, m_subflows, *this),
      m_pathManager(PathManagers().Create(m_config->pathManager)),
      m_subflowConfig(m_config->tcp)
{
    const auto& name = CongestionOf(*m_config);
    if (CoupledCongestionControls().Has(name))
    {
        // Each subflow is made with Reno and gets its member of the group before it is opened.
        m_subflowConfig = WithCongestion(m_config->tcp, "reno");
        m_coupled = std::make_shared<CoupledGroup>();
    }
    else
    {
        m_subflowConfig = WithCongestion(m_config->tcp, name);
    }
}

Connection::~Connection() = default;

Subflow&
Connection::NewSubflow(Subflow::Role role,
                       bool active,
                       tcp::SegmentSink& sink,
                       const Endpoint& local,
                       const Endpoint& remote)
{
    auto subflow =
        std::make_unique<Subflow>(static_cast<DataLevel&>(*this), m_nextId++, role, active);
    subflow->local = local;
    subflow->remote = remote;
    subflow->tcp = std::make_unique<tcp::Connection>(host.ConfigOf(sink, m_subflowConfig),
                                                     sink,
                                                     local.port,
                                                     remote.port,
                                                     host.InitialSequence());
    subflow->tcp->SetExtension(subflow.get());
    subflow->tcp->SetMemoryPressure(m_pressure);
    if (m_memory)
    {
        subflow->tcp->UseMemory(*m_memory);
    }
    if (m_pacing)
    {
        subflow->tcp->UsePacing(*m_pacing);
    }
    subflow->tcp->SetEventSource({m_source.log, m_source.object, subflow->id});
    subflow->tcp->SetCork(0, m_corked);
    if (m_noDelay)
    {
        subflow->tcp->SetNoDelay(0, *m_noDelay);
    }
    if (m_coupled)
    {
        subflow->tcp->SetCongestion(
            CoupledCongestionControls().Create(CongestionOf(*m_config), m_coupled));
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
    m_keys.SetLocalKey(host.RandomBits());
    m_state = tcp::State::SynSent;
    auto& first = NewSubflow(Subflow::Role::Initial, true, sink, local, remote);
    if (config.blackholeTimeout > 0 && host.IsBlackholed(now, config.blackholeTimeout))
    {
        ++counters.capableSynTxDisabled; // mptcp_connect
        m_fallback = true;
        first.BecomePlain(Subflow::Speech::Plain);
    }
    else
    {
        ++counters.capableSynTx;
    }
    first.tcp->Connect(now);
    m_receiver.AssumeRatio(first.tcp->GetReceiveState().ScalingRatio());
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
    m_keys.SetLocalKey(host.RandomBits());
    m_state = tcp::State::SynReceived;
    auto& first = NewSubflow(Subflow::Role::Initial, false, sink, local, remote);
    MptcpOptions options;
    ParseMptcp(syn, options);
    if (!options.Has(MptcpSubtype::Capable))
    {
        m_fallback = true;
        first.BecomePlain(Subflow::Speech::Plain);
    }
    else
    {
        ++counters.capableSynRx;
        m_keys.OnSyn(options.capable);
    }
    first.tcp->AcceptSyn(now, syn);
    m_receiver.AssumeRatio(first.tcp->GetReceiveState().ScalingRatio());
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
    const auto isOpen = [this](const auto& s) { return !s->IsClosed() && !IsHalfOpen(*s); };
    return static_cast<std::size_t>(std::count_if(m_subflows.begin(), m_subflows.end(), isOpen));
}

void
Connection::OnSegment(TimeNs now, std::uint32_t subflow, const Burst& burst)
{
    if (m_sweepDue)
    {
        Sweep(now);
    }
    auto* s = Find(subflow);
    if (!s || s->IsReleased())
    {
        return;
    }
    s->tcp->OnSegment(now, burst);
    if (m_fastClosed)
    {
        Die(now, tcp::kReset); // a RST with MP_FASTCLOSE has ended its own subflow by now
        return;
    }
    if (s->stale && s->tcp->GetState() != tcp::State::Closed)
    {
        // Any sign of life makes a subflow usable again (facts sheet linux.md 3.5.3).
        s->stale = false;
        ++m_info.Own().recoverEvents;
        ++counters.subflowRecover;
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
        if (s.IsReleased())
        {
            continue;
        }
        if (s.join.ackDeadline <= now)
        {
            SendJoinAck(now, s);
        }
        if (s.tcp->NextDeadline() <= now)
        {
            s.tcp->OnDeadline(now);
            CollectEvents(now, s);
        }
    }
    if (m_sender.IsHeld())
    {
        return; // the rest is the worker's, which waits for the connection's lock
    }
    for (auto& a : m_addresses.Announcements())
    {
        if (a.deadline <= now)
        {
            SendAnnouncement(now, a);
        }
    }
    if (HasWorker())
    {
        CallWorkerIf(WorkDeadline() <= now);
    }
    else
    {
        DoTimers(now);
    }
    AfterTimers(now);
}

TimeNs
Connection::NextDeadline() const
{
    TimeNs next = m_sender.IsHeld() ? kNever : OwnDeadline();
    for (const auto& s : m_subflows)
    {
        if (!s->IsReleased())
        {
            next = std::min(next, std::min(s->tcp->NextDeadline(), s->join.ackDeadline));
        }
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
    if (!m_sender.IsQuiet())
    {
        m_sender.PushPending(now);
    }
    AdvanceCloseStates(now);
}

void
Connection::OnSubflowEvents(TimeNs now, Subflow& s, std::uint32_t events)
{
    if ((events & tcp::kConnected) != 0)
    {
        s.Reach(Subflow::Progress::Established);
        if (s.role == Subflow::Role::Initial)
        {
            OnFirstEstablished(now);
            if (!s.active && m_keys.HasRemote() && !m_fallback)
            {
                OnProven(now, s); // the third ACK brought both keys
            }
        }
        else if (s.active)
        {
            // Usable once the peer's fourth message has come.
            ArmJoinAck(now, s);
        }
        else
        {
            OnProven(now, s);
            s.tcp->AckNow(now);
        }
    }
    m_sender.OnSubflowEvents(events);
    if ((events & tcp::kAllAcked) != 0 && m_fallback)
    {
        Raise(tcp::kAllAcked);
    }
    if (m_fallback && s.role == Subflow::Role::Initial)
    {
        // Plain TCP: the subflow's acknowledgements are the connection's.
        m_sender.OnPlainAck(now, s.tcp->GetSendStatus().sndUna);
        if (!s.IsClosed() && s.tcp->GetState() > tcp::State::Established)
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
            OnDataFin(now, s, m_receiver.Queue().Next());
        }
        else if (m_state == tcp::State::Established && !s.IsClosed())
        {
            Detach(now, s); // __mptcp_close_subflow
        }
    }
}

void
Connection::OnSubflowGone(TimeNs now, Subflow& s, std::uint32_t events)
{
    const bool wasClosed = s.IsClosed();
    s.Detach();
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
    s.join.ackDeadline = kNever;
    const auto last = s.tcp->GetInfo(now);
    s.ending.why = last.end == tcp::End::Open ? tcp::End::Closed : last.end;
    s.ending.at = now;
    Raise(kSubflowClosed);
    if (m_state == tcp::State::Closed || m_state == tcp::State::TimeWait)
    {
        return;
    }
    Note(now,
         Happening::SubflowLost,
         s.id,
         static_cast<std::uint64_t>(s.ending.why) + (std::uint64_t{last.retries} << 8));
    if (OpenCount() > 0)
    {
        m_sender.ReinjectAll(now);
        m_pathWork |= kWorkGone;
        m_sender.RequestPush(); // data that no subflow had yet may go to those that are left
        return;
    }
    m_pathWork |= kWorkGone;
    // __mptcp_close_ssk: an established connection waits for a new subflow.
    if (m_fallback || !m_fullyEstablished || m_orphaned || config.closeTimeout == 0 ||
        m_state != tcp::State::Established)
    {
        Die(now, events & ~tcp::kClosed);
    }
    else
    {
        m_closeDeadline = now + config.closeTimeout;
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
    if (s.IsReleased())
    {
        return;
    }
    s.Release();
    m_sweepDue = m_sweepDue || s.role == Subflow::Role::Join;
    host.CloseSubflow(s.id);
    if (m_state == tcp::State::TimeWait &&
        std::all_of(m_subflows.begin(), m_subflows.end(), [](const auto& other) {
            return other->IsReleased();
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
    s.join.ackDeadline = Expiry(now, srtt > 0 ? 2 * srtt : kUnknownRttRepeat);
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
Connection::Raise(std::uint32_t events)
{
    m_events |= events;
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
    m_sender.StopTimer();
    m_closeDeadline = m_failDeadline = kNever;
    m_addresses.StopRepeating();
    for (auto& s : m_subflows)
    {
        if (!s->IsReleased())
        {
            s->tcp->Abort(now);
            s->tcp->TakeEvents();
            s->Detach();
            Release(*s);
        }
    }
    Raise(events | tcp::kClosed);
}

std::uint32_t
Connection::Send(TimeNs now, const Payload& bytes, bool /* more */)
{
    const auto taken = m_sender.Write(now, bytes);
    if (m_state != tcp::State::Closed && !m_subflows.empty())
    {
        AdvanceCloseStates(now);
    }
    return taken;
}

void
Connection::CloseSend(TimeNs now)
{
    if (m_state != tcp::State::Closed && m_sender.Finish())
    {
        // mptcp_close_state: however much still waits, joins are over (mptcp_is_fully_established).
        OnSendClosed();
        AfterInput(now);
    }
}

void
Connection::Close(TimeNs now)
{
    if (m_state == tcp::State::Closed)
    {
        return;
    }
    if (m_receiver.Queue().Available() > 0)
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
            if (!s.IsClosed())
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
        m_closeDeadline = now + config.closeTimeout; // __mptcp_close
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
        if (m_keys.HasRemote() && !m_fallback)
        {
            s->Owe(MptcpSubtype::FastClose);
        }
    }
    NoteEnd(now, tcp::End::Aborted);
    Die(now, 0);
}

void
Connection::OnSendClosed()
{
    if (m_state == tcp::State::Established)
    {
        m_state = tcp::State::FinWait1;
    }
    else if (m_state == tcp::State::CloseWait)
    {
        m_state = tcp::State::LastAck;
    }
}

} // namespace hoststack::mptcp
