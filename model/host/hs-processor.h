// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROCESSOR_H
#define HS_PROCESSOR_H

#include "ns3/hs-clock.h"
#include "ns3/hs-context.h"
#include "ns3/hs-thread.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack::host
{

/// Something a processor runs. It lives until it has run, or until the processor was told to
/// Forget() it, and may be asked for again meanwhile.
class Work
{
  public:
    virtual void Run(Context& context) = 0;

  protected:
    ~Work() = default;
};

/// Kinds of deferred work, in the order in which a core does them.
enum class SoftIrq : std::uint8_t
{
    Timer,
    Transmit,
    Receive,
    Count,
};

/**
 * When and where a machine's work is done. Whoever has work says of which kind it is; the processor
 * decides when it begins, on which core, and when what it releases takes effect.
 *
 * A piece of work runs to its end in one call, at its start; with a processor that charges, its
 * context's time runs ahead of the clock's.
 */
class Processor
{
  public:
    virtual ~Processor() = default;

    /// A device asks for attention of \p core.
    virtual void Interrupt(TimeNs now, CoreId core, Work& work) = 0;
    /**
     * Work that an interrupt, a timer or other work has left for later. Receive work is a poller:
     * it says what it Took() and asks for Sequel::Later while it has more.
     */
    virtual void RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq which, Work& work) = 0;
    /// A new thread, asleep. \p work is its step.
    virtual Thread& Spawn(const ThreadConfig& config, Work& work) = 0;
    /// \p thread is over, also in the middle of its step; its work is not run any more.
    virtual void End(Thread& thread) = 0;
    /// A thread has a reason to run; inside work: once what was charged until now has been paid.
    virtual void Wake(TimeNs now, Thread& thread) = 0;
    /// As Context::Release().
    virtual void Release(Context& context, Effect& effect) = 0;
    /// \p work of an interrupt is gone: it is not run any more, wherever it waits.
    virtual void Forget(Work& work) = 0;
    /// The context of the work that is being done, or of an application that calls from outside.
    virtual Context& Current() = 0;

    /// Where an interrupt thread runs that \p preferred woke and that may run on \p count cores
    /// from \p first on: there if it is idle, else on an idle one of them, else there all the same
    /// (sched_pickcpu() of FreeBSD's ULE).
    virtual CoreId IdleCore(CoreId preferred, CoreId /*first*/, CoreId /*count*/) const
    {
        return preferred;
    }

    /// The core on which something is being done or takes effect now; 0: outside of any.
    virtual CoreId Here() const
    {
        return 0;
    }

    /**
     * As RaiseSoftIrq() for that core, without an interrupt: it is done as soon as soft interrupts
     * may run there (raise_softirq() and local_bh_enable()).
     */
    virtual void RaiseHere(TimeNs now, SoftIrq which, Work& work)
    {
        RaiseSoftIrq(now, Here(), which, work);
    }
};

/**
 * The processor of a host that costs nothing: all work is done at once, inside the call that asks
 * for it, and nothing is charged. With it a simulation is what it is without a model of the
 * machine.
 */
class InlineProcessor final : public Processor
{
  public:
    /// \p clock outlives the processor.
    explicit InlineProcessor(const Clock& clock);
    ~InlineProcessor() override;

    void Interrupt(TimeNs now, CoreId core, Work& work) override;
    void RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq which, Work& work) override;
    Thread& Spawn(const ThreadConfig& config, Work& work) override;
    void End(Thread& thread) override;
    void Wake(TimeNs now, Thread& thread) override;
    void Release(Context& context, Effect& effect) override;
    void Forget(Work& work) override;
    Context& Current() override;

  private:
    void Run(TimeNs now, ContextKind kind, CoreId core, Work& work);

    const Clock& m_clock;
    PriceList m_free;
    Context m_context; ///< one for all: time does not pass inside any work
    bool m_isWorking{false};
    std::vector<std::unique_ptr<Thread>> m_threads;
    std::vector<Thread*> m_ended; ///< of them, for the next ones
};

} // namespace hoststack::host

#endif // HS_PROCESSOR_H
