// SPDX-License-Identifier: GPL-2.0-only

// Sender: new data (tcp_write_xmit, tcp_event_new_data_sent).

#include "ns3/hs-tcp-receiver.h"
#include "ns3/hs-tcp-sender.h"

#include <algorithm>
#include <utility>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kTsoWindowDivisor = 3; // tcp_tso_win_divisor
constexpr std::uint32_t kTsoRttShift = 9;      // tcp_tso_rtt_log

} // namespace

std::uint32_t
Sender::CurrentMss() const
{
    // SACK blocks on a data segment take room from its payload (tcp_current_mss).
    return m_receiver.HasSackBlocks() ? m_size.mss - m_receiver.SackRoom() : m_size.mss;
}

std::uint64_t
Sender::AcceptableOffset() const
{
    // tcp_acceptable_seq: the end of a window that was taken back, or two ends that have both taken
    // theirs back refuse each other's ACKs for ever. What rounding to the scale takes is let pass.
    const auto edge = WindowEnd();
    const auto next = m_board.SndNxt();
    const std::uint64_t rounding =
        m_common.agreed.scaling ? std::uint64_t{1} << m_receiver.State().WindowShift() : 0;
    return next <= edge || next - edge < rounding ? next : edge;
}

bool
Sender::PacingBlocks(TimeNs now)
{
    if (!m_cwnd.Facts().isPaced || m_cwnd.Facts().nextSendTime <= now || m_pace.isBelow)
    {
        return false;
    }
    m_pacingDeadline = m_pace.wakesAt;
    return true;
}

inline Limit
Sender::IdleLimit() const
{
    const bool waits = m_writerBlocked && !m_common.extension && Queued() > 0;
    return waits ? Limit::SendBuffer : Limit::Application;
}

void
Sender::PaceAfter(TimeNs now, TcpSegment& burst, std::uint32_t fresh)
{
    if (m_cwnd.Facts().isPaced)
    {
        const auto bytes = burst.payload.Length();
        if (m_pace.isWatched && bytes > 0)
        {
            burst.path = m_pacer->ChoosePath(ViewOutput(burst, fresh == 0));
        }
        m_pace.ackWaits = false; // it has left with this
        m_pacer->OnSent(now, bytes, fresh, m_cwnd.PacingRate());
        m_cwnd.Tell().nextSendTime = m_pacer->EarliestDeparture();
        m_pace.wakesAt = m_pacer->WakesAt();
    }
}

void
Sender::OnPacingDeadline(TimeNs now)
{
    m_pacingDeadline = kNever;
    if (m_pace.holdsAcks && m_timer.deadline <= now)
    {
        OnRetransmitDeadline(now); // rack_output looks at its timer first
    }
    if (m_board.LostOut() > m_board.RetransOut())
    {
        RetransmitLost(now);
    }
    PushPending(now);
    if (m_cwnd.Facts().lastSendTime != now)
    {
        m_pacer->OnNothingSent(m_buffer.End() - std::min(m_buffer.End(), m_board.SndNxt()));
    }
    if (std::exchange(m_pace.ackWaits, false) && m_cwnd.Facts().lastSendTime != now)
    {
        m_common.outlet.SendAck(now);
    }
}

void
Sender::NoteTransmission(TimeNs now, const SentRange& range)
{
    m_board.Stamp(range,
                  {m_cwnd.Facts().delivered,
                   m_rate.deliveredAt,
                   m_rate.firstSentInRound,
                   m_cwnd.Facts().appLimitedUntil > 0});
    m_cwnd.Tell().lastSendTime = now;
}

std::uint32_t
Sender::SuperSegmentSegments() const
{
    if (m_pace.isSized)
    {
        return PacedSegments();
    }
    // tcp_tso_autosize: about 1 ms at the pacing rate, more on very short paths.
    std::uint64_t bytes = m_cwnd.PacingRate() >> m_common.config->pacingShift;
    const auto minRttUs = m_board.MinRtt() == kNever
                              ? 0
                              : static_cast<std::uint64_t>(m_board.MinRtt() / kMicrosecond);
    const auto shift = minRttUs >> kTsoRttShift;
    if (shift < 32)
    {
        bytes += m_common.config->gsoMaxBytes >> shift;
    }
    bytes = std::min<std::uint64_t>(bytes, m_common.config->gsoMaxBytes);
    const auto algorithm = m_congestion->MinTsoSegments(m_cwnd);
    const auto least = algorithm > 0 ? algorithm : m_common.config->minTsoSegments;
    const auto segments = std::max(static_cast<std::uint32_t>(bytes / m_size.mss), least);
    return std::max(1u,
                    std::min({segments,
                              m_common.config->gsoMaxSegments,
                              m_common.config->gsoMaxBytes / m_size.mss}));
}

