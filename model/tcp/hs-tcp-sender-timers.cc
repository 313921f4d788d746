// SPDX-License-Identifier: GPL-2.0-only

// Sender: time-outs, probes of a tail and of a closed window (tcp_timer.c, tcp_send_loss_probe).

#include "ns3/hs-tcp-sender.h"
#include "ns3/hs-timer-wheel.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kOrphanRetries = 8; // tcp_orphan_retries

} // namespace

TimeNs
Sender::Rto() const
{
    TimeNs rto = m_rtt->Rto();
    for (std::uint32_t i = 0; i < m_timer.backoff && rto < m_common.config->rtoMax; ++i)
    {
        rto *= 2;
    }
    return std::min(rto + m_rtt->Slop(), m_common.config->rtoMax);
}

void
Sender::ArmRtx(TimeNs now, RtxTimer kind, TimeNs delay)
{
    m_timer.kind = kind;
    m_timer.deadline =
        WheelExpiry(m_common.config->tick, now, std::min(delay, m_common.config->rtoMax));
}

void
Sender::RearmRto(TimeNs now)
{
    if (m_board.PacketsOut() == 0)
    {
        m_timer.kind = RtxTimer::None;
        m_timer.deadline = kNever;
        return;
    }
    TimeNs delay = Rto();
    if (m_timer.kind == RtxTimer::Reordering || m_timer.kind == RtxTimer::LossProbe)
    {
        // Those replaced the time-out: what is left of it counts from the head's transmission.
        delay = std::max<TimeNs>(m_board.Map().At(0).sentAt + delay - now, 1);
    }
    ArmRtx(now, RtxTimer::Retransmit, delay);
}

bool
Sender::ScheduleLossProbe(TimeNs now, bool advancing)
{
    // tcp_schedule_loss_probe; facts sheet linux.md 6.7.
    if (!m_recovery->ProbesTail() || !m_common.agreed.sack || m_board.PacketsOut() == 0 ||
        (m_board.State() != CaState::Open && m_board.State() != CaState::Cwr) ||
        m_common.state == State::SynSent || m_common.state == State::SynReceived)
    {
        return false;
    }
    TimeNs timeout = kSecond;
    if (m_rtt->Srtt() > 0)
    {
        timeout = m_recovery->TailTimeout(m_board, m_rtt->Srtt(), m_common.config->rtoMin);
    }
    const TimeNs rtoLeft =
        advancing ? Rto() : std::max<TimeNs>(m_board.Map().At(0).sentAt + Rto() - now, 0);
    if (rtoLeft > 0)
    {
        timeout = std::min(timeout, rtoLeft);
    }
    ArmRtx(now, RtxTimer::LossProbe, timeout);
    return true;
}

TimeNs
Sender::ProbeDelay() const
{
    return m_rtt->PersistTimeout(m_timer.backoff, m_common.config->rtoMax);
}

void
Sender::ArmProbeTimerIfIdle(TimeNs now)
{
    const bool held = m_limit == Limit::ReceiveWindow
                          ? IsUnsent()
                          : m_limit == Limit::Application && m_buffer.End() > m_board.SndNxt();
    if (m_board.PacketsOut() == 0 && m_timer.kind == RtxTimer::None && held)
    {
        ArmRtx(now, RtxTimer::ZeroWindow, ProbeDelay());
    }
}

bool
Sender::UserTimeoutOver(TimeNs now, TimeNs since) const
{
    return m_common.config->userTimeout > 0 && since >= 0 &&
           now - since >= m_common.config->userTimeout;
}

TimeNs
Sender::RepairsSince() const
{
    if (m_timer.retransmits == 0 || m_episode->retransmitStamp < 0)
    {
        return -1;
    }
    return m_rtt->CountsAnsweredRepairs() ? m_episode->retransmitStamp : m_episode->firstTimeout;
}

bool
Sender::RetriesExhausted(TimeNs now) const
{
    // retransmits_timed_out: not a count, but the time that so many doublings from 200 ms take. An
    // answer to a single repetition does not begin it anew (measured: a closed connection whose
    // time-outs had all been answered for 112 s was given up at the second one without an answer).
    const auto since = RepairsSince();
    if (since < 0)
    {
        return false;
    }
    if (m_common.config->userTimeout > 0)
    {
        return UserTimeoutOver(now, m_episode->retransmitStamp);
    }
    return RepairsLast(now, since, m_common.orphaned ? kOrphanRetries : m_common.config->retries2);
}

/// As long as so many doublings of the least time-out take.
bool
Sender::RepairsLast(TimeNs now, TimeNs since, std::uint32_t doublings) const
{
    TimeNs total = 0;
    TimeNs step = m_common.config->rtoMin;
    for (std::uint32_t i = 0; i <= doublings; ++i)
    {
        total += std::min(step, m_common.config->rtoMax);
        step = std::min(step * 2, m_common.config->rtoMax * 2);
    }
    return now - since >= total;
}

