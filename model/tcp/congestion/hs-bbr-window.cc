// SPDX-License-Identifier: GPL-2.0-only

// BbrCongestion: how much may be in flight (bbr_set_cwnd, bbr_inflight, bbr_quantization_budget).

#include "ns3/hs-congestion-bbr.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

/// Smallest window: two segments on their way and two being acknowledged [bbr_cwnd_min_target].
constexpr std::uint32_t kMinCwnd = 4;
/// Window without any RTT sample (TCP_INIT_CWND, RFC 6928).
constexpr std::uint32_t kInitialCwnd = 10;
/// Bound of the window added for aggregation, as time at the estimated rate
/// [bbr_extra_acked_max_us].
constexpr std::int64_t kMaxAggregationUs = 100000;
/// Largest burst: GSO_LEGACY_MAX_SIZE - 1 - MAX_TCP_HEADER (320 on x86-64), and 7 bits of segments.
constexpr std::uint64_t kMaxBurstBytes = 65536 - 1 - 320;
constexpr std::uint32_t kMaxBurstSegments = 127;

} // namespace

void
BbrCongestion::SetCwnd(CongestionState& state, const RateSample& sample)
{
    const auto acked = sample.ackedSacked;
    auto cwnd = state.Cwnd();
    if (acked > 0 && !RecoverOrRestore(state, sample, cwnd))
    {
        const auto target = AddHeadroom(state, Bdp(Bandwidth(), m_cwndGain) + AggregationCwnd());
        if (m_isPipeFull)
        {
            cwnd = std::min(cwnd + acked, target);
        }
        else if (cwnd < target || state.Facts().delivered < kInitialCwnd)
        {
            cwnd += acked;
        }
        cwnd = std::max(cwnd, kMinCwnd);
    }
    state.SetCwnd(cwnd);
    if (m_mode == Mode::ProbeRtt)
    {
        state.SetCwnd(std::min(state.Cwnd(), kMinCwnd));
    }
}

bool
BbrCongestion::RecoverOrRestore(const CongestionState& state,
                                const RateSample& sample,
                                std::uint32_t& cwnd)
{
    if (sample.losses > 0)
    {
        cwnd = cwnd > sample.losses ? cwnd - sample.losses : 1;
    }
    if (state.Facts().caState == CaState::Recovery && m_previousCaState != CaState::Recovery)
    {
        m_isConserving = true;
        m_roundEnd = state.Facts().delivered;
        // Window that the application, TSQ or TSO deferral left unused is not kept.
        cwnd = state.Facts().inFlight + sample.ackedSacked;
    }
    else if (m_previousCaState >= CaState::Recovery && state.Facts().caState < CaState::Recovery)
    {
        m_isConserving = false;
        cwnd = std::max(cwnd, m_savedCwnd);
    }
    m_previousCaState = state.Facts().caState;

    if (m_isConserving)
    {
        cwnd = std::max(cwnd, state.Facts().inFlight + sample.ackedSacked);
    }
    return m_isConserving;
}

std::uint32_t
BbrCongestion::Bdp(BbrRate rate, std::uint32_t gain) const
{
    if (m_minRttUs < 0)
    {
        return kInitialCwnd;
    }
    const auto product =
        static_cast<Uint128>(rate) * static_cast<std::uint64_t>(m_minRttUs) * gain >> kBbrGainShift;
    return static_cast<std::uint32_t>((product + kBbrRateUnit - 1) >> kBbrRateShift);
}

std::uint32_t
BbrCongestion::AddHeadroom(const CongestionState& state, std::uint32_t cwnd) const
{
    // A burst each in the sender's queue, in its NIC and in the receiver's merging.
    cwnd += 3 * BurstGoal(state);
    // An even window keeps delayed ACKs from waiting for a partner.
    cwnd += cwnd & 1;
    if (m_mode == Mode::ProbeBw && m_cyclePhase == 0)
    {
        cwnd += 2;
    }
    return cwnd;
}

std::uint32_t
BbrCongestion::TargetInFlight(const CongestionState& state, std::uint32_t gain) const
{
    return AddHeadroom(state, Bdp(m_maxRate.Get(), gain));
}

std::uint32_t
BbrCongestion::InNetworkAtDeparture(const CongestionState& state, std::uint32_t inFlight) const
{
    const auto waitUs =
        std::max<TimeNs>(state.Facts().nextSendTime - state.Facts().now, 0) / kMicrosecond;
    const auto deliveredByThen = BbrSegments(Bandwidth(), waitUs);
    const auto atDeparture = inFlight + (m_pacingGain > kBbrGainUnit ? BurstGoal(state) : 0);
    return deliveredByThen >= atDeparture
               ? 0
               : atDeparture - static_cast<std::uint32_t>(deliveredByThen);
}

std::uint32_t
BbrCongestion::BurstGoal(const CongestionState& state) const
{
    const auto bytes = std::min(state.PacingRate() >> state.Facts().pacingShift, kMaxBurstBytes);
    const auto segments = static_cast<std::uint32_t>(bytes / state.Facts().mss);
    return std::min(std::max(segments, MinTsoSegments(state)), kMaxBurstSegments);
}

std::uint32_t
BbrCongestion::AggregationCwnd() const
{
    if (!m_isPipeFull)
    {
        return 0;
    }
    const auto bound = BbrSegments(Bandwidth(), kMaxAggregationUs);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(m_aggregation.Max(), bound));
}

// What the connection tells

} // namespace hoststack::tcp
