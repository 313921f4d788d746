// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-time-wait.h"

#include "ns3/hs-socket-layer.h"

#include <algorithm>

namespace hoststack::host
{

std::vector<DispatchFigures>
DispatchTimeWait::Plan(const DispatchStudySettings& settings) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        for (const char* at : {"first", "last"})
        {
            DispatchFigures figures;
            figures.stage = stage;
            figures.at = at;
            figures.cost = 0;
            figures.visits = 0;
            figures.sockets = 0;
            figures.rate = 0;
            all.push_back(figures);
        }
    }
    return all;
}

std::vector<DispatchFigures>
DispatchTimeWait::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    std::vector<DispatchFigures> all;
    for (const auto& name : settings.stages)
    {
        SocketLayer layer(
            DispatchStageByName(name),
            {settings.protocol, settings.sockets.front(), settings.listeners, settings.armed},
            seed);
        // What the first and the last hundredth of the connections cost.
        const auto some = std::max<std::uint64_t>(1, settings.connections / 100);
        PollCost first;
        PollCost last;
        std::size_t most = 0;
        TimeNs busyUntil = 0;
        for (std::uint64_t i = 0; i < settings.connections; ++i)
        {
            const auto now = std::max(busyUntil, static_cast<TimeNs>(i) * settings.interval);
            layer.Expire(now);
            const auto cost = layer.ShortConnection(now, settings.timeWait);
            busyUntil = now + cost.total;
            most = std::max(most, layer.Sockets());
            for (auto* sum :
                 {i < some ? &first : nullptr, i + some >= settings.connections ? &last : nullptr})
            {
                if (sum != nullptr)
                {
                    sum->total += cost.total;
                    sum->visits += cost.visits;
                }
            }
        }
        const auto each = [&](auto total) {
            return static_cast<double>(total) / static_cast<double>(some);
        };
        for (const bool isLast : {false, true})
        {
            const auto& sum = isLast ? last : first;
            DispatchFigures figures;
            figures.stage = name;
            figures.at = isLast ? "last" : "first";
            figures.cost = each(sum.total);
            figures.visits = each(sum.visits);
            figures.sockets = static_cast<double>(most);
            figures.rate = static_cast<double>(settings.connections) / ToSeconds(busyUntil);
            all.push_back(figures);
        }
    }
    return all;
}

} // namespace hoststack::host
