// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_OLIA_H
#define HS_CONGESTION_OLIA_H

#include "ns3/hs-coupled-congestion.h"

#include <cstdint>

namespace hoststack::mptcp
{

/**
 * Opportunistic linked increases (Khalili, Gast, Popovic, Le Boudec: "MPTCP is not Pareto-optimal",
 * CoNEXT 2012; draft-khalili-mptcp-congestion-control-05): LIA's fairness, and in addition windows
 * move from the paths with the largest window to paths that are presumably best but still have a
 * small one. A path is as good as the data it carried between two losses, squared, over its RTT.
 */
class OliaCongestion : public CoupledCongestion
{
  public:
    using CoupledCongestion::CoupledCongestion;

    const char* Name() const override
    {
        return "olia";
    }

    std::uint32_t Ssthresh(tcp::CongestionState& state) override;
    void OnAcked(tcp::CongestionState& state, std::uint32_t acked, TimeNs rtt) override;

    /// l^2 / rtt of the draft: the larger of what was carried since the last loss and between the
    /// last two.
    double Quality() const;

  protected:
    double IncreasePerSegment() const override;

  private:
    double m_sinceLoss{0};     ///< segments, l2 of the draft
    double m_betweenLosses{0}; ///< l1 of the draft
};

} // namespace hoststack::mptcp

#endif // HS_CONGESTION_OLIA_H
