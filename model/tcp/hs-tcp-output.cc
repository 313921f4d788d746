// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kTsoWindowDivisor = 3; // tcp_tso_win_divisor
constexpr std::uint32_t kTsoRttShift = 9;      // tcp_tso_rtt_log
constexpr std::uint64_t kUnpacedSegments = 10; // first segments leave unpaced, sheet 6.2.3
constexpr std::uint32_t kOptionRoom = 40;

} // namespace

std::uint32_t
Connection::CurrentMss() const
{
    // SACK blocks on a data segment take room from its payload (tcp_current_mss).
    if (m_extension)
    {
        return m_mss;
    }
    const std::uint32_t blocks =
        m_sack ? m_sackBlockCount + (m_dsackEnd > m_dsackBegin ? 1 : 0) : 0;
    if (blocks == 0)
    {
        return m_mss;
    }
    const std::uint32_t room = kOptionRoom - (m_timestamps ? 12 : 0) - 4;
    return m_mss - 4 - 8 * std::min(blocks, room / 8);
}

void
Connection::FillHeader(TcpSegment& segment, std::uint64_t offset, std::uint16_t flags)
{
    segment.sourcePort = m_localPort;
    segment.destinationPort = m_remotePort;
    segment.seq = SendSeq(offset);
    segment.flags = flags;
    if ((flags & kAck) != 0)
    {
        segment.ack = ReceiveSeq(m_queue.Next());
    }
}

std::uint16_t
Connection::ChooseWindow()
{
    auto& r = m_receive;
    if (m_noMemory)
    {
        m_noMemory = false;
        r.takenBackFrom = std::max(r.takenBackFrom, r.windowUpdated + r.window);
        // A subflow still announces what its siblings have promised.
        r.window = m_extension ? m_extension->ShareReceiveWindow(0, r.windowShift) : 0;
        r.windowUpdated = r.next;
        ++m_info.zeroWindowsSent;
        return static_cast<std::uint16_t>(r.window >> r.windowShift);
    }
    const bool wasOpen = r.window > 0;
    if (m_extension && m_extension->OwnWindowMayShrink())
    {
        r.window = static_cast<std::uint32_t>(r.next - r.windowUpdated);
    }
    r.window = m_window->Select(r);
    if (m_extension)
    {
        r.window = m_extension->ShareReceiveWindow(r.window, r.windowShift);
    }
    r.windowUpdated = r.next;
    m_predicts = m_predicts && r.window > 0;
    m_info.zeroWindowsSent += r.window == 0 && wasOpen ? 1 : 0;
    return static_cast<std::uint16_t>(std::min<std::uint32_t>(r.window >> r.windowShift, 65535));
}

void
Connection::AddSackOption(TcpOptions& options) const
{
    if (!m_sack)
    {
        return;
    }
    const auto room = SackBlocksThatFit(options);
    if (room == 0)
    {
        return;
    }
    std::uint8_t n = 0;
    if (m_dsackEnd > m_dsackBegin)
    {
        options.sack[n++] = SackBlock{ReceiveSeq(m_dsackBegin), ReceiveSeq(m_dsackEnd)};
    }
    for (std::uint8_t i = 0; i < m_sackBlockCount && n < room; ++i)
    {
        options.sack[n++] =
            SackBlock{ReceiveSeq(m_sackBlocks[i].first), ReceiveSeq(m_sackBlocks[i].second)};
    }
    options.sackCount = n;
}

void
Connection::AckSent()
{
    m_lastAckSent = m_queue.Next();
    m_ackPending = m_ackNow = m_ackPushed = m_ackPushed2 = false;
    m_delayedAckDeadline = kNever;
    m_compressed = 0;
    m_compressedAckDeadline = kNever;
    m_dsackBegin = m_dsackEnd = 0;
}

void
Connection::Emit(TimeNs now, TcpSegment&& segment)
{
    const auto segments = segment.SegmentCount();
    m_info.segmentsSent += segments;
    if (segment.Has(kAck))
    {
        SyncReceiveState(now);
        if (m_timestamps)
        {
            segment.options.hasTimestamps = true;
            segment.options.timestampValue = TimestampNow(now);
            segment.options.timestampEcho = m_recentTimestamp;
        }
        if (m_extension)
        {
            m_extension->OnTransmit(now,
                                    segment,
                                    static_cast<std::uint64_t>(SendOffset(segment.seq)));
        }
        segment.window = ChooseWindow();
        NoteWindow(now);
        if (m_sackBlockCount > 0 || m_dsackEnd > m_dsackBegin)
        {
            AddSackOption(segment.options);
        }
        if (m_ecn && m_ecnEcho)
        {
            segment.flags |= kEce;
        }
        m_receive.quickAcks -= m_ackPending && m_receive.quickAcks > 0 ? 1 : 0;
        AckSent();
    }
    if (segment.payload.Length() > 0)
    {
        m_info.dataSegmentsSent += segments;
        m_info.bytesSent += segment.payload.Length();
    }
    m_sink.Transmit(std::move(segment));
}

