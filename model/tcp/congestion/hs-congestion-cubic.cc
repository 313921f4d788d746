// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-cubic.h"

#include "ns3/hs-congestion-reno.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

/// Multiplicative decrease, of 1024 (tcp_cubic.c beta; RFC 9438 section 4.6: 0.7).
constexpr std::uint64_t kBeta = 717;
constexpr std::uint64_t kBetaScale = 1024;
/// C as tcp_cubic.c rounds it, of 1024 (bic_scale 41 times 10; RFC 9438 section 4.1.2: 0.4).
constexpr std::uint64_t kCurveScale = 410;
/// 1/C in (1/1024 s)^3 per segment (cube_factor).
constexpr std::uint64_t kCubeFactor = (std::uint64_t{1} << 40) / kCurveScale;
/// Acknowledged windows per segment of Reno's growth, of 8 (beta_scale): 8 (1+beta) / 3 (1-beta).
constexpr std::uint64_t kRenoScale = 8 * (kBetaScale + kBeta) / 3 / (kBetaScale - kBeta);
/// Least growth while Wmax is unknown: one segment per 20, 5 % per round (bictcp_update).
constexpr std::uint32_t kProbeIncrement = 20;
/// Most growth: one segment per two acknowledged (bictcp_update).
constexpr std::uint32_t kMinIncrement = 2;

/// HyStart: window from which it may end slow start, segments (hystart_low_window).
constexpr std::uint32_t kHystartLowWindow = 16;
/// HyStart: largest gap of ACKs in a train (hystart_ack_delta_us).
constexpr std::int64_t kTrainGapUs = 2000;
/// HyStart: RTT samples of a round before delay counts (HYSTART_MIN_SAMPLES).
constexpr std::uint32_t kDelaySamples = 8;
/// HyStart: bounds of the delay increase that ends slow start (HYSTART_DELAY_MIN, _MAX).
constexpr std::int64_t kDelayMinUs = 4000;
constexpr std::int64_t kDelayMaxUs = 16000;
/// HyStart: most that super-segments may lengthen a train (hystart_ack_delay).
constexpr std::uint64_t kBurstCushionMaxUs = 1000;

constexpr std::int64_t kUsPerSecond = 1000000;
constexpr std::int64_t kNoRtt = INT64_MAX;

/// Largest x with x^3 <= a.
std::uint64_t
CubeRoot(std::uint64_t a)
{
    std::uint64_t root = 0;
    for (int bit = 21; bit >= 0; --bit)
    {
        const auto candidate = root | (std::uint64_t{1} << bit);
        if (static_cast<Uint128>(candidate) * candidate * candidate <= a)
        {
            root = candidate;
        }
    }
    return root;
}

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

/// The time that super-segments may add to a train of ACKs at the present rate.
std::int64_t
BurstCushionUs(const CongestionState& state)
{
    if (state.PacingRate() == 0)
    {
        return 0;
    }
    const auto bursts =
        std::uint64_t{state.Facts().gsoMaxBytes} * 4 * kUsPerSecond / state.PacingRate();
    return static_cast<std::int64_t>(std::min(bursts, kBurstCushionMaxUs));
}

} // namespace

CubicCongestion::CubicCongestion(const CubicOptions& options)
    : m_options(options)
{
}

const char*
CubicCongestion::Name() const
{
    return m_options.name;
}

void
CubicCongestion::Init(CongestionState& state)
{
    Reset();
    StartRound(state);
}

void
CubicCongestion::Reset()
{
    m_increment = 0;
    m_lastMax = 0;
    m_lastCwnd = 0;
    m_lastTime = 0;
    m_origin = 0;
    m_timeToOrigin = 0;
    m_delayMinUs = 0;
    m_epochStart = -1;
    m_ackCount = 0;
    m_renoCwnd = 0;
    m_region = "";
    m_exit = HystartExit::None;
}

void
CubicCongestion::StartRound(const CongestionState& state)
{
    m_roundStartUs = state.Facts().now / kMicrosecond;
    m_lastAckUs = m_roundStartUs;
    m_roundEnd = state.Facts().sndNxt;
    m_roundRttUs = kNoRtt;
    m_samples = 0;
}

std::uint32_t
CubicCongestion::Ssthresh(CongestionState& state)
{
    m_epochStart = -1;
    m_region = "";
    const std::uint64_t cwnd = state.Cwnd();
    // A flow that could not come back to its last maximum makes room for others.
    m_lastMax = m_options.fastConvergence && state.Cwnd() < m_lastMax
                    ? static_cast<std::uint32_t>(cwnd * (kBetaScale + kBeta) / (2 * kBetaScale))
                    : state.Cwnd();
    return std::max(static_cast<std::uint32_t>(cwnd * kBeta / kBetaScale), 2U);
}

void
CubicCongestion::OnStateChange(CongestionState& state, CaState next)
{
    if (next == CaState::Loss)
    {
        Reset();
        StartRound(state);
    }
}

void
CubicCongestion::OnEvent(CongestionState& state, CaEvent event)
{
    if (event != CaEvent::TxStart || m_epochStart < 0)
    {
        return;
    }
    // Time without anything in flight is no time on the curve.
    const auto now = Jiffies(state);
    const auto idle = now - state.Facts().lastSendTime / Tick(state);
    if (idle > 0)
    {
        m_epochStart = std::min(m_epochStart + idle, now);
    }
}

void
CubicCongestion::IncreaseWindow(CongestionState& state, std::uint32_t acked)
{
    if (state.InSlowStart())
    {
        acked = SlowStart(state, acked);
        if (acked == 0)
        {
            return;
        }
    }
    UpdateIncrement(state, acked);
    AdditiveIncrease(state, m_increment, acked);
}

