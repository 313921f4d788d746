// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-packet-steering.h"
#include "ns3/hs-steering-rfs.h"
#include "ns3/hs-steering-rps.h"
#include "ns3/hs-steering-threaded.h"

namespace hoststack::host
{

Registry<PacketSteering, const SteeringSettings&>&
PacketSteerings()
{
    using S = const SteeringSettings&;
    static Registry<PacketSteering, S> registry(
        "packet steering",
        {
            {"none",
             "what a core has polled it works on, up to the socket",
             [](S) { return std::make_unique<PacketSteering>(); }},
            {"rps",
             "the flow's hash chooses among the cores of `rps-cpus`",
             [](S s) { return std::make_unique<RpsSteering>(s); }},
            {"rfs",
             "to the core on which the flow's program runs; before it has run, as `rps`",
             [](S s) { return std::make_unique<RfsSteering>(s); }},
            {"threaded-napi",
             "a thread for each device polls, on any core that has time",
             [](S) { return std::make_unique<ThreadedPolls>(); }},
        });
    return registry;
}

} // namespace hoststack::host
