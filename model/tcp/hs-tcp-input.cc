// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::int32_t kPawsTolerance = 1;  // TCP_PAWS_WINDOW, ticks of the peer's clock
constexpr std::uint32_t kMaxQuickAcks = 16; // TCP_MAX_QUICKACKS
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
    if (!Acceptable(now, segment, begin, end))
    {
        return;
    }
    if (segment.Has(kRst))
    {
        // RFC 5961 section 3.2: exactly the next number resets, anything else in the window is
        // answered with a challenge.
        if (begin == m_queue.Next())
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
    if (m_state == State::TimeWait)
    {
        // RFC 9293 section 3.10.7.4: a repeated FIN restarts the wait.
        if (segment.Has(kFin))
        {
            SendAck(now);
            m_stateDeadline = now + m_config->timeWait;
        }
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
        UpdateRecentTimestamp(now, segment, m_lastAckSent);
        if (!ProcessAck(now, segment, begin))
        {
            return;
        }
        StartEstablished(now);
    }
    else
    {
        UpdateRecentTimestamp(now, segment, begin);
        if (!ProcessAck(now, segment, begin))
        {
            return;
        }
    }
    if (AdvanceCloseStates(now))
    {
        return;
    }
    if (m_extension && !m_timeWaits && !m_extension->OnReceive(now, segment, begin))
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
    const auto dataBegin = begin + (segment.Has(kSyn) ? 1 : 0);
    if (segment.Has(kFin) && m_peerFin == 0)
    {
        m_peerFin = dataBegin + segment.payload.Length();
    }
    if (segment.payload.Length() > 0 && !segment.Has(kSyn))
    {
        if (CanReceiveData())
        {
            if (m_readShutdown && m_orphaned &&
                dataBegin + segment.payload.Length() > m_queue.Next())
            {
                // Nobody can ever read this (RFC 1122 section 4.2.2.13).
                ++m_info.segmentsSent;
                m_sink.Transmit(ResetFor(segment));
                Die(now, kReset);
                return;
            }
            OnData(now, segment, dataBegin);
        }
        else
        {
            SendAck(now);
        }
    }
    if (segment.Has(kFin) && m_state != State::Closed)
    {
        m_ackNow = true;
        m_ackPending = true;
        if (m_finReceived && segment.payload.Length() == 0 && m_sack && m_config->dsack)
        {
            m_dsackBegin = begin;
            m_dsackEnd = end;
            ++m_info.dsacksSent;
        }
        else if (!m_finReceived && m_peerFin > m_queue.Next())
        {
            OnFinBeyond(now);
        }
    }
    if (m_peerFin != 0 && !m_finReceived && m_queue.Next() == m_peerFin)
    {
        OnFin(now);
    }
    if (m_state == State::Closed)
    {
        return;
    }
    m_timeWaits = m_timeWaits || (m_state == State::FinWait2 && m_orphaned);
    PushPending(now);
    if (m_ackPending)
    {
        DecideAck(now, m_queue.HasOutOfOrder());
    }
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
            std::uint64_t{segment.window} << m_sendShift <= m_sendWindow &&
            age * kMillisecond <= m_rtt->Rto();
        if (!disordered)
        {
            if ((end > begin && !segment.Has(kSyn)) || ChallengeAllowed(now))
            {
                SendDuplicateAck(now, begin, end);
            }
            return false;
        }
    }
    const auto windowEnd = next + m_receive.Remaining();
    // tcp_sequence: some part must lie in [last window update, right edge], and data all of it,
    // unless nothing waits to be read: then it is taken whole, as far as it reaches.
    const auto dataEnd = end - (segment.Has(kFin) ? 1 : 0);
    if (end >= m_receive.windowUpdated && begin <= windowEnd &&
        (dataEnd <= windowEnd || m_queue.Available() == 0))
    {
        return true;
    }
    if (segment.Has(kRst))
    {
        return false;
    }
    // tcp_oow_rate_limited: only what carries data is always answered.
    if ((end > begin && !segment.Has(kSyn)) || ChallengeAllowed(now))
    {
        SendDuplicateAck(now, begin, end);
    }
    return false;
}

void
Connection::SendDuplicateAck(TimeNs now, std::uint64_t begin, std::uint64_t end)
{
    const auto next = m_queue.Next();
    if (end > begin && begin < next)
    {
        EnterQuickAck(kMaxQuickAcks);
        if (m_sack && m_config->dsack)
        {
            m_dsackBegin = begin;
            m_dsackEnd = std::min(end, next);
            ++m_info.dsacksSent;
        }
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
Connection::OnFin(TimeNs now)
{
    m_finReceived = true;
    m_queue.CountFin();
    m_sackBlockCount = 0;
    SyncReceiveState(now);
    m_ackPending = m_ackNow = true;
    Raise(kPeerClosed | kReadable);
    switch (m_state)
    {
    case State::SynReceived:
    case State::Established:
        SetState(now, State::CloseWait);
        break;
    case State::FinWait1:
        // Our FIN is not acknowledged yet (AdvanceCloseStates came first).
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
Connection::AdvanceCloseStates(TimeNs now)
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
        if (m_orphaned)
        {
            m_stateDeadline = now + m_config->finWait2;
        }
        return false;
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
