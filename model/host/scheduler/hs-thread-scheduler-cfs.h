// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_THREAD_SCHEDULER_CFS_H
#define HS_THREAD_SCHEDULER_CFS_H

#include "ns3/hs-thread-scheduler.h"

namespace hoststack::host
{

/**
 * The completely fair scheduler of Linux until 6.5 (kernel/sched/fair.c of 6.1): the waiting thread
 * with the least virtual time runs next. A turn is the thread's share of a latency of 6 ms, or of
 * 0.75 ms for each thread if more than eight run; a sleeper comes back half a latency behind the
 * others, and takes the core at once from one that is more than 1 ms ahead of it. All three spans
 * are stretched by SpanFactor().
 *
 * Not modelled: groups, buddies, load averages.
 */
class CfsThreadScheduler final : public ThreadScheduler
{
  public:
    explicit CfsThreadScheduler(const ThreadSchedulerConfig& config);

    void Enqueue(Thread& thread, bool woken) override;
    Thread* Choose() override;
    void Ran(Thread& running, TimeNs time) override;
    bool HasHadItsTurn(const Thread& running) const override;
    bool Preempts(const Thread& woken, const Thread& running) const override;

    TimeNs Base() const override
    {
        return m_least;
    }

    /// Core time that \p thread has until the others' turn.
    TimeNs Turn(const Thread& thread) const;

  private:
    const Thread* First() const;
    void MoveOn();

    TimeNs m_latency;
    TimeNs m_granularity;
    TimeNs m_wakeGranularity;
    TimeNs m_least{0}; ///< least virtual time of all; it only grows
};

} // namespace hoststack::host

#endif // HS_THREAD_SCHEDULER_CFS_H
