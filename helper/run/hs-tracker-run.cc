// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tracker-run.h"

#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-topology.h"

#include <ns3/inet-socket-address.h>
#include <ns3/node.h>
#include <ns3/simulator.h>

#include <cstdio>

namespace ns3
{

TrackerRun::TrackerRun(const hoststack::Scenario& scenario,
                       std::size_t host,
                       ScenarioNetwork& network,
                       RunEvents& events)
    : m_scenario(scenario),
      m_host(host),
      m_spec(*scenario.hosts[host].tracker),
      m_network(network),
      m_events(events)
{
    const hoststack::Topology topology(scenario);
    // Below those of traffic that pings, which count from 0.
    std::uint16_t identifier = 0xffff;
    for (const auto& endpoint : scenario.hosts[host].mptcp.endpoints)
    {
        if (scenario.links[endpoint.link].ipVersion == 6)
        {
            continue;
        }
        m_ways.push_back(std::make_unique<Way>());
        auto& way = *m_ways.back();
        way.endpoint = endpoint;
        way.ping = CreateObject<HoststackPing>();
        const auto address = [&](std::size_t at) {
            return InetSocketAddress::ConvertFrom(network.GetAddress(at, endpoint.link, 0))
                .GetIpv4();
        };
        HoststackPing::Config config;
        config.local = address(host);
        config.remote = address(topology.OtherEnd(endpoint.link, host));
        config.identifier = identifier--;
        config.every = 0;
        config.onAnswer = [this, &way](hoststack::TimeNs /* time */) { HandleAnswer(way); };
        way.ping->Configure(std::move(config));
        way.ping->SetStartTime(Time(0));
        network.GetNode(host)->AddApplication(way.ping);
        AskAfter(way, m_spec.interval);
    }
}

TrackerRun::~TrackerRun()
{
    for (const auto& way : m_ways)
    {
        way->next.Cancel();
    }
}

void
TrackerRun::AskAfter(Way& way, hoststack::TimeNs time)
{
    way.next = Simulator::Schedule(NanoSeconds(time), [this, &way] { Ask(way); });
}

void
TrackerRun::Ask(Way& way)
{
    way.isWaiting = true;
    way.next =
        Simulator::Schedule(NanoSeconds(m_spec.timeout), [this, &way] { HandleTimeout(way); });
    way.ping->Ask();
}

void
TrackerRun::HandleAnswer(Way& way)
{
    if (!way.isWaiting)
    {
        return; // too late for its question
    }
    way.isWaiting = false;
    way.next.Cancel();
    way.target = 0;
    way.failedTries = 0;
    if (!way.isUp)
    {
        Change(way, true);
    }
    AskAfter(way, m_spec.interval);
}

void
TrackerRun::HandleTimeout(Way& way)
{
    way.isWaiting = false;
    if (++way.target < m_spec.targets)
    {
        Ask(way);
        return;
    }
    way.target = 0;
    if (++way.failedTries < m_spec.tries)
    {
        AskAfter(way, m_spec.betweenTries);
        return;
    }
    way.failedTries = 0;
    if (way.isUp)
    {
        Change(way, false);
    }
    AskAfter(way, m_spec.intervalDown);
}

void
TrackerRun::Change(Way& way, bool isUp)
{
    way.isUp = isUp;
    if (isUp)
    {
        m_network.AddEndpoint(m_host, way.endpoint);
    }
    else
    {
        HoststackHelper::GetMptcp(m_network.GetNode(m_host))
            ->RemoveEndpoint(m_network.GetIpAddress(m_host, way.endpoint.link));
    }
    const auto& host = m_scenario.hosts[m_host].name;
    const auto& link = m_scenario.links[way.endpoint.link].name;
    hoststack::RunEvent event;
    event.at = NowNs();
    event.object = "links." + link;
    event.what = isUp ? "tracker-up" : "tracker-down";
    event.host = host;
    m_events.Note(event);
    char time[32];
    std::snprintf(time, sizeof time, "%.6g", hoststack::ToSeconds(event.at));
    m_notes.push_back("tracker of " + host + ": link " + link + (isUp ? " up" : " down") + " at " +
                      time + " s");
}

} // namespace ns3
