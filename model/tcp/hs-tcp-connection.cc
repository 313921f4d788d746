// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kTimestampBytes = 12; // RFC 7323 with two NOPs
constexpr std::uint32_t kDefaultMss = 536;    // RFC 9293 section 3.7.1
constexpr std::uint32_t kMinMss = 48;         // tcp_min_snd_mss

} // namespace

Connection::Connection(std::shared_ptr<const Config> config,
                       SegmentSink& sink,
                       std::uint16_t localPort,
                       std::uint16_t remotePort,
                       Seq32 iss)
    : m_config(Usable(std::move(config))),
      m_sink(sink),
      m_congestion(CongestionControls().Create(m_config->congestion)),
      m_recovery(LossRecoveries().Create(m_config->recovery, *m_config)),
      m_window(WindowPolicies().Create(m_config->window, *m_config)),
      m_rtt(RttEstimators().Create(m_config->rto, *m_config)),
      m_localPort(localPort),
      m_remotePort(remotePort),
      m_iss(iss),
      m_nagle(m_config->nagle)
{
    m_cwnd.cwnd = m_config->initialCwnd;
    m_cwnd.ssthresh = m_config->initialSsthresh;
    m_cwnd.reordering = m_board.reordering = m_config->reordering;
    if (m_config->maxPacingRate > 0)
    {
        m_cwnd.maxPacingRate = m_config->maxPacingRate;
    }
    m_sendBufferLimit = m_config->sendBuffer;
    m_sendBuffer.Reset(1);
}

Connection::~Connection() = default;

void
Connection::SetCongestion(std::unique_ptr<CongestionControl> congestion)
{
    assert(m_state == State::Closed);
    m_congestion = std::move(congestion);
}

void
Connection::Connect(TimeNs now)
{
    assert(m_state == State::Closed);
    m_limitSince = now;
    m_lastReceived = m_lastArrival = now;
    m_timestamps = m_config->timestamps;
    m_scaling = m_config->windowScaling;
    m_sack = m_config->sack;
    InitReceive(m_config->mss); // whether timestamps will take their bytes is not known yet
    SetState(now, State::SynSent);
    SendSyn(now, false);
}

void
Connection::AcceptSyn(TimeNs now, const TcpSegment& syn)
{
    assert(m_state == State::Closed);
    m_passive = true;
    m_limitSince = now;
    m_lastReceived = m_lastArrival = now;
    m_irs = syn.seq;
    m_queue.Reset(1);
    m_timestamps = m_config->timestamps;
    m_scaling = m_config->windowScaling;
    m_sack = m_config->sack;
    NegotiateOptions(syn);
    InitReceive(m_receive.advMss);
    m_ecn = m_config->ecn != EcnMode::Off && syn.Has(kEce) && syn.Has(kCwr);
    m_sendWindow = syn.window; // never scaled on a SYN (RFC 7323 section 2.2)
    m_maxSendWindow = m_sendWindow;
    SetState(now, State::SynReceived);
    ++m_info.segmentsReceived;
    SendSyn(now, false);
}

void
Connection::InitReceive(std::uint32_t advMss)
{
    auto& r = m_receive;
    r.advMss = advMss;
    r.buffer = m_config->receiveBuffer;
    r.bufferMax = std::max(m_config->receiveBufferMax, m_config->receiveBuffer);
    r.bufferLocked = m_config->receiveBufferLocked;
    r.shrink = m_config->shrinkWindow;
    r.next = r.windowUpdated = r.read = m_queue.Next();
    m_window->Init(r, m_scaling);
}

void
Connection::NegotiateOptions(const TcpSegment& syn)
{
    const auto& o = syn.options;
    m_peerMss = o.hasMss ? std::max<std::uint32_t>(o.mss, kMinMss) : kDefaultMss;
    m_timestamps = m_timestamps && o.hasTimestamps;
    m_sack = m_sack && o.sackPermitted;
    m_scaling = m_scaling && o.hasWindowScale;
    m_sendShift = m_scaling ? std::min<std::uint8_t>(o.windowScale, 14) : 0;
    if (m_timestamps)
    {
        m_recentTimestamp = o.timestampValue;
        m_hasRecentTimestamp = true;
    }
    m_board.sack = m_sack;
    UpdateMss();
}

void
Connection::UpdateMss()
{
    const std::uint32_t options = m_timestamps ? kTimestampBytes : 0;
    const auto reserved = options + (m_extension ? m_extension->DataOptionBytes() : 0);
    const auto most = std::min({m_peerMss, m_config->mss, m_pathMss, m_mssBound + options});
    m_mss = std::max(most - std::min(most, reserved), kMinMss - options);
    m_board.mss = m_cwnd.mss = m_mss;
    m_receive.advMss = m_config->mss > options ? m_config->mss - options : 1;
    // tcp_initialize_rcv_mss: a guess until segments arrive.
    m_receive.mss = std::max(std::min({m_receive.advMss, m_mss, kDefaultMss}), 88u);
}

