// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include "ns3/hs-timer-wheel.h"

#include <algorithm>

namespace hoststack::tcp
{

Connection::Connection(std::shared_ptr<const Config> config,
                       SegmentSink& sink,
                       std::uint16_t localPort,
                       std::uint16_t remotePort,
                       Seq32 iss)
    : m_common(Usable(std::move(config)), *this, sink, localPort, remotePort, iss),
      m_sender(m_common, m_receiver),
      m_receiver(m_common, m_sender.Rtt())
{
    m_sender.SetBacklog(sink.Backlog());
}

Connection::~Connection() = default;

void
Connection::SetCongestion(std::unique_ptr<CongestionControl> congestion)
{
    assert(m_common.state == State::Closed);
    m_sender.SetCongestion(std::move(congestion));
}

void
Connection::SetState(TimeNs now, State state)
{
    m_common.state = state;
    if (m_waits && state == State::Closed)
    {
        m_receiver.Account().EndWaiting();
    }
    if (state == State::TimeWait)
    {
        NoteEnd(now, End::Closed);
        m_stateDeadline = now + m_common.config->timeWait;
        BeginWaiting(now);
    }
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
    m_sender.SetLimit(now, Limit::Application);
    SetState(now, State::Closed);
    m_sender.Clear();
    m_receiver.Acks().StopTimers();
    m_keepAliveDeadline = m_stateDeadline = kNever;
    m_common.Raise(events | kClosed);
}

void
Connection::NoteEnd(TimeNs now, End end)
{
    if (m_common.traffic.end != End::Open)
    {
        return;
    }
    m_common.traffic.end = end;
    m_common.traffic.endedAt = now;
    if (end == End::GivenUp)
    {
        auto& troubles = m_common.troubles.Own();
        troubles.retries = std::max(m_sender.Retransmits(), m_sender.ProbesOut());
        const auto since = m_sender.RepairsSince();
        troubles.repairedFor = since >= 0 ? now - since : 0;
    }
    m_common.source->Note(now,
                          Happening::Ended,
                          static_cast<std::uint64_t>(end) +
                              (std::uint64_t{m_common.troubles->retries} << 8));
}

void
Connection::RestartPeaks()
{
    m_sender.RestartPeaks();
}

bool
Connection::CanReceiveData() const
{
    return m_common.state == State::Established || m_common.state == State::FinWait1 ||
           m_common.state == State::FinWait2;
}

std::uint32_t
Connection::Send(TimeNs now, const Payload& bytes, bool more)
{
    return m_sender.Send(now, bytes, more);
}

void
Connection::SetCork(TimeNs now, bool on)
{
    m_sender.SetCork(now, on);
}

void
Connection::SetNoDelay(TimeNs now, bool on)
{
    m_sender.SetNoDelay(now, on);
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
    return m_receiver.ReadPart(now, max, out);
}

void
Connection::EndRead(TimeNs now, std::uint32_t copied)
{
    if (copied > 0 && m_common.state != State::Closed)
    {
        AckAfterRead(now, m_receiver.Memory() == 0, !m_readShutdown);
    }
}

void
Connection::AckAfterRead(TimeNs now, bool isEmpty, bool mayUpdate)
{
    // __tcp_cleanup_rbuf (facts sheet linux.md 1.6).
    if (!m_receiver.AckDueAfterRead(now, isEmpty))
    {
        if (!mayUpdate || !CanReceiveData() || !m_receiver.UpdateDue())
        {
            return;
        }
        ++m_common.troubles.Own().windowUpdates;
    }
    SendAck(now);
}

void
Connection::CloseSend(TimeNs now)
{
    if (m_sender.FinQueued() || m_common.state == State::Closed)
    {
        return;
    }
    if (m_common.state == State::SynSent)
    {
        NoteEnd(now, End::Aborted);
        Die(now, 0);
        return;
    }
    m_sender.QueueFin();
    if (m_common.state == State::Established)
    {
        SetState(now, State::FinWait1);
    }
    else if (m_common.state == State::CloseWait)
    {
        SetState(now, State::LastAck);
    }
    if (m_common.state != State::SynReceived)
    {
        m_sender.PushPending(now);
    }
}

void
Connection::Close(TimeNs now)
{
    m_common.orphaned = true;
    m_readShutdown = true;
    if (m_common.state == State::Closed || m_common.state == State::TimeWait)
    {
        return;
    }
    if (m_receiver.Available() > 0)
    {
        Abort(now);
        return;
    }
    CloseSend(now);
    if (m_common.state == State::FinWait2)
    {
        m_stateDeadline = now + FinWait2Time();
        BeginWaiting(now);
    }
}

void
Connection::Abort(TimeNs now)
{
    if (m_common.state == State::Closed)
    {
        return;
    }
    // RFC 9293 section 3.10.5; tcp_disconnect also when data is left unsent.
    const bool closing = m_common.state == State::Closing || m_common.state == State::LastAck;
    if (m_common.state != State::SynSent && m_common.state != State::TimeWait &&
        (!closing || m_sender.HasUnsentData()))
    {
        SendReset(now);
    }
    NoteEnd(now, End::Aborted);
    Die(now, 0);
}

void
Connection::SendAck(TimeNs now)
{
    if (m_common.state == State::Closed || m_common.state == State::SynSent ||
        m_sender.HoldsAck(now))
    {
        return;
    }
    TcpSegment ack;
    ack.seq = m_common.SendSeq(m_sender.AcceptableOffset());
    ack.flags = kAck;
    ++m_common.traffic.pureAcksSent;
    Emit(now, std::move(ack), m_sender.DepartsAt(now));
}

void
Connection::SendReset(TimeNs now)
{
    TcpSegment reset;
    reset.seq = m_common.SendSeq(m_sender.AcceptableOffset());
    reset.flags = kRst | kAck;
    Emit(now, std::move(reset), m_sender.DepartsAt(now));
}

void
Connection::Emit(TimeNs now, TcpSegment&& segment, TimeNs departs)
{
    auto& traffic = m_common.traffic;
    const auto segments = segment.SegmentCount();
    traffic.segmentsSent += segments;
    segment.sourcePort = m_common.localPort;
    segment.destinationPort = m_common.remotePort;
    segment.ack = m_common.ReceiveSeq(m_receiver.Next());
    m_receiver.Stamp(now,
                     departs,
                     segment,
                     static_cast<std::uint64_t>(m_sender.OffsetOf(segment.seq)));
    if (segment.payload.Length() > 0)
    {
        traffic.dataSegmentsSent += segments;
        traffic.bytesSent += segment.payload.Length();
    }
    if (m_sender.DepartsBelow())
    {
        m_common.sink.TransmitAt(std::move(segment), departs);
        return;
    }
    m_common.sink.Transmit(std::move(segment));
}

void
Connection::ResendSyn(TimeNs now)
{
    SendSyn(now, true);
}

void
Connection::GiveUp(TimeNs now)
{
    Die(now, kTimedOut);
}

void
Connection::OnDeadline(TimeNs now)
{
    auto& acks = m_receiver.Acks();
    const bool isTimerDue = std::min(m_sender.RetransmitDeadline(), acks.DelayedDeadline()) <= now;
    if (m_sender.PacingDeadline() <= now || (isTimerDue && m_sender.OpensGap(now)))
    {
        m_sender.OnPacingDeadline(now);
    }
    if (acks.HeldDeadline() <= now && acks.OnHeldDeadline())
    {
        SendAck(now);
    }
    if (acks.DelayedDeadline() <= now && acks.OnDelayedDeadline(m_sender.Rtt().Rto()))
    {
        SendAck(now);
    }
    if (m_sender.RetransmitDeadline() <= now)
    {
        m_sender.OnRetransmitDeadline(now);
    }
    if (m_keepAliveDeadline <= now)
    {
        OnKeepAliveTimer(now);
    }
    if (m_stateDeadline <= now)
    {
        m_stateDeadline = kNever;
        Die(now, 0);
    }
}

void
Connection::OnKeepAliveTimer(TimeNs now)
{
    m_keepAliveDeadline = kNever;
    if (m_common.state == State::Closed || m_common.state == State::TimeWait ||
        m_common.state == State::SynSent)
    {
        return;
    }
    if (m_sender.HasInFlight() || m_sender.IsUnsent())
    {
        // Data in flight probes the path by itself.
        m_keepAliveDeadline = Expiry(now, m_common.config->keepAliveTime);
        return;
    }
    const TimeNs idle = now - m_common.lastReceived;
    if (idle < m_common.config->keepAliveTime)
    {
        m_keepAliveDeadline = Expiry(now, m_common.config->keepAliveTime - idle);
        return;
    }
    const bool userTimeout = m_common.config->userTimeout > 0;
    if (userTimeout ? m_sender.ProbesOut() > 0 && idle >= m_common.config->userTimeout
                    : m_sender.ProbesOut() >= m_common.config->keepAliveProbes)
    {
        SendReset(now);
        Die(now, kTimedOut);
        return;
    }
    m_sender.SendWindowProbe(now);
    m_sender.CountProbe();
    m_keepAliveDeadline = Expiry(now, m_common.config->keepAliveInterval);
}

TimeNs
Connection::Expiry(TimeNs now, TimeNs delay) const
{
    return WheelExpiry(m_common.config->tick, now, delay);
}

void
Connection::Shrink()
{
    m_sender.Shrink();
    m_receiver.Shrink();
}

const char*
Connection::Inconsistency() const
{
    const auto state = m_common.state;
    if (state == State::Closed)
    {
        return NextDeadline() != kNever || !m_sender.IsClear()
                   ? "a closed connection has timers or segments in flight"
                   : nullptr;
    }
    const bool canSend =
        state != State::SynSent && state != State::SynReceived && state != State::TimeWait;
    const char* fault = m_sender.Inconsistency(canSend, m_waits);
    return fault || m_sender.IsAckHeld() ? fault : m_receiver.Inconsistency();
}

Info
Connection::GetInfo(TimeNs now) const
{
    Info info;
    static_cast<Tally&>(info) = m_common.Counted();
    info.rcvCollapsed = m_common.troubles->collapsed;
    info.state = m_common.state;
    info.networkFault = m_networkFault;
    m_sender.Describe(now, info);
    const auto& r = m_receiver.State();
    info.receiveMss = r.Facts().mss;
    info.receiveWindow = r.Remaining();
    info.receiveSsthresh = r.Ssthresh();
    info.receiveBuffer = r.Buffer();
    info.receiveMemory = m_receiver.Memory();
    info.receiverRtt = r.Facts().receiverRtt;
    info.bytesReceived = m_receiver.Next() > 0 ? m_receiver.Next() - 1 : 0;
    if (m_receiver.FinReceived())
    {
        --info.bytesReceived;
    }
    return info;
}

std::uint32_t
Connection::MemoryInBacklog(std::uint64_t waiting, const Burst& burst) const
{
    constexpr std::uint64_t kHeadroom = 64 * 1024;
    const std::uint64_t limit =
        2 * std::uint64_t{m_receiver.State().Buffer()} + m_sender.BufferLimit() / 2 + kHeadroom;
    if (waiting + m_receiver.Memory() > limit)
    {
        return 0;
    }
    return std::max<std::uint32_t>(1, m_receiver.MemoryOf(burst).truesize);
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
