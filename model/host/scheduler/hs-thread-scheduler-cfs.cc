// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-thread-scheduler-cfs.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

// kernel/sched/fair.c of 6.1: sysctl_sched_latency, _min_granularity, _wakeup_granularity.
constexpr TimeNs kLatency = 6 * kMillisecond;
constexpr TimeNs kGranularity = 750 * kMicrosecond;
constexpr TimeNs kWakeGranularity = kMillisecond;

} // namespace

CfsThreadScheduler::CfsThreadScheduler(const ThreadSchedulerConfig& config)
    : m_latency(kLatency * SpanFactor(config.cores)),
      m_granularity(kGranularity * SpanFactor(config.cores)),
      m_wakeGranularity(kWakeGranularity * SpanFactor(config.cores))
{
}

void
CfsThreadScheduler::Enqueue(Thread& thread, bool woken)
{
    if (&thread == m_running)
    {
        m_running = nullptr;
    }
    const bool isNew = thread.queue == nullptr;
    Adopt(thread);
    if (woken)
    {
        const auto asSleeper = m_least - m_latency / 2;
        thread.virtualTime = isNew ? asSleeper : std::max(thread.virtualTime, asSleeper);
    }
    m_waiting.push_back(&thread);
}

/// Of those that wait; equal ones in the order they were made.
const Thread*
CfsThreadScheduler::First() const
{
    const auto first =
        std::min_element(m_waiting.begin(), m_waiting.end(), [](const auto* a, const auto* b) {
            return a->virtualTime != b->virtualTime ? a->virtualTime < b->virtualTime
                                                    : a->id < b->id;
        });
    return first == m_waiting.end() ? nullptr : *first;
}

Thread*
CfsThreadScheduler::Choose()
{
    auto* thread = MakeRunning(const_cast<Thread*>(First()));
    MoveOn();
    return thread;
}

void
CfsThreadScheduler::MoveOn()
{
    const auto* first = First();
    auto least = m_running != nullptr ? m_running->virtualTime : kNever;
    least = std::min(least, first != nullptr ? first->virtualTime : kNever);
    if (least != kNever)
    {
        m_least = std::max(m_least, least);
    }
}

void
CfsThreadScheduler::Ran(Thread& running, TimeNs time)
{
    running.virtualTime += VirtualTime(time, running.weight);
    running.sliceUsed += time;
    MoveOn();
}

TimeNs
CfsThreadScheduler::Turn(const Thread& thread) const
{
    TimeNs weights = thread.weight;
    TimeNs count = 1;
    for (const auto* other : m_waiting)
    {
        if (other != &thread)
        {
            weights += other->weight;
            ++count;
        }
    }
    if (m_running != nullptr && m_running != &thread)
    {
        weights += m_running->weight;
        ++count;
    }
    const auto period = std::max(m_latency, count * m_granularity);
    return period * static_cast<TimeNs>(thread.weight) / weights;
}

bool
CfsThreadScheduler::HasHadItsTurn(const Thread& running) const
{
    const auto* first = First();
    if (first == nullptr)
    {
        return false;
    }
    const auto turn = Turn(running);
    return running.sliceUsed > turn ||
           (running.sliceUsed >= m_granularity && running.virtualTime - first->virtualTime > turn);
}

bool
CfsThreadScheduler::Preempts(const Thread& woken, const Thread& running) const
{
    return running.virtualTime - woken.virtualTime > VirtualTime(m_wakeGranularity, woken.weight);
}

} // namespace hoststack::host
