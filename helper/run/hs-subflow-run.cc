// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-subflow-run.h"

#include "ns3/hs-application.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-tcp-counters.h"
#include "ns3/hs-topology.h"

#include <algorithm>

namespace ns3
{

using hoststack::mptcp::SubflowInfo;

namespace
{

/// False for a join that was refused: it never was a part of the connection.
bool
IsPart(const SubflowInfo& subflow)
{
    return subflow.established || subflow.id == 1;
}

void
AddHolds(hoststack::HoldTimes& sum, const hoststack::tcp::Info& info)
{
    for (std::size_t i = 0; i < info.limitedFor.size(); ++i)
    {
        sum[i] += static_cast<double>(info.limitedFor[i]);
    }
}

/// What the metrics want of \p one, added to \p sum.
void
AddSubflow(hoststack::tcp::Info& sum, const SubflowInfo& subflow)
{
    const auto& one = subflow.tcp;
    sum.dataSegmentsSent += one.dataSegmentsSent;
    sum.retransmissions += one.retransmissions;
    sum.timeouts += one.timeouts;
    sum.rttSamples += one.rttSamples;
    sum.rttSum += one.rttSum;
    sum.rttLeast = std::min(sum.rttLeast, one.rttLeast);
    sum.rttMost = std::max(sum.rttMost, one.rttMost);
    sum.cwndMost = std::max(sum.cwndMost, one.cwndMost);
    if (!subflow.closed)
    {
        sum.cwnd += one.cwnd;
        sum.inFlight += one.inFlight;
        sum.sendQueue += one.sendQueue;
        sum.srtt = one.srtt;
    }
}

void
AddEnding(hoststack::Endings& endings, const SubflowInfo& subflow)
{
    const bool own = subflow.end != hoststack::tcp::End::Open;
    endings.Add(own ? subflow.end : subflow.tcp.end,
                own ? subflow.endedAt : subflow.tcp.endedAt,
                subflow.tcp.retries);
}

} // namespace

SubflowRun::SubflowRun(const hoststack::Scenario& scenario,
                       const hoststack::TrafficSpec& traffic,
                       const ScenarioNetwork& network)
    : m_sinkIsOutside(network.IsOutside(hoststack::SinkHost(traffic)))
{
    const hoststack::Topology topology(scenario);
    const auto client = traffic.legs.front().client.host;
    const auto server = traffic.legs.front().server.host;
    const bool isServer = topology.LinksOf(server).size() > topology.LinksOf(client).size();
    const auto host = isServer ? server : client;
    for (const auto i : topology.LinksOf(host))
    {
        if (!topology.LeadsTo(i, host, isServer ? client : server))
        {
            continue; // such as a LAN's beside the ways of the connection
        }
        Lane lane;
        lane.link = i;
        lane.name = "subflows." + scenario.links[i].name;
        lane.address = network.GetIpAddress(host, i);
        m_lanes.push_back(lane);
    }
}

std::size_t
SubflowRun::LaneOf(const SubflowInfo& subflow) const
{
    return IsPart(subflow) ? WayOf(subflow) : m_lanes.size();
}

std::size_t
SubflowRun::WayOf(const SubflowInfo& subflow) const
{
    std::size_t i = 0;
    while (i < m_lanes.size() && !(m_lanes[i].address == subflow.local.address) &&
           !(m_lanes[i].address == subflow.remote.address))
    {
        ++i;
    }
    return i;
}

void
SubflowRun::AddSource(const hoststack::mptcp::Info& info, Picture& picture) const
{
    picture.sums.reinjectedBytes += info.bytesReinjected;
    picture.sums.dataTimeouts += info.timeouts;
    picture.sums.staleSubflows += info.staleEvents;
    picture.sums.pushSpins += info.pushSpins;
    for (const auto& subflow : info.subflows)
    {
        picture.subflows += IsPart(subflow) ? 1 : 0;
        const auto lane = LaneOf(subflow);
        if (lane == m_lanes.size())
        {
            continue;
        }
        auto& counts = picture.lanes[lane];
        picture.opened[lane] = true;
        counts.bytesSent += subflow.dataBytesSent;
        counts.bytes += m_sinkIsOutside ? subflow.dataBytesSent : 0;
        AddSubflow(counts.sent, subflow);
        AddHolds(counts.held, subflow.tcp);
        AddEnding(picture.endings[lane], subflow);
    }
}

void
SubflowRun::AddSink(const hoststack::mptcp::Info& info, bool withEndings, Picture& picture) const
{
    picture.sums.duplicateBytes += info.duplicateBytes;
    for (const auto& subflow : info.subflows)
    {
        picture.subflows += withEndings && IsPart(subflow) ? 1 : 0;
        const auto lane = LaneOf(subflow);
        if (lane == m_lanes.size())
        {
            continue;
        }
        picture.opened[lane] = true;
        // After a fallback the subflow does not count data any more.
        picture.lanes[lane].bytes += info.fallback ? info.bytesReceived : subflow.dataBytesReceived;
        if (withEndings)
        {
            AddEnding(picture.endings[lane], subflow);
        }
    }
}

SubflowRun::Picture
SubflowRun::Take(const Infos& sources, const Infos& sinks) const
{
    Picture picture;
    picture.lanes.resize(m_lanes.size());
    picture.endings.resize(m_lanes.size());
    picture.opened.resize(m_lanes.size());
    for (const auto& info : sources)
    {
        AddSource(info, picture);
    }
    for (const auto& info : sinks)
    {
        AddSink(info, sources.empty(), picture);
    }
    std::uint64_t all = 0;
    for (const auto& lane : picture.lanes)
    {
        all += lane.bytes;
    }
    for (std::size_t i = 0; i < m_lanes.size(); ++i)
    {
        picture.lanes[i].allBytes = all;
        picture.lanes[i].held = m_lanes[i].holds.Correct(picture.lanes[i].held);
    }
    return picture;
}

void
SubflowRun::SetLinkDown(std::size_t link, bool down, const Infos& sources)
{
    for (auto& lane : m_lanes)
    {
        if (lane.link != link)
        {
            continue;
        }
        hoststack::HoldTimes raw{};
        for (const auto& info : sources)
        {
            for (const auto& subflow : info.subflows)
            {
                if (LaneOf(subflow) == static_cast<std::size_t>(&lane - m_lanes.data()))
                {
                    AddHolds(raw, subflow.tcp);
                }
            }
        }
        lane.holds.SetDown(down, raw);
    }
}

} // namespace ns3
