// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-thread-scheduler-eevdf.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

constexpr TimeNs kBaseSlice = 700 * kMicrosecond; // sysctl_sched_base_slice

} // namespace

EevdfThreadScheduler::EevdfThreadScheduler(const ThreadSchedulerConfig& config)
    : m_slice(kBaseSlice * SpanFactor(config.cores))
{
}

/// The weighted mean of all that run or wait (avg_vruntime).
TimeNs
EevdfThreadScheduler::Base() const
{
    if (m_waiting.empty())
    {
        return m_running != nullptr ? m_running->virtualTime : m_last;
    }
    TimeNs weights = 0;
    TimeNs sum = 0; // of distances from m_last, so that no product grows with the time of the run
    const auto add = [&](const Thread& thread) {
        weights += thread.weight;
        sum += (thread.virtualTime - m_last) * static_cast<TimeNs>(thread.weight);
    };
    if (m_running != nullptr)
    {
        add(*m_running);
    }
    for (const auto* thread : m_waiting)
    {
        add(*thread);
    }
    return m_last + sum / weights;
}

bool
EevdfThreadScheduler::IsEligible(const Thread& thread) const
{
    return thread.virtualTime <= Base();
}

void
EevdfThreadScheduler::Enqueue(Thread& thread, bool woken)
{
    const auto mean = Base();
    m_last = mean;
    if (&thread == m_running)
    {
        m_running = nullptr;
    }
    Adopt(thread);
    if (woken)
    {
        thread.virtualTime = mean - thread.lag;
        thread.deadline = thread.virtualTime + VirtualTime(m_slice, thread.weight);
    }
    else if (thread.virtualTime >= thread.deadline)
    {
        thread.deadline = thread.virtualTime + VirtualTime(m_slice, thread.weight);
    }
    m_waiting.push_back(&thread);
}

bool
EevdfThreadScheduler::GoesBefore(const Thread& a, const Thread& b) const
{
    const bool first = IsEligible(a);
    if (first != IsEligible(b))
    {
        return first;
    }
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.id < b.id;
}

Thread*
EevdfThreadScheduler::Choose()
{
    m_last = Base();
    const auto chosen =
        std::min_element(m_waiting.begin(), m_waiting.end(), [this](const auto* a, const auto* b) {
            return GoesBefore(*a, *b);
        });
    return MakeRunning(chosen == m_waiting.end() ? nullptr : *chosen);
}

void
EevdfThreadScheduler::Ran(Thread& running, TimeNs time)
{
    running.virtualTime += VirtualTime(time, running.weight);
    running.sliceUsed += time;
    if (m_waiting.empty() && running.virtualTime >= running.deadline)
    {
        running.deadline = running.virtualTime + VirtualTime(m_slice, running.weight);
    }
}

void
EevdfThreadScheduler::Stop(Thread& running)
{
    const auto most = VirtualTime(2 * m_slice, running.weight);
    m_last = Base();
    running.lag = std::clamp(m_last - running.virtualTime, -most, most);
    m_running = nullptr;
}

bool
EevdfThreadScheduler::HasHadItsTurn(const Thread& running) const
{
    return !m_waiting.empty() && running.virtualTime >= running.deadline;
}

bool
EevdfThreadScheduler::Preempts(const Thread& woken, const Thread& running) const
{
    return !IsEligible(running) && GoesBefore(woken, running);
}

} // namespace hoststack::host