void
CubicCongestion::UpdateIncrement(const CongestionState& state, std::uint32_t acked)
{
    const auto now = Jiffies(state);

    m_ackCount += acked;
    if (m_lastCwnd == state.Cwnd() && now - m_lastTime <= kSecond / 32 / Tick(state))
    {
        return;
    }
    if (m_epochStart < 0 || now != m_lastTime)
    {
        m_lastCwnd = state.Cwnd();
        m_lastTime = now;
        if (m_epochStart < 0)
        {
            StartEpoch(now, state.Cwnd(), acked);
        }
        FollowCurve(now, Tick(state), state.Cwnd());
    }
    if (m_options.friendliness)
    {
        FollowReno(state.Cwnd());
    }
    m_increment = std::max(m_increment, kMinIncrement);
}

void
CubicCongestion::StartEpoch(std::int64_t nowJiffies, std::uint32_t cwnd, std::uint32_t acked)
{
    m_epochStart = nowJiffies;
    m_ackCount = acked;
    m_renoCwnd = cwnd;
    m_origin = std::max(m_lastMax, cwnd);
    m_timeToOrigin = CubeRoot(kCubeFactor * (m_origin - cwnd));
}

void
CubicCongestion::FollowCurve(std::int64_t nowJiffies, TimeNs tick, std::uint32_t cwnd)
{
    const auto aheadJiffies = (m_delayMinUs * kMicrosecond + tick - 1) / tick;
    const auto elapsed = std::max<std::int64_t>(nowJiffies - m_epochStart + aheadJiffies, 0);
    const auto t = static_cast<std::uint64_t>(static_cast<Uint128>(elapsed) * 1024 *
                                              static_cast<std::uint64_t>(tick) / kSecond);

    const bool isConcave = t < m_timeToOrigin;
    const auto offset = isConcave ? m_timeToOrigin - t : t - m_timeToOrigin;
    const auto cube = static_cast<Uint128>(offset) * offset * offset;
    const auto delta =
        static_cast<std::int64_t>(std::min<Uint128>((cube * kCurveScale) >> 40, UINT32_MAX));
    const auto target = std::int64_t{m_origin} + (isConcave ? -delta : delta);

    const auto missing = target - std::int64_t{cwnd};
    m_increment = missing > 0 ? static_cast<std::uint32_t>(cwnd / missing) : 100 * cwnd;
    m_region = isConcave ? "concave" : "convex";
    if (m_lastMax == 0)
    {
        m_increment = std::min(m_increment, kProbeIncrement);
        m_region = "probing";
    }
}

void
CubicCongestion::FollowReno(std::uint32_t cwnd)
{
    const auto perStep = static_cast<std::uint32_t>(cwnd * kRenoScale / 8);
    // Strictly more: a full step must have been acknowledged before the one that counts.
    while (perStep > 0 && m_ackCount > perStep)
    {
        m_ackCount -= perStep;
        ++m_renoCwnd;
    }
    if (m_renoCwnd > cwnd)
    {
        const auto atMost = cwnd / (m_renoCwnd - cwnd);
        if (m_increment > atMost)
        {
            m_increment = atMost;
            m_region = "reno-friendly";
        }
    }
}

void
CubicCongestion::OnAcked(CongestionState& state, std::uint32_t /*acked*/, TimeNs rtt)
{
    if (rtt < 0)
    {
        return;
    }
    // The queue that caused a reduction still inflates RTTs for a while.
    if (m_epochStart >= 0 && Jiffies(state) - m_epochStart < kSecond / Tick(state))
    {
        return;
    }
    const auto delayUs = std::max<std::int64_t>(rtt / kMicrosecond, 1);
    if (m_delayMinUs == 0 || delayUs < m_delayMinUs)
    {
        m_delayMinUs = delayUs;
    }
    if (m_options.hystart && m_exit == HystartExit::None && state.InSlowStart() &&
        (m_options.countsEarlyRounds || state.Cwnd() >= kHystartLowWindow))
    {
        UpdateHystart(state, delayUs);
    }
}

void
CubicCongestion::UpdateHystart(CongestionState& state, std::int64_t delayUs)
{
    if (state.Facts().sndUna > m_roundEnd)
    {
        StartRound(state);
    }
    if (state.Cwnd() < kHystartLowWindow)
    {
        return;
    }

    const auto nowUs = state.Facts().now / kMicrosecond;
    if (nowUs - m_lastAckUs <= kTrainGapUs)
    {
        m_lastAckUs = nowUs;
        auto threshold = m_delayMinUs + BurstCushionUs(state);
        if (!state.Facts().isPaced)
        {
            threshold /= 2;
        }
        if (nowUs - m_roundStartUs > threshold)
        {
            LeaveSlowStart(state, HystartExit::AckTrain);
        }
    }

    m_roundRttUs = std::min(m_roundRttUs, delayUs);
    if (m_samples < kDelaySamples)
    {
        ++m_samples;
    }
    else if (m_roundRttUs > m_delayMinUs + std::clamp(m_delayMinUs / 8, kDelayMinUs, kDelayMaxUs))
    {
        LeaveSlowStart(state, HystartExit::Delay);
    }
}

void
CubicCongestion::LeaveSlowStart(CongestionState& state, HystartExit why)
{
    state.SetSsthresh(state.Cwnd());
    if (m_exit == HystartExit::None)
    {
        m_exit = why;
    }
}

std::string
CubicCongestion::Phase() const
{
    return m_region;
}

std::uint32_t
CubicCongestion::LastMax() const
{
    return m_lastMax;
}

std::uint64_t
CubicCongestion::TimeToOrigin() const
{
    return m_timeToOrigin;
}

CubicCongestion::HystartExit
CubicCongestion::Exit() const
{
    return m_exit;
}

} // namespace hoststack::tcp
