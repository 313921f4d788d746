// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric-absence.h"

#include "ns3/hs-application.h"
#include "ns3/hs-scenario-error.h"

#include <algorithm>

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

bool
BeginsWithAny(const std::string& text, std::initializer_list<const char*> words)
{
    return std::any_of(words.begin(), words.end(), [&](const char* word) {
        return text.rfind(word, 0) == 0;
    });
}

MetricAbsence
OfTraffic(const Scenario& scenario, const TrafficSpec& traffic, const std::string& rest)
{
    const bool isRequests = traffic.application->Asks();
    if (!isRequests && BeginsWithAny(rest, {"requests", "response."}))
    {
        return {"traffic " + Quoted(traffic.name) + " asks nothing: only request-response has it",
                "a metric of its kind, such as goodput or completion"};
    }
    if (isRequests && BeginsWithAny(rest, {"resume."}))
    {
        return {"traffic " + Quoted(traffic.name) + " is request-response, which reads at once",
                "a metric of its kind, such as response.p95"};
    }
    const auto& sender = scenario.hosts[SourceHost(traffic)];
    if (!traffic.IsMultipath() && BeginsWithAny(rest,
                                                {"subflow",
                                                 "fallbacks",
                                                 "reinjected-bytes",
                                                 "duplicate-bytes",
                                                 "data-timeouts",
                                                 "stale-subflows",
                                                 "push-spins",
                                                 "limited.shared-window",
                                                 "limited.scheduler"}))
    {
        return {"traffic " + Quoted(traffic.name) + " is plain TCP: only multipath has it",
                "a metric of plain TCP, or hosts with an `mptcp` block"};
    }
    if (sender.ns3Stack &&
        BeginsWithAny(
            rest,
            {"limited.", "timeouts", "fast-recoveries", "loss-probes", "undos", "duplicate-acks"}))
    {
        return {"host " + Quoted(sender.name) + ", which sends the data, runs ns-3's own TCP, " +
                    "which does not tell it",
                "goodput, retransmits, rtt or cwnd.max"};
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
            if (traffic.name == parts.owner)
            {
                return OfTraffic(scenario, traffic, parts.rest);
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
