// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NS3_CLOCK_H
#define HS_NS3_CLOCK_H

#include "ns3/hs-clock.h"
#include "ns3/hs-simulator-impl.h"
#include "ns3/hs-units.h"

#include <ns3/simulator.h>

#include <cstdint>

namespace ns3
{

/// Aborts with a clear message unless ns-3 counts time in nanoseconds (Time::SetResolution).
void RequireNanosecondResolution();

/// Present simulated time, for what is no host: links and measurements.
inline hoststack::TimeNs
NowNs()
{
    const auto* own = HoststackSimulatorImpl::Current();
    return own != nullptr ? own->NowStep() : Simulator::Now().GetTimeStep();
}

/// The simulator's clock. An alarm is one reused event object, so arming allocates nothing beyond
/// the scheduler's own entry.
class HoststackClock final : public hoststack::Clock
{
  public:
    /// \p context is the node that the events belong to.
    explicit HoststackClock(std::uint32_t context)
        : m_context(context)
    {
    }

    hoststack::TimeNs Now() const override
    {
        return NowNs();
    }

    hoststack::AlarmPointer NewAlarm(hoststack::Alarm::Owner& owner) override;

    bool AdvanceTo(hoststack::TimeNs at) override
    {
        auto* own = HoststackSimulatorImpl::Current();
        return own != nullptr && own->AdvanceTo(at);
    }

    /// One that goes off before all else of its time (HoststackSimulatorImpl::CallEarlyAt), so that
    /// it does not matter when it was armed.
    hoststack::AlarmPointer NewEarlyAlarm(hoststack::Alarm::Owner& owner, std::uint32_t number);

  private:
    std::uint32_t m_context;
};

} // namespace ns3

#endif // HS_NS3_CLOCK_H
