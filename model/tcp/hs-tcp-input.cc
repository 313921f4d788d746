// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::int32_t kPawsTolerance = 1;       // TCP_PAWS_WINDOW, ticks of the peer's clock
constexpr TimeNs kTimeoutMin = 2 * kMillisecond; // TCP_TIMEOUT_MIN, two jiffies where they tick
constexpr TimeNs kPawsForget = 24LL * 24 * 3600 * kSecond; // RFC 7323 section 5.5: 24 days

} // namespace

bool
Connection::ChallengeAllowed(TimeNs now)
{
    if (now - m_lastChallenge < m_config->invalidRateLimit)
    {
        return false;
    }
    m_lastChallenge = now;
    return true;
}

bool
Connection::PassesPaws(TimeNs now, const TcpSegment& segment, std::int32_t tolerance) const
{
    if (!m_timestamps || !segment.options.hasTimestamps || !m_hasRecentTimestamp)
    {
        return true;
    }
    const auto age = static_cast<std::int32_t>(segment.options.timestampValue - m_recentTimestamp);
    return age >= -tolerance || now - m_recentTimestampAt > kPawsForget;
}

void
Connection::UpdateRecentTimestamp(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    // RFC 7323 section 4.3: only from a segment that covers the last ACK sent.
    if (m_timestamps && segment.options.hasTimestamps && begin <= m_lastAckSent &&
        PassesPaws(now, segment, 0))
    {
        m_recentTimestamp = segment.options.timestampValue;
        m_recentTimestampAt = now;
        m_hasRecentTimestamp = true;
    }
}

