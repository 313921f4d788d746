// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_LOOPBACK_H
#define HS_DISPATCH_LOOPBACK_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/**
 * What a message from one socket to another of the same machine costs: in and out of the programs,
 * between the kernel's buffers as often as the system does, and a poll for each packet of the
 * loopback device's MTU.
 */
class DispatchLoopback final : public DispatchStudy
{
  public:
    static constexpr std::uint64_t kMtu = 65536; ///< of the loopback devices of all systems here

    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_LOOPBACK_H
