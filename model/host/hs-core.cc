// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-core.h"

#include "ns3/hs-smp-processor.h"
#include "ns3/hs-socket-lock.h"

#include <algorithm>
#include <utility>

namespace hoststack::host
{

namespace
{

/// Work that is not over has taken at least this, so that time goes on whatever the prices are.
constexpr TimeNs kLeastPiece = kMicrosecond;

class Nothing final : public Work
{
  public:
    void Run(Context& /* context */) override
    {
    }
};

} // namespace

Work&
NoWork()
{
    static Nothing nothing;
    return nothing;
}

Core::Core(SmpProcessor& machine, const SmpConfig& config, CoreId id, Clock& clock)
    : m_machine(machine),
      m_config(config),
      m_id(id),
      m_tick(config.Tick()),
      m_clock(clock),
      m_alarm(clock.NewAlarm(*this)),
      m_tickWork(*this),
      m_softIrqs(config.softIrq, config.Tick()),
      m_rules(SoftIrqRulesByName().Create(config.softIrqRules)),
      m_scheduler(
          ThreadSchedulers().Create(config.threadScheduler, ThreadSchedulerConfig{config.cores})),
      m_until(clock.Now()),
      m_watch(config.stallTimeout, config.Tick())
{
    m_hard.kind = ContextKind::HardIrq;
    m_soft.kind = ContextKind::SoftIrq;
    m_account.until = m_until;
}

Core::~Core() = default;

// From outside

void
Core::Interrupt(TimeNs now, Work& work)
{
    m_interrupts.push_back({&work, now});
    Pump(now);
}

void
Core::RaiseSoftIrq(TimeNs now, SoftIrq which, Work& work, bool isOwn)
{
    m_softIrqs.Raise(which, work);
    if (isOwn)
    {
        m_threadRaised = m_threadRaised || (m_hard.work == nullptr && !m_softIrqs.IsInPass());
    }
    else
    {
        m_interrupts.push_back({nullptr, now});
        Pump(now);
    }
}

void
Core::RaiseHere(SoftIrq which, Work& work)
{
    m_softIrqs.Raise(which, work);
    m_checksSoftIrqs = m_checksSoftIrqs || (m_hard.work == nullptr && !m_softIrqs.IsInPass());
}

void
Core::Enqueue(TimeNs now, Thread& thread, bool woken)
{
    Advance(now);
    thread.state = ThreadState::Runnable;
    thread.core = m_id;
    thread.runnableSince = now;
    m_scheduler->Enqueue(thread, woken);
    if (woken && m_current != nullptr && m_scheduler->Preempts(thread, *m_current))
    {
        m_needsSwitch = true;
    }
}

void
Core::Forget(const Work& work)
{
    m_softIrqs.Forget(work);
    m_interrupts.erase(std::remove_if(m_interrupts.begin(),
                                      m_interrupts.end(),
                                      [&work](const auto& asked) { return asked.work == &work; }),
                       m_interrupts.end());
}

void
Core::Pump(TimeNs now)
{
    if (!m_pumping)
    {
        DoAll(now);
        m_alarm->Arm(now, NextCall(now));
    }
}

/// While nothing else in the simulation comes first, the core goes on without an event.
void
Core::OnAlarm(TimeNs now)
{
    for (;;)
    {
        DoAll(now);
        const auto next = NextCall(now);
        if (next <= now || next == kNever || !m_clock.AdvanceTo(next))
        {
            m_alarm->Arm(now, next);
            return;
        }
        now = next;
    }
}

void
Core::DoAll(TimeNs now)
{
    m_pumping = true;
    auto* outer = m_machine.Enter(nullptr);
    Advance(now);
    if (now >= m_nextTick)
    {
        if (m_interrupts.empty() || m_interrupts.front().work != &m_tickWork)
        {
            m_interrupts.push_front({&m_tickWork, m_nextTick});
        }
        m_nextTick = (now / m_tick + 1) * m_tick;
    }
    while (DoOne(now))
    {
    }
    m_machine.Enter(outer);
    m_pumping = false;
}

// Time

const Frame*
Core::Top() const
{
    if (m_hard.work != nullptr)
    {
        return &m_hard;
    }
    if (m_soft.work != nullptr)
    {
        return &m_soft;
    }
    return m_current != nullptr ? &m_current->frame : nullptr;
}

void
Core::Advance(TimeNs now)
{
    const auto span = now - m_until;
    if (span <= 0)
    {
        return;
    }
    m_until = m_account.until = now;
    auto* top = const_cast<Frame*>(Top());
    if (top == nullptr)
    {
        m_account.idle += span;
        return;
    }
    top->paid += span;
    const bool isPollThread =
        m_current != nullptr && top == &m_current->frame && m_current->config.polls;
    const auto kind = isPollThread ? m_current->config.kind : top->kind;
    m_account.busy[static_cast<std::size_t>(kind)] += span;
    if (m_current != nullptr)
    {
        // Kernels charge interrupts to the thread that they interrupt.
        m_scheduler->Ran(*m_current, span);
        m_current->ran += span;
        m_account.daemon += top == &m_daemon->frame ? span : 0;
    }
}

/// When there is something to do next; kNever: when somebody asks.
TimeNs
Core::NextCall(TimeNs now)
{
    const auto* top = Top();
    if (top == nullptr)
    {
        return kNever;
    }
    auto end = now;
    const auto isPaidNext = [&end](Frame& frame) {
        if (frame.work != nullptr)
        {
            end += frame.Unpaid();
            frame.endsAt = end;
        }
    };
    isPaidNext(m_hard);
    isPaidNext(m_soft);
    if (m_current != nullptr)
    {
        isPaidNext(m_current->frame);
    }
    auto next = now + top->ToNext();
    if (m_needsSwitch && top != &m_hard && top != &m_soft)
    {
        next = std::min(next, now + ToSwitchPoint());
    }
    return std::min(next, m_nextTick);
}

/// Until the thread's step may be interrupted by another thread's.
TimeNs
Core::ToSwitchPoint() const
{
    const auto& frame = m_current->frame;
    auto at = std::max(frame.userFrom, frame.paid);
    if (m_config.preemption == Preemption::Voluntary)
    {
        const auto point = std::lower_bound(frame.points.begin(), frame.points.end(), frame.paid);
        at = point != frame.points.end() ? std::min(at, *point) : at;
    }
    if (m_current == m_daemon || frame.KeepsSoftIrqsOff())
    {
        return frame.Unpaid(); // with soft interrupts off no kernel switches
    }
    return m_config.preemption == Preemption::Full ? 0 : std::min(at, frame.charged) - frame.paid;
}

const CoreAccount&
Core::Account(TimeNs now)
{
    Advance(now);
    m_account.squeezes = m_softIrqs.Squeezes();
    return m_account;
}

TimeNs
Core::Unpaid() const
{
    return (m_hard.work != nullptr ? m_hard.Unpaid() : 0) +
           (m_soft.work != nullptr ? m_soft.Unpaid() : 0);
}

void
Core::TickWork::Run(Context& context)
{
    context.Charge(Operation::Tick);
    m_core.OnTick(m_core.m_until);
}

void
Core::OnTick(TimeNs now)
{
    ++m_account.ticks;
    const bool isInPass = m_inlinePass || m_softIrqs.IsInPass();
    if (m_current != nullptr)
    {
        m_needsSwitch = m_needsSwitch || m_scheduler->HasHadItsTurn(*m_current);
        if (!isInPass && m_current->frame.IsInUserSpace())
        {
            m_watch.OnQuiescent(now);
        }
    }
    const auto kind =
        isInPass || m_current == nullptr ? ContextKind::SoftIrq : m_current->frame.kind;
    m_watch.OnTick(now, m_id, kind, m_stalls);
    if (!m_scheduler->Waiting().empty())
    {
        m_machine.KickIdle(now);
    }
}

// Pieces of work

void
Core::RunPiece(Frame& frame, Work& work, TimeNs now, TimeNs before)
{
    frame.Begin(work, now);
    frame.core = m_id;
    Context context(m_machine, m_machine.Prices(), frame.kind, m_id, now, &frame);
    context.Spend(before + TakeIdleExit());
    auto* outer = m_machine.Enter(&context);
    work.Run(context);
    m_machine.Enter(outer);
    frame.charged = context.Now() - now;
    if (frame.sequel != Sequel::Done)
    {
        frame.charged = std::max(frame.charged, kLeastPiece);
    }
    frame.endsAt = now + frame.charged;
    m_account.charged += frame.charged;
    m_account.spinning += frame.spun;
}

TimeNs
Core::TakeIdleExit()
{
    return std::exchange(m_slept, false) ? m_machine.Prices().Of(Operation::LeaveIdle, 1) : 0;
}

/// What a paid piece's locks kept from others is done in its name. \return true: some of it was
bool
Core::Close(Frame& frame, TimeNs now)
{
    if (!std::exchange(frame.isClosing, true))
    {
        frame.verdict = frame.sequel;
        frame.taken = frame.packets;
    }
    while (!frame.locks.empty())
    {
        auto* lock = frame.locks.back();
        if (auto* left = lock->TakeLeft())
        {
            RunPiece(frame, *left, now, 0);
            return true;
        }
        lock->Release(now);
    }
    frame.isClosing = false;
    frame.work = nullptr;
    return false;
}

bool
Core::DoOne(TimeNs now)
{
    auto* top = const_cast<Frame*>(Top());
    if (top != nullptr && top->HasDue())
    {
        m_machine.Happen(m_id, top->TakeDue(), now);
        return true;
    }
    if (m_hard.work != nullptr)
    {
        return InterruptStep(now);
    }
    if (!m_interrupts.empty() && !KeepsInterruptsOff())
    {
        BeginInterrupt(now);
        return true;
    }
    if (m_inlinePass)
    {
        return InlineStep(now);
    }
    if (std::exchange(m_checksSoftIrqs, false) && MayBeginPass())
    {
        BeginInlinePass(now);
        return true;
    }
    return ThreadStep(now);
}

// Hard interrupts

/// A piece under way has a lock for which they are off (spin_lock_irqsave).
bool
Core::KeepsInterruptsOff() const
{
    return m_soft.KeepsInterruptsOff() ||
           (m_current != nullptr && m_current->frame.KeepsInterruptsOff());
}

void
Core::BeginInterrupt(TimeNs now)
{
    if (m_nextTick == kNever)
    {
        m_nextTick = (now / m_tick + 1) * m_tick;
        m_watch.OnQuiescent(now);
        m_watch.OnSchedule(now);
    }
    const auto [work, at] = m_interrupts.front();
    m_interrupts.pop_front();
    const bool isTick = work == &m_tickWork;
    m_account.interrupts += isTick ? 0 : 1;
    m_account.interruptWaited += isTick ? 0 : now - at;
    m_account.longestInterruptWait = std::max(m_account.longestInterruptWait, now - at);
    const auto entry = isTick ? 0 : m_machine.Prices().Of(Operation::Interrupt, 1);
    RunPiece(m_hard, work != nullptr ? *work : NoWork(), now, entry);
}

bool
Core::InterruptStep(TimeNs now)
{
    if (m_hard.Unpaid() > 0)
    {
        return false;
    }
    if (m_hard.sequel == Sequel::GoesOn)
    {
        RunPiece(m_hard, *m_hard.work, now, 0);
        return true;
    }
    m_hard.work = nullptr;
    m_checksSoftIrqs = !m_softIrqs.IsInPass();
    return true;
}

// Soft interrupts

bool
Core::MayBeginPass() const
{
    return m_softIrqs.IsPending() && !m_softIrqs.IsInPass() &&
           (m_current == nullptr || !m_current->frame.KeepsSoftIrqsOff()) &&
           m_rules->RunsInline(m_daemon->state != ThreadState::Sleeping);
}

void
Core::BeginInlinePass(TimeNs now)
{
    ++m_account.passes;
    m_inlinePass = true;
    m_softIrqs.BeginPass(now);
    NextOfPass(m_soft, now, 0);
}

/// \return false: the pass is over
bool
Core::NextOfPass(Frame& frame, TimeNs now, TimeNs before)
{
    auto* work = m_softIrqs.Next(now, m_needsSwitch);
    if (work == nullptr)
    {
        EndPass();
        return false;
    }
    RunPiece(frame, *work, now, before);
    m_account.packets += frame.packets;
    return true;
}

void
Core::EndPass()
{
    m_inlinePass = false;
    if (m_softIrqs.IsPending() && m_daemon->state == ThreadState::Sleeping)
    {
        ++m_account.handovers;
        Enqueue(m_until, *m_daemon, true);
    }
}

bool
Core::InlineStep(TimeNs now)
{
    if (m_soft.work != nullptr && m_soft.Unpaid() > 0)
    {
        return false;
    }
    if (m_soft.work != nullptr && m_soft.sequel == Sequel::GoesOn && !m_soft.isClosing)
    {
        RunPiece(m_soft, *m_soft.work, now, 0);
        return true;
    }
    if (m_soft.work != nullptr && Close(m_soft, now))
    {
        return true;
    }
    m_softIrqs.Did(m_soft.verdict, m_soft.taken);
    NextOfPass(m_soft, now, 0);
    return true;
}

/// ksoftirqd: passes with soft interrupts off, and the core for others between them.
bool
Core::DaemonStep(TimeNs now)
{
    auto& frame = m_daemon->frame;
    if (!m_softIrqs.IsInPass())
    {
        if (!m_softIrqs.IsPending())
        {
            Sleep(now);
            return true;
        }
        ++m_account.passes;
        m_softIrqs.BeginPass(now);
        frame.kind = ContextKind::SoftIrq;
    }
    else
    {
        if (frame.Unpaid() > 0)
        {
            return false;
        }
        if (frame.sequel == Sequel::GoesOn && !frame.isClosing)
        {
            RunPiece(frame, *frame.work, now, 0);
            return true;
        }
        if (Close(frame, now))
        {
            return true;
        }
        m_softIrqs.Did(frame.verdict, frame.taken);
    }
    if (!NextOfPass(frame, now, std::exchange(m_daemonEntry, 0)))
    {
        m_watch.OnQuiescent(now); // rcu_softirq_qs
        if (m_needsSwitch)
        {
            PutBack(now);
        }
    }
    return true;
}

} // namespace hoststack::host
