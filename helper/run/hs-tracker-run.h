// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRACKER_RUN_H
#define HS_TRACKER_RUN_H

#include "ns3/hs-ping.h"
#include "ns3/hs-run-events.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario.h"

#include <ns3/event-id.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/**
 * The health checks of one host while it runs (omr-tracker of OpenMPTCProuter): each link of its
 * multipath endpoints is pinged by itself. A try pings its targets one after the other until one
 * answers; when all tries have failed the endpoint is removed, so its subflows close and the peer
 * is told; the first answer brings it back.
 *
 * Not modelled: the change of the master (default route), carrier loss by hotplug, the trackers of
 * the VPN, the proxy and the VPS, scripts that restart modems. All targets are the other end of the
 * link.
 */
class TrackerRun
{
  public:
    TrackerRun(const hoststack::Scenario& scenario,
               std::size_t host,
               ScenarioNetwork& network,
               RunEvents& events);
    ~TrackerRun();
    TrackerRun(const TrackerRun&) = delete;
    TrackerRun& operator=(const TrackerRun&) = delete;

    /// "tracker of router: link x55 down at 21.3 s", one for each change.
    const std::vector<std::string>& Notes() const
    {
        return m_notes;
    }

  private:
    /// One link.
    struct Way
    {
        hoststack::MptcpEndpointSpec endpoint;
        Ptr<HoststackPing> ping;
        EventId next;
        bool isUp{true};
        bool isWaiting{false};
        std::uint32_t target{0};
        std::uint32_t failedTries{0};
    };

    void Ask(Way& way);
    void HandleAnswer(Way& way);
    void HandleTimeout(Way& way);
    void Change(Way& way, bool isUp);
    void AskAfter(Way& way, hoststack::TimeNs time);

    const hoststack::Scenario& m_scenario;
    const std::size_t m_host;
    const hoststack::TrackerSpec m_spec;
    ScenarioNetwork& m_network;
    RunEvents& m_events;
    std::vector<std::unique_ptr<Way>> m_ways;
    std::vector<std::string> m_notes;
};

} // namespace ns3

#endif // HS_TRACKER_RUN_H
