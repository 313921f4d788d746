// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_READINESS_H
#define HS_DISPATCH_READINESS_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/**
 * How soon a program that runs in a loop learns of data: it asks for it once per round and sleeps
 * for the rest, or a flag is set and it is woken.
 */
class DispatchReadiness final : public DispatchStudy
{
  public:
    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_READINESS_H
