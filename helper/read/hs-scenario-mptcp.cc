// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-mptcp.h"

#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-topology.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;
using mptcp::Config;

// MPTCP_PM_ADDR_MAX; Linux 6.18 answers "too many addresses or duplicate one" to `ip mptcp endpoint
// add`. Of those that are written down the schema says it.
constexpr std::size_t kMaxEndpoints = 8;

struct BoolKey
{
    const char* name;
    bool Config::*field;
};

struct CountKey
{
    const char* name;
    std::uint32_t Config::*field;
};

struct TimeKey
{
    const char* name;
    TimeNs Config::*field;
};

const BoolKey kBoolKeys[] = {
    {"checksum", &Config::checksum},
    {"allow-join-initial-address", &Config::allowJoinInitialAddress},
    {"cleanup-needs-copied", &Config::cleanupNeedsCopied},
    {"wake-needs-data", &Config::wakeNeedsData},
    {"resync-before-data", &Config::resyncBeforeData},
    {"subflow-window-shrinks", &Config::subflowWindowShrinks},
    {"own-backup-counts", &Config::ownBackupCounts},
    {"echoes-backup", &Config::echoesBackup},
    {"send-buffer-is-sum", &Config::sendBufferIsSum},
    {"tune-without-margin", &Config::tuneWithoutMargin},
    {"add-addr-adaptive", &Config::addAddrAdaptive},
};

const CountKey kCountKeys[] = {
    {"extra-subflows", &Config::extraSubflows},
    {"add-addr-accepted", &Config::addAddrAccepted},
    {"add-addr-retries", &Config::addAddrRetries},
    {"stale-loss-count", &Config::staleLossCount},
    {"syn-retransmits-before-fallback", &Config::synRetransmitsBeforeFallback},
};

const TimeKey kTimeKeys[] = {
    {"add-addr-timeout", &Config::addAddrTimeout},
    {"close-timeout", &Config::closeTimeout},
    {"blackhole-timeout", &Config::blackholeTimeout},
};

void
ReadSwitches(const json& block, Config& config)
{
    for (const auto& key : kBoolKeys)
    {
        config.*key.field = block.value(key.name, config.*key.field);
    }
    for (const auto& key : kCountKeys)
    {
        config.*key.field = block.value(key.name, config.*key.field);
    }
    for (const auto& key : kTimeKeys)
    {
        if (block.contains(key.name))
        {
            config.*key.field = ParseQuantity(block[key.name], QuantityKind::Time).value->value;
        }
    }
    const auto reopen = block.value("reopen", "announced-window");
    config.reopen = reopen == "free-space"      ? mptcp::ReopenRule::FreeSpace
                    : reopen == "immediate-ack" ? mptcp::ReopenRule::ImmediateAck
                    : reopen == "no-update"     ? mptcp::ReopenRule::NoUpdate
                                                : mptcp::ReopenRule::AnnouncedWindow;
}

/// A link beyond which nobody else offers multipath, such as a LAN's, gives no endpoint by itself,
/// unless there is nobody else at all.
bool
LeadsToMultipath(const json& root,
                 const Scenario& scenario,
                 const Topology& topology,
                 std::size_t link,
                 std::size_t host)
{
    bool isAlone = true;
    for (std::size_t other = 0; other < scenario.hosts.size(); ++other)
    {
        const json& block = root["hosts"][scenario.hosts[other].name];
        if (other != host && !scenario.hosts[other].bridges && block.contains("mptcp") &&
            block["mptcp"].value("enabled", false))
        {
            isAlone = false;
            if (topology.LeadsTo(link, host, other))
            {
                return true;
            }
        }
    }
    return isAlone;
}