void
Connection::SendSyn(TimeNs now, bool retransmission)
{
    TcpSegment syn;
    const bool reply = m_state == State::SynReceived;
    FillHeader(syn, 0, reply ? kSyn | kAck : kSyn);
    auto& o = syn.options;
    o.hasMss = true;
    o.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(m_config->mss, 65535));
    o.sackPermitted = m_sack;
    o.hasWindowScale = m_scaling;
    o.windowScale = m_receive.windowShift;
    if (m_timestamps)
    {
        o.hasTimestamps = true;
        o.timestampValue = TimestampNow(now);
        o.timestampEcho = m_recentTimestamp;
    }
    if (reply)
    {
        if (m_ecn)
        {
            syn.flags |= kEce;
        }
    }
    else if (m_config->ecn == EcnMode::On && m_retransmits == 0)
    {
        // A lost ECN-setup SYN is repeated without ECN (RFC 3168 section 6.1.1.1).
        syn.flags |= kEce | kCwr;
        m_ecnAsked = true;
    }
    else
    {
        m_ecnAsked = false;
    }
    m_lastAckSent = m_queue.Next();
    syn.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(m_receive.window, 65535));
    m_receive.windowUpdated = m_receive.next;
    if (m_extension)
    {
        m_extension->OnTransmit(now, syn, 0);
    }
    ++m_info.segmentsSent;
    if (!retransmission)
    {
        m_board.map.Append(0, 1, 1, static_cast<std::uint16_t>(m_mss), now);
        m_board.packetsOut = 1;
        m_board.sndNxt = 1;
        m_highSeq = 0;
        ArmRtx(now, RtxTimer::Retransmit, Rto());
    }
    else
    {
        m_board.map.At(0).everRetransmitted = true;
        m_board.map.Touch(m_board.map.At(0), now);
        ++m_info.retransmissions;
        if (m_retransmitStamp < 0)
        {
            m_retransmitStamp = now;
        }
    }
    m_lastSent = now;
    m_sink.Transmit(std::move(syn));
}

std::uint64_t
Connection::AcceptableOffset() const
{
    // tcp_acceptable_seq: the end of a window that was taken back, or two ends that have both taken
    // theirs back refuse each other's ACKs for ever. What rounding to the scale takes is let pass.
    const auto edge = WindowEnd();
    const auto next = m_board.sndNxt;
    const std::uint64_t rounding = m_scaling ? std::uint64_t{1} << m_receive.windowShift : 0;
    return next <= edge || next - edge < rounding ? next : edge;
}

void
Connection::SendAck(TimeNs now)
{
    if (m_state == State::Closed || m_state == State::SynSent)
    {
        return;
    }
    TcpSegment ack;
    FillHeader(ack, AcceptableOffset(), kAck);
    ++m_info.pureAcksSent;
    Emit(now, std::move(ack));
}

void
Connection::SendReset(TimeNs now)
{
    TcpSegment reset;
    FillHeader(reset, AcceptableOffset(), kRst | kAck);
    Emit(now, std::move(reset));
}

bool
Connection::PacingBlocks(TimeNs now)
{
    if (!m_pacing || m_cwnd.nextSendTime <= now)
    {
        return false;
    }
    m_pacingDeadline = m_cwnd.nextSendTime;
    return true;
}

void
Connection::PaceAfter(TimeNs now, std::uint32_t bytes)
{
    if (!m_pacing || m_cwnd.pacingRate == 0)
    {
        return;
    }
    const TimeNs prior = m_cwnd.nextSendTime;
    m_cwnd.nextSendTime = std::max(prior, now);
    if (m_pacedSegments < kUnpacedSegments)
    {
        return;
    }
    // tcp_update_skb_after_send: lateness is made up for, at most half of each gap.
    const TimeNs gap =
        static_cast<TimeNs>(static_cast<Uint128>(bytes) * kSecond / m_cwnd.pacingRate);
    const TimeNs credit = prior > 0 ? m_cwnd.nextSendTime - prior : 0;
    m_cwnd.nextSendTime += gap - std::min(gap / 2, credit);
}

