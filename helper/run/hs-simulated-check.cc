// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-simulated-check.h"

#include "ns3/hs-congestion-control.h"
#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-issue-collector.h"
#include "ns3/hs-ns3-congestion-name.h"

#include <string>
#include <vector>

namespace ns3
{

namespace
{

using Pointer = nlohmann::json::json_pointer;

std::vector<std::string>
CongestionNames(bool ns3Stack)
{
    std::vector<std::string> names;
    for (const auto& name : hoststack::tcp::CongestionControls().Names())
    {
        if (!ns3Stack || hoststack::Ns3CongestionName(name))
        {
            names.push_back(name);
        }
    }
    for (const auto& name : hoststack::mptcp::CoupledCongestionControls().Names())
    {
        if (!ns3Stack)
        {
            names.push_back(name);
        }
    }
    for (const auto& type : hoststack::Ns3CongestionTypes())
    {
        names.push_back("ns3:" + type);
    }
    return names;
}

bool
IsKnown(const std::string& congestion, bool ns3Stack)
{
    return ns3Stack ? hoststack::Ns3CongestionName(congestion).has_value()
                    : hoststack::mptcp::CoupledCongestionControls().Has(congestion) ||
                          KnowCongestion(congestion);
}

/// Every connection takes a port of the host that opens it.
void
CheckLocalPorts(const hoststack::Scenario& scenario, hoststack::IssueCollector& issues)
{
    // Linux' net.ipv4.ip_local_port_range, and the range of ns-3's own stack.
    constexpr std::uint64_t ours = 60999 - 32768 + 1;
    constexpr std::uint64_t ns3s = 65535 - 49152 + 1;
    std::vector<std::uint64_t> opened(scenario.hosts.size());
    for (const auto& traffic : scenario.traffic)
    {
        for (const auto& leg : traffic.legs)
        {
            const auto& host = scenario.hosts[leg.client.host];
            const auto most = host.ns3Stack ? ns3s : ours;
            auto& opens = opened[leg.client.host];
            opens += traffic.connections;
            if (opens > most)
            {
                issues.Add(Pointer("/traffic") / traffic.name / "connections",
                           "host " + hoststack::Quoted(host.name) + " would open " +
                               std::to_string(opens) + " connections",
                           "at most " + std::to_string(most) +
                               " of all traffic together, as many as a host has local ports");
            }
        }
    }
}

} // namespace

void
CheckSimulated(const hoststack::LoadedScenario& loaded)
{
    const auto& scenario = loaded.scenario;
    hoststack::IssueCollector issues(loaded.document);
    const auto& merged = loaded.document.Merged();
    const auto check = [&](const std::string& name, bool ns3Stack, const Pointer& pointer) {
        if (!IsKnown(name, ns3Stack))
        {
            issues.AddUnknownName(pointer,
                                  ns3Stack ? "congestion control of ns-3's stack"
                                           : "congestion control",
                                  name,
                                  CongestionNames(ns3Stack));
        }
    };
    for (const auto& host : scenario.hosts)
    {
        check(host.tcp.config.congestion,
              host.ns3Stack,
              Pointer("/hosts") / host.name / "tcp" / "congestion");
    }
    for (const auto& traffic : scenario.traffic)
    {
        const auto base = Pointer("/traffic") / traffic.name;
        const auto checkEnd =
            [&](const hoststack::TcpSettings& settings, std::size_t host, const char* end) {
                auto pointer = base / end / "congestion";
                pointer = merged.contains(pointer) ? pointer : base / "tcp" / "congestion";
                if (merged.contains(pointer))
                {
                    check(settings.config.congestion, scenario.hosts[host].ns3Stack, pointer);
                }
            };
        checkEnd(traffic.End(true).tcp, traffic.from, "tcp-from");
        checkEnd(traffic.End(false).tcp, traffic.to, "tcp-to");
        for (std::size_t i = 0; traffic.IsRelayed() && i < traffic.legs.size(); ++i)
        {
            for (const auto* end : {&traffic.legs[i].client, &traffic.legs[i].server})
            {
                const bool isFrom = (end == &traffic.legs[i].client) != traffic.openedByReceiver;
                for (const char* key : {"tcp", isFrom ? "tcp-from" : "tcp-to"})
                {
                    const auto pointer = base / "legs" / i / key / "congestion";
                    if (merged.contains(pointer))
                    {
                        check(end->tcp.config.congestion,
                              scenario.hosts[end->host].ns3Stack,
                              pointer);
                    }
                }
            }
        }
    }
    CheckLocalPorts(scenario, issues);
    issues.ThrowIfAny();
}

} // namespace ns3
