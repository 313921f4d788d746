// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-freebsd-cubic.h"

#include "ns3/hs-congestion-freebsd-newreno.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

// Fixed point as in cc_cubic.h: 8 bits.
constexpr unsigned kShift = 8;
constexpr std::uint64_t kBeta = 179;            // CUBIC_BETA, 0.7
constexpr std::uint64_t kLess = 77;             // ONE_SUB_CUBIC_BETA, 0.3
constexpr std::int64_t kC = 102;                // CUBIC_C_FACTOR, 0.4 segments/s^3
constexpr std::uint64_t kFastConvergence = 217; // CUBIC_FC_FACTOR
constexpr std::uint64_t kFriendlySlope = 231;   // THREE_X_PT3
constexpr std::uint64_t kFriendlyDivisor = 435; // TWO_SUB_PT3
constexpr std::int64_t kFarthest = 448'845;     // CUBED_ROOT_MAX_ULONG
constexpr std::uint32_t kLeastSamples = 8;      // CUBIC_MIN_RTT_SAMPLES
constexpr std::uint64_t kLeastSsthresh = 2;
constexpr std::uint64_t kMostWindow = 1U << 30;

/// The largest number whose cube is at most \p value.
std::int64_t
CubeRoot(std::uint64_t value)
{
    std::uint64_t root = 0;
    for (std::uint64_t bit = 1ULL << 20; bit != 0; bit >>= 1)
    {
        const auto next = root | bit;
        if (next * next * next <= value)
        {
            root = next;
        }
    }
    return static_cast<std::int64_t>(root);
}

/// K in 1/256 s: the time until the curve is back at \p lastMax segments (cubic_k).
std::int64_t
TimeToOrigin(std::uint64_t lastMax)
{
    const auto most = std::min<std::uint64_t>(lastMax, 1U << 22);
    return CubeRoot((most * kLess << 3 * kShift) / static_cast<std::uint64_t>(kC));
}

} // namespace

const char*
FreebsdCubic::Name() const
{
    return "freebsd-cubic";
}

void
FreebsdCubic::Init(CongestionState& state)
{
    m_lastMax = state.Cwnd();
    m_epoch = state.Facts().now;
}

std::uint32_t
FreebsdCubic::Ssthresh(CongestionState& state)
{
    std::uint64_t cwnd = state.Cwnd();
    if (cwnd < m_lastMax)
    {
        cwnd = cwnd * kFastConvergence >> kShift;
    }
    m_lastMaxUndo = m_lastMax;
    m_lastMax = cwnd;
    auto ssthresh = cwnd * kBeta >> kShift;
    if (!m_isReduced)
    {
        m_lastMax = ssthresh;
        ssthresh = cwnd / 2;
    }
    m_isReduced = true;
    m_isRecovering = true;
    StartEpoch(state);
    return static_cast<std::uint32_t>(std::max(ssthresh, kLeastSsthresh));
}

void
FreebsdCubic::StartEpoch(const CongestionState& state)
{
    m_epoch = state.Facts().now;
    m_origin = TimeToOrigin(m_lastMax);
}

void
FreebsdCubic::OnAcked(CongestionState& state, std::uint32_t /*acked*/, TimeNs rtt)
{
    m_samples += rtt >= 0 ? 1 : 0;
    const auto srtt = state.Facts().srtt;
    if (m_samples < kLeastSamples || srtt <= 0)
    {
        return;
    }
    if (m_leastRtt == 0 || srtt < m_leastRtt)
    {
        m_leastRtt = srtt;
        m_meanRtt = std::max(m_meanRtt, srtt);
    }
    m_rttSum += srtt;
    ++m_rttCount;
}

