// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kTimeoutMin = 2 * kMillisecond; // TCP_TIMEOUT_MIN, in the sheet 6.7
constexpr TimeNs kProbeMin = 200 * kMillisecond; // TCP_RTO_MIN as floor of probe timers
constexpr std::uint32_t kOrphanRetries = 8;      // tcp_orphan_retries
constexpr std::uint32_t kMaxBackoff = 10;        // doublings of the zero-window probe, sheet 1.9.1

} // namespace

TimeNs
Connection::Expiry(TimeNs now, TimeNs delay) const
{
    const TimeNs tick = m_config->tick;
    if (tick <= 0)
    {
        return now + delay;
    }
    // Linux' hierarchical timer wheel (kernel/time/timer.c): 64 slots per level, each level eight
    // times coarser; a timer fires at the first slot boundary after its time.
    const TimeNs ticks = (delay + tick - 1) / tick;
    const TimeNs expires = now / tick + ticks;
    int shift = 0;
    for (TimeNs start = 63; ticks >= start && shift < 24; start <<= 3)
    {
        shift += 3;
    }
    return ((expires >> shift) + 1) * tick * (TimeNs{1} << shift);
}

TimeNs
Connection::Rto() const
{
    TimeNs rto = m_rtt->Rto();
    for (std::uint32_t i = 0; i < m_backoff && rto < m_config->rtoMax; ++i)
    {
        rto *= 2;
    }
    return std::min(rto, m_config->rtoMax);
}

void
Connection::ArmRtx(TimeNs now, RtxTimer kind, TimeNs delay)
{
    m_rtxTimer = kind;
    m_rtxDeadline = Expiry(now, std::min(delay, m_config->rtoMax));
}

void
Connection::RearmRto(TimeNs now)
{
    if (m_board.packetsOut == 0)
    {
        m_rtxTimer = RtxTimer::None;
        m_rtxDeadline = kNever;
        return;
    }
    TimeNs delay = Rto();
    if (m_rtxTimer == RtxTimer::Reordering || m_rtxTimer == RtxTimer::LossProbe)
    {
        // Those replaced the time-out: what is left of it counts from the head's transmission.
        delay = std::max<TimeNs>(m_board.map.At(0).sentAt + delay - now, 1);
    }
    ArmRtx(now, RtxTimer::Retransmit, delay);
}

bool
Connection::ScheduleLossProbe(TimeNs now, bool advancing)
{
    // tcp_schedule_loss_probe; facts sheet linux.md 6.7.
    if (!m_recovery->ProbesTail() || !m_sack || m_board.packetsOut == 0 ||
        (m_board.caState != CaState::Open && m_board.caState != CaState::Cwr) ||
        m_state == State::SynSent || m_state == State::SynReceived)
    {
        return false;
    }
    TimeNs timeout = kSecond;
    if (m_rtt->Srtt() > 0)
    {
        timeout = 2 * m_rtt->Srtt() + (m_board.packetsOut == 1 ? m_config->rtoMin : kTimeoutMin);
    }
    const TimeNs rtoLeft =
        advancing ? Rto() : std::max<TimeNs>(m_board.map.At(0).sentAt + Rto() - now, 0);
    if (rtoLeft > 0)
    {
        timeout = std::min(timeout, rtoLeft);
    }
    ArmRtx(now, RtxTimer::LossProbe, timeout);
    return true;
}

TimeNs
Connection::ProbeDelay() const
{
    TimeNs delay = std::max(m_rtt->Rto(), kProbeMin);
    const auto doublings = std::min(m_backoff, kMaxBackoff);
    for (std::uint32_t i = 0; i < doublings && delay < m_config->rtoMax; ++i)
    {
        delay *= 2;
    }
    return std::min(delay, m_config->rtoMax);
}

void
Connection::ArmProbeTimerIfIdle(TimeNs now)
{
    const bool held = m_limit == Limit::ReceiveWindow
                          ? IsUnsent()
                          : m_limit == Limit::Application && m_sendBuffer.End() > m_board.sndNxt;
    if (m_board.packetsOut == 0 && m_rtxTimer == RtxTimer::None && held)
    {
        ArmRtx(now, RtxTimer::ZeroWindow, ProbeDelay());
    }
}

