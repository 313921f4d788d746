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
    return std::max(m_config->finWait2, m_rtt->Rto() * 7 / 2); // tcp_fin_time
}

void
Connection::BeginWaiting()
{
    if (m_waits)
    {
        return;
    }
    m_waits = true;
    m_receive.window = m_receive.Remaining();
    m_receive.windowUpdated = m_queue.Next();
    m_ackPending = m_ackNow = false;
    m_rtxTimer = RtxTimer::None;
    m_rtxDeadline = m_keepAliveDeadline = m_pacingDeadline = kNever;
    m_delayedAckDeadline = m_compressedAckDeadline = kNever;
}

void
Connection::AckWaiting(TimeNs now)
{
    TcpSegment ack;
    FillHeader(ack, m_board.sndNxt, kAck);
    ack.window = static_cast<std::uint16_t>(
        std::min<std::uint32_t>(m_receive.window >> m_receive.windowShift, 65535));
    if (m_timestamps)
    {
        ack.options.hasTimestamps = true;
        ack.options.timestampValue = TimestampNow(now);
        ack.options.timestampEcho = m_recentTimestamp;
    }
    ++m_info.pureAcksSent;
    ++m_info.segmentsSent;
    m_sink.Transmit(std::move(ack));
}

void
Connection::OnSegmentWaiting(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto next = m_queue.Next();
    const auto end = begin + segment.SequenceLength();
    // A RST need not carry a true timestamp, unless one came a moment ago.
    const bool late = !PassesPaws(now, segment, 0) &&
                      !(segment.Has(kRst) && now - m_recentTimestampAt >= kTrustedTimestamp);
    const auto takeTimestamp = [&] {
        if (m_timestamps && segment.options.hasTimestamps)
        {
            m_recentTimestamp = segment.options.timestampValue;
            m_recentTimestampAt = now;
        }
    };
    const auto acknowledge = [&] {
        // tcp_oow_rate_limited: data is no part of a loop of ACKs.
        if ((end > begin && !segment.Has(kSyn)) || ChallengeAllowed(now))
        {
            AckWaiting(now);
        }
    };
    if (m_state == State::FinWait2)
    {
        const auto edge = next + m_receive.window;
        const bool inWindow =
            begin == next || (end > next && begin < edge) || (begin == edge && begin == end);
        if (late || !inWindow)
        {
            acknowledge();
        }
        else if (segment.Has(kRst))
        {
            Die(now, kReset);
        }
        else if (segment.Has(kSyn) && begin >= next)
        {
            m_sink.Transmit(ResetFor(segment));
            Die(now, kReset);
        }
        else if (!segment.Has(kAck) || end <= next || begin == end)
        {
            return;
        }
        else if (!segment.Has(kFin) || end != next + 1)
        {
            // Nobody can ever read this (RFC 1122 section 4.2.2.13).
            ++m_info.segmentsSent;
            m_sink.Transmit(ResetFor(segment));
            Die(now, kReset);
        }
        else
        {
            m_finReceived = true;
            m_queue.CountFin();
            m_receive.next = m_receive.windowUpdated = m_queue.Next();
            takeTimestamp();
            Raise(kPeerClosed | kReadable);
            SetState(now, State::TimeWait);
            AckWaiting(now);
        }
        return;
    }
    if (!late && begin == next && (begin == end || segment.Has(kRst)))
    {
        if (segment.Has(kRst))
        {
            Die(now, kReset); // RFC 1337, and the default of tcp_rfc1337
            return;
        }
        m_stateDeadline = now + m_config->timeWait;
        takeTimestamp();
        return;
    }
    if (segment.Has(kRst))
    {
        return;
    }
    if (late || segment.Has(kAck))
    {
        m_stateDeadline = now + m_config->timeWait;
    }
    acknowledge();
}

bool
Connection::MayReopen(TimeNs now, const TcpSegment& syn) const
{
    if (m_state != State::TimeWait || !syn.Has(kSyn) || syn.Has(kRst) || syn.Has(kAck) ||
        !PassesPaws(now, syn, 0))
    {
        return false;
    }
    const bool later =
        m_timestamps && syn.options.hasTimestamps &&
        static_cast<std::int32_t>(syn.options.timestampValue - m_recentTimestamp) > 0;
    return later || ReceiveOffset(syn.seq) > static_cast<std::int64_t>(m_queue.Next());
}

Seq32
Connection::ReopeningIss() const
{
    return SendSeq(m_board.sndNxt) + kReopeningDistance;
}

} // namespace hoststack::tcp