void
ReadEndpoints(const json& root,
              const json& block,
              const Pointer& pointer,
              std::size_t host,
              Scenario& scenario,
              IssueCollector& issues)
{
    auto& endpoints = scenario.hosts[host].mptcp.endpoints;
    const Topology topology(scenario);
    const auto& links = topology.LinksOf(host);
    if (!block.contains("endpoints"))
    {
        for (const auto link : links)
        {
            if (endpoints.size() == kMaxEndpoints)
            {
                break;
            }
            if (!LeadsToMultipath(root, scenario, topology, link, host))
            {
                continue;
            }
            MptcpEndpointSpec endpoint;
            endpoint.link = link;
            endpoint.subflow = true;
            endpoints.push_back(endpoint);
        }
        return;
    }
    for (std::size_t i = 0; i < block["endpoints"].size(); ++i)
    {
        const json& entry = block["endpoints"][i];
        const auto name = entry["link"].get<std::string>();
        std::vector<std::string> known;
        const auto at = pointer / "endpoints" / i;
        auto endpoint = ReadEndpointFlags(entry["flags"], at / "flags", issues);
        bool found = false;
        for (const auto link : links)
        {
            known.push_back(scenario.links[link].name);
            if (known.back() == name)
            {
                endpoint.link = link;
                found = true;
            }
        }
        if (!found)
        {
            issues.AddUnknownName(at / "link", "link of this host", name, known);
            continue;
        }
        endpoint.port = entry.value("port", std::uint16_t{0});
        // mptcp_pm_nl_add_addr_doit()
        if (endpoint.port != 0 && (!endpoint.signal || endpoint.subflow))
        {
            issues.Add(at / "port",
                       "only an address that is announced has a port of its own",
                       "the flag signal, and not subflow");
        }
        if (std::any_of(endpoints.begin(), endpoints.end(), [&](const auto& other) {
                return other.link == endpoint.link && other.port == endpoint.port;
            }))
        {
            issues.Add(at / "link",
                       "the address on link " + Quoted(name) + " is an endpoint already",
                       "each link once, with all its flags");
        }
        endpoints.push_back(endpoint);
    }
}

} // namespace

MptcpEndpointSpec
ReadEndpointFlags(const nlohmann::json& flags,
                  const nlohmann::json::json_pointer& pointer,
                  IssueCollector& issues)
{
    MptcpEndpointSpec endpoint;
    for (const auto& flag : flags)
    {
        endpoint.subflow = endpoint.subflow || flag == "subflow";
        endpoint.signal = endpoint.signal || flag == "signal";
        endpoint.backup = endpoint.backup || flag == "backup";
        endpoint.fullmesh = endpoint.fullmesh || flag == "fullmesh";
        endpoint.laminar = endpoint.laminar || flag == "laminar";
    }
    // Linux: mptcp_pm_nl_add_addr_doit() answers EINVAL.
    if (endpoint.signal && endpoint.fullmesh)
    {
        issues.Add(pointer,
                   "\"signal\" and \"fullmesh\" exclude each other",
                   "\"signal\" to announce the address, or \"fullmesh\" to open subflows from it");
    }
    return endpoint;
}

void
ReadMptcp(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues)
{
    for (std::size_t host = 0; host < scenario.hosts.size(); ++host)
    {
        auto& spec = scenario.hosts[host];
        const json& hostBlock = root["hosts"][spec.name];
        if (!hostBlock.contains("mptcp") || spec.bridges)
        {
            continue;
        }
        const json& block = hostBlock["mptcp"];
        const auto pointer = Pointer("/hosts") / spec.name / "mptcp";
        spec.mptcp.enabled = block.value("enabled", false);
        auto& config = spec.mptcp.config;
        const auto name = [&](const char* key,
                              const char* kind,
                              const std::vector<std::string>& known,
                              std::string& field) {
            field = block.value(key, field);
            if (std::find(known.begin(), known.end(), field) == known.end())
            {
                issues.AddUnknownName(pointer / key, kind, field, known);
            }
        };
        name("scheduler", "scheduler", mptcp::PacketSchedulers().Names(), config.scheduler);
        name("path-manager", "path manager", mptcp::PathManagers().Names(), config.pathManager);
        ReadSwitches(block, config);
        if (spec.mptcp.enabled && spec.ns3Stack)
        {
            issues.Add(pointer,
                       "ns-3's own TCP has no multipath",
                       "no `mptcp`, or \"stack\": \"hoststack\"");
        }
        ReadEndpoints(root, block, pointer, host, scenario, issues);
    }
}

} // namespace hoststack
