// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-events.h"

#include "ns3/hs-event-names.h"
#include "ns3/hs-metric.h"

#include <variant>

namespace hoststack
{

namespace
{

std::string
What(const Scenario& scenario, const LinkChange& change)
{
    return "link " + scenario.links[change.link].name;
}

std::string
What(const Scenario& scenario, const HostChange& change)
{
    return std::string(NameOf(change.action)) + ", host " + scenario.hosts[change.host].name +
           ", link " + scenario.links[change.endpoint.link].name;
}

std::string
What(const Scenario& scenario, const TrafficEnding& ending)
{
    return std::string(ending.abort ? "abort" : "stop") + ", traffic " +
           scenario.traffic[ending.traffic].name;
}

std::string
What(const Scenario& scenario, const DatagramEnding& ending)
{
    return "stop, traffic " + scenario.datagrams[ending.datagrams].name;
}

using Told = std::vector<RunEvent>;

Told
Describe(const Scenario& scenario, const RunEvent& base, const LinkChange& change)
{
    Told told;
    for (const auto& property : LinkProperties())
    {
        if (!property.isIn(change))
        {
            continue;
        }
        auto one = base;
        one.object = "links." + scenario.links[change.link].name;
        if (change.affectsDown != change.affectsUp)
        {
            one.object += change.affectsDown ? ".down" : ".up";
        }
        one.what = property.told;
        one.value = property.value(change);
        told.push_back(one);
    }
    if (change.down)
    {
        told.front().what = *change.down ? "link-down" : "link-up";
        told.front().detail = *change.down && change.hold ? "hold" : "";
    }
    return told;
}

Told
Describe(const Scenario& scenario, RunEvent base, const HostChange& change)
{
    base.host = scenario.hosts[change.host].name;
    base.object = "hosts." + base.host;
    base.detail = scenario.links[change.endpoint.link].name;
    base.what = NameOf(change.action);
    return {base};
}

Told
Describe(const Scenario& scenario, RunEvent base, const TrafficEnding& ending)
{
    const auto& traffic = scenario.traffic[ending.traffic];
    base.object = "traffic." + traffic.name;
    base.host = scenario.hosts[ending.atTo ? traffic.to : traffic.from].name;
    base.what = ending.abort ? "abort" : "stop";
    return {base};
}

Told
Describe(const Scenario& scenario, RunEvent base, const DatagramEnding& ending)
{
    const auto& datagrams = scenario.datagrams[ending.datagrams];
    base.object = "traffic." + datagrams.name;
    base.host = scenario.hosts[datagrams.from].name;
    base.what = "stop";
    return {base};
}

} // namespace

std::string
NameOfEvent(const Scenario& scenario, const EventSpec& event)
{
    const auto what = std::visit([&](const auto& one) { return What(scenario, one); }, event.what);
    return "event at " + FormatMetric(ToSeconds(event.at), MetricUnit::Seconds) + " (" + what + ')';
}

std::vector<RunEvent>
DescribeEvent(const Scenario& scenario, const EventSpec& event)
{
    RunEvent base;
    base.at = event.at;
    return std::visit([&](const auto& one) { return Describe(scenario, base, one); }, event.what);
}

std::vector<RunEvent>
DescribeTakingBack(const Scenario& scenario, const EventSpec& event)
{
    auto events = DescribeEvent(scenario, event);
    for (auto& one : events)
    {
        one.at = event.at + LastsFor(event).value_or(0);
        one.what = one.what == "link-down" ? "link-up"
                   : one.what == "link-up" ? "link-down"
                                           : one.what;
        one.detail = "taken-back";
        one.value.reset();
    }
    return events;
}

} // namespace hoststack