void
Connection::NoteTransmission(TimeNs now, SentRange& range)
{
    range.delivered = m_cwnd.delivered;
    range.deliveredAt = m_deliveredAt;
    range.windowStart = m_firstSentInRound;
    range.appLimited = m_cwnd.appLimitedUntil > 0;
    m_lastSent = now;
}

std::uint32_t
Connection::SuperSegmentSegments() const
{
    // tcp_tso_autosize: about 1 ms at the pacing rate, more on very short paths.
    std::uint64_t bytes = m_cwnd.pacingRate >> m_config->pacingShift;
    const auto minRttUs =
        m_board.minRtt == kNever ? 0 : static_cast<std::uint64_t>(m_board.minRtt / kMicrosecond);
    const auto shift = minRttUs >> kTsoRttShift;
    if (shift < 32)
    {
        bytes += m_config->gsoMaxBytes >> shift;
    }
    bytes = std::min<std::uint64_t>(bytes, m_config->gsoMaxBytes);
    const auto algorithm = m_congestion->MinTsoSegments(m_cwnd);
    const auto least = algorithm > 0 ? algorithm : m_config->minTsoSegments;
    const auto segments = std::max(static_cast<std::uint32_t>(bytes / m_mss), least);
    return std::max(1u,
                    std::min({segments, m_config->gsoMaxSegments, m_config->gsoMaxBytes / m_mss}));
}

bool
Connection::DeferSuperSegment(TimeNs now, std::uint32_t limit, std::uint32_t maxSegments) const
{
    // tcp_tso_should_defer: wait for the next ACK if it lets a fuller super-segment go.
    if (!m_config->tsoDefer || m_board.caState >= CaState::Recovery || m_board.packetsOut == 0 ||
        now - m_lastSent > kMillisecond)
    {
        return false;
    }
    if (limit >= maxSegments * m_mss)
    {
        return false;
    }
    const auto unsent = m_sendBuffer.End() - m_board.sndNxt;
    if (unsent <= limit)
    {
        return false;
    }
    const auto chunk =
        std::min<std::uint64_t>(m_sendWindow, static_cast<std::uint64_t>(m_cwnd.cwnd) * m_mss);
    if (limit >= chunk / kTsoWindowDivisor)
    {
        return false;
    }
    // No use waiting when the ACK for the head is still far away.
    const auto& head = m_board.map.At(0);
    const TimeNs nextAck = head.sentAt + m_rtt->Srtt() - now;
    return nextAck <= std::min<TimeNs>(kMillisecond, m_rtt->Srtt() / 2);
}

void
Connection::SendNewData(TimeNs now, std::uint32_t length, bool fin)
{
    const auto begin = m_board.sndNxt;
    const auto mss = CurrentMss();
    const auto segments = length == 0 ? 1 : (length + mss - 1) / mss;
    if (m_board.packetsOut == 0)
    {
        // Idle until now: a new burst of delivery-rate samples starts.
        m_firstSentInRound = m_deliveredAt = now;
        SyncCongestionState(now);
        m_congestion->OnEvent(m_cwnd, CaEvent::TxStart);
    }
    auto& range = m_board.map.Append(begin,
                                     begin + length + (fin ? 1 : 0),
                                     segments,
                                     static_cast<std::uint16_t>(mss),
                                     now);
    range.fin = fin;
    NoteTransmission(now, range);
    m_board.packetsOut += segments;
    m_board.sndNxt = range.end;

    TcpSegment segment;
    std::uint16_t flags = kAck;
    if (fin)
    {
        flags |= kFin;
        m_finSent = true;
    }
    // Linux sets PSH at the end of every multi-segment transmission and of every write.
    range.pushed = length > 0 && begin + length == m_pushedTo;
    if (range.pushed || (length > 0 && segments > 1))
    {
        flags |= kPsh;
    }
    FillHeader(segment, begin, flags);
    if (m_ecn && length > 0)
    {
        segment.ecn = Ecn::Ect0;
        if (m_ecnCwr)
        {
            segment.flags |= kCwr;
            m_ecnCwr = false;
        }
    }
    if (length > 0)
    {
        segment.payload = m_sendBuffer.Gather(begin, length);
        segment.mss = segments > 1 ? static_cast<std::uint16_t>(mss) : 0;
        if (length % mss != 0)
        {
            m_smallEnd = begin + length;
        }
        // A reply: the peer's data was answered (ping-pong, sheet 6.9.3).
        if (now - m_lastArrival < m_ato && m_info.dataSegmentsReceived > 0)
        {
            ++m_pingPong;
        }
        m_pacedSegments += segments;
    }
    PaceAfter(now, length);
    Emit(now, std::move(segment));
    if (m_rtxTimer == RtxTimer::None || m_rtxTimer == RtxTimer::ZeroWindow)
    {
        if (m_rtxTimer == RtxTimer::ZeroWindow)
        {
            m_backoff = 0;
        }
        ArmRtx(now, RtxTimer::Retransmit, Rto());
    }
    else if (m_rtxTimer == RtxTimer::LossProbe)
    {
        RearmRto(now); // tcp_event_new_data_sent; a new probe may take its place
    }
}

