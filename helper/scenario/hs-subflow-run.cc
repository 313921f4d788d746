// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-subflow-run.h"

#include "ns3/hs-mptcp-socket.h"

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::ToSeconds;
using hoststack::mptcp::SubflowInfo;
using hoststack::tcp::Limit;

namespace
{

/// False for a join that was refused: it never was a part of the connection.
bool
IsPart(const SubflowInfo& subflow)
{
    return subflow.established || subflow.id == 1;
}

} // namespace

SubflowRun::SubflowRun(const hoststack::Scenario& scenario,
                       const hoststack::TrafficSpec& traffic,
                       const ScenarioNetwork& network)
    : m_scenario(scenario),
      m_traffic(traffic),
      m_sourceIsOutside(network.IsOutside(
          traffic.kind == hoststack::TrafficKind::Bulk ? traffic.from : traffic.to)),
      m_sinkIsOutside(network.IsOutside(
          traffic.kind == hoststack::TrafficKind::Bulk ? traffic.to : traffic.from))
{
    const auto count = [&](std::size_t host) {
        return std::count_if(scenario.links.begin(), scenario.links.end(), [&](const auto& link) {
            return link.ends[0] == host || link.ends[1] == host;
        });
    };
    const auto opener = traffic.openedByReceiver ? traffic.to : traffic.from;
    const auto listener = traffic.openedByReceiver ? traffic.from : traffic.to;
    const auto host = count(listener) > count(opener) ? listener : opener;
    for (std::size_t i = 0; i < scenario.links.size(); ++i)
    {
        if (scenario.links[i].ends[0] == host || scenario.links[i].ends[1] == host)
        {
            Lane lane;
            lane.link = i;
            lane.address = network.GetIpAddress(host, i);
            m_lanes.push_back(lane);
        }
    }
}

const SubflowRun::Lane*
SubflowRun::LaneOf(const SubflowInfo& subflow) const
{
    if (!IsPart(subflow))
    {
        return nullptr;
    }
    for (const auto& lane : m_lanes)
    {
        if (lane.address == subflow.local.address || lane.address == subflow.remote.address)
        {
            return &lane;
        }
    }
    return nullptr;
}

SubflowRun::Lane*
SubflowRun::LaneOf(const SubflowInfo& subflow)
{
    return const_cast<Lane*>(std::as_const(*this).LaneOf(subflow));
}

std::string
SubflowRun::Prefix(const Lane& lane) const
{
    return "traffic." + m_traffic.name + ".subflows." + m_scenario.links[lane.link].name;
}

void
SubflowRun::Observe(const Sockets& sources)
{
    for (const auto* socket : sources)
    {
        const auto info = socket->GetMptcpInfo();
        for (const auto& subflow : info.subflows)
        {
            auto* lane = LaneOf(subflow);
            if (!lane || subflow.closed || subflow.tcp.srtt == 0)
            {
                continue;
            }
            const auto rtt = ToSeconds(subflow.tcp.srtt);
            lane->rttSum += rtt;
            lane->rttMax = std::max(lane->rttMax, rtt);
            ++lane->rttSamples;
            lane->cwndMax = std::max(lane->cwndMax, subflow.tcp.cwnd);
        }
    }
}

void
SubflowRun::Sample(hoststack::TimeNs now, const Sockets& sources, hoststack::RunObserver& observer)
{
    if (sources.empty())
    {
        return;
    }
    const auto info = sources.front()->GetMptcpInfo();
    const auto elapsed = ToSeconds(now - std::exchange(m_sampledAt, now));
    for (auto& lane : m_lanes)
    {
        std::uint64_t bytes = 0;
        hoststack::tcp::Info sum;
        bool used = false;
        for (const auto& subflow : info.subflows)
        {
            if (LaneOf(subflow) == &lane)
            {
                used = true;
                bytes += subflow.dataBytesSent;
                sum.cwnd += subflow.closed ? 0 : subflow.tcp.cwnd;
                sum.inFlight += subflow.closed ? 0 : subflow.tcp.inFlight;
                sum.srtt = subflow.tcp.srtt;
                sum.sendQueue += subflow.tcp.sendQueue;
                sum.retransmissions += subflow.tcp.retransmissions;
            }
        }
        if (!used)
        {
            continue;
        }
        const auto before = std::exchange(lane.sampledBytes, bytes);
        const auto object = Prefix(lane);
        observer.OnSample(now,
                          object,
                          "rate",
                          elapsed > 0 ? static_cast<double>(bytes - before) * 8 / elapsed : 0);
        observer.OnSample(now, object, "bytes", static_cast<double>(bytes));
        observer.OnSample(now, object, "cwnd", sum.cwnd);
        observer.OnSample(now, object, "in-flight", sum.inFlight);
        observer.OnSample(now, object, "srtt", ToSeconds(sum.srtt));
        observer.OnSample(now, object, "send-queue", sum.sendQueue);
        observer.OnSample(now, object, "retransmits", static_cast<double>(sum.retransmissions));
    }
}

void
SubflowRun::TakeLimits(const Sockets& sources)
{
    for (auto& lane : m_lanes)
    {
        lane.limits = {};
    }
    for (const auto* socket : sources)
    {
        for (const auto& subflow : socket->GetMptcpInfo().subflows)
        {
            if (auto* lane = LaneOf(subflow))
            {
                for (std::size_t i = 0; i < lane->limits.size(); ++i)
                {
                    lane->limits[i] += static_cast<double>(subflow.tcp.limitedFor[i]);
                }
            }
        }
    }
}

