// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OUTSIDE_HOST_H
#define HS_OUTSIDE_HOST_H

#include "ns3/hs-metric.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-stream-pattern.h"
#include "ns3/hs-time-histogram.h"
#include "ns3/hs-units.h"

#include <ns3/ptr.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace ns3
{

/// What one end of a traffic writes when the other end is to check it; \p byFrom: the end `from`.
inline hoststack::StreamPattern
TrafficContent(std::size_t traffic, bool byFrom)
{
    return hoststack::StreamPattern(2 * traffic + (byFrom ? 1 : 0));
}

/// What both ends of a traffic of datagrams that are not simulated tell of it.
struct OutsideDatagrams
{
    std::uint64_t sent{0};
    std::uint64_t bytes{0}; ///< of those that arrived
    std::uint64_t reordered{0};
    hoststack::TimeNs overAt{-1};
    hoststack::TimeNs lastArrival{-1};
    hoststack::TimeNs lastDelay{-1};
    hoststack::TimeHistogram delays;
    hoststack::TimeHistogram variations;
    std::function<void()> onOver;
};

/**
 * A host of a scenario that is not simulated: something else plays it, in real time. Its node has
 * the devices of its links and nothing above them.
 */
class OutsideHost
{
  public:
    virtual ~OutsideHost() = default;

    /// Index into Scenario::hosts.
    virtual std::size_t Index() const = 0;

    /// The stand-in's device on a link, once per link and before the run: from now on the host
    /// sends and receives through it.
    virtual void Attach(std::size_t link, Ptr<HoststackNetDevice> device) = 0;

    /// Stands for the host's end of a leg of a traffic; its sessions tell what those of the host
    /// do. \param opens its connections when it starts; a proxy opens or takes them by itself
    virtual Ptr<HoststackSessionApplication> MakeApplication(std::size_t traffic,
                                                             std::size_t leg,
                                                             bool opens) = 0;

    /// \name Of datagrams number \p index of the scenario, one of whose ends it is
    /// @{
    /// Before the run: tells \p figures from now on what it knows of them.
    virtual void TellDatagrams(std::size_t index, std::shared_ptr<OutsideDatagrams> figures) = 0;
    virtual void StartDatagrams(std::size_t index) = 0;
    virtual void StopDatagrams(std::size_t index) = 0;
    /// @}

    /// Simulated time is 0, and the clock runs.
    virtual void Begin() = 0;

    /// Carries out a host event of the scenario. \param index into Scenario::events
    virtual void Apply(std::size_t index) = 0;

    /// The run is over: takes final values from the host. Nothing is simulated any more.
    virtual void End() = 0;

    /// Adds what only this host knows.
    virtual void Report(hoststack::Metrics& metrics) const = 0;
};

} // namespace ns3

#endif // HS_OUTSIDE_HOST_H
