// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-settings.h"

#include "ns3/hs-coupled-congestion.h"

#include <algorithm>

namespace hoststack
{

using nlohmann::json;
using Pointer = json::json_pointer;

void
AddTcpContradictions(const TcpOverlay& whole,
                     const std::vector<std::pair<Pointer, TcpOverlay>>& parts,
                     IssueCollector& issues)
{
    for (const auto& [low, high] : whole.FindContradictions())
    {
        // Where one of the two stands; what stands nowhere here has been reported elsewhere.
        for (const auto* key : {&low, &high})
        {
            const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& candidate) {
                return candidate.second.Sets(*key);
            });
            if (part != parts.end())
            {
                issues.Add(part->first / *key,
                           '"' + low + "\" is larger than \"" + high + '"',
                           '"' + low + "\" at most \"" + high + '"');
                break;
            }
        }
    }
}

void
CheckCoupled(const nlohmann::json& root,
             const Scenario& scenario,
             const TrafficSpec& traffic,
             IssueCollector& issues)
{
    for (const bool isFrom : {true, false})
    {
        const auto& end = traffic.End(isFrom);
        const auto& host = scenario.hosts[end.host];
        const auto& name = end.tcp.config.congestion;
        if (host.ns3Stack || (traffic.IsMultipath() && host.mptcp.enabled) ||
            !mptcp::CoupledCongestionControls().Has(name))
        {
            continue;
        }
        auto pointer = Pointer("/hosts") / host.name / "tcp" / "congestion";
        for (const auto* key : {"tcp", isFrom ? "tcp-from" : "tcp-to"})
        {
            const auto own = Pointer("/traffic") / traffic.name / key / "congestion";
            pointer = root.contains(own) ? own : pointer;
        }
        issues.Add(pointer,
                   Quoted(name) + " couples the subflows of multipath TCP, but traffic " +
                       Quoted(traffic.name) + " is plain TCP at host " + Quoted(host.name),
                   "a congestion control of plain TCP, or multipath at this end");
    }
}

} // namespace hoststack
