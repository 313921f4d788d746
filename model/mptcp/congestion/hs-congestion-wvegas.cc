// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-wvegas.h"

#include "ns3/hs-congestion-reno.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr double kTotalAlpha = 10; // draft section 5: segments queued by all subflows together
constexpr double kGamma = 1;       // Vegas' limit of slow start, segments
constexpr double kLeastAlpha = 2;

} // namespace

void
WeightedVegasCongestion::OnAcked(tcp::CongestionState& state, std::uint32_t acked, TimeNs rtt)
{
    CoupledCongestion::OnAcked(state, acked, rtt);
    if (rtt > 0)
    {
        m_baseRtt = std::min(m_baseRtt, rtt);
        m_roundRtt += rtt;
        ++m_samples;
    }
}

void
WeightedVegasCongestion::IncreaseWindow(tcp::CongestionState& state, std::uint32_t acked)
{
    if (state.InSlowStart())
    {
        tcp::SlowStart(state, acked);
    }
    if (state.Facts().sndUna >= m_roundEnd)
    {
        if (m_samples > 0)
        {
            EndRound(state);
        }
        m_roundEnd = state.Facts().sndNxt;
        m_roundRtt = 0;
        m_samples = 0;
    }
    Look(state);
}

void
WeightedVegasCongestion::EndRound(tcp::CongestionState& state)
{
    const double rtt = ToSeconds(m_roundRtt / m_samples);
    const double base = ToSeconds(m_baseRtt);
    const double queued = state.Cwnd() * (rtt - base) / rtt; // Vegas' diff, segments
    if (state.InSlowStart())
    {
        if (queued > kGamma)
        {
            // What the path holds without a queue.
            const auto fits = static_cast<std::uint32_t>(state.Cwnd() * base / rtt) + 1;
            state.SetCwnd(std::max(2u, std::min(state.Cwnd(), fits)));
            state.SetSsthresh(std::min(state.Ssthresh(), state.Cwnd() > 2 ? state.Cwnd() - 1 : 2u));
        }
        return;
    }
    if (queued >= m_alpha)
    {
        // The queue reached its share: this rate is the equilibrium's, weights follow from it.
        m_equilibriumRate = state.Cwnd() / rtt;
        double total = 0;
        for (const auto* member : Group().Members())
        {
            total += static_cast<const WeightedVegasCongestion*>(member)->EquilibriumRate();
        }
        m_weight = m_equilibriumRate / total;
        m_alpha = std::max(kLeastAlpha, m_weight * kTotalAlpha);
    }
    if (queued > m_alpha)
    {
        state.SetCwnd(std::max(2u, state.Cwnd() - 1));
        state.SetSsthresh(std::min(state.Ssthresh(), state.Cwnd() > 2 ? state.Cwnd() - 1 : 2u));
    }
    else if (queued < m_alpha)
    {
        state.SetCwnd(state.Cwnd() + 1);
    }
    // Drain the queue once its delay has doubled, so that the base RTT can be seen again.
    const double delay = rtt - base;
    if (m_queueDelay == 0 || delay < m_queueDelay)
    {
        m_queueDelay = delay;
    }
    else if (delay >= 2 * m_queueDelay && m_queueDelay > 0)
    {
        const auto drained = static_cast<std::uint32_t>(state.Cwnd() * base / (2 * rtt));
        state.SetCwnd(std::max(2u, drained));
        m_queueDelay = 0;
    }
}

} // namespace hoststack::mptcp
