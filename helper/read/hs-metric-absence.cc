// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric-absence.h"

#include "ns3/hs-application.h"
#include "ns3/hs-hold-times.h"
#include "ns3/hs-nic-metrics.h"
#include "ns3/hs-scenario-error.h"
#include "ns3/hs-traffic-legs.h"
#include "ns3/hs-traffic-metrics.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace hoststack
{

namespace
{

/// "traffic.NAME.rest" taken apart; a part that is not there is empty.
struct Parts
{
    std::string group;
    std::string owner;
    std::string rest;
};

Parts
Split(const std::string& metric)
{
    const auto first = metric.find('.');
    const auto second = first == std::string::npos ? first : metric.find('.', first + 1);
    if (second == std::string::npos)
    {
        return {metric.substr(0, first), {}, {}};
    }
    return {metric.substr(0, first),
            metric.substr(first + 1, second - first - 1),
            metric.substr(second + 1)};
}

/// Something that a traffic has or lacks, on which metrics depend.
struct Trait
{
    bool has;
    void (*give)(TrafficFigures&);
    MetricAbsence absence; ///< of metrics that need it
};

std::vector<Trait>
TraitsOf(const Scenario& scenario, const TrafficSpec& traffic)
{
    const auto name = "traffic " + Quoted(traffic.name);
    const auto& source = scenario.hosts[SourceHost(traffic)];
    const auto& sink = scenario.hosts[SinkHost(traffic)];
    const bool asks = traffic.application->Asks() && !traffic.isLeg;
    const auto foreign = [](const HostSpec& host, const char* role) {
        return "host " + Quoted(host.name) + ", which " + role +
               " the data, runs ns-3's own TCP, which does not tell it";
    };
    const MetricAbsence ofLegs{
        name + " is passed on by proxies: what TCP did is known of each of its legs",
        traffic.IsRelayed() ? "traffic." + traffic.name + ".legs." + traffic.legs.front().name +
                                  ".* or another leg's"
                            : ""};
    return {
        {asks,
         [](TrafficFigures& f) { f.isExchange = true; },
         {name + " asks nothing: only request-response has it",
          "a metric of its kind, such as goodput or completion"}},
        {!asks && !traffic.isLeg,
         [](TrafficFigures& f) { f.resumptions.emplace(); },
         {traffic.isLeg ? name + " is a leg: how its traffic is read is known of the whole"
                        : name + " is request-response, which reads at once",
          "a metric of its kind, such as response.p95"}},
        {!traffic.isLeg,
         [](TrafficFigures& f) { f.hasSenderThread = f.hasReceiverThread = true; },
         {name + " is a leg: its ends are those of the whole, or proxies",
          "traffic.*.receiver.wake-ups, sender.wake-ups or through.*.wake-ups"}},
        {traffic.IsMultipath() && !traffic.IsRelayed(),
         [](TrafficFigures& f) { f.isMultipath = true; },
         traffic.IsRelayed()
             ? ofLegs
             : MetricAbsence{name + " is plain TCP: only multipath has it",
                             "a metric of plain TCP, or hosts with an `mptcp` block"}},
        {traffic.application->IsBothWays(),
         [](TrafficFigures& f) { f.isBothWays = true; },
         {name + " goes one way: only one with \"both-ways\" has it",
          "a metric of its kind, such as goodput or completion"}},
        {true, // what a pacer watches is seen in the run only
         [](TrafficFigures& f) { f.counts.sent.outputs.full = 1; },
         {}},
        {!source.ns3Stack && !traffic.IsRelayed(),
         [](TrafficFigures& f) { f.source = Insight::Full; },
         traffic.IsRelayed()
             ? ofLegs
             : MetricAbsence{foreign(source, "sends"), "goodput, retransmits, rtt or cwnd.max"}},
        {!sink.ns3Stack && !traffic.IsRelayed(),
         [](TrafficFigures& f) { f.sink = Insight::Full; },
         traffic.IsRelayed()
             ? ofLegs
             : MetricAbsence{foreign(sink, "receives"), "goodput, completion or acks"}},
    };
}

/// The row of a metric of a traffic decides what it needs.
MetricAbsence
OfTraffic(const Scenario& scenario, const TrafficSpec& traffic, const std::string& rest)
{
    const auto traits = TraitsOf(scenario, traffic);
    const auto plain = std::find_if(traits.begin(), traits.end(), [](const auto& trait) {
        TrafficFigures probe;
        trait.give(probe);
        return probe.isMultipath;
    });
    const auto& reasons = HoldReasons();
    const bool isOfSubflows =
        rest.rfind("subflows.", 0) == 0 ||
        std::any_of(reasons.begin(), reasons.end(), [&](const auto& reason) {
            return reason.ofMultipath && rest == std::string("limited.") + reason.name;
        });
    if (isOfSubflows && !plain->has)
    {
        return plain->absence;
    }
    const auto& table = TrafficMetricTable();
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& candidate) {
        return rest == candidate.suffix;
    });
    if (row == table.end())
    {
        return {};
    }
    for (const auto& missing : traits)
    {
        TrafficFigures figures;
        figures.hasContent = true; // what only some runs have is absent from no scenario
        figures.source = figures.sink = traffic.IsRelayed() ? Insight::None : Insight::Foreign;
        for (const auto& trait : traits)
        {
            if (&trait != &missing)
            {
                trait.give(figures);
            }
        }
        if (!missing.has && !row->IsOf(figures))
        {
            return missing.absence;
        }
    }
    return {};
}