void
Sender::OnRetransmitDeadline(TimeNs now)
{
    const auto kind = m_timer.kind;
    m_timer.Stop();
    switch (kind)
    {
    case RtxTimer::None:
        break;
    case RtxTimer::Retransmit:
        OnRetransmissionTimeout(now);
        break;
    case RtxTimer::LossProbe:
        m_timer.kind = RtxTimer::LossProbe; // RearmRto counts from the head's transmission
        OnLossProbeTimer(now);
        break;
    case RtxTimer::Reordering:
        OnReorderingTimer(now);
        break;
    case RtxTimer::ZeroWindow:
        OnZeroWindowTimer(now);
        break;
    }
}

/**
 * tcp_mtu_probing, as tcp_mtu_probing = 1 asks for it: what has been repeated for 3 s may be too
 * long for a path that does not say so. Shorter segments at first, half as long after each further
 * time-out. It cannot tell such a path from a dead one. Linux then looks for the longest segment
 * that passes (tcp_mtu_probe: by halving the rest, and again every 10 minutes); here they stay
 * short.
 */
void
Sender::LeaveBlackHole(TimeNs now)
{
    constexpr std::uint32_t kRetries1 = 3;       // tcp_retries1
    constexpr std::uint16_t kBaseMss = 1024;     // TCP_BASE_MSS
    constexpr std::uint16_t kLeastFallback = 48; // TCP_MIN_SND_MSS
    const auto since = RepairsSince();
    if (!m_common.config->detectsBlackHoles || since < 0 || !RepairsLast(now, since, kRetries1))
    {
        return;
    }
    const bool isFirst = m_size.fallback == SegmentSize::kNoFallback;
    const auto half = static_cast<std::uint16_t>(m_size.fallback / 2);
    m_size.fallback = isFirst ? kBaseMss : std::max(half, kLeastFallback);
    UpdateMss(false);
}

bool
Sender::OnHandshakeTimeout(TimeNs now)
{
    const bool active = m_common.state == State::SynSent;
    if (!active && m_common.state != State::SynReceived)
    {
        return false;
    }
    const auto& config = *m_common.config;
    const auto limit = active ? config.synRetries : config.synAckRetries;
    const auto linear = active ? config.synLinearTimeouts : 0;
    // LINUX_MIB_TCPTIMEOUTS counts each expiry, also of SYNs and the one that gives up, but not
    // those that probe a window that was taken back (tcp_retransmit_timer).
    ++m_common.troubles.Own().timeouts;
    m_common.source->Note(now, Happening::TimeOut, m_timer.retransmits + 1);
    if (m_timer.retransmits >= limit + linear)
    {
        m_common.outlet.GiveUp(now);
        return true;
    }
    ++m_timer.retransmits;
    m_common.outlet.ResendSyn(now);
    if (m_timer.retransmits > linear)
    {
        ++m_timer.backoff;
    }
    ArmRtx(now, RtxTimer::Retransmit, Rto());
    return true;
}

void
Sender::OnRetransmissionTimeout(TimeNs now)
{
    if (m_board.PacketsOut() == 0 || OnHandshakeTimeout(now))
    {
        return;
    }
    if (m_window.size == 0 && !m_common.orphaned)
    {
        // The peer took its window back: this timer does the probing, and it gives up only when
        // nothing comes any more (facts sheet linux.md 1.9.3).
        if (now - m_common.lastReceived > 2 * m_common.config->rtoMax ||
            UserTimeoutOver(now, m_episode->retransmitStamp))
        {
            m_common.outlet.GiveUp(now);
            return;
        }
        EnterLoss(now);
    }
    else
    {
        ++m_common.troubles.Own().timeouts;
        m_common.source->Note(now, Happening::TimeOut, m_timer.retransmits + 1);
        LeaveBlackHole(now);
        if (RetriesExhausted(now))
        {
            m_common.outlet.GiveUp(now);
            return;
        }
        EnterLoss(now);
        if (m_timer.retransmits++ == 0)
        {
            m_episode.Own().firstTimeout = now;
        }
        SetLimit(now, AfterTimeout(m_limit));
    }
    RetransmitRange(now, 0, 1);
    ++m_timer.backoff;
    TimeNs delay = Rto();
    if (m_common.config->userTimeout > 0 && m_episode->retransmitStamp >= 0)
    {
        // tcp_clamp_rto_to_user_timeout
        const TimeNs left = m_episode->retransmitStamp + m_common.config->userTimeout - now;
        delay = std::min(delay, std::max<TimeNs>(left, 1));
    }
    ArmRtx(now, RtxTimer::Retransmit, delay);
}

void
Sender::OnReorderingTimer(TimeNs now)
{
    m_pacer->OnDisturbance();
    const auto before = m_board.LostOut();
    DetectLosses(now, true);
    if (m_board.LostOut() > before)
    {
        if (m_board.State() != CaState::Recovery)
        {
            EnterRecovery(now, false);
            if (!m_congestion->HasFullControl())
            {
                AckDigest none;
                ReduceWindow(1, m_board.LostOut() - before, none);
            }
        }
        RetransmitLost(now);
    }
    if (m_timer.kind != RtxTimer::Retransmit)
    {
        m_timer.kind = RtxTimer::Reordering;
        RearmRto(now);
    }
}