void
Connection::BoundMss()
{
    // tcp_bound_to_half_wnd: two segments fit into the largest window that was seen, or one into a
    // tiny one.
    const std::uint32_t options = m_timestamps ? kTimestampBytes : 0;
    const std::uint32_t least = kMinMss - options; // 68 less the headers
    const auto window =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(m_maxSendWindow, 1u << 30));
    const auto cutoff = window > kDefaultMss ? window / 2 : window;
    const auto bound = cutoff > 0 ? std::max(cutoff, least) : kUnboundMss;
    if (bound != m_mssBound && std::min(bound, m_mssBound) < std::min(m_peerMss, m_config->mss))
    {
        m_mssBound = bound;
        RefreshMss();
    }
}

void
Connection::StartEstablished(TimeNs now)
{
    SyncReceiveState(now);
    m_receive.mss = std::max(std::min(m_receive.mss, m_receive.window / 2), 88u);
    m_window->Established(m_receive);
    SyncCongestionState(now);
    m_cwnd.tick = m_config->tick;
    m_cwnd.gsoMaxBytes = m_config->gsoMaxBytes;
    m_cwnd.pacingShift = m_config->pacingShift;
    m_cwnd.seed = m_iss.Value();
    m_pacing = m_config->pacing == "internal" ||
               (m_config->pacing == "auto" &&
                (m_congestion->NeedsPacing() || m_config->maxPacingRate > 0));
    m_cwnd.isPaced = m_pacing;
    m_congestion->Init(m_cwnd);
    if (m_congestion->NeedsEcn())
    {
        m_ecn = m_ecn || m_ecnAsked;
    }
    if (!m_congestion->HasFullControl())
    {
        UpdatePacingRate();
    }
    m_deliveredAt = m_firstSentInRound = now;
    m_cwndStamp = now;
    if (!m_config->sendBufferLocked)
    {
        // tcp_init_buffer_space: room for the first window.
        m_sendBufferLimit =
            std::max(m_sendBufferLimit,
                     std::min(m_config->sendBufferMax,
                              m_congestion->SendBufferFactor() * std::max(10u, m_cwnd.cwnd) *
                                  SendTruesize(m_mss)));
    }
    if (m_config->keepAlive)
    {
        m_keepAliveDeadline = Expiry(now, m_config->keepAliveTime);
    }
    SetLimit(now, Limit::Application);
    m_info.cwndMost = std::max(m_info.cwndMost, m_cwnd.cwnd);
    m_source.Note(now, Happening::Connected);
    Raise(kConnected);
    if (SendSpace() > 0)
    {
        Raise(kWritable);
    }
}