bool
Connection::WriteNew(TimeNs now, bool probe)
{
    if (!probe && !IsUnsent())
    {
        SetLimit(now, AfterTimeout(IdleLimit()));
        return false;
    }
    bool sent = false;
    bool cwndLimited = false;
    Limit limit = Limit::Application;
    std::uint32_t maxSegments = 0; // not known before something can leave
    for (;;)
    {
        auto end = m_sendBuffer.End();
        if (m_extension && m_board.sndNxt < end)
        {
            end = std::min(end, m_extension->BoundaryAfter(m_board.sndNxt));
        }
        const auto available = end - m_board.sndNxt;
        const bool finDue = m_finQueued && !m_finSent;
        if (m_board.sndNxt > end || (available == 0 && !finDue))
        {
            limit = IdleLimit();
            break;
        }
        if (!probe && PacingBlocks(now))
        {
            limit = Limit::Pacing;
            break;
        }
        auto inFlight = m_board.InFlight();
        if (m_board.caState == CaState::Disorder && !m_recovery->LimitedTransmit())
        {
            inFlight += m_board.sackedOut;
        }
        if (inFlight >= m_cwnd.cwnd && !probe)
        {
            limit = Limit::Cwnd;
            cwndLimited = true;
            break;
        }
        const auto quota =
            probe ? 1 : std::min(std::max(m_cwnd.cwnd / 2, 1u), m_cwnd.cwnd - inFlight);
        const auto mss = CurrentMss();
        const auto windowEnd = WindowEnd();
        const auto window = windowEnd > m_board.sndNxt ? windowEnd - m_board.sndNxt : 0;
        // tcp_snd_wnd_test: the FIN's number needs window too, in the segment that ends with it.
        const std::uint64_t finNumber = finDue && end == m_sendBuffer.End() && available <= mss;
        const auto first = std::min<std::uint64_t>(available, mss) + finNumber;
        if (available == 0 && window >= first)
        {
            SendNewData(now, 0, true);
            sent = true;
            break;
        }
        if (window < first)
        {
            limit = Limit::ReceiveWindow;
            break;
        }
        maxSegments = maxSegments > 0 ? maxSegments : SuperSegmentSegments();
        auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(
            std::min<std::uint64_t>(available, window),
            static_cast<std::uint64_t>(std::min(quota, maxSegments)) * mss));
        const bool reachesEnd = length == available;
        if (length > mss && !(reachesEnd && window >= available))
        {
            length -= length % mss;
        }
        const bool partialTail = length % mss != 0;
        if (available <= mss)
        {
            // Nagle, Minshall's variant: one sub-MSS segment in flight at a time; only the end of
            // what was written waits, not the end of a mapping (tcp_nagle_test).
            if (available < mss && end == m_sendBuffer.End() && !finDue && !probe &&
                (IsCorked() || NagleHolds()))
            {
                limit = Limit::Application;
                break;
            }
        }
        else if (!probe)
        {
            const auto congestionRoom = static_cast<std::uint64_t>(m_cwnd.cwnd - inFlight) * mss;
            const auto room = static_cast<std::uint32_t>(std::min(window, congestionRoom));
            if (DeferSuperSegment(now, room, std::max(1u, maxSegments)))
            {
                cwndLimited = congestionRoom < window;
                limit = cwndLimited ? Limit::Cwnd : Limit::ReceiveWindow;
                break;
            }
        }
        if (partialTail && length > mss && !finDue &&
            (NagleHolds() || (IsCorked() && end == m_sendBuffer.End() && !probe)))
        {
            length -= length % mss;
        }
        SendNewData(now, length, finDue && m_board.sndNxt + length == m_sendBuffer.End());
        sent = true;
        if (InReduction())
        {
            m_prrOut += (length + mss - 1) / mss;
        }
        if (probe)
        {
            break;
        }
    }
    if (!probe)
    {
        SetLimit(now, AfterTimeout(limit));
    }
    if (sent || cwndLimited)
    {
        ValidateCwnd(now, cwndLimited || m_board.InFlight() >= m_cwnd.cwnd);
    }
    if (sent && !probe)
    {
        ScheduleLossProbe(now, false);
    }
    return sent;
}

