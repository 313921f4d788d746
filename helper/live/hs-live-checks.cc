// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-checks.h"

#include "ns3/hs-application.h"
#include "ns3/hs-issue-collector.h"
#include "ns3/hs-topology.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using Pointer = nlohmann::json::json_pointer;

void
CheckLinks(const Scenario& scenario, std::size_t kernel, IssueCollector& issues)
{
    const auto& name = scenario.hosts[kernel].name;
    const Topology topology(scenario);
    for (const auto i : topology.LinksOf(kernel))
    {
        const auto& link = scenario.links[i];
        if (link.ipVersion != scenario.links.front().ipVersion)
        {
            issues.Add(Pointer("/links") / link.name / "ip",
                       "the links of a live run differ in their IP version",
                       "one version for all");
        }
        if (link.kind != LinkKind::Path)
        {
            issues.Add(Pointer("/links") / link.name / "kind",
                       "a link of the host that the kernel plays must be one of ours",
                       "\"path\"");
        }
    }
    if (topology.LinksOf(kernel).empty())
    {
        issues.Add(Pointer("/hosts") / name, "is at no link", "a host with at least one link");
    }
}

/// What the programs on the kernel's sockets do not do.
void
CheckPrograms(const TrafficSpec& traffic, const Pointer& pointer, IssueCollector& issues)
{
    if (traffic.accept)
    {
        issues.Add(pointer / "accept",
                   "is for simulated hosts only: the program at the kernel's end knows no such "
                   "thing",
                   "no such key in a live run");
    }
}

bool
IsLive(const Scenario& scenario, std::size_t host)
{
    const auto& all = scenario.liveHosts;
    return std::find(all.begin(), all.end(), host) != all.end();
}

/// \return whether \p kernel is on the way
bool
CheckRelayed(const Scenario& scenario,
             const TrafficSpec& traffic,
             std::size_t kernel,
             const Pointer& pointer,
             IssueCollector& issues)
{
    CheckPrograms(traffic, pointer, issues);
    std::vector<std::size_t> hosts{traffic.from};
    hosts.insert(hosts.end(), traffic.through.begin(), traffic.through.end());
    hosts.push_back(traffic.to);
    const Topology topology(scenario);
    for (std::size_t i = 0; i < hosts.size(); ++i)
    {
        if (!IsLive(scenario, hosts[i]))
        {
            issues.Add(pointer / "through",
                       "leads over " + scenario.hosts[hosts[i]].name + ", which is simulated",
                       "both ends and all proxies played by kernels, or none");
        }
        if (i > 0 && !traffic.legs[i - 1].link)
        {
            const auto way = topology.FindWay(hosts[i - 1], hosts[i]).hosts;
            for (std::size_t h = 1; h + 1 < way.size(); ++h)
            {
                if (IsLive(scenario, way[h]))
                {
                    issues.Add(pointer / "through",
                               "would pass through " + scenario.hosts[way[h]].name +
                                   ", which a kernel plays that does not forward",
                               "a way that is simulated");
                }
            }
        }
    }
    return std::find(hosts.begin(), hosts.end(), kernel) != hosts.end();
}

void
CheckTraffic(const Scenario& scenario, std::size_t kernel, IssueCollector& issues)
{
    bool any = false;
    for (const auto& datagrams : scenario.datagrams)
    {
        const bool isOurs = datagrams.from == kernel || datagrams.to == kernel;
        any = any || isOurs;
        if (isOurs && IsLive(scenario, datagrams.from) != IsLive(scenario, datagrams.to))
        {
            issues.Add(Pointer("/traffic") / datagrams.name / "kind",
                       "datagrams have one end that a kernel plays and one that is simulated",
                       "both or neither");
        }
    }
    const Topology topology(scenario);
    for (const auto& traffic : scenario.traffic)
    {
        const auto pointer = Pointer("/traffic") / traffic.name;
        if (traffic.IsRelayed())
        {
            any = CheckRelayed(scenario, traffic, kernel, pointer, issues) || any;
            continue;
        }
        const bool isOurs = traffic.from == kernel || traffic.to == kernel;
        any = any || isOurs;
        if (isOurs && traffic.from == traffic.to)
        {
            issues.Add(pointer / "to",
                       "is the host that the kernel plays, whose loopback is not simulated",
                       "another host");
            continue;
        }
        if (isOurs)
        {
            const auto peer = traffic.from == kernel ? traffic.to : traffic.from;
            if (scenario.hosts[peer].ns3Stack)
            {
                issues.Add(Pointer("/hosts") / scenario.hosts[peer].name / "stack",
                           "ns-3's own TCP carries no content that the kernel could check",
                           "\"hoststack\"");
            }
            if (traffic.application->SharesMemory() && !IsLive(scenario, peer))
            {
                issues.Add(pointer / "kind",
                           "has one end that a kernel plays and one that is simulated",
                           "both or neither");
            }
            CheckPrograms(traffic, pointer, issues);
            continue;
        }
        // One between other kernels is looked at there.
        if (!IsLive(scenario, traffic.from) && !IsLive(scenario, traffic.to) &&
            !traffic.legs.front().link && !topology.FirstLinks(traffic.from, kernel)[traffic.to])
        {
            issues.Add(pointer,
                       "would pass through the host that the kernel plays, which does not forward",
                       "a way between the two hosts that are simulated");
        }
    }
    if (!any)
    {
        issues.Add(Pointer("/traffic"),
                   "no traffic begins or ends at " + scenario.hosts[kernel].name +
                       ", which the kernel is to play",
                   "at least one");
    }
}

void
CheckHost(const Scenario& scenario, std::size_t kernel, IssueCollector& issues)
{
    const auto& host = scenario.hosts[kernel];
    if (host.ns3Stack)
    {
        issues.Add(Pointer("/hosts") / host.name / "stack",
                   "the kernel plays this host, not ns-3's TCP",
                   "no \"stack\"");
    }
    if (host.mptcp.enabled && host.mptcp.config.pathManager != mptcp::Config().pathManager)
    {
        issues.Add(Pointer("/hosts") / host.name / "mptcp" / "path-manager",
                   "the kernel has its own path manager",
                   "\"" + mptcp::Config().pathManager + '"');
    }
    CheckLinks(scenario, kernel, issues);
    CheckTraffic(scenario, kernel, issues);
}

} // namespace

void
CheckLive(const LoadedScenario& loaded)
{
    const auto& scenario = loaded.scenario;
    IssueCollector issues(loaded.document);
    if (scenario.liveHosts.empty())
    {
        issues.Add(Pointer(),
                   "does not say which host the kernel plays",
                   "\"live\": {\"host\": NAME} in the scenario, or --kernel NAME");
        issues.ThrowIfAny();
    }
    for (const auto kernel : scenario.liveHosts)
    {
        CheckHost(scenario, kernel, issues);
    }
    issues.ThrowIfAny();
}

} // namespace hoststack
