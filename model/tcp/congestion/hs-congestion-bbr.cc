// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-bbr.h"

#include <algorithm>
#include <array>

namespace hoststack::tcp
{

// Sources: names in brackets are constants of tcp_bbr.c (Linux 6.x).
namespace
{

/// 2/ln 2: the smallest gain that lets the rate double per round [bbr_high_gain].
constexpr std::uint32_t kHighGain = kBbrGainUnit * 2885 / 1000 + 1;
/// Its inverse drains in one round what STARTUP queued [bbr_drain_gain].
constexpr std::uint32_t kDrainGain = kBbrGainUnit * 1000 / 2885;
/// Twice the BDP tolerates delayed and stretched ACKs [bbr_cwnd_gain].
constexpr std::uint32_t kCwndGain = kBbrGainUnit * 2;
/// [bbr_pacing_gain]
constexpr std::array<std::uint32_t, 8> kCycle{kBbrGainUnit * 5 / 4,
                                              kBbrGainUnit * 3 / 4,
                                              kBbrGainUnit,
                                              kBbrGainUnit,
                                              kBbrGainUnit,
                                              kBbrGainUnit,
                                              kBbrGainUnit,
                                              kBbrGainUnit};
/// PROBE_BW may begin in any phase but the draining one [bbr_cycle_rand].
constexpr std::uint64_t kStartPhases = 7;

/// Age at which the smallest RTT must be measured again [bbr_min_rtt_win_sec].
constexpr TimeNs kMinRttWindow = 10 * kSecond;
/// Least time at the smallest window [bbr_probe_rtt_mode_ms].
constexpr TimeNs kProbeRttTime = 200 * kMillisecond;
/// Smallest window: two segments on their way and two being acknowledged [bbr_cwnd_min_target].
constexpr std::uint32_t kMinCwnd = 4;
/// RTT assumed before the first sample [bbr_init_pacing_rate_from_rtt].
constexpr std::int64_t kNominalRttUs = 1000;

/// Growth that shows there is more rate to be had, and rounds without [bbr_full_bw_thresh, _cnt].
constexpr std::uint32_t kGrowthGain = kBbrGainUnit * 5 / 4;
constexpr std::uint32_t kFlatRounds = 3;

/// Below this rate single segments are sent, bytes/s [bbr_min_tso_rate].
constexpr BytesPerSecond kMinTsoRate = 1200000 / 8;

TimeNs
Tick(const CongestionState& state)
{
    return state.Facts().tick > 0 ? state.Facts().tick : kMillisecond;
}

std::int64_t
Jiffies(const CongestionState& state)
{
    return state.Facts().now / Tick(state);
}

std::int64_t
ToJiffies(const CongestionState& state, TimeNs duration)
{
    return (duration + Tick(state) - 1) / Tick(state);
}

} // namespace

const char*
BbrCongestion::Name() const
{
    return "bbr";
}

void
BbrCongestion::Init(CongestionState& state)
{
    *this = BbrCongestion();
    state.SetSsthresh(0x7fffffff);
    m_minRttUs = state.Facts().minRtt == kNever ? -1 : state.Facts().minRtt / kMicrosecond;
    m_minRttStamp = Jiffies(state);
    m_deliveredTime = state.Facts().now;
    m_random = state.Facts().seed ^ static_cast<std::uint64_t>(state.Facts().now);
    m_aggregation.Restart(state.Facts().now);
    m_policer.Reset(Totals(state));
    InitPacingRate(state);
}

void
BbrCongestion::InitPacingRate(CongestionState& state)
{
    auto rttUs = kNominalRttUs;
    if (state.Facts().srtt > 0)
    {
        rttUs = std::max<std::int64_t>(state.Facts().srtt / kMicrosecond, 1);
        m_hasSeenRtt = true;
    }
    state.SetPacingRate(
        std::min(BbrPacingRate(MakeBbrRate(state.Cwnd(), rttUs), kHighGain, state.Facts().mss),
                 state.Facts().maxPacingRate));
}

bool
BbrCongestion::Control(CongestionState& state, const RateSample& sample)
{
    if (sample.ackedSacked > 0)
    {
        m_deliveredTime = state.Facts().now;
    }
    UpdateBandwidth(state, sample);
    UpdateAckAggregation(state, sample);
    UpdateCyclePhase(state, sample);
    CheckPipeFull(sample);
    CheckDrain(state);
    UpdateMinRtt(state, sample);
    UpdateGains();

    SetPacingRate(state, Bandwidth(), m_pacingGain);
    SetCwnd(state, sample);
    return true;
}

// The model of the path

void
BbrCongestion::UpdateBandwidth(CongestionState& state, const RateSample& sample)
{
    m_isRoundStart = false;
    const auto intervalUs = sample.interval / kMicrosecond;
    if (sample.delivered < 0 || sample.interval < 0 || intervalUs <= 0)
    {
        return;
    }
    if (sample.priorDelivered >= m_roundEnd)
    {
        m_roundEnd = state.Facts().delivered;
        ++m_round;
        m_isRoundStart = true;
        m_isConserving = false;
    }
    SamplePolicer(state, sample.losses, sample.isAppLimited);

    const auto rate = MakeBbrRate(static_cast<std::uint64_t>(sample.delivered), intervalUs);
    // A sample limited by the application says little, unless the path did better than known.
    if (!sample.isAppLimited || rate >= m_maxRate.Get())
    {
        m_maxRate.Update(m_round, rate);
    }
}

void
BbrCongestion::SamplePolicer(const CongestionState& state, std::uint32_t losses, bool isAppLimited)
{
    switch (m_policer.OnAck(Totals(state),
                            state.Facts().mss,
                            losses,
                            isAppLimited,
                            m_isRoundStart,
                            m_mode == Mode::ProbeBw))
    {
    case BbrPolicer::Outcome::Detected:
        m_pacingGain = kBbrGainUnit;
        break;
    case BbrPolicer::Outcome::Expired:
        EnterProbeBw();
        break;
    case BbrPolicer::Outcome::Nothing:
        break;
    }
}

void
BbrCongestion::UpdateAckAggregation(const CongestionState& state, const RateSample& sample)
{
    if (sample.ackedSacked == 0 || sample.delivered < 0 || sample.interval < kMicrosecond)
    {
        return;
    }
    m_aggregation.OnAck(m_deliveredTime,
                        sample.ackedSacked,
                        Bandwidth(),
                        state.Cwnd(),
                        m_isRoundStart);
}

void
BbrCongestion::CheckPipeFull(const RateSample& sample)
{
    if (m_isPipeFull || !m_isRoundStart || sample.isAppLimited)
    {
        return;
    }
    if (m_maxRate.Get() >= (m_fullRate * kGrowthGain) >> kBbrGainShift)
    {
        m_fullRate = m_maxRate.Get();
        m_flatRounds = 0;
        return;
    }
    m_isPipeFull = ++m_flatRounds >= kFlatRounds;
}

void
BbrCongestion::CheckDrain(CongestionState& state)
{
    if (m_mode == Mode::Startup && m_isPipeFull)
    {
        m_mode = Mode::Drain;
        state.SetSsthresh(TargetInFlight(state, kBbrGainUnit));
    }
    if (m_mode == Mode::Drain &&
        InNetworkAtDeparture(state, state.Facts().inFlight) <= TargetInFlight(state, kBbrGainUnit))
    {
        EnterProbeBw();
    }
}

void
BbrCongestion::UpdateMinRtt(CongestionState& state, const RateSample& sample)
{
    const auto now = Jiffies(state);
    const bool isExpired = now > m_minRttStamp + ToJiffies(state, kMinRttWindow);
    if (sample.rtt >= 0)
    {
        const auto rttUs = sample.rtt / kMicrosecond;
        if (m_minRttUs < 0 || rttUs <= m_minRttUs || (isExpired && !sample.isAckDelayed))
        {
            m_minRttUs = rttUs;
            m_minRttStamp = now;
        }
    }

    if (isExpired && !m_isIdleRestart && m_mode != Mode::ProbeRtt)
    {
        m_mode = Mode::ProbeRtt;
        SaveCwnd(state);
        m_probeRttDone = -1;
    }

    if (m_mode == Mode::ProbeRtt)
    {
        // The rates of this phase are our doing, not the path's.
        state.MarkAppLimited();
        if (m_probeRttDone < 0)
        {
            if (state.Facts().inFlight <= kMinCwnd)
            {
                m_probeRttDone = now + ToJiffies(state, kProbeRttTime);
                m_probeRttRoundDone = false;
                m_roundEnd = state.Facts().delivered;
            }
        }
        else
        {
            m_probeRttRoundDone = m_probeRttRoundDone || m_isRoundStart;
            if (m_probeRttRoundDone)
            {
                CheckProbeRttDone(state);
            }
        }
    }
    if (sample.delivered > 0)
    {
        m_isIdleRestart = false;
    }
}

void
BbrCongestion::CheckProbeRttDone(CongestionState& state)
{
    const auto now = Jiffies(state);
    if (m_probeRttDone < 0 || now <= m_probeRttDone)
    {
        return;
    }
    m_minRttStamp = now;
    state.SetCwnd(std::max(state.Cwnd(), m_savedCwnd));
    if (m_isPipeFull)
    {
        EnterProbeBw();
    }
    else
    {
        m_mode = Mode::Startup;
    }
}

// Gains and their cycle

void
BbrCongestion::UpdateGains()
{
    switch (m_mode)
    {
    case Mode::Startup:
        m_pacingGain = kHighGain;
        m_cwndGain = kHighGain;
        break;
    case Mode::Drain:
        m_pacingGain = kDrainGain;
        m_cwndGain = kHighGain;
        break;
    case Mode::ProbeBw:
        m_pacingGain = m_policer.IsActive() ? kBbrGainUnit : kCycle[m_cyclePhase];
        m_cwndGain = kCwndGain;
        break;
    case Mode::ProbeRtt:
        m_pacingGain = kBbrGainUnit;
        m_cwndGain = kBbrGainUnit;
        break;
    }
}

void
BbrCongestion::EnterProbeBw()
{
    m_mode = Mode::ProbeBw;
    m_cyclePhase = (kCycle.size() - Draw() % kStartPhases) % kCycle.size();
    m_cycleStart = m_deliveredTime;
}

void
BbrCongestion::UpdateCyclePhase(const CongestionState& state, const RateSample& sample)
{
    if (m_mode == Mode::ProbeBw && IsCycleDone(state, sample))
    {
        m_cyclePhase = (m_cyclePhase + 1) % kCycle.size();
        m_cycleStart = m_deliveredTime;
    }
}

bool
BbrCongestion::IsCycleDone(const CongestionState& state, const RateSample& sample) const
{
    const auto elapsedUs = m_deliveredTime / kMicrosecond - m_cycleStart / kMicrosecond;
    const bool isFullLength = m_minRttUs >= 0 && elapsedUs > m_minRttUs;
    if (m_pacingGain == kBbrGainUnit)
    {
        return isFullLength;
    }
    const auto inFlight = InNetworkAtDeparture(state, sample.priorInFlight);
    if (m_pacingGain > kBbrGainUnit)
    {
        // Probing lasts until the pipe holds what was asked for, or overflows.
        return isFullLength &&
               (sample.losses > 0 || inFlight >= TargetInFlight(state, m_pacingGain));
    }
    return isFullLength || inFlight <= TargetInFlight(state, kBbrGainUnit);
}

// Rate and window

void
BbrCongestion::SetPacingRate(CongestionState& state, BbrRate rate, std::uint32_t gain)
{
    const auto paced =
        std::min(BbrPacingRate(rate, gain, state.Facts().mss), state.Facts().maxPacingRate);
    if (!m_hasSeenRtt && state.Facts().srtt > 0)
    {
        InitPacingRate(state);
    }
    if (m_isPipeFull || paced > state.PacingRate())
    {
        state.SetPacingRate(paced);
    }
}

std::uint32_t
BbrCongestion::Ssthresh(CongestionState& state)
{
    SaveCwnd(state);
    return state.Ssthresh();
}

void
BbrCongestion::SaveCwnd(const CongestionState& state)
{
    const bool isCut = m_previousCaState >= CaState::Recovery || m_mode == Mode::ProbeRtt;
    m_savedCwnd = isCut ? std::max(m_savedCwnd, state.Cwnd()) : state.Cwnd();
}

void
BbrCongestion::IncreaseWindow(CongestionState& /*state*/, std::uint32_t /*acked*/)
{
}

void
BbrCongestion::OnStateChange(CongestionState& state, CaState next)
{
    if (next != CaState::Loss)
    {
        return;
    }
    m_previousCaState = CaState::Loss;
    m_fullRate = 0;
    // A time-out ends the round.
    m_isRoundStart = true;
    SamplePolicer(state, 1, false);
}

void
BbrCongestion::OnEvent(CongestionState& state, CaEvent event)
{
    if (event != CaEvent::TxStart || state.Facts().appLimitedUntil == 0)
    {
        return;
    }
    m_isIdleRestart = true;
    m_aggregation.Restart(state.Facts().now);
    if (m_mode == Mode::ProbeBw)
    {
        SetPacingRate(state, Bandwidth(), kBbrGainUnit);
    }
    else if (m_mode == Mode::ProbeRtt)
    {
        CheckProbeRttDone(state);
    }
}

std::uint32_t
BbrCongestion::UndoCwnd(CongestionState& state)
{
    m_fullRate = 0;
    m_flatRounds = 0;
    m_policer.Reset(Totals(state));
    return state.Cwnd();
}

bool
BbrCongestion::HasFullControl() const
{
    return true;
}

bool
BbrCongestion::NeedsPacing() const
{
    return true;
}

std::uint32_t
BbrCongestion::MinTsoSegments(const CongestionState& state) const
{
    return state.PacingRate() < kMinTsoRate ? 1 : 2;
}

std::uint32_t
BbrCongestion::SendBufferFactor() const
{
    // The window may double even in recovery (bbr_sndbuf_expand).
    return 3;
}

BbrPolicer::Totals
BbrCongestion::Totals(const CongestionState& state) const
{
    return {state.Facts().delivered, state.Facts().lost, m_deliveredTime};
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t
BbrCongestion::Draw()
{
    m_random += 0x9e3779b97f4a7c15;
    auto z = m_random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

std::string
BbrCongestion::Phase() const
{
    switch (m_mode)
    {
    case Mode::Startup:
        return "startup";
    case Mode::Drain:
        return "drain";
    case Mode::ProbeBw:
        return "probe-bw";
    case Mode::ProbeRtt:
        return "probe-rtt";
    }
    return {};
}

BbrCongestion::Mode
BbrCongestion::CurrentMode() const
{
    return m_mode;
}

BbrRate
BbrCongestion::Bandwidth() const
{
    return m_policer.IsActive() ? m_policer.Rate() : m_maxRate.Get();
}

std::int64_t
BbrCongestion::MinRttUs() const
{
    return m_minRttUs;
}

std::uint32_t
BbrCongestion::PacingGain() const
{
    return m_pacingGain;
}

std::uint32_t
BbrCongestion::CyclePhase() const
{
    return m_cyclePhase;
}

bool
BbrCongestion::IsPipeFull() const
{
    return m_isPipeFull;
}

bool
BbrCongestion::IsPoliced() const
{
    return m_policer.IsActive();
}

std::uint32_t
BbrCongestion::ExtraAcked() const
{
    return m_aggregation.Max();
}

} // namespace hoststack::tcp
