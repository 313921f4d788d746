// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-copy.h"

#include "ns3/hs-dispatch-scaling.h"
#include "ns3/hs-socket-layer.h"
#include "ns3/hs-time-histogram.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

DispatchFigures
RunSize(const DispatchStudySettings& settings,
        const std::string& name,
        std::uint64_t bytes,
        std::uint64_t seed)
{
    const auto& stage = DispatchStageByName(name);
    SocketLayer layer(
        stage,
        {settings.protocol, settings.sockets.front(), settings.listeners, settings.armed},
        seed);
    RandomStream random(seed, "dispatch/polls");
    const auto copy = CopyTime(settings.memory, bytes);
    constexpr TimeNs longestPause = 20 * kMicrosecond;
    const auto period = copy + std::max<TimeNs>(1, std::min(copy, longestPause));
    const auto under = stage.copiesUnderLock ? copy : 0;
    TimeHistogram poll;
    TimeHistogram delivery;
    for (std::uint32_t i = 0; i < settings.polls; ++i)
    {
        // The poll's moment within the program's circle, which begins with the copy.
        const auto at = static_cast<TimeNs>(random.Uniform() * static_cast<double>(period));
        const TimeNs waits = at < under ? under - at + DispatchScaling::kHandOver : 0;
        poll.Add(stage.hasBacklog ? 0 : waits);
        delivery.Add(waits);
    }
    DispatchFigures figures;
    figures.stage = name;
    figures.at = "copy" + std::to_string(bytes);
    figures.copyTime = static_cast<double>(copy);
    const auto faults = PageFault::Of(settings.memory, bytes);
    figures.faults = static_cast<double>(faults);
    figures.faultTime = static_cast<double>(PageFault::Cost(faults));
    figures.pollWaitMedian = static_cast<double>(poll.Percentile(0.5));
    figures.pollWait99 = static_cast<double>(poll.Percentile(0.99));
    figures.pollWaitMost = static_cast<double>(poll.Max());
    figures.deliveryWait99 = static_cast<double>(delivery.Percentile(0.99));
    figures.cost = static_cast<double>(layer.Poll({0}, settings.payload, settings.answered).total);
    figures.sockets = static_cast<double>(layer.Sockets());
    return figures;
}

} // namespace

std::vector<DispatchFigures>
DispatchCopy::Plan(const DispatchStudySettings& settings) const
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
            figures.faults = 0;
            figures.faultTime = 0;
            figures.copyTime = 0;
            figures.pollWaitMedian = 0;
            figures.pollWait99 = 0;
            figures.pollWaitMost = 0;
            figures.deliveryWait99 = 0;
            figures.sockets = 0;
            all.push_back(figures);
        }
    }
    return all;
}

std::vector<DispatchFigures>
DispatchCopy::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        for (const auto bytes : settings.copies)
        {
            all.push_back(RunSize(settings, stage, bytes, seed));
        }
    }
    return all;
}

} // namespace hoststack::host