void
Connection::OnDeadline(TimeNs now)
{
    if (m_pacingDeadline <= now)
    {
        m_pacingDeadline = kNever;
        if (m_board.lostOut > m_board.retransOut)
        {
            RetransmitLost(now);
        }
        PushPending(now);
    }
    if (m_compressedAckDeadline <= now)
    {
        m_compressedAckDeadline = kNever;
        if (m_compressed > 0)
        {
            SendAck(now);
        }
    }
    if (m_delayedAckDeadline <= now)
    {
        OnDelayedAckTimer(now);
    }
    if (m_rtxDeadline <= now)
    {
        OnRtxTimer(now);
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
Connection::OnDelayedAckTimer(TimeNs now)
{
    m_delayedAckDeadline = kNever;
    if (!m_ackPending || m_state == State::Closed)
    {
        return;
    }
    // tcp_delack_timer_handler: a missed reply halves trust in ping-pong, a plain one inflates ato.
    if (m_pingPong == 0)
    {
        m_ato = std::min(m_ato * 2, m_rtt->Rto());
    }
    else
    {
        m_pingPong = 0;
        m_ato = m_config->delayedAckMin;
    }
    SendAck(now);
}

bool
Connection::UserTimeoutOver(TimeNs now, TimeNs since) const
{
    return m_config->userTimeout > 0 && since >= 0 && now - since >= m_config->userTimeout;
}

bool
Connection::RetriesExhausted(TimeNs now) const
{
    // retransmits_timed_out: not a count, but the time that so many doublings from 200 ms take.
    if (m_retransmits == 0 || m_retransmitStamp < 0)
    {
        return false;
    }
    if (m_config->userTimeout > 0)
    {
        return UserTimeoutOver(now, m_retransmitStamp);
    }
    const auto limit = m_orphaned ? kOrphanRetries : m_config->retries2;
    TimeNs total = 0;
    TimeNs step = m_config->rtoMin;
    for (std::uint32_t i = 0; i <= limit; ++i)
    {
        total += std::min(step, m_config->rtoMax);
        step = std::min(step * 2, m_config->rtoMax * 2);
    }
    return now - m_retransmitStamp >= total;
}

void
Connection::OnRtxTimer(TimeNs now)
{
    const auto kind = m_rtxTimer;
    m_rtxTimer = RtxTimer::None;
    m_rtxDeadline = kNever;
    switch (kind)
    {
    case RtxTimer::None:
        break;
    case RtxTimer::Retransmit:
        OnRetransmissionTimeout(now);
        break;
    case RtxTimer::LossProbe:
        m_rtxTimer = RtxTimer::LossProbe; // RearmRto counts from the head's transmission
        OnLossProbeTimer(now);
        break;
    case RtxTimer::Reordering: {
        const auto before = m_board.lostOut;
        DetectLosses(now, true);
        if (m_board.lostOut > before)
        {
            if (m_board.caState != CaState::Recovery)
            {
                EnterRecovery(now, false);
                if (!m_congestion->HasFullControl())
                {
                    AckDigest none;
                    ReduceWindow(1, m_board.lostOut - before, none);
                }
            }
            RetransmitLost(now);
        }
        if (m_rtxTimer != RtxTimer::Retransmit)
        {
            m_rtxTimer = RtxTimer::Reordering;
            RearmRto(now);
        }
        break;
    }
    case RtxTimer::ZeroWindow:
        OnZeroWindowTimer(now);
        break;
    }
}

void
Connection::OnRetransmissionTimeout(TimeNs now)
{
    if (m_board.packetsOut == 0)
    {
        return;
    }
    if (m_state == State::SynSent || m_state == State::SynReceived)
    {
        const auto limit =
            m_state == State::SynSent ? m_config->synRetries : m_config->synAckRetries;
        const auto linear = m_state == State::SynSent ? m_config->synLinearTimeouts : 0;
        // LINUX_MIB_TCPTIMEOUTS counts each expiry, also of SYNs and the one that gives up, but
        // not those that probe a window that was taken back (tcp_retransmit_timer).
        ++m_info.timeouts;
        m_source.Note(now, Happening::TimeOut, m_retransmits + 1);
        if (m_retransmits >= limit + linear)
        {
            Die(now, kTimedOut);
            return;
        }
        ++m_retransmits;
        SendSyn(now, true);
        if (m_retransmits > linear)
        {
            ++m_backoff;
        }
        ArmRtx(now, RtxTimer::Retransmit, Rto());
        return;
    }
    if (m_sendWindow == 0 && !m_orphaned)
    {
        // The peer took its window back: this timer does the probing, and it gives up only when
        // nothing comes any more (facts sheet linux.md 1.9.3).
        if (now - m_lastReceived > 2 * m_config->rtoMax || UserTimeoutOver(now, m_retransmitStamp))
        {
            Die(now, kTimedOut);
            return;
        }
        EnterLoss(now);
    }
    else
    {
        ++m_info.timeouts;
        m_source.Note(now, Happening::TimeOut, m_retransmits + 1);
        if (RetriesExhausted(now))
        {
            Die(now, kTimedOut);
            return;
        }
        EnterLoss(now);
        ++m_retransmits;
        SetLimit(now, AfterTimeout(m_limit));
    }
    RetransmitRange(now, 0, 1);
    ++m_backoff;
    TimeNs delay = Rto();
    if (m_config->userTimeout > 0 && m_retransmitStamp >= 0)
    {
        // tcp_clamp_rto_to_user_timeout
        const TimeNs left = m_retransmitStamp + m_config->userTimeout - now;
        delay = std::min(delay, std::max<TimeNs>(left, 1));
    }
    ArmRtx(now, RtxTimer::Retransmit, delay);
}

void
Connection::OnLossProbeTimer(TimeNs now)
{
    if (m_board.packetsOut == 0)
    {
        m_rtxTimer = RtxTimer::None;
        return;
    }
    if (m_tlpHighSeq != 0)
    {
        RearmRto(now);
        return;
    }
    m_tlpRetransmit = false;
    bool sent = WriteNew(now, true);
    if (!sent)
    {
        // Nothing new fits: the last segment again, SACKed or not.
        const auto last = m_board.map.Size() - 1;
        auto position = last;
        const auto& range = m_board.map.At(last);
        if (range.segments > 1)
        {
            const auto data = range.end - range.begin - (range.fin ? 1 : 0);
            const auto tail = (data - 1) % range.mss + 1;
            position = m_board.Split(last, range.begin + data - tail);
        }
        sent = RetransmitRange(now, position, 1, true);
        m_tlpRetransmit = sent;
    }
    if (sent)
    {
        m_tlpHighSeq = m_board.sndNxt;
        ++m_info.lossProbes;
        m_source.Note(now, Happening::LossProbe);
    }
    // After a probe a whole time-out begins; otherwise what is left of the head's.
    m_rtxTimer = sent ? RtxTimer::None : RtxTimer::LossProbe;
    RearmRto(now);
}

void
Connection::SendWindowProbe(TimeNs now)
{
    // tcp_write_wakeup: a piece of the next segment if any window is left, else an old number.
    const auto windowEnd = WindowEnd();
    if (m_sendBuffer.End() > m_board.sndNxt && windowEnd > m_board.sndNxt &&
        m_board.packetsOut == 0 && m_board.sndNxt > 0)
    {
        const auto length = static_cast<std::uint32_t>(std::min<std::uint64_t>(
            {windowEnd - m_board.sndNxt, m_sendBuffer.End() - m_board.sndNxt, m_mss}));
        m_info.zeroWindowProbes += m_limit == Limit::ReceiveWindow ? 1 : 0;
        m_pushedTo = m_board.sndNxt + length;
        SendNewData(now, length, false);
        m_pushedTo = m_sendBuffer.End();
        m_backoff = 0;
        return;
    }
    TcpSegment probe;
    FillHeader(probe, m_board.sndUna, kAck);
    probe.seq = SendSeq(m_board.sndUna) - 1;
    ++m_info.zeroWindowProbes;
    Emit(now, std::move(probe));
}

void
Connection::OnZeroWindowTimer(TimeNs now)
{
    if (m_board.packetsOut > 0 || !IsUnsent())
    {
        m_probesOut = 0;
        m_probingSince = -1;
        return;
    }
    if (m_probingSince < 0)
    {
        m_probingSince = now;
    }
    else if (UserTimeoutOver(now, m_probingSince))
    {
        Die(now, kTimedOut);
        return;
    }
    if (m_probesOut >= (m_orphaned ? kOrphanRetries : m_config->retries2) ||
        (m_orphaned && m_backoff >= kOrphanRetries && ProbeDelay() >= m_config->rtoMax))
    {
        Die(now, kTimedOut);
        return;
    }
    SendWindowProbe(now);
    if (m_board.packetsOut > 0)
    {
        m_probesOut = 0; // a piece of the next segment went out: the retransmission timer runs
        m_probingSince = -1;
        return;
    }
    ++m_probesOut;
    if (m_backoff < m_config->retries2)
    {
        ++m_backoff;
    }
    ArmRtx(now, RtxTimer::ZeroWindow, ProbeDelay());
}

void
Connection::OnKeepAliveTimer(TimeNs now)
{
    m_keepAliveDeadline = kNever;
    if (m_state == State::Closed || m_state == State::TimeWait || m_state == State::SynSent)
    {
        return;
    }
    if (m_board.packetsOut > 0 || IsUnsent())
    {
        // Data in flight probes the path by itself.
        m_keepAliveDeadline = Expiry(now, m_config->keepAliveTime);
        return;
    }
    const TimeNs idle = now - m_lastReceived;
    if (idle < m_config->keepAliveTime)
    {
        m_keepAliveDeadline = Expiry(now, m_config->keepAliveTime - idle);
        return;
    }
    const bool userTimeout = m_config->userTimeout > 0;
    if (userTimeout ? m_probesOut > 0 && idle >= m_config->userTimeout
                    : m_probesOut >= m_config->keepAliveProbes)
    {
        SendReset(now);
        Die(now, kTimedOut);
        return;
    }
    SendWindowProbe(now);
    ++m_probesOut;
    m_keepAliveDeadline = Expiry(now, m_config->keepAliveInterval);
}

} // namespace hoststack::tcp
