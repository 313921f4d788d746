// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_SCALING_H
#define HS_DISPATCH_SCALING_H

#include "ns3/hs-dispatch-study.h"

namespace hoststack::host
{

/**
 * How many packets per second cores take in that do nothing else: each works for itself, then
 * polls, and so on, in a closed circle. What a poll holds is the system's: one lock, one of its
 * interface, or that of each packet's socket. Look-ups without locks (RCU, SMR) hold none.
 */
class DispatchScaling final : public DispatchStudy
{
  public:
    /// Between two cores of the measured machine, a ticket lock: 90 to 135 ns.
    static constexpr TimeNs kHandOver = 110;

    std::vector<DispatchFigures> Plan(const DispatchStudySettings& settings) const override;
    std::vector<DispatchFigures> Run(const DispatchStudySettings& settings,
                                     std::uint64_t seed) const override;
};

} // namespace hoststack::host

#endif // HS_DISPATCH_SCALING_H
