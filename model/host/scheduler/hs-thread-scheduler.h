// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_THREAD_SCHEDULER_H
#define HS_THREAD_SCHEDULER_H

#include "ns3/hs-registry.h"
#include "ns3/hs-thread.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hoststack::host
{

/**
 * The queue of one core: which runnable thread runs next, and for how long.
 *
 * A thread that runs is not in the queue, but counts for its shares. Virtual time is what a thread
 * ran, at the pace of nice 0: a heavier one's passes slower.
 */
class ThreadScheduler
{
  public:
    virtual ~ThreadScheduler() = default;

    /// \p thread waits from now on. \p woken: it slept; else it only moved, or its turn was over.
    virtual void Enqueue(Thread& thread, bool woken) = 0;
    /// The next to run; it leaves the queue and runs from now on. nullptr: nobody waits.
    virtual Thread* Choose() = 0;
    /// The running thread has had \p time of the core.
    virtual void Ran(Thread& running, TimeNs time) = 0;
    /// At a tick: another one should have the core.
    virtual bool HasHadItsTurn(const Thread& running) const = 0;
    /// \p woken, which has just been queued, should have the core at once.
    virtual bool Preempts(const Thread& woken, const Thread& running) const = 0;

    /// The running thread sleeps.
    virtual void Stop(Thread& /* running */)
    {
        m_running = nullptr;
    }

    /// Takes a waiting thread out.
    void Remove(Thread& thread);

    const std::vector<Thread*>& Waiting() const
    {
        return m_waiting;
    }

    const Thread* Running() const
    {
        return m_running;
    }

    /// Virtual time from which a thread that comes from another queue is counted.
    virtual TimeNs Base() const = 0;

  protected:
    /// Brings the virtual time of one that was in another queue into this one's.
    void Adopt(Thread& thread);
    /// As Choose(), for \p thread.
    Thread* MakeRunning(Thread* thread);

    std::vector<Thread*> m_waiting; ///< in no order that counts
    Thread* m_running{nullptr};
};

/// What the shares of a core depend on.
struct ThreadSchedulerConfig
{
    CoreId cores{1};
};

/// Kernel's weight of a nice level (kernel/sched/core.c, sched_prio_to_weight): 1024 at nice 0,
/// about 1.25 times as much for each level less.
std::uint32_t WeightOf(int nice);

/// \p time of \p weight in virtual time.
constexpr TimeNs
VirtualTime(TimeNs time, std::uint32_t weight)
{
    return time * 1024 / static_cast<TimeNs>(weight);
}

/// Kernels stretch their spans with the number of cores: 1 + log2 of it, of at most 8
/// (get_update_sysctl_factor).
int SpanFactor(CoreId cores);

/// All thread schedulers by name.
Registry<ThreadScheduler, const ThreadSchedulerConfig&>& ThreadSchedulers();

} // namespace hoststack::host

#endif // HS_THREAD_SCHEDULER_H