void
Sender::OnLossProbeTimer(TimeNs now)
{
    if (m_board.PacketsOut() == 0)
    {
        m_timer.kind = RtxTimer::None;
        return;
    }
    if (m_probe.highSeq != 0)
    {
        RearmRto(now);
        return;
    }
    m_probe.retransmit = false;
    m_probe.isLeaving = true;
    bool sent = WriteNew(now, true);
    if (!sent)
    {
        // Nothing new fits: the last segment again, SACKed or not.
        const auto last = m_board.Map().Size() - 1;
        auto position = last;
        const auto& range = m_board.Map().At(last);
        if (range.segments > 1)
        {
            const auto data = range.end - range.begin - (range.fin ? 1 : 0);
            const auto tail = (data - 1) % range.mss + 1;
            position = m_board.Split(last, range.begin + data - tail);
        }
        sent = RetransmitRange(now, position, 1, true);
        m_probe.retransmit = sent;
    }
    m_probe.isLeaving = false;
    if (sent)
    {
        m_probe.highSeq = m_board.SndNxt();
        ++m_common.troubles.Own().lossProbes;
        m_common.source->Note(now, Happening::LossProbe);
    }
    // After a probe a whole time-out begins; otherwise what is left of the head's.
    m_timer.kind = sent ? RtxTimer::None : RtxTimer::LossProbe;
    RearmRto(now);
}

void
Sender::SendWindowProbe(TimeNs now)
{
    // tcp_write_wakeup: a piece of the next segment if any window is left, else an old number.
    const auto windowEnd = WindowEnd();
    if (m_buffer.End() > m_board.SndNxt() && windowEnd > m_board.SndNxt() &&
        m_board.PacketsOut() == 0 && m_board.SndNxt() > 0)
    {
        const auto available = UnsentEnd() - m_board.SndNxt();
        const auto length = static_cast<std::uint32_t>(
            std::min<std::uint64_t>({windowEnd - m_board.SndNxt(), available, m_size.mss}));
        if (m_limit == Limit::ReceiveWindow)
        {
            ++m_common.troubles.Own().zeroWindowProbes;
        }
        m_writes.pushedTo = m_board.SndNxt() + length;
        SendNewData(now, length, false, length == available);
        m_writes.pushedTo = m_buffer.End();
        m_timer.backoff = 0;
        return;
    }
    TcpSegment probe;
    probe.seq = m_common.SendSeq(m_board.SndUna()) - 1;
    probe.flags = kAck;
    ++m_common.troubles.Own().zeroWindowProbes;
    m_common.outlet.Emit(now, std::move(probe), DepartsAt(now));
}

void
Sender::EndProbing()
{
    m_probesOut = 0;
    if (m_episode->probingSince >= 0)
    {
        m_episode.Own().probingSince = -1;
    }
}

void
Sender::OnZeroWindowTimer(TimeNs now)
{
    if (m_board.PacketsOut() > 0 || !IsUnsent())
    {
        EndProbing();
        return;
    }
    if (m_episode->probingSince < 0)
    {
        m_episode.Own().probingSince = now;
    }
    else if (UserTimeoutOver(now, m_episode->probingSince))
    {
        m_common.outlet.GiveUp(now);
        return;
    }
    if (m_probesOut >= (m_common.orphaned ? kOrphanRetries : m_common.config->retries2) ||
        (m_common.orphaned && m_timer.backoff >= kOrphanRetries &&
         ProbeDelay() >= m_common.config->rtoMax))
    {
        m_common.outlet.GiveUp(now);
        return;
    }
    SendWindowProbe(now);
    if (m_board.PacketsOut() > 0)
    {
        EndProbing(); // a piece of the next segment went out: the retransmission timer runs
        return;
    }
    ++m_probesOut;
    if (m_timer.backoff < m_common.config->retries2)
    {
        ++m_timer.backoff;
    }
    ArmRtx(now, RtxTimer::ZeroWindow, ProbeDelay());
}

void
Sender::HastenSyn(TimeNs now, TimeNs delay)
{
    if (m_timer.retransmits == 0)
    {
        ArmRtx(now, RtxTimer::Retransmit, delay);
    }
}

void
Sender::StopTimers()
{
    m_timer.Stop();
    m_pacingDeadline = kNever;
    m_pacer->OnOver();
}

void
Sender::RevertBackoff(TimeNs now, Seq32 sequence)
{
    // tcp_ld_RTO_revert
    if (sequence != m_common.SendSeq(m_board.SndUna()) || m_timer.retransmits == 0 ||
        m_timer.backoff == 0 || m_board.Map().Empty())
    {
        return;
    }
    --m_timer.backoff;
    const TimeNs left = Rto() - (now - m_board.Map().At(0).sentAt);
    if (left > 0)
    {
        ArmRtx(now, RtxTimer::Retransmit, left);
    }
    else
    {
        m_timer.kind = RtxTimer::None;
        m_timer.deadline = kNever;
        OnRetransmissionTimeout(now);
    }
}

} // namespace hoststack::tcp
