// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-scaling.h"

#include "ns3/hs-lock-scheme.h"
#include "ns3/hs-socket-layer.h"
#include "ns3/hs-time-lock.h"

#include <algorithm>
#include <map>
#include <set>

namespace hoststack::host
{

namespace
{

/// The locks of a system, each made when it is first taken.
class Locks
{
  public:
    TimeLock& Of(std::size_t which)
    {
        return m_locks.emplace(which, DispatchScaling::kHandOver).first->second;
    }

    void Forget(TimeNs now)
    {
        for (auto& [which, lock] : m_locks)
        {
            lock.Forget(now);
        }
    }

    /// The sum of \p read over all of them.
    template <class Read>
    double Sum(Read read) const
    {
        double sum = 0;
        for (const auto& [which, lock] : m_locks)
        {
            sum += static_cast<double>(read(lock));
        }
        return sum;
    }

  private:
    std::map<std::size_t, TimeLock> m_locks;
};

/// One core's turn, which begins at \p now. \return when it is over
TimeNs
Turn(const DispatchStudySettings& settings,
     SocketLayer& layer,
     std::uint32_t core,
     TimeNs now,
     const LockScheme& scheme,
     Locks& locks)
{
    std::vector<std::size_t> targets(settings.packetsPerPoll);
    for (auto& target : targets)
    {
        target = settings.oneTarget ? 0 : layer.Pick();
    }
    const auto cost = layer.Poll(targets, settings.payload, settings.answered).total;
    now += settings.outside;
    LockTarget lock;
    lock.interface = static_cast<std::uint32_t>(core % settings.interfaces);
    lock.isDatagram = settings.protocol == SocketProtocol::Udp;
    if (scheme.CoversPoll())
    {
        return locks.Of(scheme.Of(lock)).Take(now, cost, core).until;
    }
    const auto each = cost / static_cast<TimeNs>(targets.size());
    for (const auto target : targets)
    {
        lock.socket = static_cast<std::uint32_t>(target + 1);
        lock.hash = layer.HashOf(target);
        now = locks.Of(scheme.Of(lock)).Take(now, each, core).until;
    }
    return now;
}

DispatchFigures
RunCores(const DispatchStudySettings& settings,
         const std::string& stage,
         std::uint64_t cores,
         std::uint64_t seed)
{
    SocketLayer layer(
        DispatchStageByName(stage),
        {settings.protocol, settings.sockets.front(), settings.listeners, settings.armed},
        seed);
    const auto scheme = LockSchemes().Create(layer.Stage().lock);
    Locks locks;
    // Turns in the order of their beginnings; equal ones in that of the cores.
    std::vector<TimeNs> free(cores, 0);
    const auto turns = cores * settings.polls;
    constexpr std::uint64_t forgetEvery = 256;
    for (std::uint64_t i = 0; i < turns; ++i)
    {
        const auto first = std::min_element(free.begin(), free.end());
        const auto core = static_cast<std::uint32_t>(first - free.begin());
        if (i % forgetEvery == 0)
        {
            locks.Forget(*first);
        }
        *first = Turn(settings, layer, core, *first, *scheme, locks);
    }
    const double packets = static_cast<double>(turns) * settings.packetsPerPoll;
    const auto span = static_cast<double>(*std::max_element(free.begin(), free.end()));
    const auto spent = span * static_cast<double>(cores);
    const auto held = locks.Sum([](const auto& lock) { return lock.Held(); });
    DispatchFigures figures;
    figures.stage = stage;
    figures.at = "cores" + std::to_string(cores);
    figures.rate = packets * 1e9 / span;
    figures.lockHeld = held / spent;
    figures.lockWaited = locks.Sum([](const auto& lock) { return lock.Waited(); }) / spent;
    figures.lockContended = locks.Sum([](const auto& lock) { return lock.Contended(); }) /
                            locks.Sum([](const auto& lock) { return lock.Takes(); });
    if (scheme->CoversPoll())
    {
        std::set<std::uint64_t> inUse;
        for (std::uint64_t i = 0; i < std::min(cores, settings.interfaces); ++i)
        {
            LockTarget lock;
            lock.interface = static_cast<std::uint32_t>(i);
            inUse.insert(scheme->Of(lock));
        }
        figures.bound = packets * 1e9 / held * static_cast<double>(inUse.size());
    }
    figures.sockets = static_cast<double>(layer.Sockets());
    return figures;
}

} // namespace

std::vector<DispatchFigures>
DispatchScaling::Plan(const DispatchStudySettings& settings) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        for (const auto cores : settings.cores)
        {
            DispatchFigures figures;
            figures.stage = stage;
            figures.at = "cores" + std::to_string(cores);
            figures.rate = 0;
            figures.speedup = 0;
            figures.lockHeld = 0;
            figures.lockWaited = 0;
            figures.lockContended = 0;
            figures.sockets = 0;
            if (LockSchemes().Create(DispatchStageByName(stage).lock)->CoversPoll())
            {
                figures.bound = 0;
            }
            all.push_back(figures);
        }
    }
    return all;
}

std::vector<DispatchFigures>
DispatchScaling::Run(const DispatchStudySettings& settings, std::uint64_t seed) const
{
    std::vector<DispatchFigures> all;
    for (const auto& stage : settings.stages)
    {
        const auto one = *RunCores(settings, stage, 1, seed).rate;
        for (const auto cores : settings.cores)
        {
            auto figures = RunCores(settings, stage, cores, seed);
            figures.speedup = *figures.rate / one;
            all.push_back(figures);
        }
    }
    return all;
}

} // namespace hoststack::host