void
Connection::SetState(TimeNs now, State state)
{
    m_state = state;
    m_info.state = state;
    if (state == State::TimeWait)
    {
        NoteEnd(now, End::Closed);
        m_stateDeadline = now + m_config->timeWait;
        BeginWaiting();
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
    if ((events & kTimedOut) != 0 && m_networkFault != NetworkFault::None)
    {
        events |= kUnreachable; // tcp_write_err: the soft error is the reason
    }
    NoteEnd(now,
            (events & kTimedOut) != 0  ? End::GivenUp
            : (events & kRefused) != 0 ? End::Refused
            : (events & kReset) != 0   ? End::Reset
                                       : End::Closed);
    SetLimit(now, Limit::Application);
    SetState(now, State::Closed);
    m_rtxTimer = RtxTimer::None;
    m_rtxDeadline = m_delayedAckDeadline = m_compressedAckDeadline = kNever;
    m_pacingDeadline = m_keepAliveDeadline = m_stateDeadline = kNever;
    m_board.map.Clear();
    m_board.packetsOut = m_board.sackedOut = m_board.lostOut = m_board.retransOut = 0;
    Raise(events | kClosed);
}

void
Connection::NoteEnd(TimeNs now, End end)
{
    if (m_info.end != End::Open)
    {
        return;
    }
    m_info.end = end;
    m_info.endedAt = now;
    m_info.retries = end == End::GivenUp ? std::max(m_retransmits, m_probesOut) : 0;
    m_source.Note(now,
                  Happening::Ended,
                  static_cast<std::uint64_t>(end) + (std::uint64_t{m_info.retries} << 8));
}

void
Connection::RestartPeaks()
{
    m_info.rttLeast = kNever;
    m_info.rttMost = 0;
    m_info.cwndMost = m_cwnd.cwnd;
}

void
Connection::SetLimit(TimeNs now, Limit limit)
{
    m_info.limitedFor[static_cast<std::size_t>(m_limit)] += LimitEnd(now) - m_limitSince;
    m_limitSince = now;
    m_limit = limit;
}

bool
Connection::CanReceiveData() const
{
    return m_state == State::Established || m_state == State::FinWait1 ||
           m_state == State::FinWait2;
}

std::uint32_t
Connection::SendSpace() const
{
    if (m_finQueued || m_state == State::Closed || m_state == State::TimeWait)
    {
        return 0;
    }
    const auto queued = Queued();
    return m_sendBufferLimit > queued ? m_sendBufferLimit - queued : 0;
}

std::uint32_t
Connection::Send(TimeNs now, const Payload& bytes, bool more)
{
    const auto taken = std::min(bytes.Length(), SendSpace());
    const bool isBlocked = taken < bytes.Length();
    if (isBlocked)
    {
        m_writerBlocked = true;
    }
    if (taken > 0)
    {
        m_sendBuffer.Append(taken == bytes.Length() ? bytes : bytes.Slice(0, taken));
        // tcp_push: half of the peer's largest window without a mark gets one (forced_push).
        if (!more || isBlocked || m_sendBuffer.End() > m_pushedTo + m_maxSendWindow / 2)
        {
            m_pushedTo = m_sendBuffer.End();
        }
        CheckAppLimited();
    }
    if (CanSendData())
    {
        // tcp_sendmsg: a writer that must wait for room holds nothing back.
        const bool holds = more || m_corked;
        PushHeld(now, !holds ? Hold::ByRule : isBlocked ? Hold::Nothing : Hold::All);
    }
    return taken;
}

std::uint32_t
Connection::Available() const
{
    return m_queue.Available();
}

bool
Connection::EndOfStream() const
{
    return m_finReceived && m_queue.Available() == 0;
}

std::uint32_t
Connection::Read(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    const auto copied = ReadPart(now, max, out);
    EndRead(now, copied);
    return copied;
}

std::uint32_t
Connection::ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out)
{
    const auto before = m_queue.Memory();
    const auto copied = m_queue.Read(max, out);
    ReturnMemory(before);
    SyncReceiveState(now);
    if (copied > 0 && m_state != State::Closed)
    {
        m_window->OnRead(m_receive);
    }
    return copied;
}

void
Connection::EndRead(TimeNs now, std::uint32_t copied)
{
    if (copied == 0 || m_state == State::Closed)
    {
        return;
    }
    SyncReceiveState(now);
    // __tcp_cleanup_rbuf (facts sheet linux.md 1.6).
    bool ack = false;
    if (m_ackPending)
    {
        ack = m_queue.Next() - m_receive.windowUpdated > m_receive.mss ||
              (m_queue.Memory() == 0 && (m_ackPushed2 || (m_ackPushed && m_pingPong == 0)));
    }
    if (!ack && CanReceiveData() && !m_readShutdown && m_window->UpdateDue(m_receive))
    {
        ack = true;
        ++m_info.windowUpdates;
    }
    if (ack)
    {
        SendAck(now);
    }
}

void
Connection::CloseSend(TimeNs now)
{
    if (m_finQueued || m_state == State::Closed)
    {
        return;
    }
    if (m_state == State::SynSent)
    {
        NoteEnd(now, End::Aborted);
        Die(now, 0);
        return;
    }
    m_finQueued = true;
    if (m_state == State::Established)
    {
        SetState(now, State::FinWait1);
    }
    else if (m_state == State::CloseWait)
    {
        SetState(now, State::LastAck);
    }
    if (m_state != State::SynReceived)
    {
        PushPending(now);
    }
}

void
Connection::Close(TimeNs now)
{
    m_orphaned = true;
    m_readShutdown = true;
    if (m_state == State::Closed || m_state == State::TimeWait)
    {
        return;
    }
    if (m_queue.Available() > 0)
    {
        Abort(now);
        return;
    }
    CloseSend(now);
    if (m_state == State::FinWait2)
    {
        m_stateDeadline = now + FinWait2Time();
        BeginWaiting();
    }
}

void
Connection::Abort(TimeNs now)
{
    if (m_state == State::Closed)
    {
        return;
    }
    // RFC 9293 section 3.10.5; tcp_disconnect also when data is left unsent.
    const bool closing = m_state == State::Closing || m_state == State::LastAck;
    if (m_state != State::SynSent && m_state != State::TimeWait &&
        (!closing || m_sendBuffer.End() > m_board.sndNxt))
    {
        SendReset(now);
    }
    NoteEnd(now, End::Aborted);
    Die(now, 0);
}