void
SubflowRun::Report(const Sockets& sources,
                   const Sockets& sinks,
                   double seconds,
                   hoststack::Metrics& metrics) const
{
    struct Sum
    {
        std::uint64_t sent{0};
        std::uint64_t received{0};
        hoststack::tcp::Info tcp;
        hoststack::TimeNs minRtt{hoststack::kNever};
    };

    std::vector<Sum> sums(m_lanes.size());
    hoststack::mptcp::Info all;
    std::uint64_t fallbacks = 0;
    std::uint64_t total = 0;
    std::size_t count = 0;
    const auto sumOf = [&](const SubflowInfo& subflow) -> Sum* {
        const auto* lane = LaneOf(subflow);
        return lane ? &sums[static_cast<std::size_t>(lane - m_lanes.data())] : nullptr;
    };
    for (const auto* socket : sources)
    {
        const auto info = socket->GetMptcpInfo();
        all.bytesReinjected += info.bytesReinjected;
        all.timeouts += info.timeouts;
        all.staleEvents += info.staleEvents;
        all.pushSpins += info.pushSpins;
        fallbacks += info.fallback ? 1 : 0;
        for (const auto& subflow : info.subflows)
        {
            count += IsPart(subflow) ? 1 : 0;
            if (auto* sum = sumOf(subflow))
            {
                sum->sent += subflow.dataBytesSent;
                sum->received += m_sinkIsOutside ? subflow.dataBytesSent : 0;
                total += m_sinkIsOutside ? subflow.dataBytesSent : 0;
                sum->tcp.dataSegmentsSent += subflow.tcp.dataSegmentsSent;
                sum->tcp.retransmissions += subflow.tcp.retransmissions;
                sum->tcp.timeouts += subflow.tcp.timeouts;
                sum->minRtt =
                    subflow.tcp.srtt > 0 ? std::min(sum->minRtt, subflow.tcp.minRtt) : sum->minRtt;
            }
        }
    }
    for (const auto* socket : sinks)
    {
        const auto info = socket->GetMptcpInfo();
        all.duplicateBytes += info.duplicateBytes;
        all.zeroWindows += info.zeroWindows;
        fallbacks += sources.empty() && info.fallback ? 1 : 0;
        for (const auto& subflow : info.subflows)
        {
            // After a fallback the subflow does not count data any more.
            const auto bytes = info.fallback ? info.bytesReceived : subflow.dataBytesReceived;
            count += m_sourceIsOutside && IsPart(subflow) ? 1 : 0;
            if (auto* sum = sumOf(subflow))
            {
                sum->received += bytes;
                total += bytes;
            }
        }
    }
    const auto base = "traffic." + m_traffic.name + '.';
    metrics.Set(base + "fallbacks", static_cast<double>(fallbacks));
    metrics.Set(base + "subflow-count", static_cast<double>(count));
    if (!m_sourceIsOutside)
    {
        metrics.Set(base + "reinjected-bytes", static_cast<double>(all.bytesReinjected));
        metrics.Set(base + "data-timeouts", static_cast<double>(all.timeouts));
        metrics.Set(base + "stale-subflows", static_cast<double>(all.staleEvents));
        metrics.Set(base + "push-spins", static_cast<double>(all.pushSpins));
    }
    if (!m_sinkIsOutside)
    {
        metrics.Set(base + "duplicate-bytes", static_cast<double>(all.duplicateBytes));
    }
    for (std::size_t i = 0; i < m_lanes.size(); ++i)
    {
        const auto& lane = m_lanes[i];
        const auto& sum = sums[i];
        const auto name = Prefix(lane) + '.';
        const auto bytes = static_cast<double>(sum.received);
        metrics.Set(name + "bytes", bytes);
        metrics.Set(name + "share", total > 0 ? bytes / static_cast<double>(total) : 0);
        metrics.Set(name + "goodput", seconds > 0 ? bytes * 8 / seconds : 0);
        if (sources.empty())
        {
            continue;
        }
        metrics.Set(name + "bytes-sent", static_cast<double>(sum.sent));
        metrics.Set(name + "data-segments", static_cast<double>(sum.tcp.dataSegmentsSent));
        metrics.Set(name + "retransmits", static_cast<double>(sum.tcp.retransmissions));
        metrics.Set(name + "timeouts", static_cast<double>(sum.tcp.timeouts));
        metrics.Set(name + "cwnd.max", lane.cwndMax);
        if (lane.rttSamples > 0 && sum.minRtt != hoststack::kNever)
        {
            metrics.Set(name + "rtt.min", ToSeconds(sum.minRtt));
            metrics.Set(name + "rtt.mean", lane.rttSum / static_cast<double>(lane.rttSamples));
            metrics.Set(name + "rtt.max", lane.rttMax);
        }
        else
        {
            metrics.SetMissing(name + "rtt.min");
            metrics.SetMissing(name + "rtt.mean");
            metrics.SetMissing(name + "rtt.max");
        }
        double busy = 0;
        for (const auto limit : lane.limits)
        {
            busy += limit;
        }
        const std::pair<const char*, Limit> shares[] = {
            {"cwnd", Limit::Cwnd},
            {"rwnd", Limit::ReceiveWindow},
            {"sndbuf", Limit::SendBuffer},
            {"pacing", Limit::Pacing},
            {"shared-window", Limit::SharedWindow},
            {"scheduler", Limit::Scheduler},
            {"app", Limit::Application},
            {"handshake", Limit::Handshake},
        };
        for (const auto& [key, limit] : shares)
        {
            const auto share = lane.limits[static_cast<std::size_t>(limit)];
            metrics.Set(name + "limited." + key, busy > 0 ? share / busy : 0);
        }
    }
}

} // namespace ns3
