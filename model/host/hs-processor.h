// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROCESSOR_H
#define HS_PROCESSOR_H

#include "ns3/hs-clock.h"
#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::host
{

/// Something a processor runs. It lives until it has run, and may be asked for again meanwhile.
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
    /// Work that an interrupt, a timer or other work has left for later.
    virtual void RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq which, Work& work) = 0;
    /// A thread has a reason to run.
    virtual void Wake(TimeNs now, Work& thread) = 0;
    /// As Context::Release().
    virtual void Release(Context& context, Effect& effect) = 0;
    /// The context of the work that is being done, or of an application that calls from outside.
    virtual Context& Current() = 0;
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

    void Interrupt(TimeNs now, CoreId core, Work& work) override;
    void RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq which, Work& work) override;
    void Wake(TimeNs now, Work& thread) override;
    void Release(Context& context, Effect& effect) override;
    Context& Current() override;

  private:
    void Run(TimeNs now, ContextKind kind, CoreId core, Work& work);

    const Clock& m_clock;
    PriceList m_free;
    Context m_context; ///< one for all: time does not pass inside any work
    bool m_isWorking{false};
};

} // namespace hoststack::host

#endif // HS_PROCESSOR_H
