// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-settings.h"

#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-scenario-tcp.h"

#include <algorithm>

namespace hoststack
{

using nlohmann::json;
using Pointer = json::json_pointer;

void
AddTcpContradictions(const nlohmann::json& whole,
                     const std::vector<std::pair<Pointer, json>>& parts,
                     IssueCollector& issues)
{
    for (const auto& [low, high] : FindTcpContradictions(whole))
    {
        // Where one of the two stands; what stands nowhere here has been reported elsewhere.
        for (const auto* key : {&low, &high})
        {
            const auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& candidate) {
                return candidate.second.contains(*key);
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

TcpSettings
ReadEndSettings(const nlohmann::json& root,
                const Scenario& scenario,
                const std::string& traffic,
                std::size_t host,
                const char* end,
                IssueCollector& issues)
{
    const json& block = root["traffic"][traffic];
    json merged = root["hosts"][scenario.hosts[host].name].value("tcp", json::object());
    std::vector<std::pair<Pointer, json>> own;
    for (const char* key : {end, "tcp"})
    {
        if (block.contains(key))
        {
            own.emplace_back(Pointer("/traffic") / traffic / key, block[key]);
        }
    }
    for (const char* key : {"tcp", end})
    {
        if (block.contains(key))
        {
            merged.merge_patch(block[key]);
        }
    }
    AddTcpContradictions(merged, own, issues);
    std::vector<std::pair<std::string, std::string>> reported;
    return ReadTcpSettings(merged, reported);
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
