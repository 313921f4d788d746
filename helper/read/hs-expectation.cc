// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-expectation.h"

#include "ns3/hs-core-metrics.h"
#include "ns3/hs-datagram-metrics.h"
#include "ns3/hs-host-counters.h"
#include "ns3/hs-metric-absence.h"
#include "ns3/hs-nearest.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-scenario-dispatch.h"
#include "ns3/hs-socket-layer-metrics.h"
#include "ns3/hs-traffic-legs.h"

#include <algorithm>
#include <cmath>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

struct OperatorKey
{
    const char* key;
    ExpectOperator op;
    const char* words;
};

const OperatorKey kOperators[] = {
    {"at_least", ExpectOperator::AtLeast, "at least "},
    {"at_most", ExpectOperator::AtMost, "at most "},
    {"equals", ExpectOperator::Equals, "exactly "},
    {"within", ExpectOperator::Within, ""},
};

std::string
Shown(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The number that \p value means for a metric of \p unit; nothing if it means none (reported).
std::optional<double>
ReadValue(const json& value, MetricUnit unit, const Pointer& pointer, IssueCollector& issues)
{
    const auto kind = QuantityOf(unit);
    if (!value.is_string())
    {
        const double number = value.get<double>();
        if (kind && number != 0)
        {
            issues.Add(pointer, Shown(value) + " has no unit", DescribeQuantity(*kind));
            return std::nullopt;
        }
        return number;
    }
    const auto text = value.get<std::string>();
    const auto result = kind ? ParseQuantity(text, *kind) : ParseAnyQuantity(text);
    if (!result.value)
    {
        issues.Add(pointer, result.error.message, result.error.expected, result.error.nearest);
        return std::nullopt;
    }
    const bool isCount =
        result.value->kind == QuantityKind::Packets || result.value->kind == QuantityKind::Segments;
    if (!kind && !isCount)
    {
        issues.Add(pointer, '"' + text + "\" is no count", "a plain number");
        return std::nullopt;
    }
    return result.value->ToDouble();
}

void
ReadWithin(const json& block,
           const Pointer& pointer,
           MetricUnit unit,
           IssueCollector& issues,
           ExpectSpec& out)
{
    out.target = ReadValue(block["target"], unit, pointer / "target", issues).value_or(0);
    const json& tolerance = block["tolerance"];
    out.text = Shown(block["target"]) + " +- " + Shown(tolerance);
    if (tolerance.is_string())
    {
        // A percentage is always one of the target, also where the metric itself is a share.
        const auto share = ParseQuantity(tolerance.get<std::string>(), QuantityKind::Share);
        if (share.value)
        {
            out.tolerance = share.value->ToDouble() * std::fabs(out.target);
            return;
        }
        out.tolerance = ReadValue(tolerance, unit, pointer / "tolerance", issues).value_or(0);
    }
    else if (QuantityOf(unit) && unit != MetricUnit::Share)
    {
        issues.Add(pointer / "tolerance",
                   Shown(tolerance) + " has no unit",
                   "a share of the target such as \"5 %\", or " +
                       DescribeQuantity(*QuantityOf(unit)));
    }
    else
    {
        out.tolerance = tolerance.get<double>();
    }
}

/// Reports the part of host \p owner that \p name is of, if none of \p candidates is of it: the
/// host does not have it. \return whether that is so
bool
AddLackingPart(const std::string& name,
               const std::string& owner,
               const std::vector<std::string>& candidates,
               const Pointer& pointer,
               IssueCollector& issues)
{
    struct Part
    {
        const char* key;
        const char* lack;
        const char* expected;
    };

    static constexpr Part parts[]{
        {"cpu",
         "no costs, so its processor is never busy",
         "a host with a hardware profile that has costs"},
        {"memory", "no \"memory\", so it is never short of it", "a host with the key \"memory\""},
        {"nic", "no \"nic\", of which something is counted", "a host with the key \"nic\""},
        {"hpts", "no \"hpts\", of which something is counted", "a host with the key \"hpts\""},
        {"loopback", "no \"loopback\" that is measured", "a host with the key \"loopback\""},
        {"bridge",
         "no bridge: it routes what is for others",
         "a host with \"forwarding\": \"bridge\""},
    };
    for (const auto& part : parts)
    {
        const auto prefix = "hosts." + owner + '.' + part.key + '.';
        if (name.rfind(prefix, 0) == 0 &&
            std::none_of(candidates.begin(), candidates.end(), [&](const auto& known) {
                return known.rfind(prefix, 0) == 0;
            }))
        {
            issues.Add(pointer, "host " + Quoted(owner) + " has " + part.lack, part.expected);
            return true;
        }
    }
    return false;
}

/// Reports a metric name that no run of \p scenario yields.
void
AddUnknownMetric(const std::string& name,
                 const Pointer& pointer,
                 const Scenario& scenario,
                 IssueCollector& issues)
{
    std::vector<std::string> groups{"traffic", "links", "hosts", "run"};
    const auto dot = name.find('.');
    const auto group = name.substr(0, dot);
    if (std::find(groups.begin(), groups.end(), group) == groups.end())
    {
        const auto nearest =
            name.size() > 200 ? std::string() : NearestName(name, MetricNames(scenario));
        issues.Add(pointer,
                   "unknown metric " + Quoted(name),
                   "a name that begins with traffic., links., hosts. or run.; see `hoststack list "
                   "metrics`",
                   nearest);
        return;
    }
    std::vector<std::string> owners;
    if (group == "traffic")
    {
        for (const auto& traffic : scenario.traffic)
        {
            owners.push_back(traffic.name);
        }
        for (const auto& datagrams : scenario.datagrams)
        {
            owners.push_back(datagrams.name);
        }
    }
    else if (group == "links")
    {
        for (const auto& link : scenario.links)
        {
            owners.push_back(link.name);
        }
    }
    else if (group == "hosts")
    {
        for (const auto& host : scenario.hosts)
        {
            owners.push_back(host.name);
        }
    }
    const auto second = name.find('.', dot + 1);
    const auto owner = dot == std::string::npos ? "" : name.substr(dot + 1, second - dot - 1);
    if (group != "run" && std::find(owners.begin(), owners.end(), owner) == owners.end())
    {
        const auto kind = group == "traffic" ? group : group.substr(0, group.size() - 1);
        issues.AddUnknownName(pointer,
                              kind + " in the metric " + Quoted(name) + ":",
                              owner,
                              owners);
        return;
    }
    std::vector<std::string> candidates;
    for (const auto& candidate : MetricNames(scenario))
    {
        const auto prefix = group == "run" ? group + '.' : group + '.' + owner + '.';
        if (candidate.rfind(prefix, 0) == 0)
        {
            candidates.push_back(candidate);
        }
    }
    if (AddLackingPart(name, owner, candidates, pointer, issues))
    {
        return;
    }
    if (group == "hosts" && candidates.empty())
    {
        issues.Add(pointer,
                   "host " + Quoted(owner) + " runs ns-3's own TCP, which counts nothing",
                   "a host with one of our stacks");
        return;
    }
    issues.Add(pointer,
               "unknown metric " + Quoted(name),
               name.rfind("hosts." + owner + ".counters.", 0) == 0
                   ? "a name from `hoststack list counters`"
                   : "a name from `hoststack list metrics`",
               name.size() > 200 ? std::string() : NearestName(name, candidates));
}

/// Whether \p rest can stand behind "traffic.NAME." of one with connections.
bool
IsOfConnections(const Scenario& scenario, const TrafficSpec& traffic, const std::string& rest)
{
    const auto begins = [&rest](const std::string& prefix) { return rest.rfind(prefix, 0) == 0; };
    if (begins("legs."))
    {
        for (std::size_t i = 0; traffic.IsRelayed() && i < traffic.legs.size(); ++i)
        {
            const auto prefix = "legs." + traffic.legs[i].name + '.';
            if (begins(prefix))
            {
                return IsOfConnections(scenario,
                                       LegTraffic(traffic, i),
                                       rest.substr(prefix.size()));
            }
        }
        return false;
    }
    if (begins("through."))
    {
        return std::any_of(traffic.through.begin(), traffic.through.end(), [&](std::size_t host) {
            return begins("through." + scenario.hosts[host].name + '.');
        });
    }
    return IsConnectionMetric(rest) &&
           (!begins("subflows.") ||
            std::any_of(scenario.links.begin(), scenario.links.end(), [&](const auto& known) {
                return begins("subflows." + known.name + '.');
            }));
}

/// Whether a run of \p scenario could yield \p name. As MetricNames, without making them all.
bool
IsMetricOf(const Scenario& scenario, const std::string& name)
{
    const auto* info = FindMetric(name);
    if (!info || !info->use.summary)
    {
        return false;
    }
    const auto first = name.find('.');
    const auto second = name.find('.', first + 1);
    if (second == std::string::npos || name.rfind("run.", 0) == 0 || name.rfind("live.", 0) == 0)
    {
        return true;
    }
    const auto group = name.substr(0, first);
    if (group == "dispatch")
    {
        const auto names = DispatchMetricNames(scenario);
        return std::find(names.begin(), names.end(), name) != names.end();
    }
    const auto owner = name.substr(first + 1, second - first - 1);
    const auto isOwner = [&owner](const auto& spec) { return spec.name == owner; };
    if (group == "links")
    {
        return std::any_of(scenario.links.begin(), scenario.links.end(), isOwner);
    }
    if (group == "traffic")
    {
        const auto rest = name.substr(second + 1);
        if (std::any_of(scenario.datagrams.begin(), scenario.datagrams.end(), isOwner))
        {
            return IsDatagramMetric(rest);
        }
        const auto found = std::find_if(scenario.traffic.begin(), scenario.traffic.end(), isOwner);
        return found != scenario.traffic.end() && IsOfConnections(scenario, *found, rest);
    }
    if (const auto part = HostPartOf("hosts.*" + name.substr(second)); !part.empty())
    {
        return std::any_of(scenario.hosts.begin(), scenario.hosts.end(), [&](const auto& host) {
            return isOwner(host) && HasPart(host, part);
        });
    }
    if (group == "hosts" && name.rfind("hosts." + owner + ".sockets.", 0) == 0)
    {
        const auto names = SocketLayerMetricNames(owner);
        return std::find(names.begin(), names.end(), name) != names.end() &&
               std::any_of(scenario.hosts.begin(), scenario.hosts.end(), [&](const auto& host) {
                   return isOwner(host) && host.machine && host.machine->sockets;
               });
    }
    if (group == "hosts" && name.rfind("hosts." + owner + ".cpu.", 0) == 0)
    {
        return std::any_of(scenario.hosts.begin(), scenario.hosts.end(), [&](const auto& host) {
            const auto names = host.machine && isOwner(host)
                                   ? MachineMetricNames(owner, host.machine->config.cores)
                                   : std::vector<std::string>();
            return std::find(names.begin(), names.end(), name) != names.end();
        });
    }
    const auto& counters = HostCounterCatalogue();
    return std::any_of(scenario.hosts.begin(), scenario.hosts.end(), [&](const auto& host) {
        return isOwner(host) && !host.ns3Stack &&
               std::any_of(counters.begin(), counters.end(), [&](const auto& counter) {
                   return HostCounterMetric(host.name, counter.name) == name;
               });
    });
}

/// The names that \p pattern ("hosts.*...") has for all hosts; those of cores come with the
/// counters.
void
AddHostMetricNames(const Scenario& scenario,
                   const std::string& pattern,
                   std::vector<std::string>& names)
{
    const auto part = HostPartOf(pattern);
    if (part.empty() && pattern != "hosts.*.counters.*")
    {
        return;
    }
    const auto star = pattern.find('*');
    for (const auto& host : scenario.hosts)
    {
        if (!part.empty())
        {
            if (HasPart(host, part))
            {
                names.push_back(pattern.substr(0, star) + host.name + pattern.substr(star + 1));
            }
            continue;
        }
        if (host.machine)
        {
            const auto own = MachineMetricNames(host.name, host.machine->config.cores);
            names.insert(names.end(), own.begin(), own.end());
            if (host.machine->sockets)
            {
                const auto layer = SocketLayerMetricNames(host.name);
                names.insert(names.end(), layer.begin(), layer.end());
            }
        }
        for (const auto& counter : HostCounterCatalogue())
        {
            if (!host.ns3Stack)
            {
                names.push_back(HostCounterMetric(host.name, counter.name));
            }
        }
    }
}

} // namespace