void
Connection::PushPending(TimeNs now)
{
    if (m_state == State::Closed || m_state == State::SynSent || m_state == State::SynReceived ||
        m_state == State::TimeWait)
    {
        return;
    }
    if (m_extension && m_sendBuffer.End() > m_board.sndNxt)
    {
        m_extension->OnOptionsSized(); // tcp_current_mss
    }
    RestartAfterIdle(now);
    WriteNew(now, false);
    ArmProbeTimerIfIdle(now);
}

void
Connection::RestartAfterIdle(TimeNs now)
{
    // tcp_slow_start_after_idle_check and tcp_cwnd_restart (RFC 2861).
    if (!m_config->slowStartAfterIdle || m_board.packetsOut > 0 || m_lastSent == 0 ||
        m_congestion->HasFullControl() || m_sendBuffer.End() <= m_board.sndNxt)
    {
        return;
    }
    TimeNs idle = now - m_lastSent;
    const TimeNs rto = Rto();
    if (idle <= rto)
    {
        return;
    }
    m_congestion->OnEvent(m_cwnd, CaEvent::CwndRestart);
    const auto restart = std::min(m_config->initialCwnd, m_cwnd.cwnd);
    m_cwnd.ssthresh = std::max(m_cwnd.ssthresh, ((m_cwnd.cwnd >> 1) + (m_cwnd.cwnd >> 2)));
    auto cwnd = m_cwnd.cwnd;
    for (idle -= rto; idle > 0 && cwnd > restart; idle -= rto)
    {
        cwnd >>= 1;
    }
    m_cwnd.cwnd = std::max(cwnd, restart);
    m_cwndStamp = now;
    m_cwndUsed = 0;
}

void
Connection::ValidateCwnd(TimeNs now, bool limited)
{
    // tcp_cwnd_validate: remember whether the window was full at any time in this round.
    if (m_board.sndUna >= m_cwndUsageEnd || limited ||
        (!m_cwnd.isCwndLimited && m_board.packetsOut > m_maxPacketsOut))
    {
        m_cwnd.isCwndLimited = limited;
        m_maxPacketsOut = m_board.packetsOut;
        m_cwndUsageEnd = m_board.sndNxt;
    }
    if (m_cwnd.isCwndLimited || (m_cwnd.InSlowStart() && m_cwnd.cwnd < 2 * m_maxPacketsOut))
    {
        m_cwndUsed = 0;
        m_cwndStamp = now;
        return;
    }
    m_cwndUsed = std::max(m_cwndUsed, m_board.packetsOut);
    if (m_config->slowStartAfterIdle && now - m_cwndStamp >= Rto() &&
        !m_congestion->HasFullControl())
    {
        // tcp_cwnd_application_limited: half of what was not used goes.
        if (m_board.caState == CaState::Open && !m_writerBlocked)
        {
            const auto used = std::max(m_cwndUsed, m_config->initialCwnd);
            if (used < m_cwnd.cwnd)
            {
                m_cwnd.ssthresh =
                    std::max(m_cwnd.ssthresh, ((m_cwnd.cwnd >> 1) + (m_cwnd.cwnd >> 2)));
                m_cwnd.cwnd = (m_cwnd.cwnd + used) >> 1;
            }
            m_cwndUsed = 0;
        }
        m_cwndStamp = now;
    }
}

void
Connection::CheckAppLimited()
{
    // tcp_rate_check_app_limited: nothing waits, the window is not full, nothing is to be repaired.
    const auto unsent = m_sendBuffer.End() - std::min(m_sendBuffer.End(), m_board.sndNxt);
    if (unsent < m_mss && m_board.InFlight() < m_cwnd.cwnd && m_board.lostOut <= m_board.retransOut)
    {
        const auto mark = m_cwnd.delivered + m_board.InFlight();
        m_cwnd.appLimitedUntil = mark > 0 ? mark : 1;
    }
}

} // namespace hoststack::tcp
