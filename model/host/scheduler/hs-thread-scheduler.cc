// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-thread-scheduler.h"

#include "ns3/hs-thread-scheduler-cfs.h"
#include "ns3/hs-thread-scheduler-eevdf.h"

#include <algorithm>
#include <array>

namespace hoststack::host
{

namespace
{

constexpr int kLeastNice = -20;
constexpr std::array<std::uint32_t, 40> kWeights{
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
    3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
    172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};

} // namespace

std::uint32_t
WeightOf(int nice)
{
    const auto last = static_cast<int>(kWeights.size()) - 1;
    return kWeights[static_cast<std::size_t>(std::clamp(nice - kLeastNice, 0, last))];
}

int
SpanFactor(CoreId cores)
{
    int factor = 1;
    for (int n = std::min<int>(cores, 8); n > 1; n /= 2)
    {
        ++factor;
    }
    return factor;
}

void
ThreadScheduler::Remove(Thread& thread)
{
    m_waiting.erase(std::remove(m_waiting.begin(), m_waiting.end(), &thread), m_waiting.end());
}

void
ThreadScheduler::Adopt(Thread& thread)
{
    if (thread.queue != this)
    {
        const auto theirs = thread.queue != nullptr ? thread.queue->Base() : thread.virtualTime;
        thread.virtualTime += Base() - theirs;
        thread.queue = this;
    }
}

Thread*
ThreadScheduler::MakeRunning(Thread* thread)
{
    m_running = thread;
    if (thread != nullptr)
    {
        Remove(*thread);
        thread->sliceUsed = 0;
    }
    return thread;
}

Registry<ThreadScheduler, const ThreadSchedulerConfig&>&
ThreadSchedulers()
{
    static Registry<ThreadScheduler, const ThreadSchedulerConfig&> registry(
        "thread scheduler",
        {
            {"cfs",
             "fair shares by least virtual time, as Linux until 6.5",
             [](const ThreadSchedulerConfig& config) {
                 return std::make_unique<CfsThreadScheduler>(config);
             }},
            {"eevdf",
             "fair shares by the earliest deadline of those not ahead, as Linux since 6.6",
             [](const ThreadSchedulerConfig& config) {
                 return std::make_unique<EevdfThreadScheduler>(config);
             }},
        });
    return registry;
}

} // namespace hoststack::host
