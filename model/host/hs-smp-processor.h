// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SMP_PROCESSOR_H
#define HS_SMP_PROCESSOR_H

#include "ns3/hs-core-account.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-smp-config.h"
#include "ns3/hs-stall-watch.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hoststack::host
{

class Core;

/**
 * A processor of one or more cores on which work takes time. Interrupts go to the core they name,
 * threads to an idle core they may run on, else to their last one; a core that has nothing to do
 * takes a waiting thread from the one where most wait.
 *
 * An application that calls from outside any thread (a plain ns-3 application) is on no core: its
 * calls cost nothing.
 */
class SmpProcessor final : public Processor
{
  public:
    /// \p clock outlives the processor. \throws UnknownName
    SmpProcessor(Clock& clock, const SmpConfig& config);
    ~SmpProcessor() override;

    void Interrupt(TimeNs now, CoreId core, Work& work) override;
    void RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq which, Work& work) override;
    Thread& Spawn(const ThreadConfig& config, Work& work) override;
    void End(Thread& thread) override;
    void Wake(TimeNs now, Thread& thread) override;
    void Release(Context& context, Effect& effect) override;
    void Forget(Work& work) override;
    Context& Current() override;
    CoreId IdleCore(CoreId preferred, CoreId first, CoreId count) const override;
    CoreId Here() const override;
    void RaiseHere(TimeNs now, SoftIrq which, Work& work) override;

    const SmpConfig& Config() const
    {
        return m_config;
    }

    /// Where core \p core's time went until \p now.
    const CoreAccount& Account(CoreId core, TimeNs now);
    /// Of all cores, by time, core by core.
    std::vector<StallRecord> Stalls() const;
    /// What has been charged and is not paid yet.
    TimeNs Unpaid() const;

    /// \name For the cores
    /// @{
    /// \return what was being done before
    Context* Enter(Context* context)
    {
        return std::exchange(m_running, context);
    }

    /// What a piece of work on \p core has released happens.
    void Happen(CoreId core, Effect& effect, TimeNs now);

    const PriceList& Prices() const
    {
        return m_config.prices;
    }

    /// A thread that waits elsewhere and may run on \p core; it waits there afterwards.
    bool PullThread(Core& core, TimeNs now);
    /// Lets idle cores take what waits.
    void KickIdle(TimeNs now);
    /// @}

  private:
    struct OwnThread;
    struct Signal;

    void Send(CoreId core, bool isHard, SoftIrq which, Work& work);
    void WakeNow(TimeNs now, Thread& thread);
    Core& ChooseCore(const Thread& thread) const;
    static bool MayRunOn(const Thread& thread, CoreId core);

    SmpConfig m_config;
    Clock& m_clock;
    PriceList m_free;
    Context m_outside;
    Context* m_running{nullptr};       ///< of the work being done in this call; nullptr: none
    std::optional<CoreId> m_happening; ///< on which something released takes effect in this call
    std::vector<std::unique_ptr<Core>> m_cores;
    std::vector<std::unique_ptr<OwnThread>> m_threads;
    std::vector<OwnThread*> m_ended;                ///< of them, for the next ones
    std::vector<std::unique_ptr<Signal>> m_signals; ///< used again and again
};

} // namespace hoststack::host

#endif // HS_SMP_PROCESSOR_H