bool
Sender::DeferSuperSegment(TimeNs now, std::uint32_t room) const
{
    // tcp_tso_should_defer: wait for the next ACK if it lets a fuller super-segment go.
    if (!m_common.config->tsoDefer || m_board.State() >= CaState::Recovery ||
        m_board.PacketsOut() == 0 || now - m_cwnd.Facts().lastSendTime > kMillisecond)
    {
        return false;
    }
    const auto chunk =
        std::min<std::uint64_t>(m_window.size,
                                static_cast<std::uint64_t>(m_cwnd.Cwnd()) * m_size.cached);
    if (room >= chunk / kTsoWindowDivisor)
    {
        return false;
    }
    // No use waiting when the ACK for the head is still far away.
    const auto& head = m_board.Map().At(0);
    const TimeNs nextAck = head.sentAt + m_rtt->Srtt() - now;
    return nextAck <= std::min<TimeNs>(kMillisecond, m_rtt->Srtt() / 2);
}

void
Sender::SendNewData(TimeNs now, std::uint32_t length, bool fin, bool isWhole)
{
    const auto begin = m_board.SndNxt();
    const auto mss = CurrentMss();
    const auto segments = length == 0 ? 1 : (length + mss - 1) / mss;
    const auto departs = DepartsAt(now);
    if (m_board.PacketsOut() == 0)
    {
        // Idle until now: a new burst of delivery-rate samples starts.
        m_rate.firstSentInRound = m_rate.deliveredAt = departs;
        SyncCongestionState(now);
        m_congestion->OnEvent(m_cwnd, CaEvent::TxStart);
    }
    // Linux sets PSH at the end of every multi-segment transmission and of every write.
    const bool pushed = length > 0 && (begin + length == m_writes.pushedTo ||
                                       (isWhole && m_unsent.count > 1 && m_unsent.isHeadPushed));
    const auto& range = m_board.Append(length + (fin ? 1 : 0),
                                       segments,
                                       static_cast<std::uint16_t>(mss),
                                       departs,
                                       fin,
                                       pushed);
    NoteTransmission(now, range);

    TcpSegment segment;
    segment.seq = m_common.SendSeq(begin);
    segment.flags = kAck;
    if (fin)
    {
        segment.flags |= kFin;
        m_finSent = true;
    }
    if (pushed || (length > 0 && segments > 1))
    {
        segment.flags |= kPsh;
    }
    if (length > 0)
    {
        if (m_common.agreed.ecn)
        {
            segment.ecn = Ecn::Ect0;
            segment.flags |= m_ecnCwr ? kCwr : 0;
            m_ecnCwr = false;
        }
        segment.payload = m_buffer.Gather(begin, length);
        segment.mss = segments > 1 ? static_cast<std::uint16_t>(mss) : 0;
        if (length % mss != 0)
        {
            m_writes.smallEnd = begin + length;
        }
        if (m_common.traffic.dataSegmentsReceived > 0)
        {
            m_receiver.Acks().OnDataSent(now);
        }
    }
    if (isWhole || m_unsent.count > 1)
    {
        PassBuffers(isWhole);
    }
    if (m_account)
    {
        ChargeQueue();
    }
    PaceAfter(now, segment, length > 0 ? segments : 0);
    m_common.outlet.Emit(now, std::move(segment), departs);
    ArmAfterNewData(now);
}

void
Sender::ArmAfterNewData(TimeNs now)
{
    if (m_timer.kind == RtxTimer::None || m_timer.kind == RtxTimer::ZeroWindow)
    {
        if (m_timer.kind == RtxTimer::ZeroWindow)
        {
            m_timer.backoff = 0;
        }
        ArmRtx(now, RtxTimer::Retransmit, Rto());
    }
    else if (m_timer.kind == RtxTimer::LossProbe)
    {
        RearmRto(now); // tcp_event_new_data_sent; a new probe may take its place
    }
}

