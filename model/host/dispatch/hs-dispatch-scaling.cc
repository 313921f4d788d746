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

/// A core that polls again and again.
struct PollingCore
{
    TimeNs free{0};                   ///< when it goes on
    std::vector<std::size_t> targets; ///< of packets of the poll under way, the next one last
    TimeNs each{0};                   ///< what one of them costs
};

/**
 * What \p core does next: a poll with a lock that covers it, or one packet with its own, between
 * two of which others have their turn. \return whether a poll is over
 */
bool
Step(const DispatchStudySettings& settings,
     SocketLayer& layer,
     std::uint32_t number,
     PollingCore& core,
     const LockScheme& scheme,
     Locks& locks)
{
    LockTarget lock;
    lock.interface = static_cast<std::uint32_t>(number % settings.interfaces);
    lock.isDatagram = settings.protocol == SocketProtocol::Udp;
    if (core.targets.empty())
    {
        core.targets.resize(settings.packetsPerPoll);
        for (auto& target : core.targets)
        {
            target = settings.oneTarget ? 0 : layer.Pick();
        }
        const auto cost = layer.Poll(core.targets, settings.payload, settings.answered).total;
        core.free += settings.outside;
        if (scheme.CoversPoll())
        {
            core.targets.clear();
            core.free = locks.Of(scheme.Of(lock)).Take(core.free, cost, number).until;
            return true;
        }
        core.each = cost / static_cast<TimeNs>(core.targets.size());
        return false; // whoever wants a lock before that comes first
    }
    lock.socket = static_cast<std::uint32_t>(core.targets.back() + 1);
    lock.hash = layer.HashOf(core.targets.back());
    core.targets.pop_back();
    core.free = locks.Of(scheme.Of(lock)).Take(core.free, core.each, number).until;
    return core.targets.empty();
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
    // Steps in the order of their beginnings; equal ones in that of the cores.
    std::vector<PollingCore> all(cores);
    const auto turns = cores * settings.polls;
    constexpr std::uint64_t forgetEvery = 256;
    const auto isEarlier = [](const auto& a, const auto& b) { return a.free < b.free; };
    for (std::uint64_t i = 0, done = 0; done < turns; ++i)
    {
        const auto first = std::min_element(all.begin(), all.end(), isEarlier);
        if (i % forgetEvery == 0)
        {
            locks.Forget(first->free);
        }
        const auto number = static_cast<std::uint32_t>(first - all.begin());
        done += Step(settings, layer, number, *first, *scheme, locks) ? 1 : 0;
    }
    const double packets = static_cast<double>(turns) * settings.packetsPerPoll;
    const auto span =
        static_cast<double>(std::max_element(all.begin(), all.end(), isEarlier)->free);
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
