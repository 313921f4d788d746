// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_WVEGAS_H
#define HS_CONGESTION_WVEGAS_H

#include "ns3/hs-coupled-congestion.h"

#include <cstdint>

namespace hoststack::mptcp
{

/**
 * Weighted Vegas (Cao, Xu, Fu: "Delay-based congestion control for multipath TCP", ICNP 2012;
 * draft-xu-mptcp-congestion-control-04): each subflow keeps a number of segments in the queue of
 * its path; ten of them are shared out by rate, so that all paths end up equally congested. Looks
 * once per RTT. Loss halves.
 */
class WeightedVegasCongestion : public CoupledCongestion
{
  public:
    using CoupledCongestion::CoupledCongestion;

    const char* Name() const override
    {
        return "wvegas";
    }

    void IncreaseWindow(tcp::CongestionState& state, std::uint32_t acked) override;
    void OnAcked(tcp::CongestionState& state, std::uint32_t acked, TimeNs rtt) override;

    /// Rate at equilibrium, segments per second; 0: not known yet.
    double EquilibriumRate() const
    {
        return m_equilibriumRate;
    }

  protected:
    double IncreasePerSegment() const override
    {
        return 0; // decided once per RTT
    }

  private:
    void EndRound(tcp::CongestionState& state);

    std::uint64_t m_roundEnd{0};
    TimeNs m_baseRtt{kNever};
    TimeNs m_roundRtt{0}; ///< sum of the round's samples
    std::uint32_t m_samples{0};
    double m_queueDelay{0}; ///< least since the last drain, seconds; 0: none
    double m_weight{0};
    double m_alpha{10}; ///< segments to keep queued
    double m_equilibriumRate{0};
};

} // namespace hoststack::mptcp

#endif // HS_CONGESTION_WVEGAS_H
