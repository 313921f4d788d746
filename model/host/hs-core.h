// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CORE_H
#define HS_CORE_H

#include "ns3/hs-clock.h"
#include "ns3/hs-core-account.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-smp-config.h"
#include "ns3/hs-soft-irq-queue.h"
#include "ns3/hs-soft-irq-rules.h"
#include "ns3/hs-stall-watch.h"
#include "ns3/hs-thread-scheduler.h"
#include "ns3/hs-thread.h"
#include "ns3/hs-work-frame.h"

#include <deque>
#include <memory>
#include <vector>

namespace hoststack::host
{

class SmpProcessor;

/// Work that does nothing.
Work& NoWork();

/**
 * One core: a hard interrupt over soft interrupts over a thread, of which the uppermost is paid and
 * the others stand still. A piece of work is done when it begins; the core then pays what it has
 * charged, lets happen what it has released when its share is paid, and goes to the next.
 *
 * Sources: irq_exit_rcu(), __do_softirq(), run_ksoftirqd(), __schedule(), scheduler_tick() of Linux
 * 6.1 to 6.18.
 */
class Core final : private Alarm::Owner
{
  public:
    Core(SmpProcessor& machine, const SmpConfig& config, CoreId id, Clock& clock);
    ~Core();

    void Interrupt(TimeNs now, Work& work);
    /// \param isOwn by work that is being done on this core; else it comes with an interrupt
    void RaiseSoftIrq(TimeNs now, SoftIrq which, Work& work, bool isOwn);
    /// By work on this core, or by what it has released: as soon as soft interrupts may run.
    void RaiseHere(SoftIrq which, Work& work);
    /// \p thread waits for this core; the caller calls Pump().
    void Enqueue(TimeNs now, Thread& thread, bool woken);
    /// Goes on with what there is to do; nothing, if that is being done already.
    void Pump(TimeNs now);
    void Forget(const Work& work);

    /// Nobody runs or waits, as idle_cpu() sees it: interrupts do not count.
    bool IsIdle() const
    {
        return m_current == nullptr && m_scheduler->Waiting().empty();
    }

    /// The same, and no interrupt is being worked on.
    bool IsAtRest() const
    {
        return IsIdle() && Top() == nullptr;
    }

    CoreId Id() const
    {
        return m_id;
    }

    /// Its thread for deferred work (ksoftirqd); the machine makes it.
    void SetDaemon(Thread& daemon)
    {
        m_daemon = &daemon;
    }

    ThreadScheduler& Scheduler() const
    {
        return *m_scheduler;
    }

    const CoreAccount& Account(TimeNs now);

    const std::vector<StallRecord>& Stalls() const
    {
        return m_stalls;
    }

    /// Charged and not paid, in interrupts.
    TimeNs Unpaid() const;

  private:
    /// The timer tick.
    class TickWork final : public Work
    {
      public:
        explicit TickWork(Core& core)
            : m_core(core)
        {
        }

        void Run(Context& context) override;

      private:
        Core& m_core;
    };

    // Alarm::Owner
    void OnAlarm(TimeNs now) override;

    void DoAll(TimeNs now);
    void Advance(TimeNs now);
    TimeNs NextCall(TimeNs now);
    bool DoOne(TimeNs now);
    bool InterruptStep(TimeNs now);
    void BeginInterrupt(TimeNs now);
    bool KeepsInterruptsOff() const;
    bool MayBeginPass() const;
    void BeginInlinePass(TimeNs now);
    bool InlineStep(TimeNs now);
    bool NextOfPass(Frame& frame, TimeNs now, TimeNs before);
    void EndPass();
    bool ThreadStep(TimeNs now);
    bool DaemonStep(TimeNs now);
    bool EndStep(TimeNs now);
    void BeginStep(TimeNs now, TimeNs before);
    bool ChooseThread(TimeNs now);
    void PutBack(TimeNs now);
    void Sleep(TimeNs now);
    TimeNs ToSwitchPoint() const;
    bool Close(Frame& frame, TimeNs now);
    void RunPiece(Frame& frame, Work& work, TimeNs now, TimeNs before);
    void OnTick(TimeNs now);
    const Frame* Top() const;
    TimeNs TakeIdleExit();

    SmpProcessor& m_machine;
    const SmpConfig& m_config;
    CoreId m_id;
    TimeNs m_tick;
    Clock& m_clock;
    AlarmPointer m_alarm;
    TickWork m_tickWork;

    struct Asked
    {
        Work* work; ///< nullptr: one that only raises soft interrupts
        TimeNs at;
    };

    std::deque<Asked> m_interrupts; ///< that wait
    Frame m_hard;
    Frame m_soft; ///< of a pass at the end of an interrupt
    SoftIrqQueue m_softIrqs;
    std::unique_ptr<SoftIrqRules> m_rules;
    std::unique_ptr<ThreadScheduler> m_scheduler;
    Thread* m_daemon{nullptr};
    Thread* m_current{nullptr};
    const Thread* m_last{nullptr}; ///< whose state the core still has

    TimeNs m_until{0}; ///< of the account
    TimeNs m_nextTick{kNever};
    TimeNs m_daemonEntry{0}; ///< what it cost to switch to it
    bool m_pumping{false};
    bool m_slept{true}; ///< nothing has run since it was idle
    bool m_inlinePass{false};
    bool m_checksSoftIrqs{false}; ///< an interrupt has ended, or a step that raised some
    bool m_threadRaised{false};   ///< the step under way has
    bool m_needsSwitch{false};    ///< need_resched

    StallWatch m_watch;
    CoreAccount m_account;
    std::vector<StallRecord> m_stalls;
};

} // namespace hoststack::host

#endif // HS_CORE_H
