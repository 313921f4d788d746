// SPDX-License-Identifier: GPL-2.0-only

// Sender: round-trip time, delivery rate, and what congestion control makes of them.

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kMinRttWindow = 300 * kSecond; // tcp_min_rtt_wlen

} // namespace

void
Sender::UpdateRtt(TimeNs now, const TcpSegment& segment, AckDigest& digest, RateSample& sample)
{
    TimeNs rtt = -1;
    TimeNs newest = -1;
    if (digest.firstAckedSent >= 0 && !digest.retransmittedAcked)
    {
        rtt = now - digest.firstAckedSent;
        newest = now - digest.lastAckedSent;
    }
    if (digest.firstSackedSent >= 0)
    {
        if (rtt < 0)
        {
            rtt = now - digest.firstSackedSent;
        }
        if (newest < 0)
        {
            newest = now - digest.lastSackedSent;
        }
    }
    if (rtt < 0 && digest.advanced && m_hasEcho)
    {
        const auto ticks =
            static_cast<std::int32_t>(m_common.TimestampNow(now) - segment.options.timestampEcho);
        if (ticks >= 0)
        {
            rtt = newest = std::max<TimeNs>(ticks, 1) * kMillisecond;
        }
    }
    sample.rtt = newest;
    if (rtt < 0)
    {
        return;
    }
    if (newest >= 0 && (newest <= m_board.MinRtt() || now - m_minRttAt > kMinRttWindow))
    {
        m_board.SetMinRtt(std::max<TimeNs>(newest, 1));
        m_minRttAt = now;
    }
    m_rtt->OnSample(rtt, m_board.SndUna(), m_board.SndNxt());
    ++m_common.traffic.rttSamples;
    m_common.traffic.rttSum += rtt;
    m_common.traffic.rttMost = std::max(m_common.traffic.rttMost, rtt);
    m_common.traffic.rttLeast = std::min(m_common.traffic.rttLeast, newest >= 0 ? newest : rtt);
    m_board.SetRtt(m_rtt->Srtt());
    m_timer.backoff = 0;
}

void
Sender::GenerateRateSample(TimeNs now, const AckDigest& digest, RateSample& sample)
{
    // draft-cheng-iccrg-delivery-rate-estimation section 3.3; tcp_rate_gen.
    if (m_cwnd.Facts().appLimitedUntil > 0 &&
        m_cwnd.Facts().delivered > m_cwnd.Facts().appLimitedUntil)
    {
        m_cwnd.Tell().appLimitedUntil = 0;
    }
    sample.priorInFlight = digest.priorInFlight;
    sample.isAckDelayed = digest.mayBeDelayed;
    if (sample.ackedSacked > 0)
    {
        m_rate.deliveredAt = now;
    }
    if (digest.rateSentAt < 0)
    {
        return;
    }
    sample.priorDelivered = digest.rateDelivered;
    sample.isAppLimited = digest.rateAppLimited;
    sample.isRetransmit = digest.rateRetransmit;
    sample.delivered = static_cast<std::int64_t>(m_cwnd.Facts().delivered - digest.rateDelivered);
    sample.interval = std::max(digest.rateSendInterval, now - digest.rateDeliveredAt);
    if (m_board.MinRtt() != kNever && sample.interval < m_board.MinRtt())
    {
        sample.interval = -1;
        return;
    }
    if (!sample.isAppLimited || static_cast<double>(sample.delivered) * m_rate.interval >=
                                    static_cast<double>(m_rate.delivered) * sample.interval)
    {
        m_rate.delivered = static_cast<std::uint64_t>(sample.delivered);
        m_rate.interval = sample.interval;
    }
}

void
Sender::SyncCongestionState(TimeNs now)
{
    auto& facts = m_cwnd.Tell();
    facts.now = now;
    facts.srtt = m_rtt->Srtt();
    facts.minRtt = m_board.MinRtt();
    facts.packetsOut = m_board.PacketsOut();
    facts.inFlight = m_board.InFlight();
    facts.reordering = m_board.Reordering();
    facts.sndUna = m_board.SndUna();
    facts.sndNxt = m_board.SndNxt();
    facts.caState = m_board.State();
    facts.lost = m_board.TotalLost();
    facts.hasUnsentData = m_buffer.End() > m_board.SndNxt();
}

void
Sender::ControlCongestion(TimeNs now, const AckDigest& digest, const RateSample& sample)
{
    if (digest.ackedSegments > 0 || sample.ackedSacked > 0)
    {
        m_congestion->OnAcked(m_cwnd, digest.ackedSegments, sample.rtt);
    }
    if (!m_congestion->Control(m_cwnd, sample))
    {
        if (InReduction())
        {
            ReduceWindow(sample.ackedSacked, sample.losses, digest);
        }
        else
        {
            // tcp_may_raise_cwnd
            const bool progress = m_board.Reordering() > m_common.config->reordering
                                      ? digest.dataAcked || sample.ackedSacked > 0
                                      : digest.dataAcked;
            const bool limited =
                m_cwnd.Facts().isCwndLimited ||
                (m_cwnd.InSlowStart() && m_cwnd.Cwnd() < 2 * m_usage.maxPacketsOut);
            if (progress && limited)
            {
                const bool report = m_cwnd.Facts().isCwndLimited;
                m_cwnd.Tell().isCwndLimited = true;
                m_congestion->IncreaseWindow(m_cwnd, sample.ackedSacked);
                m_cwnd.Tell().isCwndLimited = report;
                m_usage.stamp = now;
            }
        }
        UpdatePacingRate();
    }
    m_common.traffic.cwndMost = std::max(m_common.traffic.cwndMost, m_cwnd.Cwnd());
}

