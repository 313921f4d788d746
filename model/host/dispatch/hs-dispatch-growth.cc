// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-growth.h"

#include "ns3/hs-socket-layer.h"

namespace hoststack::host
{

std::vector<DispatchFigures>
DispatchGrowth::Plan(const DispatchStudySettings& settings) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        for (const auto sockets : settings.sockets)
        {
            DispatchFigures figures;
            figures.stage = stage;
            figures.at = 'n' + std::to_string(sockets);
            figures.cost = 0;
            figures.lookup = 0;
            figures.packets = 0;
            figures.notification = 0;
            figures.poll = 0;
            figures.visits = 0;
            figures.wakeUps = 0;
            figures.sockets = 0;
            all.push_back(figures);
        }
    }
    return all;
}

std::vector<DispatchFigures>
DispatchGrowth::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    std::vector<DispatchFigures> all;
    for (const auto& name : settings.stages)
    {
        for (const auto sockets : settings.sockets)
        {
            SocketLayer layer(DispatchStageByName(name),
                              {settings.protocol, sockets, settings.listeners, settings.armed},
                              seed);
            PollCost sum;
            std::vector<std::size_t> targets(settings.packetsPerPoll);
            for (std::uint32_t i = 0; i < settings.polls; ++i)
            {
                for (auto& target : targets)
                {
                    target = settings.oneTarget ? 0 : layer.Pick();
                }
                const auto cost = layer.Poll(targets, settings.payload, settings.answered);
                sum.total += cost.total;
                sum.lookup += cost.lookup;
                sum.packets += cost.packets;
                sum.notification += cost.notification;
                sum.visits += cost.visits;
                sum.wakeUps += cost.wakeUps;
            }
            const double packets = static_cast<double>(settings.polls) * settings.packetsPerPoll;
            const auto each = [&](auto total) { return static_cast<double>(total) / packets; };
            DispatchFigures figures;
            figures.stage = name;
            figures.at = 'n' + std::to_string(sockets);
            figures.cost = each(sum.total);
            figures.lookup = each(sum.lookup);
            figures.packets = each(sum.packets);
            figures.notification = each(sum.notification);
            figures.poll = static_cast<double>(sum.total) / settings.polls;
            figures.visits = each(sum.visits);
            figures.wakeUps = each(sum.wakeUps);
            figures.sockets = static_cast<double>(layer.Sockets());
            all.push_back(figures);
        }
    }
    return all;
}

} // namespace hoststack::host
