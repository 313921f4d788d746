// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-readiness.h"

#include "ns3/hs-random.h"
#include "ns3/hs-time-histogram.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

/// A round begins with a check of all sockets; the rest of it is slept, unless somebody may wake.
struct Loop
{
    TimeNs round;
    TimeNs check;
    bool isWoken;
    TimeNs wakeUp; ///< from the flag to the program

    /// When the program has seen what came at \p at. Rounds begin at multiples of their length.
    TimeNs Seen(TimeNs at) const
    {
        const auto begin = at / round * round;
        const bool isSleeping = at >= begin + check;
        if (isWoken && isSleeping)
        {
            return at + wakeUp + check;
        }
        // What comes in the middle of a check may have been asked for already.
        return begin + round + check;
    }
};

} // namespace

std::vector<DispatchFigures>
DispatchReadiness::Plan(const DispatchStudySettings& settings) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        for (const char* at : {"polled", "notified"})
        {
            DispatchFigures figures;
            figures.stage = stage;
            figures.at = at;
            figures.seenMean = 0;
            figures.seen99 = 0;
            figures.checking = 0;
            all.push_back(figures);
        }
    }
    return all;
}

std::vector<DispatchFigures>
DispatchReadiness::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    auto all = Plan(settings);
    for (auto& figures : all)
    {
        const bool isWoken = figures.at == std::string("notified");
        const Loop loop{settings.round,
                        isWoken ? settings.flag : settings.check,
                        isWoken,
                        settings.wakeUp};
        RandomStream random(seed, "dispatch/readiness");
        TimeHistogram seen;
        const auto span = static_cast<double>(settings.round) * settings.polls;
        for (std::uint32_t i = 0; i < settings.polls; ++i)
        {
            const auto at = static_cast<TimeNs>(random.Uniform() * span);
            seen.Add(loop.Seen(at) - at);
        }
        figures.seenMean = seen.Mean() * 1e9;
        figures.seen99 = static_cast<double>(seen.Percentile(0.99));
        // One check per round, and where it is woken one more per event.
        const auto checks = static_cast<double>(loop.check) / static_cast<double>(loop.round);
        figures.checking = isWoken ? 2 * checks : checks;
    }
    return all;
}

} // namespace hoststack::host
