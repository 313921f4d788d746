// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-loopback.h"

#include "ns3/hs-quantity.h"
#include "ns3/hs-quoted.h"
#include "ns3/hs-schema-explanation.h"

#include <algorithm>
#include <set>
#include <string>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

// IPv6 needs 1280 (RFC 8200 section 5), IPv4 68 (RFC 791); IP lengths are 16 bits.
constexpr std::int64_t kLeastMtu4 = 68;
constexpr std::int64_t kLeastMtu6 = 1280;
constexpr std::int64_t kMostMtu = 65535;

std::set<std::string>
HostsWithTrafficToThemselves(const json& root)
{
    std::set<std::string> names;
    const json none = json::object();
    const json& traffic = root.contains("traffic") ? root["traffic"] : none;
    for (const auto& item : traffic.items())
    {
        const auto& block = item.value();
        if (block.contains("from") && block.contains("to") && block["from"] == block["to"])
        {
            names.insert(block["from"].get<std::string>());
        }
    }
    return names;
}

LoopbackSettings
ReadLoopback(const json& block,
             const Pointer& pointer,
             const HostSpec& host,
             int ipVersion,
             IssueCollector& issues)
{
    LoopbackSettings settings;
    if (block.contains("mtu"))
    {
        const auto least = ipVersion == 6 ? kLeastMtu6 : kLeastMtu4;
        const auto mtu = ParseQuantity(block["mtu"], QuantityKind::Size).value->value;
        if (mtu < least || mtu > kMostMtu)
        {
            issues.Add(pointer / "mtu",
                       ShownValue(block["mtu"]) + " is out of range",
                       "between " + std::to_string(least) + " B and 65535 B");
        }
        settings.mtu = static_cast<std::uint32_t>(std::min(mtu, kMostMtu));
    }
    settings.backlog = block.value("backlog", settings.backlog);
    if (host.machine)
    {
        settings.rate = 0;
        if (block.contains("rate"))
        {
            issues.Add(pointer / "rate",
                       "the host has costs: its cores take the time",
                       "no \"rate\", or a host without costs");
        }
        if (host.machine->sockets)
        {
            for (const auto& stage : host::DispatchStages())
            {
                settings.copies = stage.name == host.machine->sockets->system ? stage.loopbackCopies
                                                                              : settings.copies;
            }
        }
    }
    else if (block.contains("rate"))
    {
        settings.rate = static_cast<BitsPerSecond>(
            ParseQuantity(block["rate"], QuantityKind::Rate).value->value);
        if (settings.rate == 0)
        {
            issues.Add(pointer / "rate", "lets nothing through", "more than 0 bit/s");
        }
    }
    return settings;
}

} // namespace

void
ReadLoopbacks(const json& root, Scenario& scenario, IssueCollector& issues)
{
    const auto used = HostsWithTrafficToThemselves(root);
    const json none = json::object();
    for (auto& host : scenario.hosts)
    {
        const auto pointer = Pointer("/hosts") / host.name / "loopback";
        const json& block = root["hosts"][host.name];
        if (used.count(host.name) > 0)
        {
            host.loopback = ReadLoopback(block.contains("loopback") ? block["loopback"] : none,
                                         pointer,
                                         host,
                                         scenario.run.ipVersion,
                                         issues);
        }
        else if (block.contains("loopback"))
        {
            issues.Add(pointer,
                       "no traffic goes from " + Quoted(host.name) + " to itself",
                       "a traffic whose \"from\" and \"to\" are this host");
        }
    }
}

} // namespace hoststack
