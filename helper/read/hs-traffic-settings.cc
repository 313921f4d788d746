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
                     const std::vector<Pointer>& parts,
                     const Pointer& host,
                     IssueCollector& issues)
{
    const auto& root = issues.Document().Merged();
    for (const auto& [low, high] : whole.FindContradictions())
    {
        std::vector<Pointer> keys;
        bool isHere = false;
        for (const auto* key : {&low, &high})
        {
            const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& candidate) {
                return root.contains(candidate / *key);
            });
            isHere = isHere || part != parts.end();
            keys.push_back((part != parts.end() ? *part : host) / *key);
        }
        // What stands nowhere here has been reported at the host.
        if (isHere)
        {
            issues.AddBetween(keys,
                              '"' + low + "\" is larger than \"" + high + '"',
                              '"' + low + "\" at most \"" + high + '"');
        }
    }
}

Pointer
WhereSaid(const json& root,
          const Scenario& scenario,
          const TrafficSpec& traffic,
          std::size_t leg,
          bool isFrom,
          const char* key)
{
    const auto& ends = traffic.legs[leg];
    const auto host = (isFrom != traffic.openedByReceiver ? ends.client : ends.server).host;
    const bool isEnd = host == traffic.from || host == traffic.to;
    const auto base = Pointer("/traffic") / traffic.name;
    const auto side = isFrom ? "tcp-from" : "tcp-to";
    auto pointer = Pointer("/hosts") / scenario.hosts[host].name / "tcp" / key;
    for (const auto& own : {base / "tcp",
                            isEnd ? base / side : base / "tcp",
                            base / "legs" / leg / "tcp",
                            base / "legs" / leg / side})
    {
        pointer = root.contains(own / key) ? own / key : pointer;
    }
    return pointer;
}

void
CheckCoupled(const nlohmann::json& root,
             const Scenario& scenario,
             const TrafficSpec& traffic,
             IssueCollector& issues)
{
    for (std::size_t i = 0; i < traffic.legs.size(); ++i)
    {
        for (const bool isFrom : {true, false})
        {
            const auto& leg = traffic.legs[i];
            const auto& end = isFrom != traffic.openedByReceiver ? leg.client : leg.server;
            const auto& host = scenario.hosts[end.host];
            const auto& name = end.tcp.config.congestion;
            if (host.ns3Stack || (leg.multipath && host.mptcp.enabled) ||
                !mptcp::CoupledCongestionControls().Has(name))
            {
                continue;
            }
            issues.Add(WhereSaid(root, scenario, traffic, i, isFrom, "congestion"),
                       Quoted(name) + " couples the subflows of multipath TCP, but traffic " +
                           Quoted(traffic.name) + " is plain TCP at host " + Quoted(host.name),
                       "a congestion control of plain TCP, or multipath at this end");
        }
    }
}

} // namespace hoststack