std::vector<std::string>
MetricNames(const Scenario& scenario)
{
    std::vector<std::string> names;
    const auto measured = MeasuredTraffic(scenario);
    for (const auto& info : MetricCatalogue())
    {
        // A leg has the names of a traffic.
        if (!info.use.summary || info.pattern.rfind("traffic.*.legs.", 0) == 0)
        {
            continue;
        }
        const auto star = info.pattern.find('*');
        const auto add = [&](const std::string& owner) {
            names.push_back(info.pattern.substr(0, star) + owner + info.pattern.substr(star + 1));
        };
        if (star == std::string::npos)
        {
            names.push_back(info.pattern);
        }
        else if (info.pattern.rfind("dispatch.", 0) == 0)
        {
            continue; // below
        }
        else if (info.pattern.rfind("hosts.", 0) == 0)
        {
            AddHostMetricNames(scenario, info.pattern, names);
        }
        else if (info.pattern.rfind("traffic.*.through.", 0) == 0)
        {
            const auto second = info.pattern.find('*', star + 1);
            for (const auto& traffic : scenario.traffic)
            {
                for (const auto host : traffic.through)
                {
                    names.push_back(info.pattern.substr(0, star) + traffic.name +
                                    info.pattern.substr(star + 1, second - star - 1) +
                                    scenario.hosts[host].name + info.pattern.substr(second + 1));
                }
            }
        }
        else if (info.pattern.rfind("traffic.", 0) == 0)
        {
            for (const auto& datagrams : scenario.datagrams)
            {
                if (IsDatagramMetric(info.pattern.substr(star + 2)))
                {
                    add(datagrams.name);
                }
            }
            for (const auto& traffic : measured)
            {
                const auto second = info.pattern.find('*', star + 1);
                if (second == std::string::npos)
                {
                    if (IsConnectionMetric(info.pattern.substr(star + 2)))
                    {
                        add(traffic.name);
                    }
                    continue;
                }
                for (const auto& link : scenario.links)
                {
                    names.push_back(info.pattern.substr(0, star) + traffic.name +
                                    info.pattern.substr(star + 1, second - star - 1) + link.name +
                                    info.pattern.substr(second + 1));
                }
            }
        }
        else
        {
            for (const auto& link : scenario.links)
            {
                add(link.name);
            }
        }
    }
    const auto studies = DispatchMetricNames(scenario);
    names.insert(names.end(), studies.begin(), studies.end());
    return names;
}

