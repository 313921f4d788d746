// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_THREAD_SCHEDULER_EEVDF_H
#define HS_THREAD_SCHEDULER_EEVDF_H

#include "ns3/hs-thread-scheduler.h"

namespace hoststack::host
{

/**
 * Earliest eligible virtual deadline first, of Linux since 6.6 (kernel/sched/fair.c): of the
 * threads that have not had more than their share (whose virtual time is not beyond the weighted
 * mean) the one with the earliest deadline runs next, until it has had its slice: 0.7 ms, stretched
 * by SpanFactor(). A sleeper comes back with the lag it left with, at most two slices; a woken
 * thread takes the core at once if the running one has had more than its share.
 *
 * Not modelled: groups, slices asked for by a thread, delayed dequeue.
 */
class EevdfThreadScheduler final : public ThreadScheduler
{
  public:
    explicit EevdfThreadScheduler(const ThreadSchedulerConfig& config);

    void Enqueue(Thread& thread, bool woken) override;
    Thread* Choose() override;
    void Ran(Thread& running, TimeNs time) override;
    bool HasHadItsTurn(const Thread& running) const override;
    bool Preempts(const Thread& woken, const Thread& running) const override;
    void Stop(Thread& running) override;
    TimeNs Base() const override;

    TimeNs Slice() const
    {
        return m_slice;
    }

  private:
    bool IsEligible(const Thread& thread) const;
    bool GoesBefore(const Thread& a, const Thread& b) const;

    TimeNs m_slice;
    TimeNs m_last{0}; ///< mean virtual time when somebody was last there
};

} // namespace hoststack::host

#endif // HS_THREAD_SCHEDULER_EEVDF_H
