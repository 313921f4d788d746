// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-events.h"

#include "ns3/hs-metric.h"

namespace hoststack
{

namespace
{

const char*
ActionName(HostAction action)
{
    switch (action)
    {
    case HostAction::AddEndpoint:
        return "add-endpoint";
    case HostAction::RemoveEndpoint:
        return "remove-endpoint";
    case HostAction::SetBackup:
        return "set-backup";
    case HostAction::ClearBackup:
        return "clear-backup";
    case HostAction::OpenSubflow:
        return "open-subflow";
    case HostAction::CloseSubflow:
        return "close-subflow";
    }
    return "";
}

} // namespace

std::string
NameOfEvent(const Scenario& scenario, const EventSpec& event)
{
    std::string what = event.abort ? "abort" : "stop";
    if (event.host)
    {
        what = std::string(ActionName(event.hostAction)) + ", host " +
               scenario.hosts[*event.host].name;
    }
    if (event.link)
    {
        what = (event.host ? what + ", link " : "link ") + scenario.links[*event.link].name;
    }
    else if (event.traffic)
    {
        what += ", traffic " + scenario.traffic[*event.traffic].name;
    }
    else if (event.datagrams)
    {
        what += ", traffic " + scenario.datagrams[*event.datagrams].name;
    }
    return "event at " + FormatMetric(ToSeconds(event.at), MetricUnit::Seconds) + " (" + what + ')';
}

std::vector<RunEvent>
DescribeEvent(const Scenario& scenario, const EventSpec& event)
{
    std::vector<RunEvent> events;
    RunEvent base;
    base.at = event.at;
    const auto add = [&](const char* what, std::optional<double> value = {}) {
        auto one = base;
        one.what = what;
        one.value = value;
        events.push_back(one);
    };
    if (event.host)
    {
        base.host = scenario.hosts[*event.host].name;
        base.object = "hosts." + base.host;
        base.detail = event.link ? scenario.links[*event.link].name : "";
        add(ActionName(event.hostAction));
        return events;
    }
    if (event.traffic)
    {
        const auto& traffic = scenario.traffic[*event.traffic];
        base.object = "traffic." + traffic.name;
        base.host = scenario.hosts[event.atTo ? traffic.to : traffic.from].name;
        add(event.abort ? "abort" : "stop");
        return events;
    }
    if (event.datagrams)
    {
        const auto& datagrams = scenario.datagrams[*event.datagrams];
        base.object = "traffic." + datagrams.name;
        base.host = scenario.hosts[datagrams.from].name;
        add("stop");
        return events;
    }
    if (!event.link)
    {
        return events;
    }
    base.object = "links." + scenario.links[*event.link].name;
    if (event.affectsDown != event.affectsUp)
    {
        base.object += event.affectsDown ? ".down" : ".up";
    }
    if (event.down)
    {
        base.detail = *event.down && event.hold ? "hold" : "";
        add(*event.down ? "link-down" : "link-up");
        base.detail.clear();
    }
    if (event.rate)
    {
        add("rate", static_cast<double>(*event.rate));
    }
    if (event.delay)
    {
        add("delay", ToSeconds(*event.delay));
    }
    if (event.jitter)
    {
        add("jitter", ToSeconds(*event.jitter));
    }
    if (event.loss)
    {
        add("loss", *event.loss);
    }
    if (event.queue)
    {
        add("queue");
    }
    if (event.strip)
    {
        add("strip");
    }
    if (event.drop)
    {
        add("drop");
    }
    if (event.rewrite)
    {
        add("rewrite");
    }
    return events;
}

std::vector<RunEvent>
DescribeTakingBack(const Scenario& scenario, const EventSpec& event)
{
    auto events = DescribeEvent(scenario, event);
    for (auto& one : events)
    {
        one.at = event.at + event.lasts.value_or(0);
        one.what = one.what == "link-down" ? "link-up"
                   : one.what == "link-up" ? "link-down"
                                           : one.what;
        one.detail = "taken-back";
        one.value.reset();
    }
    return events;
}

} // namespace hoststack
