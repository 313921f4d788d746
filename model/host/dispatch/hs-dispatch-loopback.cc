// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-loopback.h"

#include "ns3/hs-socket-layer.h"

#include <algorithm>

namespace hoststack::host
{

std::vector<DispatchFigures>
DispatchLoopback::Plan(const DispatchStudySettings& settings) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        for (const auto bytes : settings.copies)
        {
            DispatchFigures figures;
            figures.stage = stage;
            figures.at = "copy" + std::to_string(bytes);
            figures.cost = 0;
            figures.packets = 0;
            figures.notification = 0;
            figures.copyTime = 0;
            figures.kernelCopies = 0;
            all.push_back(figures);
        }
    }
    return all;
}

std::vector<DispatchFigures>
DispatchLoopback::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    auto all = Plan(settings);
    std::size_t next = 0;
    for (const auto& name : settings.stages)
    {
        const auto& stage = DispatchStageByName(name);
        for (const auto bytes : settings.copies)
        {
            SocketLayer layer(
                stage,
                {settings.protocol, settings.sockets.front(), settings.listeners, settings.armed},
                seed);
            PollCost sum;
            for (std::uint64_t sent = 0; sent < bytes; sent += kMtu)
            {
                const auto payload = static_cast<std::uint32_t>(std::min(kMtu, bytes - sent));
                const auto cost = layer.Poll({layer.Pick()}, payload, settings.answered);
                sum.total += cost.total;
                sum.packets += cost.packets;
                sum.notification += cost.notification;
            }
            const auto copies = CopyTime(settings.memory, bytes) * (2 + stage.loopbackCopies);
            auto& figures = all[next++];
            figures.cost = static_cast<double>(sum.total + copies);
            figures.packets = static_cast<double>(sum.packets);
            figures.notification = static_cast<double>(sum.notification);
            figures.copyTime = static_cast<double>(copies);
            figures.kernelCopies = stage.loopbackCopies;
        }
    }
    return all;
}

} // namespace hoststack::host