void
Connection::OnSegment(TimeNs now, const TcpSegment& segment)
{
    m_info.segmentsReceived += segment.SegmentCount();
    m_lastReceived = now;
    if (m_state == State::Closed)
    {
        return;
    }
    if (m_state == State::SynSent)
    {
        OnSegmentInSynSent(now, segment);
        return;
    }
    const auto offset = ReceiveOffset(segment.seq);
    if (offset < 0)
    {
        // From before the peer's initial number: no part of it can be ours.
        if (!segment.Has(kRst) && ChallengeAllowed(now))
        {
            SendAck(now);
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
    if (!Acceptable(now, segment, begin, end))
    {
        return;
    }
    if (segment.Has(kRst))
    {
        // RFC 5961 section 3.2: exactly the next number resets, or one that the peer may take for
        // it; anything else in the window is answered with a challenge.
        if (ResetsExactly(begin))
        {
            if (m_extension)
            {
                m_extension->OnReset(now, segment);
            }
            Die(now, m_state == State::SynReceived ? kRefused : kReset);
        }
        else if (ChallengeAllowed(now))
        {
            SendAck(now);
        }
        return;
    }
    if (segment.Has(kSyn))
    {
        // A repeated SYN or SYN/ACK of the handshake, or RFC 5961 section 4: never a new start.
        if (m_state == State::SynReceived && begin == 0)
        {
            if (segment.Has(kAck) && SendOffset(segment.ack) == 1)
            {
                // Simultaneous open: the peer's SYN/ACK acknowledges ours.
            }
            else
            {
                SendSyn(now, true);
                return;
            }
        }
        else
        {
            if (ChallengeAllowed(now))
            {
                SendAck(now);
            }
            return;
        }
    }
    if (!segment.Has(kAck))
    {
        return;
    }
    if (m_state == State::SynReceived)
    {
        const auto ack = SendOffset(segment.ack);
        if (ack != 1 && !(ack > 1 && ack <= static_cast<std::int64_t>(m_board.sndNxt)))
        {
            m_sink.Transmit(ResetFor(segment));
            return;
        }
        if (m_extension && !m_extension->OnHandshake(now, segment))
        {
            return;
        }
        SetState(now, m_finQueued ? State::FinWait1 : State::Established);
        if (m_retransmits > 1)
        {
            m_cwnd.cwnd = 1; // tcp_init_cwnd after repeated SYN/ACK losses (RFC 5681 section 3.1)
        }
        m_retransmits = 0;
        m_backoff = 0;
        if (m_passive)
        {
            // tcp_create_openreq_child: the window of the SYN is forgotten.
            m_sendWindow = m_maxSendWindow = PeerWindow(segment);
            BoundMss();
        }
        if (!ProcessAck(now, segment, begin))
        {
            return;
        }
        StartEstablished(now);
    }
    else
    {
        if (!ProcessAck(now, segment, begin))
        {
            return;
        }
    }
    if (AdvanceCloseStates(now, segment, end))
    {
        return;
    }
    if (m_extension && !m_extension->OnReceive(now, segment, begin))
    {
        return;
    }
    if (m_sendBufferGrows)
    {
        GrowSendBuffer();
    }
    if (m_ecn)
    {
        OnEcn(segment);
    }
    if (segment.Has(kSyn))
    {
        OnRepeated(begin, begin + 1); // the SYN of a simultaneous open has come twice
    }
    if (!TakeText(now, segment, begin + (segment.Has(kSyn) ? 1 : 0)))
    {
        return;
    }
    if (m_peerFin != 0 && !m_finReceived && m_queue.Next() == m_peerFin)
    {
        OnFin(now, !segment.Has(kFin));
    }
    if (m_state == State::Closed)
    {
        return;
    }
    PushPending(now);
    if (m_ackPending)
    {
        DecideAck(now, m_queue.HasOutOfOrder());
    }
}

bool
Connection::TakeText(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto length = segment.Has(kSyn) ? 0 : segment.payload.Length();
    const bool fin = segment.Has(kFin);
    const auto next = m_queue.Next();
    const auto end = begin + length + (fin ? 1 : 0);
    // After the peer's FIN only what lies before it is looked at.
    if (begin == end || (m_finReceived && begin >= next))
    {
        return true;
    }
    if ((m_finReceived || (m_readShutdown && m_orphaned)) && begin + length > next)
    {
        // Nobody can ever read this (RFC 1122 section 4.2.2.13).
        ++m_info.segmentsSent;
        m_sink.Transmit(ResetFor(segment));
        Die(now, kReset);
        return false;
    }
    if (end <= next)
    {
        m_info.dataSegmentsReceived += length > 0 ? segment.SegmentCount() : 0;
        OnRepeated(begin, end);
        return true;
    }
    if (fin && m_peerFin == 0)
    {
        m_peerFin = begin + length;
    }
    if (length > 0)
    {
        OnData(now, segment, begin);
    }
    if (fin && m_peerFin > m_queue.Next())
    {
        m_ackPending = m_ackNow = true;
        OnFinBeyond(now);
    }
    return true;
}

bool
Connection::Acceptable(TimeNs now,
                       const TcpSegment& segment,
                       std::uint64_t begin,
                       std::uint64_t end)
{
    const auto next = m_queue.Next();
    if (!PassesPaws(now, segment, kPawsTolerance) && !segment.Has(kRst))
    {
        // RFC 7323 section 5.3 R1; tcp_disordered_ack lets a late duplicate ACK pass.
        const auto age =
            static_cast<std::int32_t>(m_recentTimestamp - segment.options.timestampValue);
        const bool disordered =
            end == begin && begin == next && segment.Has(kAck) &&
            SendOffset(segment.ack) == static_cast<std::int64_t>(m_board.sndUna) &&
            !MayUpdateWindow(begin, m_board.sndUna, PeerWindow(segment)) &&
            age * kMillisecond <= m_rtt->Rto();
        if (!disordered)
        {
            RefuseOutOfPlace(now, segment, begin, end);
            return false;
        }
    }
    const auto windowEnd = next + m_receive.Remaining();
    // tcp_sequence (6.17 on): some part must lie in [last window update, right edge], and nothing
    // beyond the edge, but a FIN, while data waits to be read.
    const bool beyond = end - (segment.Has(kFin) ? 1 : 0) > windowEnd && m_queue.Available() > 0;
    if (end >= m_receive.windowUpdated && begin <= windowEnd && !beyond)
    {
        return true;
    }
    if (segment.Has(kRst))
    {
        return ResetsExactly(begin);
    }
    // RFC 9293 section 3.10.7.4: a valid ACK counts even where nothing may be sent. The peer may
    // not know yet that the window was taken back, and this ACK may be what tells.
    const auto ack = SendOffset(segment.ack);
    if (begin == end && segment.Has(kAck) && begin > windowEnd &&
        begin <= m_receive.takenBackFrom && ack > static_cast<std::int64_t>(m_board.sndUna) &&
        ack <= static_cast<std::int64_t>(m_board.sndNxt))
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
        if (ChallengeAllowed(now))
        {
            SendAck(now);
        }
    }
    else if (end > begin || ChallengeAllowed(now))
    {
        // tcp_oow_rate_limited: what carries data is always answered.
        SendDuplicateAck(now, begin, end);
    }
}

bool
Connection::ResetsExactly(std::uint64_t begin) const
{
    const auto next = m_queue.Next();
    // tcp_reset_check: the peer may not have seen that its FIN was taken.
    if (begin == next || (m_finReceived && begin + 1 == next))
    {
        return true;
    }
    // Or it counts what was SACKed (tcp_validate_incoming).
    std::uint64_t highest = 0;
    for (std::uint8_t i = 0; i < m_sackBlockCount; ++i)
    {
        highest = std::max(highest, m_sackBlocks[i].second);
    }
    return begin == highest;
}

void
Connection::SendDuplicateAck(TimeNs now, std::uint64_t begin, std::uint64_t end)
{
    const auto next = m_queue.Next();
    if (end > begin && begin < next)
    {
        OnRepeated(begin, std::min(end, next));
    }
    SendAck(now);
}

void
Connection::OnSegmentInSynSent(TimeNs now, const TcpSegment& segment)
{
    if (segment.Has(kAck))
    {
        const auto ack = SendOffset(segment.ack);
        if (ack != 1)
        {
            // What answered may be an old connection, which the RST ends: ask again soon.
            if (m_retransmits == 0)
            {
                ArmRtx(now, RtxTimer::Retransmit, std::max(2 * m_config->tick, kTimeoutMin));
            }
            if (!segment.Has(kRst))
            {
                m_sink.Transmit(ResetFor(segment));
            }
            return;
        }
    }
    if (segment.Has(kRst))
    {
        if (segment.Has(kAck))
        {
            Die(now, kRefused);
        }
        return;
    }
    if (!segment.Has(kSyn))
    {
        return;
    }
    m_irs = segment.seq;
    m_queue.Reset(1);
    const auto shift = m_receive.windowShift;
    NegotiateOptions(segment);
    m_receive.windowShift = m_scaling ? shift : 0;
    if (!m_scaling)
    {
        m_receive.windowClamp = std::min(m_receive.windowClamp, 65535u);
        m_receive.window = std::min(m_receive.window, 65535u);
        m_receive.ssthresh = std::min(m_receive.ssthresh, m_receive.windowClamp);
    }
    m_receive.next = m_receive.windowUpdated = m_receive.read = 1;
    m_sendWindow = segment.window;
    m_maxSendWindow = m_sendWindow;
    m_windowBegin = 0;
    m_windowAck = 1;
    if (!segment.Has(kAck))
    {
        // Simultaneous open (RFC 9293 section 3.5, figure 7).
        m_ecn = m_config->ecn != EcnMode::Off && segment.Has(kEce) && segment.Has(kCwr);
        SetState(now, State::SynReceived);
        SendSyn(now, true);
        return;
    }
    m_ecn = m_ecnAsked && segment.Has(kEce) && !segment.Has(kCwr);
    const bool repeated = m_retransmits > 1;
    m_retransmits = 0;
    m_backoff = 0;
    SetState(now, State::Established);
    if (!ProcessAck(now, segment, 0))
    {
        return;
    }
    if (m_extension && !m_extension->OnHandshake(now, segment))
    {
        return;
    }
    if (repeated)
    {
        m_cwnd.cwnd = 1;
    }
    StartEstablished(now);
    if (m_finQueued)
    {
        SetState(now, State::FinWait1);
    }
    m_ackPending = m_ackNow = true;
    PushPending(now);
    if (m_ackPending)
    {
        SendAck(now);
    }
}

void
Connection::OnFin(TimeNs now, bool waited)
{
    m_finReceived = true;
    m_queue.CountFin(); // drops what a broken peer has sent beyond its FIN
    m_sackBlockCount = 0;
    SyncReceiveState(now);
    m_ackPending = true;
    m_ackNow = m_ackNow || waited; // a gap before it was filled
    Raise(kPeerClosed | kReadable);
    switch (m_state)
    {
    case State::SynReceived:
    case State::Established:
        // The ACK waits for the FIN of an application that closes soon.
        SetState(now, State::CloseWait);
        m_pingPong = 1;
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
    const bool finAcked = m_finSent && m_board.sndUna > m_sendBuffer.End();
    if (!finAcked)
    {
        return false;
    }
    switch (m_state)
    {
    case State::FinWait1:
        SetState(now, State::FinWait2);
        if (!m_orphaned)
        {
            return false;
        }
        m_stateDeadline = now + FinWait2Time();
        // New data and a FIN are for the whole connection, anything else for what remains of it.
        if (segment.Has(kFin) || end > m_queue.Next())
        {
            return false;
        }
        BeginWaiting();
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
