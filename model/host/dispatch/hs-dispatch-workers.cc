// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-workers.h"

#include "ns3/hs-dispatch-stage.h"
#include "ns3/hs-random.h"

#include <algorithm>
#include <deque>

namespace hoststack::host
{

namespace
{

using Settings = DispatchStudySettings;
using Counts = std::vector<std::uint64_t>;

constexpr std::uint16_t kPort = 80;

/// Each worker has a listener; the connections come from as many random ports and addresses.
Counts
OwnListeners(const Settings& settings, const DispatchStage& stage, RandomStream& random)
{
    auto table = DispatchTables().Create(stage.table, stage.size);
    TableTally tally;
    std::deque<SocketEntry> listeners;
    for (std::uint32_t i = 0; i < settings.workers; ++i)
    {
        listeners.emplace_back();
        auto& listener = listeners.back();
        listener.number = i;
        listener.role = SocketRole::Unconnected;
        listener.key.local = IpAddress::V4(0x0a000001);
        listener.key.localPort = kPort;
        listener.reusePort = true;
        table->Add(listener, tally);
    }
    Counts counts(settings.workers);
    for (std::uint64_t i = 0; i < settings.connections; ++i)
    {
        const auto bits = random.Bits();
        PacketKey syn{IpAddress::V4(0x0a000001),
                      IpAddress::V4(static_cast<std::uint32_t>(bits >> 32)),
                      kPort,
                      static_cast<std::uint16_t>(1024 + bits % 64000),
                      SocketProtocol::Tcp,
                      true};
        ++counts[table->Find(syn, tally)->number];
    }
    return counts;
}

/// All workers wait at one listener.
Counts
OneListener(const Settings& settings, bool inFixedOrder, RandomStream& random)
{
    struct Worker
    {
        std::size_t number;
        TimeNs free; ///< when it waits again
    };

    std::deque<std::size_t> waiting;
    for (std::size_t i = 0; i < settings.workers; ++i)
    {
        waiting.push_back(i);
    }
    std::vector<Worker> working;
    Counts counts(settings.workers);
    TimeNs now = 0;
    for (std::uint64_t i = 0; i < settings.connections; ++i)
    {
        now += static_cast<TimeNs>(random.Exponential(static_cast<double>(settings.interval)));
        std::sort(working.begin(), working.end(), [](const auto& a, const auto& b) {
            return a.free < b.free;
        });
        while (!working.empty() && (working.front().free <= now || waiting.empty()))
        {
            const auto number = working.front().number;
            now = std::max(now, working.front().free);
            const auto place = inFixedOrder
                                   ? std::upper_bound(waiting.begin(), waiting.end(), number)
                                   : waiting.end();
            waiting.insert(place, number);
            working.erase(working.begin());
        }
        const auto chosen = waiting.front();
        waiting.pop_front();
        ++counts[chosen];
        const auto service = random.Exponential(static_cast<double>(settings.service));
        working.push_back({chosen, now + static_cast<TimeNs>(service)});
    }
    return counts;
}

Counts
Share(const Settings& settings, const DispatchStage& stage, RandomStream& random)
{
    return settings.waiting == "own" ? OwnListeners(settings, stage, random)
                                     : OneListener(settings, settings.waiting == "epoll", random);
}

} // namespace

std::vector<DispatchFigures>
DispatchWorkers::Plan(const DispatchStudySettings& settings) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        DispatchFigures figures;
        figures.stage = stage;
        figures.at = "workers" + std::to_string(settings.workers);
        figures.workersBusy = 0;
        figures.moreThanOne = 0;
        figures.busiest = 0;
        figures.idlest = 0;
        all.push_back(figures);
    }
    return all;
}

std::vector<DispatchFigures>
DispatchWorkers::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    auto all = Plan(settings);
    for (auto& figures : all)
    {
        RandomStream random(seed, "dispatch/workers/" + figures.stage);
        const auto& stage = DispatchStageByName(figures.stage);
        for (std::uint32_t i = 0; i < settings.polls; ++i)
        {
            const auto counts = Share(settings, stage, random);
            const auto busy =
                std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
            const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
            const auto connections = static_cast<double>(settings.connections);
            const auto runs = static_cast<double>(settings.polls);
            *figures.workersBusy += static_cast<double>(busy) / runs;
            *figures.moreThanOne += (busy > 1 ? 1 : 0) / runs;
            *figures.busiest += static_cast<double>(*most) / connections / runs;
            *figures.idlest += static_cast<double>(*least) / connections / runs;
        }
    }
    return all;
}

} // namespace hoststack::host
