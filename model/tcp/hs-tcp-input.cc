// SPDX-License-Identifier: GPL-2.0-only

// Connection: an arriving segment, step by step (RFC 9293 section 3.10.7.4).

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::int32_t kPawsTolerance = 1; // TCP_PAWS_WINDOW, ticks of the peer's clock

} // namespace

bool
Connection::ChallengeAllowed(TimeNs now)
{
    // __tcp_oow_rate_limited, which counts in ticks, too
    const auto tick = std::max(m_common.TimestampNow(now), 1u);
    if (m_lastChallenge != 0 &&
        TimeNs{tick - m_lastChallenge} * kMillisecond < m_common.config->invalidRateLimit)
    {
        return false;
    }
    m_lastChallenge = tick;
    return true;
}

void
Connection::Challenge(TimeNs now)
{
    if (ChallengeAllowed(now))
    {
        SendAck(now);
    }
}

void
Connection::EndBatch(TimeNs now)
{
    m_common.moreComes = false;
    m_sender.EndBatch(now);
    Answer(now);
}

void
Connection::OnSegment(TimeNs now, const Burst& burst)
{
    const auto& segment = burst.segment;
    ++m_common.traffic.segmentsReceived; // merged ones are one (tcp_v4_rcv)
    m_common.lastReceived = now;
    m_common.moreComes = burst.place != BatchPlace::None;
    if (m_common.state == State::Closed)
    {
        return;
    }
    if (m_common.state == State::SynSent)
    {
        OnSegmentInSynSent(now, segment);
        return;
    }
    const auto offset = m_receiver.OffsetOf(segment.seq);
    if (offset < 0)
    {
        // From before the peer's initial number: no part of it can be ours.
        if (!segment.Has(kRst))
        {
            Challenge(now);
        }
        return;
    }
    const auto begin = static_cast<std::uint64_t>(offset);
    const std::uint64_t end = begin + segment.SequenceLength();
    if (m_waits)
    {
        OnSegmentWaiting(now, segment, begin);
        return;
    }
    // First, the sequence number, with the timestamp (RFC 7323 section 5.3).
    if (!CheckSequence(now, segment, begin, end))
    {
        return;
    }
    // Second, RST; third, security, is not modelled; fourth, SYN.
    if (segment.Has(kRst))
    {
        CheckReset(now, segment, begin);
        return;
    }
    if (segment.Has(kSyn) && !CheckSyn(now, segment, begin))
    {
        return;
    }
    // Fifth, ACK.
    if (!segment.Has(kAck) || !CheckAck(now, segment, begin) ||
        AdvanceCloseStates(now, segment, end))
    {
        return;
    }
    if (m_common.extension)
    {
        const auto verdict = m_common.extension->OnReceive(now, segment, begin);
        if (verdict != Extension::Verdict::Take)
        {
            if (verdict == Extension::Verdict::NoRoom)
            {
                RefuseText(now, segment, begin);
            }
            return;
        }
    }
    if (m_common.agreed.ecn)
    {
        m_receiver.OnEcn(segment);
        m_sender.OnEcn(segment);
    }
    if (segment.Has(kSyn))
    {
        m_receiver.OnRepeated(begin, begin + 1); // that of a simultaneous open has come twice
    }
    // Sixth, urgent data is read in line; seventh, the text; eighth, FIN.
    if (!TakeText(now, burst, begin + (segment.Has(kSyn) ? 1 : 0)))
    {
        return;
    }
    CheckFin(now, segment);
    Answer(now);
}

void
Connection::RefuseText(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (m_common.agreed.ecn)
    {
        m_receiver.OnEcn(segment);
        m_sender.OnEcn(segment);
    }
    m_receiver.Refuse(begin);
    Answer(now);
}

void
Connection::Answer(TimeNs now)
{
    if (m_common.state == State::Closed || m_common.moreComes)
    {
        return;
    }
    m_sender.PushPending(now);
    m_sender.CheckSpace();
    if (m_receiver.Acks().IsPending() && m_receiver.DecideAck(now))
    {
        SendAck(now);
    }
}

void
Connection::CheckReset(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    // RFC 5961 section 3.2: exactly the next number resets, or one that the peer may take for it;
    // anything else in the window is answered with a challenge.
    if (!m_receiver.ResetsExactly(begin))
    {
        Challenge(now);
        return;
    }
    if (m_common.extension)
    {
        m_common.extension->OnReset(now, segment);
    }
    Die(now, m_common.state == State::SynReceived ? kRefused : kReset);
}

bool
Connection::CheckSyn(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    // A repeated SYN or SYN/ACK of the handshake, or RFC 5961 section 4: never a new start.
    if (m_common.state != State::SynReceived || begin != 0)
    {
        Challenge(now);
        return false;
    }
    if (segment.Has(kAck) && m_sender.OffsetOf(segment.ack) == 1)
    {
        return true; // simultaneous open: the peer's SYN/ACK acknowledges ours
    }
    SendSyn(now, true);
    return false;
}

bool
Connection::CheckAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (m_common.state == State::SynReceived)
    {
        return CompletePassiveOpen(now, segment, begin);
    }
    if (segment.payload.Length() == 0)
    {
        m_receiver.NoteEcho(segment);
    }
    return TakeAck(now, segment, begin);
}

bool
Connection::TakeAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (!m_sender.IsPlausible(m_sender.OffsetOf(segment.ack)))
    {
        Challenge(now);
        return false;
    }
    m_receiver.UpdateTimestamp(now, segment, begin);
    m_sender.OnAck(now, segment, begin);
    return true;
}