void
Sender::UpdatePacingRate()
{
    // tcp_update_pacing_rate; facts sheet linux.md 6.2.1.
    const std::uint64_t segments = std::max(m_cwnd.Cwnd(), m_board.PacketsOut());
    std::uint64_t rate =
        static_cast<std::uint64_t>(m_size.cached) * segments *
        (m_cwnd.Cwnd() < m_cwnd.Ssthresh() / 2 ? m_common.config->pacingSlowStartPercent
                                               : m_common.config->pacingAvoidancePercent) /
        100;
    const TimeNs srtt = m_rtt->Srtt();
    if (srtt > 0)
    {
        rate = static_cast<std::uint64_t>(static_cast<Uint128>(rate) * kSecond / srtt);
    }
    else
    {
        rate *= 1000; // one millisecond until a sample came
    }
    m_cwnd.SetPacingRate(rate);
}

void
Sender::RestartAfterIdle(TimeNs now)
{
    // tcp_slow_start_after_idle_check and tcp_cwnd_restart (RFC 2861).
    if (m_board.PacketsOut() > 0 || !HasUnsentData() || m_cwnd.Facts().lastSendTime == 0 ||
        !m_common.config->slowStartAfterIdle || m_congestion->HasFullControl())
    {
        return;
    }
    TimeNs idle = now - m_cwnd.Facts().lastSendTime;
    const TimeNs rto = Rto();
    if (idle <= rto)
    {
        return;
    }
    m_congestion->OnEvent(m_cwnd, CaEvent::CwndRestart);
    const auto restart = std::min(m_common.config->initialCwnd, m_cwnd.Cwnd());
    m_cwnd.SetSsthresh(std::max(m_cwnd.Ssthresh(), ((m_cwnd.Cwnd() >> 1) + (m_cwnd.Cwnd() >> 2))));
    auto cwnd = m_cwnd.Cwnd();
    for (idle -= rto; idle > 0 && cwnd > restart; idle -= rto)
    {
        cwnd >>= 1;
    }
    m_cwnd.SetCwnd(std::max(cwnd, restart));
    m_usage.stamp = now;
    m_usage.used = 0;
}

void
Sender::ValidateCwnd(TimeNs now, bool limited)
{
    // tcp_cwnd_validate: remember whether the window was full at any time in this round.
    if (m_board.SndUna() >= m_usage.end || limited ||
        (!m_cwnd.Facts().isCwndLimited && m_board.PacketsOut() > m_usage.maxPacketsOut))
    {
        m_cwnd.Tell().isCwndLimited = limited;
        m_usage.maxPacketsOut = m_board.PacketsOut();
        m_usage.end = m_board.SndNxt();
    }
    if (m_cwnd.Facts().isCwndLimited ||
        (m_cwnd.InSlowStart() && m_cwnd.Cwnd() < 2 * m_usage.maxPacketsOut))
    {
        m_usage.used = 0;
        m_usage.stamp = now;
        return;
    }
    m_usage.used = std::max(m_usage.used, m_board.PacketsOut());
    if (m_common.config->slowStartAfterIdle && now - m_usage.stamp >= Rto() &&
        !m_congestion->HasFullControl())
    {
        // tcp_cwnd_application_limited: half of what was not used goes.
        if (m_board.State() == CaState::Open && !m_writerBlocked)
        {
            const auto used = std::max(m_usage.used, m_common.config->initialCwnd);
            if (used < m_cwnd.Cwnd())
            {
                m_cwnd.SetSsthresh(
                    std::max(m_cwnd.Ssthresh(), ((m_cwnd.Cwnd() >> 1) + (m_cwnd.Cwnd() >> 2))));
                m_cwnd.SetCwnd((m_cwnd.Cwnd() + used) >> 1);
            }
            m_usage.used = 0;
        }
        m_usage.stamp = now;
    }
}

void
Sender::CheckAppLimited()
{
    // tcp_rate_check_app_limited: nothing waits, the window is not full, nothing is to be repaired.
    const auto unsent = m_buffer.End() - std::min(m_buffer.End(), m_board.SndNxt());
    if (unsent < m_size.cached && m_board.InFlight() < m_cwnd.Cwnd() &&
        m_board.LostOut() <= m_board.RetransOut())
    {
        const auto mark = m_cwnd.Facts().delivered + m_board.InFlight();
        m_cwnd.Tell().appLimitedUntil = mark > 0 ? mark : 1;
    }
}

void
Sender::OnEcn(const TcpSegment& segment)
{
    if (segment.payload.Length() > 0)
    {
        m_congestion->OnEvent(m_cwnd, segment.ecn == Ecn::Ce ? CaEvent::EcnIsCe : CaEvent::EcnNoCe);
    }
}

} // namespace hoststack::tcp
