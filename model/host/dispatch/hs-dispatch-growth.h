// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_GROWTH_H
#define HS_DISPATCH_GROWTH_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/// What a packet costs against the number of sockets, one poll after the other on one core.
class DispatchGrowth final : public DispatchStudy
{
  public:
    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_GROWTH_H