bool
Connection::TakeText(TimeNs now, const Burst& burst, std::uint64_t begin)
{
    const auto& segment = burst.segment;
    const auto length = segment.Has(kSyn) ? 0 : segment.payload.Length();
    const bool fin = segment.Has(kFin);
    const auto next = m_receiver.Next();
    const auto end = begin + length + (fin ? 1 : 0);
    // After the peer's FIN only what lies before it is looked at.
    if (begin == end || (m_receiver.FinReceived() && begin >= next))
    {
        return true;
    }
    if ((m_receiver.FinReceived() || (m_readShutdown && m_common.orphaned)) &&
        begin + length > next)
    {
        // Nobody can ever read this (RFC 1122 section 4.2.2.13).
        ++m_common.traffic.segmentsSent;
        m_common.sink.Transmit(ResetFor(segment));
        Die(now, kReset);
        return false;
    }
    if (end <= next)
    {
        m_common.traffic.dataSegmentsReceived += length > 0 ? segment.SegmentCount() : 0;
        m_receiver.OnRepeated(begin, end);
        return true;
    }
    if (fin)
    {
        m_receiver.NoteFin(begin + length);
    }
    if (length > 0)
    {
        m_receiver.OnData(now, burst, begin);
    }
    if (fin)
    {
        m_receiver.ReportFin(now);
    }
    return true;
}

bool
Connection::CheckTimestamp(TimeNs now,
                           const TcpSegment& segment,
                           std::uint64_t begin,
                           std::uint64_t end) const
{
    // RFC 7323 section 5.3 R1; tcp_disordered_ack lets a late duplicate ACK pass.
    if (m_receiver.PassesPaws(now, segment, kPawsTolerance) || segment.Has(kRst))
    {
        return true;
    }
    const auto una = m_sender.SndUna();
    return end == begin && begin == m_receiver.Next() && segment.Has(kAck) &&
           m_sender.OffsetOf(segment.ack) == static_cast<std::int64_t>(una) &&
           !m_sender.MayUpdateWindow(begin, una, m_sender.PeerWindow(segment)) &&
           m_receiver.Clock().Age(segment.options) * kMillisecond <= m_sender.Rtt().Rto();
}

bool
Connection::CheckSequence(TimeNs now,
                          const TcpSegment& segment,
                          std::uint64_t begin,
                          std::uint64_t end)
{
    if (!CheckTimestamp(now, segment, begin, end))
    {
        RefuseOutOfPlace(now, segment, begin, end);
        return false;
    }
    if (m_receiver.IsInPlace(begin, end, segment.Has(kFin)))
    {
        return true;
    }
    if (segment.Has(kRst))
    {
        return m_receiver.ResetsExactly(begin);
    }
    // RFC 9293 section 3.10.7.4: a valid ACK counts even where nothing may be sent. The peer may
    // not know yet that the window was taken back, and this ACK may be what tells.
    const auto ack = m_sender.OffsetOf(segment.ack);
    if (begin == end && segment.Has(kAck) && m_receiver.WasInPlace(begin) &&
        ack > static_cast<std::int64_t>(m_sender.SndUna()) &&
        ack <= static_cast<std::int64_t>(m_sender.SndNxt()))
    {
        return true;
    }
    RefuseOutOfPlace(now, segment, begin, end);
    return false;
}

void
Connection::RefuseOutOfPlace(TimeNs now,
                             const TcpSegment& segment,
                             std::uint64_t begin,
                             std::uint64_t end)
{
    if (segment.Has(kSyn))
    {
        Challenge(now);
        return;
    }
    // tcp_oow_rate_limited: what carries data is always answered.
    if (end == begin && !ChallengeAllowed(now))
    {
        return;
    }
    const auto next = m_receiver.Next();
    if (end > begin && begin < next)
    {
        m_receiver.OnRepeated(begin, std::min(end, next));
    }
    SendAck(now);
}

void
Connection::CheckFin(TimeNs now, const TcpSegment& segment)
{
    if (m_receiver.FinIsDue())
    {
        OnFin(now, !segment.Has(kFin));
    }
}

void
Connection::OnFin(TimeNs now, bool waited)
{
    auto& acks = m_receiver.Acks();
    m_receiver.PassFin(now);
    acks.Request();
    if (waited)
    {
        acks.Hurry(); // a gap before it was filled
    }
    m_common.Raise(kPeerClosed | kReadable);
    switch (m_common.state)
    {
    case State::SynReceived:
    case State::Established:
        // The ACK waits for the FIN of an application that closes soon.
        SetState(now, State::CloseWait);
        acks.OnPeerClosed();
        break;
    case State::FinWait1:
        // Our FIN is not acknowledged yet (AdvanceCloseStates came first).
        SendAck(now);
        SetState(now, State::Closing);
        break;
    case State::FinWait2:
        SendAck(now);
        SetState(now, State::TimeWait);
        break;
    default:
        break;
    }
}

bool
Connection::AdvanceCloseStates(TimeNs now, const TcpSegment& segment, std::uint64_t end)
{
    if (!m_sender.FinAcked())
    {
        return false;
    }
    switch (m_common.state)
    {
    case State::FinWait1:
        SetState(now, State::FinWait2);
        if (!m_common.orphaned)
        {
            return false;
        }
        m_stateDeadline = now + FinWait2Time();
        // New data and a FIN are for the whole connection, anything else for what remains of it.
        if (segment.Has(kFin) || end > m_receiver.Next())
        {
            return false;
        }
        BeginWaiting(now);
        return true;
    case State::Closing:
        SetState(now, State::TimeWait);
        return true;
    case State::LastAck:
        Die(now, 0);
        return true;
    default:
        return false;
    }
}

} // namespace hoststack::tcp