void
FreebsdCubic::IncreaseWindow(CongestionState& state, std::uint32_t acked)
{
    if (state.Cwnd() <= state.Ssthresh() || m_leastRtt == 0)
    {
        m_isStarting = true;
        FreebsdSlowStart(state, acked);
        return;
    }
    if (m_isStarting && m_isTimedOut)
    {
        m_lastMax = state.Cwnd();
        m_epoch = state.Facts().now;
        m_origin = 0;
        m_isTimedOut = false;
    }
    else if (m_isStarting)
    {
        StartEpoch(state);
    }
    m_isStarting = false;
    const TimeNs since = state.Facts().now - m_epoch;
    const auto curve = Curve(since + m_meanRtt);
    const auto friendly = Friendly(since, state.Facts().mss);
    m_isFriendly = curve < friendly;
    const auto window = std::min(std::max(curve, friendly), kMostWindow);
    if (window > state.Cwnd())
    {
        state.SetCwnd(static_cast<std::uint32_t>(window));
    }
    if (!m_isReduced && m_lastMax < state.Cwnd())
    {
        m_lastMax = state.Cwnd();
        m_origin = TimeToOrigin(m_lastMax);
    }
}

std::uint64_t
FreebsdCubic::Curve(TimeNs sinceEpoch) const
{
    const auto units = (sinceEpoch / kMicrosecond << kShift) / 1'000'000;
    const auto distance = std::clamp(units - m_origin, -kFarthest, kFarthest);
    if (distance == kFarthest)
    {
        return kMostWindow;
    }
    constexpr std::int64_t unit = std::int64_t{1} << 4 * kShift;
    const auto gained = distance * distance * distance * kC / unit; // kFarthest's fits
    const auto window = gained + static_cast<std::int64_t>(m_lastMax);
    return window < 0 ? 0 : static_cast<std::uint64_t>(window);
}

std::uint64_t
FreebsdCubic::Friendly(TimeNs sinceEpoch, std::uint32_t mss) const
{
    const auto us = static_cast<std::uint64_t>(sinceEpoch / kMicrosecond);
    const auto rttUs = static_cast<std::uint64_t>(std::max<TimeNs>(m_meanRtt / kMicrosecond, 1));
    const auto slope = static_cast<Uint128>(kFriendlySlope * us) * mss << kShift;
    const auto gained = static_cast<std::uint64_t>(slope / (kFriendlyDivisor * rttUs));
    return (m_lastMax * mss * kBeta + gained) / (std::uint64_t{mss} << kShift);
}

void
FreebsdCubic::OnStateChange(CongestionState& /*state*/, CaState next)
{
    if (next == CaState::Open || next == CaState::Disorder)
    {
        EndReduction();
    }
}

/// The mean RTT is that of the time between two reductions (cubic_post_recovery).
void
FreebsdCubic::EndReduction()
{
    if (!m_isRecovering)
    {
        return;
    }
    m_isRecovering = false;
    if (m_rttCount > 0)
    {
        m_meanRtt = m_rttSum / static_cast<TimeNs>(m_rttCount);
    }
    m_rttSum = 0;
    m_rttCount = 0;
}

void
FreebsdCubic::OnEvent(CongestionState& state, CaEvent event)
{
    if (event == CaEvent::Loss)
    {
        // Ssthresh() has just been asked, as for any loss; a time-out leaves Wmax alone.
        m_lastMax = m_lastMaxUndo;
        m_isTimedOut = true;
        const auto left = std::uint64_t{state.Facts().inFlight} * kBeta >> kShift;
        state.SetSsthresh(static_cast<std::uint32_t>(std::max(left, kLeastSsthresh)));
    }
    if (event == CaEvent::CwndRestart)
    {
        m_lastMax = std::max<std::uint64_t>(m_lastMax, state.Cwnd());
        StartEpoch(state);
        FreebsdAfterIdle(state);
    }
}

std::uint32_t
FreebsdCubic::UndoCwnd(CongestionState& state)
{
    m_lastMax = m_lastMaxUndo;
    m_isTimedOut = false;
    StartEpoch(state);
    return CongestionControl::UndoCwnd(state);
}

std::string
FreebsdCubic::Phase() const
{
    return m_isStarting ? "slow-start" : m_isFriendly ? "reno-friendly" : "curve";
}

} // namespace hoststack::tcp