/// Something that the NIC of a host has or lacks.
struct NicTrait
{
    bool has;
    void (*give)(NicFigures&);
    MetricAbsence absence; ///< of metrics that need it
};

std::vector<NicTrait>
TraitsOf(const HostSpec& host)
{
    const auto name = "the NIC of host " + Quoted(host.name);
    const auto& transmit = host.nic->transmit;
    return {
        {host.nic->aggregates.bytes > 0,
         [](NicFigures& f) { f.aggregates.emplace(); },
         {name + " hands over packets one by one",
          "an `aggregate-bytes` in its `nic`, or a metric such as nic.frames"}},
        {transmit.queue != "none",
         [](NicFigures& f) {
             f.sent.emplace();
             f.sent->units = f.sent->left = 1;
         },
         {name + " has no queue: what is sent is on its link at once",
          "a `queue` in its `nic`, such as \"fq-codel\", or a metric of its link"}},
        {transmit.queue != "none" && transmit.transfer.packets > 1,
         [](NicFigures& f) {
             if (f.sent)
             {
                 f.sent->transfers = 1;
             }
         },
         {name + " puts each packet into a transfer of its own",
          "a `transfer-packets` of more than 1 in its `nic`"}},
        {host.machine.has_value(),
         [](NicFigures& f) { f.busy = 1; },
         {"host " + Quoted(host.name) + " has no costs: its cores have time for everything at once",
          "a hardware profile that has costs, or a metric such as nic.frames"}},
    };
}

/// \p rest: behind "hosts.NAME.nic."
MetricAbsence
OfNic(const HostSpec& host, const std::string& rest)
{
    const auto& table = NicMetricTable();
    const auto row = std::find_if(table.begin(), table.end(), [&](const auto& candidate) {
        return rest == candidate.suffix;
    });
    if (row == table.end() || !host.nic)
    {
        return {};
    }
    const auto traits = TraitsOf(host);
    for (const auto& missing : traits)
    {
        NicFigures figures;
        figures.bytes = figures.sentBytes = figures.offload.units = 1; // what runs have
        for (const auto& trait : traits)
        {
            if (&trait != &missing)
            {
                trait.give(figures);
            }
        }
        if (!missing.has && !row->read(figures))
        {
            return missing.absence;
        }
    }
    return {};
}

} // namespace

MetricAbsence
WhyAbsent(const Scenario& scenario, const std::string& metric)
{
    const auto parts = Split(metric);
    if (parts.group == "traffic")
    {
        for (const auto& traffic : scenario.traffic)
        {
            for (std::size_t i = 0; traffic.IsRelayed() && i < traffic.legs.size(); ++i)
            {
                const auto prefix = "legs." + traffic.legs[i].name + '.';
                if (traffic.name == parts.owner && parts.rest.rfind(prefix, 0) == 0)
                {
                    return OfTraffic(scenario,
                                     LegTraffic(traffic, i),
                                     parts.rest.substr(prefix.size()));
                }
            }
            if (traffic.name == parts.owner)
            {
                return OfTraffic(scenario, traffic, parts.rest);
            }
        }
    }
    constexpr std::string_view ofNic = "nic.";
    if (parts.group == "hosts" && parts.rest.rfind(ofNic, 0) == 0)
    {
        for (const auto& host : scenario.hosts)
        {
            if (host.name == parts.owner)
            {
                return OfNic(host, parts.rest.substr(ofNic.size()));
            }
        }
    }
    if (parts.group == "links")
    {
        for (const auto& link : scenario.links)
        {
            if (link.name == parts.owner && link.kind != LinkKind::Path)
            {
                return {"link " + Quoted(link.name) +
                            " is made of ns-3's own devices, which "
                            "count nothing",
                        "a link of kind path, or a metric of the traffic"};
            }
        }
    }
    return {};
}

} // namespace hoststack