Allowance
Sender::Allow(TimeNs now, bool probe, std::uint32_t& burst)
{
    Allowance allowance;
    const auto end = m_unsent.count > 1 ? UnsentEnd() : m_buffer.End();
    const auto available = end - m_board.SndNxt();
    const bool finDue = m_finQueued && !m_finSent;
    if (m_board.SndNxt() > end || (available == 0 && !finDue))
    {
        allowance.limit = IdleLimit();
        return allowance;
    }
    if (!probe && PacingBlocks(now))
    {
        allowance.limit = Limit::Pacing;
        return allowance;
    }
    auto inFlight = m_board.InFlight();
    if (m_board.State() == CaState::Disorder && !m_recovery->LimitedTransmit())
    {
        inFlight += m_board.SackedOut();
    }
    if (inFlight >= m_cwnd.Cwnd() && !probe)
    {
        allowance.limit = Limit::Cwnd;
        allowance.isFull = true;
        return allowance;
    }
    const auto most = m_cwnd.Cwnd() >> (m_pace.halves ? 1 : 0);
    const auto quota = probe ? 1 : std::min(std::max(most, 1u), m_cwnd.Cwnd() - inFlight);
    const auto mss = allowance.mss = CurrentMss();
    const auto windowEnd = WindowEnd();
    const auto window = windowEnd > m_board.SndNxt() ? windowEnd - m_board.SndNxt() : 0;
    // tcp_snd_wnd_test: the FIN's number needs window too, in the segment that ends with it.
    const std::uint64_t finNumber = finDue && end == m_buffer.End() && available <= mss;
    const auto first = std::min<std::uint64_t>(available, mss) + finNumber;
    if (window < first)
    {
        allowance.limit = Limit::ReceiveWindow;
        return allowance;
    }
    if (available == 0)
    {
        allowance.fin = allowance.isLast = true;
        allowance.stops = false;
        return allowance;
    }
    // Only the end of what was written waits, not the end of a mapping (tcp_nagle_test).
    const bool corked = IsCorked() && end == m_buffer.End() && !probe;
    if (available < mss && end == m_buffer.End() && !finDue && !probe && (corked || NagleHolds()))
    {
        return allowance;
    }
    burst = burst > 0 ? burst : SuperSegmentSegments();
    auto length = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::min<std::uint64_t>(available, window),
                                static_cast<std::uint64_t>(std::min(quota, burst)) * mss));
    const bool isAlone = probe || m_writes.hold == Hold::One;
    if (available > mss && !isAlone)
    {
        const auto congestionRoom =
            static_cast<std::uint64_t>(m_cwnd.Cwnd() - inFlight) * m_size.cached;
        const auto room = static_cast<std::uint32_t>(std::min(window, congestionRoom));
        if (room < std::max(1u, burst) * m_size.cached && DeferSuperSegment(now, room))
        {
            // What is not the last buffer gets nothing more, nor does one that ends with a FIN.
            const auto head = m_unsent.count > 1 ? HeadEnd(end) : end;
            const auto left = head - m_board.SndNxt();
            if (head < m_buffer.End() ? left > room : !m_finQueued || left >= room)
            {
                allowance.isFull = congestionRoom < window && congestionRoom <= left;
                allowance.limit = congestionRoom < window ? Limit::Cwnd : Limit::ReceiveWindow;
                return allowance;
            }
        }
    }
    // tcp_mss_split_point: what is not the last buffer goes as a whole, unless the window cuts it.
    const bool isCut = length < available;
    if (length > mss && length % mss != 0 && (isCut || (m_unsent.count <= 1 && !finDue)) &&
        (NagleHolds() || corked))
    {
        length -= length % mss;
    }
    if (m_pace.backlog != nullptr && !probe && IsBacklogged(length, 0))
    {
        allowance.limit = Limit::Pacing;
        return allowance;
    }
    allowance.length = length;
    allowance.isWhole = length == available;
    allowance.fin = finDue && m_board.SndNxt() + length == m_buffer.End();
    allowance.isLast = isAlone;
    allowance.stops = false;
    return allowance;
}

bool
Sender::WriteNew(TimeNs now, bool probe)
{
    if (!probe && !IsUnsent())
    {
        SetLimit(now, AfterTimeout(IdleLimit()));
        return false;
    }
    bool sent = false;
    std::uint32_t maxSegments = 0; // not known before something can leave
    Allowance allowance;
    do
    {
        allowance = Allow(now, probe, maxSegments);
        if (allowance.stops)
        {
            break;
        }
        SendNewData(now, allowance.length, allowance.fin, allowance.isWhole);
        sent = true;
        if (InReduction())
        {
            m_episode.Own().prrOut += (allowance.length + allowance.mss - 1) / allowance.mss;
        }
    } while (!allowance.isLast);
    if (!probe)
    {
        SetLimit(now, AfterTimeout(allowance.limit));
    }
    if (sent || allowance.isFull)
    {
        ValidateCwnd(now, allowance.isFull || m_board.InFlight() >= m_cwnd.Cwnd());
    }
    if (sent && !probe)
    {
        ScheduleLossProbe(now, false);
    }
    return sent;
}

void
Sender::PushPending(TimeNs now)
{
    if (m_common.state == State::Closed || m_common.state == State::SynSent ||
        m_common.state == State::SynReceived || m_common.state == State::TimeWait)
    {
        return;
    }
    if (!IsUnsent() && m_limit == AfterTimeout(IdleLimit()))
    {
        return; // what only receives comes by with each segment
    }
    if (m_common.extension && m_buffer.End() > m_board.SndNxt())
    {
        m_common.extension->OnOptionsSized(); // tcp_current_mss
    }
    RestartAfterIdle(now);
    WriteNew(now, false);
    ArmProbeTimerIfIdle(now);
}

} // namespace hoststack::tcp
