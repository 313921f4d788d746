// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LIVE_PLAN_H
#define HS_LIVE_PLAN_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-live-separation.h"
#include "ns3/hs-scenario.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hoststack
{

/// One network device of the kernel: the kernel's end of a link.
struct LiveDevice
{
    std::size_t link{0}; ///< index into Scenario::links
    std::string name;    ///< in the namespace
    std::string mac;     ///< of the device, aa:bb:cc:dd:ee:ff
    std::uint32_t mtu{1500};
    /// A NIC of the scenario's: checksums are its work, and merged frames go up as such.
    bool offloads{false};
    bool cutsSegments{false}; ///< with offloads: and so are TCP's super-segments
    IpAddress own;
    IpAddress gateway;                   ///< the other end of the link
    std::vector<StrangeAddress> strange; ///< what must not arrive here
};

/// A kernel setting in the namespace.
struct LiveSysctl
{
    std::string path; ///< below /proc/sys
    std::string value;
    /// The scenario asks for it, and it is not what kernels do by themselves; so a kernel without
    /// it cannot play the host.
    bool isNeeded{false};
    std::string key{}; ///< of the scenario, "tcp.sack"; empty: it comes from none
};

/// One connection of a traffic between two hosts; traffics in their order, each with its legs from
/// `from` to `to`.
struct LiveLeg
{
    std::size_t traffic{0}; ///< index into Scenario::traffic
    TrafficSpec spec;       ///< the traffic, or one leg of it as a traffic of its own
    bool isRelayAtFrom{false};
    bool isRelayAtTo{false};

    bool IsRelayAt(std::size_t host) const
    {
        return host == spec.from ? isRelayAtFrom : host == spec.to && isRelayAtTo;
    }

    bool OpensAt(std::size_t host) const
    {
        return (host == spec.from) != spec.openedByReceiver;
    }

    bool Has(std::size_t host) const
    {
        return host == spec.from || host == spec.to;
    }
};

std::vector<LiveLeg> LiveLegs(const Scenario& scenario);

/// Where \p leg of traffic \p traffic stands among all.
std::size_t LiveLegIndex(const Scenario& scenario, std::size_t traffic, std::size_t leg);

/// Arguments of `ip`.
using IpCommand = std::vector<std::string>;

/**
 * How a scenario is laid out for a kernel that plays one of its hosts: devices, addresses, routes,
 * settings, multipath endpoints. Nothing here touches the machine.
 *
 * A default route per device: a subflow that is bound to the device of its endpoint leaves through
 * it wherever it goes, all else by the destination; as in simulation (HoststackHelper's
 * AddSourceRoute).
 */
struct LivePlan
{
    std::size_t host{0}; ///< index into Scenario::hosts
    bool multipath{false};
    std::vector<LiveLeg> legs;        ///< of the whole scenario
    std::vector<LiveDevice> devices;  ///< in the order of the links
    std::vector<LiveSysctl> early;    ///< before devices are made
    std::vector<LiveSysctl> settings; ///< after that
    std::vector<IpCommand> commands;
    std::map<std::size_t, IpCommand> events; ///< by index into Scenario::events
};

/// For \p host, one of Scenario::liveHosts; \p scenario has passed CheckLive.
LivePlan MakeLivePlan(const Scenario& scenario, std::size_t host);

} // namespace hoststack

#endif // HS_LIVE_PLAN_H
