// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_LIA_H
#define HS_CONGESTION_LIA_H

#include "ns3/hs-coupled-congestion.h"

namespace hoststack::mptcp
{

/**
 * Linked increases (RFC 6356): all subflows together grow as one TCP connection would on the best
 * path, and no subflow grows faster than TCP would. Halves on loss.
 */
class LiaCongestion : public CoupledCongestion
{
  public:
    using CoupledCongestion::CoupledCongestion;

    const char* Name() const override
    {
        return "lia";
    }

  protected:
    double IncreasePerSegment() const override;
};

} // namespace hoststack::mptcp

#endif // HS_CONGESTION_LIA_H