ExpectSpec
ReadExpectation(const nlohmann::json& block,
                const nlohmann::json::json_pointer& pointer,
                const Scenario& scenario,
                IssueCollector& issues)
{
    ExpectSpec spec;
    spec.metric = block["metric"].get<std::string>();
    spec.because = block["because"].get<std::string>();
    spec.knownMiss = block.value("known-miss", "");
    if (!scenario.run.directPath)
    {
        spec.knownMiss = block.value("known-miss-without-direct-path", spec.knownMiss);
    }
    if (block.contains("only"))
    {
        spec.only = block["only"] == "live" ? RunMode::Live : RunMode::Simulated;
    }
    const OperatorKey* chosen = nullptr;
    std::size_t operators = 0;
    for (const auto& candidate : kOperators)
    {
        if (block.contains(candidate.key))
        {
            chosen = &candidate;
            ++operators;
        }
    }
    if (operators != 1)
    {
        issues.Add(pointer,
                   operators == 0 ? "says nothing about the metric"
                                  : "says more than one thing about the metric",
                   "exactly one of at_least, at_most, equals, within");
        return spec;
    }
    if (!IsMetricOf(scenario, spec.metric))
    {
        AddUnknownMetric(spec.metric, pointer / "metric", scenario, issues);
        return spec;
    }
    if (const auto absence = WhyAbsent(scenario, spec.metric); !absence.reason.empty())
    {
        issues.Add(pointer / "metric", absence.reason, absence.expected);
        return spec;
    }
    const auto unit = FindMetric(spec.metric)->unit;
    spec.op = chosen->op;
    const json& value = block[chosen->key];
    if (spec.op == ExpectOperator::Within)
    {
        ReadWithin(value, pointer / "within", unit, issues, spec);
    }
    else
    {
        spec.target = ReadValue(value, unit, pointer / chosen->key, issues).value_or(0);
        spec.text = chosen->words + Shown(value);
    }
    return spec;
}

} // namespace hoststack
