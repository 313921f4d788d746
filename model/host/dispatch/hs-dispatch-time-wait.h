// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_TIME_WAIT_H
#define HS_DISPATCH_TIME_WAIT_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/// What short connections cost, one after the other, while those before are in TIME-WAIT.
class DispatchTimeWait final : public DispatchStudy
{
  public:
    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_TIME_WAIT_H
