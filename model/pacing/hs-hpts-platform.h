// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_PLATFORM_H
#define HS_HPTS_PLATFORM_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// A run that has ended, for whoever watches.
struct HptsRun
{
    std::uint16_t wheel;
    bool isByThread;
    std::uint32_t result; ///< what tcp_hptsi() returns
    std::uint32_t passes;
    std::uint32_t calls; ///< of connections, for input or output
};

/**
 * What HPTS needs of the machine: a clock, a timer and a thread for each wheel, random numbers. On
 * a host whose work takes time it also pays here for what a run does.
 */
class HptsPlatform
{
  public:
    /// Since boot (microuptime); inside a run it may move on.
    virtual TimeNs Now() = 0;
    /// Schedules the software interrupt: Hpts::OnThread() is to be called soon.
    virtual void WakeThread(std::uint16_t wheel) = 0;
    /// The one timer of a wheel: Hpts::OnCallout() is to be called after \p us. \p wasPending: it
    /// was armed already and now goes off then only.
    virtual void ArmCallout(std::uint16_t wheel, std::uint32_t us, bool wasPending) = 0;
    virtual void StopCallout(std::uint16_t wheel, bool wasPending) = 0;
    /// 32 random bits.
    virtual std::uint32_t Random() = 0;

    /// A pass over the slots begins.
    virtual void OnPass(std::uint16_t /*wheel*/)
    {
    }

    /// A run has walked so many slots more.
    virtual void OnSlotsWalked(std::uint16_t /*wheel*/, std::uint32_t /*slots*/)
    {
    }

    /// A run was found to be late by more than the wheel.
    virtual void OnWheelWrap(std::uint16_t /*wheel*/)
    {
    }

    virtual void OnRunEnd(const HptsRun& /*run*/)
    {
    }

  protected:
    ~HptsPlatform() = default;
};

} // namespace hoststack

#endif // HS_HPTS_PLATFORM_H
