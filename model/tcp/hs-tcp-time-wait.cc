// SPDX-License-Identifier: GPL-2.0-only

// Connection: what is left of one that is done. In TIME-WAIT, and in FIN-WAIT-2 when no application
// holds it any more, a few numbers answer for it (tcp_timewait_state_process, Linux 6.18): the
// window stays what it was, ACKs carry neither SACK blocks nor options of an extension.

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kTrustedTimestamp = 60 * kSecond;        // TCP_PAWS_MSL
constexpr std::uint32_t kReopeningDistance = 65535u + 2u; // RFC 1122 section 4.2.2.13

} // namespace

TimeNs
Connection::FinWait2Time() const
{
    return std::max(m_common.config->finWait2, m_sender.Rtt().Rto() * 7 / 2); // tcp_fin_time
}

/// tcp_time_wait(): where there are too many such already, it is over at once.
void
Connection::BeginWaiting(TimeNs now)
{
    if (m_waits)
    {
        return;
    }
    m_waits = true;
    m_receiver.Freeze();
    m_sender.StopTimers();
    m_keepAliveDeadline = kNever;
    if (!m_receiver.Account().BeginWaiting())
    {
        m_stateDeadline = now;
    }
}

void
Connection::AckWaiting(TimeNs now)
{
    TcpSegment ack;
    ack.sourcePort = m_common.localPort;
    ack.destinationPort = m_common.remotePort;
    ack.seq = m_common.SendSeq(m_sender.SndNxt());
    ack.flags = kAck;
    ack.ack = m_common.ReceiveSeq(m_receiver.Next());
    m_receiver.StampWaiting(now, ack);
    ++m_common.traffic.pureAcksSent;
    ++m_common.traffic.segmentsSent;
    m_common.sink.Transmit(std::move(ack));
}

void
Connection::AnswerWaiting(TimeNs now, const TcpSegment& segment)
{
    // tcp_oow_rate_limited: data is no part of a loop of ACKs.
    if ((segment.SequenceLength() > 0 && !segment.Has(kSyn)) || ChallengeAllowed(now))
    {
        AckWaiting(now);
    }
}

void
Connection::OnSegmentWaiting(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    // A RST need not carry a true timestamp, unless one came a moment ago.
    const bool isLate =
        !m_receiver.PassesPaws(now, segment, 0) &&
        !(segment.Has(kRst) && now - m_receiver.Clock().TakenAt() >= kTrustedTimestamp);
    if (m_common.state == State::FinWait2)
    {
        OnSegmentInFinWait2(now, segment, begin, isLate);
    }
    else
    {
        OnSegmentInTimeWait(now, segment, begin, isLate);
    }
}

void
Connection::OnSegmentInFinWait2(TimeNs now,
                                const TcpSegment& segment,
                                std::uint64_t begin,
                                bool isLate)
{
    const auto next = m_receiver.Next();
    const auto end = begin + segment.SequenceLength();
    const auto edge = next + m_receiver.State().Window();
    const bool inWindow =
        begin == next || (end > next && begin < edge) || (begin == edge && begin == end);
    if (isLate || !inWindow)
    {
        AnswerWaiting(now, segment);
    }
    else if (segment.Has(kRst))
    {
        Die(now, kReset);
    }
    else if (segment.Has(kSyn) && begin >= next)
    {
        m_common.sink.Transmit(ResetFor(segment));
        Die(now, kReset);
    }
    else if (!segment.Has(kAck) || end <= next || begin == end)
    {
        return;
    }
    else if (!segment.Has(kFin) || end != next + 1)
    {
        // Nobody can ever read this (RFC 1122 section 4.2.2.13).
        ++m_common.traffic.segmentsSent;
        m_common.sink.Transmit(ResetFor(segment));
        Die(now, kReset);
    }
    else
    {
        m_receiver.PassFinWaiting();
        m_receiver.TakeTimestamp(now, segment);
        m_common.Raise(kPeerClosed | kReadable);
        SetState(now, State::TimeWait);
        AckWaiting(now);
    }
}

void
Connection::OnSegmentInTimeWait(TimeNs now,
                                const TcpSegment& segment,
                                std::uint64_t begin,
                                bool isLate)
{
    const bool isEmpty = segment.SequenceLength() == 0;
    if (!isLate && begin == m_receiver.Next() && (isEmpty || segment.Has(kRst)))
    {
        if (segment.Has(kRst))
        {
            Die(now, kReset); // RFC 1337, and the default of tcp_rfc1337
            return;
        }
        m_stateDeadline = now + m_common.config->timeWait;
        m_receiver.TakeTimestamp(now, segment);
        return;
    }
    if (segment.Has(kRst))
    {
        return;
    }
    if (isLate || segment.Has(kAck))
    {
        m_stateDeadline = now + m_common.config->timeWait;
    }
    AnswerWaiting(now, segment);
}

bool
Connection::MayReopen(TimeNs now, const TcpSegment& syn) const
{
    if (m_common.state != State::TimeWait || !syn.Has(kSyn) || syn.Has(kRst) || syn.Has(kAck) ||
        !m_receiver.PassesPaws(now, syn, 0))
    {
        return false;
    }
    const bool later = m_common.agreed.timestamps && syn.options.hasTimestamps &&
                       m_receiver.Clock().Age(syn.options) < 0;
    return later || m_receiver.OffsetOf(syn.seq) > static_cast<std::int64_t>(m_receiver.Next());
}

Seq32
Connection::ReopeningIss() const
{
    return m_common.SendSeq(m_sender.SndNxt()) + kReopeningDistance;
}

} // namespace hoststack::tcp