void
Connection::Shrink()
{
    m_board.map.Shrink();
    m_queue.Shrink();
}

const char*
Connection::Inconsistency() const
{
    const auto& b = m_board;
    if (m_state == State::Closed)
    {
        return NextDeadline() != kNever || b.packetsOut > 0 || !b.map.Empty()
                   ? "a closed connection has timers or segments in flight"
                   : nullptr;
    }
    if (const char* fault = b.Inconsistency())
    {
        return fault;
    }
    const bool timerRuns = m_rtxTimer != RtxTimer::None;
    const bool canSend =
        m_state != State::SynSent && m_state != State::SynReceived && m_state != State::TimeWait;
    const bool unsent = canSend && !m_waits && IsUnsent();
    const bool ackTimer = m_delayedAckDeadline != kNever || m_compressedAckDeadline != kNever;
    return !m_queue.IsConsistent()                     ? "the receive queue's sums are wrong"
           : timerRuns != (m_rtxDeadline != kNever)    ? "a timer has no deadline, or none has one"
           : b.packetsOut > 0 && !timerRuns && canSend ? "nothing asks for what is in flight"
           : unsent && !timerRuns && m_pacingDeadline == kNever
               ? "nothing asks for what cannot be sent"
           : m_ackPending && !ackTimer ? "a pending ACK has no timer"
           : b.sndUna > b.sndNxt || b.sndNxt > m_sendBuffer.End() + 1
               ? "the send sequence is out of order"
           : m_sendBuffer.Begin() > std::max<std::uint64_t>(b.sndUna, 1)
               ? "unacknowledged data was released"
           : m_cwnd.cwnd < 1                          ? "the window is zero"
           : m_receive.windowUpdated > m_queue.Next() ? "a window was announced ahead of its ACK"
                                                      : nullptr;
}

Info
Connection::GetInfo(TimeNs now) const
{
    Info info = m_info;
    info.state = m_state;
    info.caState = m_board.caState;
    info.networkFault = m_networkFault;
    info.mss = m_mss;
    info.receiveMss = m_receive.mss;
    info.cwnd = m_cwnd.cwnd;
    info.ssthresh = m_cwnd.ssthresh;
    info.inFlight = m_board.InFlight();
    info.sendWindow = static_cast<std::uint32_t>(std::min<std::uint64_t>(m_sendWindow, ~0u));
    info.receiveWindow = m_receive.Remaining();
    info.receiveSsthresh = m_receive.ssthresh;
    info.receiveBuffer = m_receive.buffer;
    info.receiveMemory = m_queue.Memory();
    info.sendBuffer = m_sendBufferLimit;
    info.sendQueue = Queued();
    info.unsent = static_cast<std::uint32_t>(
        m_sendBuffer.End() -
        std::min(m_sendBuffer.End(), std::max<std::uint64_t>(m_board.sndNxt, 1)));
    info.srtt = m_rtt->Srtt();
    info.rttvar = m_rtt->Rttvar();
    info.minRtt = m_board.minRtt == kNever ? 0 : m_board.minRtt;
    info.rto = Rto();
    info.receiverRtt = m_receive.receiverRtt;
    info.pacingRate = m_cwnd.pacingRate;
    info.deliveryRate = m_rateInterval > 0
                            ? static_cast<BytesPerSecond>(static_cast<double>(m_rateDelivered) *
                                                          m_mss * kSecond / m_rateInterval)
                            : 0;
    info.bytesAcked = m_board.sndUna > 0 ? m_board.sndUna - 1 : 0;
    info.bytesReceived = m_queue.Next() > 0 ? m_queue.Next() - 1 : 0;
    if (m_finReceived)
    {
        --info.bytesReceived;
    }
    if (m_finSent && m_board.sndUna > m_sendBuffer.End())
    {
        --info.bytesAcked;
    }
    info.limitedFor[static_cast<std::size_t>(m_limit)] += LimitEnd(now) - m_limitSince;
    return info;
}

TcpSegment
ResetFor(const TcpSegment& segment)
{
    TcpSegment reset;
    reset.sourcePort = segment.destinationPort;
    reset.destinationPort = segment.sourcePort;
    if (segment.Has(kAck))
    {
        reset.seq = segment.ack;
        reset.flags = kRst;
    }
    else
    {
        reset.ack = segment.seq + segment.SequenceLength();
        reset.flags = kRst | kAck;
    }
    return reset;
}

} // namespace hoststack::tcp
