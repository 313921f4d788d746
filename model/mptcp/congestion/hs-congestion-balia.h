// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_BALIA_H
#define HS_CONGESTION_BALIA_H

#include "ns3/hs-coupled-congestion.h"

namespace hoststack::mptcp
{

/**
 * Balanced linked adaptation (Peng, Walid, Hwang, Low: "Multipath TCP: analysis, design, and
 * implementation", IEEE/ACM ToN 2016; draft-walid-mptcp-congestion-control-04): a compromise of
 * fairness to TCP and quick response. Both increase and decrease depend on how far a path's rate
 * lies below the largest.
 */
class BaliaCongestion : public CoupledCongestion
{
  public:
    using CoupledCongestion::CoupledCongestion;

    const char* Name() const override
    {
        return "balia";
    }

  protected:
    double IncreasePerSegment() const override;
    double Decreased() const override;

  private:
    /// Largest rate of all subflows over this one's.
    double Alpha() const;
};

} // namespace hoststack::mptcp

#endif // HS_CONGESTION_BALIA_H
