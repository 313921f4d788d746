// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-bridge.h"

#include "ns3/hs-quoted.h"
#include "ns3/hs-topology.h"

#include <algorithm>
#include <string>

namespace hoststack
{

namespace
{

using Pointer = nlohmann::json::json_pointer;

void
CheckLinks(const Scenario& scenario, std::size_t host, IssueCollector& issues)
{
    const auto& name = scenario.hosts[host].name;
    const auto links = Topology(scenario).LinksOf(host);
    if (links.size() != 2)
    {
        issues.Add(Pointer("/hosts") / name / "forwarding",
                   "the bridge " + Quoted(name) + " is at " + std::to_string(links.size()) +
                       " links",
                   "two: what comes in by one leaves by the other");
        return;
    }
    for (const auto link : links)
    {
        if (scenario.links[link].kind != LinkKind::Path)
        {
            issues.Add(Pointer("/links") / scenario.links[link].name / "kind",
                       "ends at the bridge " + Quoted(name) +
                           ", whose ports cannot be ns-3's own devices",
                       "\"path\"");
        }
    }
    const auto& first = scenario.links[links[0]];
    const auto& second = scenario.links[links[1]];
    if (first.ipVersion != second.ipVersion)
    {
        issues.Add(Pointer("/links") / second.name / "ip",
                   "the bridge " + Quoted(name) + " makes it one subnet with the link " +
                       Quoted(first.name) + ", which has the other version",
                   "one version for both");
    }
}

/// What a profile brings lies idle; what the scenario says is meant to have an effect.
void
CheckKeys(const nlohmann::json& block,
          const std::string& name,
          const Pointer& pointer,
          IssueCollector& issues)
{
    for (const char* key : {"stack", "tcp", "mptcp", "proxy", "tracker", "loopback", "hpts"})
    {
        const auto at = pointer / key;
        if (block.contains(key) && !issues.Document().IsResolved() &&
            !issues.Document().IsOfProfile(at))
        {
            issues.Add(at,
                       Quoted(name) + " is a bridge: it has no address, and nothing on it speaks "
                                      "IP",
                       "no such key, or \"forwarding\": \"route\"");
        }
    }
}

} // namespace

void
CheckBridges(const nlohmann::json& root, const Scenario& scenario, IssueCollector& issues)
{
    for (std::size_t host = 0; host < scenario.hosts.size(); ++host)
    {
        const auto& name = scenario.hosts[host].name;
        if (!scenario.hosts[host].bridges)
        {
            continue;
        }
        const auto pointer = Pointer("/hosts") / name;
        CheckLinks(scenario, host, issues);
        CheckKeys(root["hosts"][name], name, pointer, issues);
        const auto& live = scenario.liveHosts;
        if (std::find(live.begin(), live.end(), host) != live.end())
        {
            issues.Add(pointer / "forwarding",
                       "the kernel that is to play " + Quoted(name) + " forwards nothing",
                       "\"route\", or another host in `live`");
        }
    }
}

} // namespace hoststack
