// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_COPY_H
#define HS_DISPATCH_COPY_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/**
 * How long a poll waits behind a program that copies: one core sends or receives again and again,
 * pausing as long as it copied (20 us at most), another polls at random moments for the same
 * socket. Where a held socket has a backlog the poll goes on, and only its packet waits.
 */
class DispatchCopy final : public DispatchStudy
{
  public:
    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_COPY_H
