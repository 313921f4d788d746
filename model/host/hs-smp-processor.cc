// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-smp-processor.h"

#include "ns3/hs-core.h"

#include <algorithm>
#include <string>
#include <utility>

namespace hoststack::host
{

/// A thread, and the wake-up that work on another one's behalf releases.
struct SmpProcessor::OwnThread final : public Thread, public Effect
{
    explicit OwnThread(SmpProcessor& owner)
        : machine(owner)
    {
    }

    void Happen(TimeNs at) override
    {
        machine.WakeNow(at, *this);
    }

    SmpProcessor& machine;
};

/// An interrupt or a soft interrupt that work on one core has for another.
struct SmpProcessor::Signal final : public Effect
{
    explicit Signal(SmpProcessor& owner)
        : machine(owner)
    {
    }

    void Happen(TimeNs at) override
    {
        isFree = true;
        if (work == nullptr)
        {
            return;
        }
        if (isHard)
        {
            machine.Interrupt(at, core, *work);
        }
        else
        {
            machine.RaiseSoftIrq(at, core, which, *work);
        }
    }

    SmpProcessor& machine;
    CoreId core{0};
    bool isHard{false};
    bool isFree{false};
    SoftIrq which{SoftIrq::Receive};
    Work* work{nullptr};
};

SmpProcessor::SmpProcessor(Clock& clock, const SmpConfig& config)
    : m_config(config),
      m_clock(clock),
      m_outside(*this, m_free, ContextKind::User, 0, 0)
{
    for (CoreId i = 0; i < config.cores; ++i)
    {
        m_cores.push_back(std::make_unique<Core>(*this, m_config, i, clock));
    }
    for (CoreId i = 0; i < config.cores; ++i)
    {
        ThreadConfig daemon;
        daemon.name = "ksoftirqd/" + std::to_string(i);
        daemon.kind = ContextKind::KernelThread;
        daemon.cores = std::uint64_t{1} << (i % 64);
        auto& thread = Spawn(daemon, NoWork());
        thread.core = i;
        m_cores[i]->SetDaemon(thread);
    }
}

SmpProcessor::~SmpProcessor() = default;

void
SmpProcessor::Interrupt(TimeNs now, CoreId core, Work& work)
{
    core = static_cast<CoreId>(core % m_cores.size());
    if (m_running != nullptr && m_running->GetFrame() != nullptr)
    {
        Send(core, true, SoftIrq::Receive, work);
        return;
    }
    m_cores[core]->Interrupt(now, work);
}

void
SmpProcessor::RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq which, Work& work)
{
    core = static_cast<CoreId>(core % m_cores.size());
    if (m_running != nullptr && m_running->Core() != core)
    {
        Send(core, false, which, work);
        return;
    }
    m_cores[core]->RaiseSoftIrq(now, which, work, m_running != nullptr);
}

/// Once what was charged until now has been paid.
void
SmpProcessor::Send(CoreId core, bool isHard, SoftIrq which, Work& work)
{
    auto it = std::find_if(m_signals.begin(), m_signals.end(), [](const auto& signal) {
        return signal->isFree;
    });
    if (it == m_signals.end())
    {
        it = m_signals.insert(it, std::make_unique<Signal>(*this));
    }
    auto& signal = **it;
    signal.isFree = false;
    signal.core = core;
    signal.isHard = isHard;
    signal.which = which;
    signal.work = &work;
    Release(*m_running, signal);
}

Thread&
SmpProcessor::Spawn(const ThreadConfig& config, Work& work)
{
    const auto free = std::find_if(m_ended.begin(), m_ended.end(), [](const auto* thread) {
        return thread->state == ThreadState::Sleeping;
    });
    OwnThread* own = nullptr;
    if (free != m_ended.end())
    {
        own = *free;
        m_ended.erase(free);
    }
    else
    {
        m_threads.push_back(std::make_unique<OwnThread>(*this));
        own = m_threads.back().get();
        own->id = static_cast<std::uint32_t>(m_threads.size() - 1);
    }
    auto& thread = *own;
    thread.config = config;
    thread.work = &work;
    thread.weight = WeightOf(config.nice);
    thread.core = 0;
    thread.queue = nullptr;
    thread.lag = 0;
    while (thread.core + 1 < m_config.cores && !MayRunOn(thread, thread.core))
    {
        ++thread.core;
    }
    return thread;
}

void
SmpProcessor::End(Thread& thread)
{
    thread.work = nullptr;
    m_ended.push_back(static_cast<OwnThread*>(&thread));
}

bool
SmpProcessor::MayRunOn(const Thread& thread, CoreId core)
{
    return core >= 64 ? thread.config.cores == kAllCores : (thread.config.cores >> core & 1) != 0;
}

void
SmpProcessor::Wake(TimeNs now, Thread& thread)
{
    auto& own = static_cast<OwnThread&>(thread);
    if (m_running == nullptr)
    {
        WakeNow(now, own);
        return;
    }
    m_running->Charge(Operation::WakeUp);
    if (thread.core != m_running->Core())
    {
        m_running->Charge(Operation::RemoteWakeUp);
    }
    Release(*m_running, own);
}

void
SmpProcessor::WakeNow(TimeNs now, Thread& thread)
{
    if (thread.work == nullptr)
    {
        return;
    }
    if (thread.state != ThreadState::Sleeping)
    {
        thread.isWoken = thread.frame.work != nullptr;
        return;
    }
    auto& core = ChooseCore(thread);
    core.Enqueue(now, thread, true);
    core.Pump(now);
}

/// select_task_rq_fair() in its simplest form: an idle core, the last one first; else the last one.
Core&
SmpProcessor::ChooseCore(const Thread& thread) const
{
    auto& last = *m_cores[thread.core];
    if (last.IsIdle() && MayRunOn(thread, thread.core))
    {
        return last;
    }
    Core* best = nullptr;
    for (const auto& core : m_cores)
    {
        if (!MayRunOn(thread, core->Id()))
        {
            continue;
        }
        if (core->IsIdle())
        {
            return *core;
        }
        if (best == nullptr || core->Id() == thread.core)
        {
            best = core.get();
        }
    }
    return best != nullptr ? *best : last;
}

bool
SmpProcessor::PullThread(Core& core, TimeNs now)
{
    Thread* found = nullptr;
    Core* from = nullptr;
    for (const auto& other : m_cores)
    {
        const auto& waiting = other->Scheduler().Waiting();
        if (waiting.empty() || other.get() == &core ||
            (from != nullptr && waiting.size() <= from->Scheduler().Waiting().size()))
        {
            continue;
        }
        Thread* longest = nullptr;
        for (auto* thread : waiting)
        {
            const bool isLonger =
                longest == nullptr || thread->runnableSince < longest->runnableSince ||
                (thread->runnableSince == longest->runnableSince && thread->id < longest->id);
            if (MayRunOn(*thread, core.Id()) && isLonger)
            {
                longest = thread;
            }
        }
        if (longest != nullptr)
        {
            found = longest;
            from = other.get();
        }
    }
    if (found == nullptr)
    {
        return false;
    }
    const auto since = found->runnableSince;
    from->Scheduler().Remove(*found);
    core.Enqueue(now, *found, false);
    found->runnableSince = since;
    return true;
}

void
SmpProcessor::KickIdle(TimeNs now)
{
    for (const auto& core : m_cores)
    {
        if (core->IsIdle())
        {
            core->Pump(now);
        }
    }
}

void
SmpProcessor::Release(Context& context, Effect& effect)
{
    auto* frame = context.GetFrame();
    if (frame == nullptr)
    {
        effect.Happen(context.Now());
        return;
    }
    frame->pending.push_back({context.Now() - frame->start, &effect});
}

void
SmpProcessor::Forget(Work& work)
{
    for (const auto& core : m_cores)
    {
        core->Forget(work);
    }
    for (const auto& signal : m_signals)
    {
        signal->work = signal->work == &work ? nullptr : signal->work;
    }
}

Context&
SmpProcessor::Current()
{
    if (m_running != nullptr)
    {
        return *m_running;
    }
    m_outside = Context(*this, m_free, ContextKind::User, 0, m_clock.Now());
    return m_outside;
}

CoreId
SmpProcessor::IdleCore(CoreId preferred, CoreId first, CoreId count) const
{
    const auto cores = m_cores.size();
    if (m_cores[preferred % cores]->IsAtRest())
    {
        return preferred;
    }
    for (std::size_t i = first; i < std::min<std::size_t>(first + count, cores); ++i)
    {
        if (m_cores[i]->IsAtRest())
        {
            return static_cast<CoreId>(i);
        }
    }
    return preferred;
}

CoreId
SmpProcessor::Here() const
{
    return m_running != nullptr ? m_running->Core() : m_happening.value_or(0);
}

void
SmpProcessor::RaiseHere(TimeNs now, SoftIrq which, Work& work)
{
    if (m_running == nullptr && !m_happening)
    {
        RaiseSoftIrq(now, Here(), which, work);
        return;
    }
    m_cores[Here()]->RaiseHere(which, work);
}

void
SmpProcessor::Happen(CoreId core, Effect& effect, TimeNs now)
{
    const auto outer = std::exchange(m_happening, core);
    effect.Happen(now);
    m_happening = outer;
}

const CoreAccount&
SmpProcessor::Account(CoreId core, TimeNs now)
{
    return m_cores[core]->Account(now);
}

std::vector<StallRecord>
SmpProcessor::Stalls() const
{
    std::vector<StallRecord> all;
    for (const auto& core : m_cores)
    {
        all.insert(all.end(), core->Stalls().begin(), core->Stalls().end());
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.at < b.at;
    });
    return all;
}

TimeNs
SmpProcessor::Unpaid() const
{
    TimeNs sum = 0;
    for (const auto& core : m_cores)
    {
        sum += core->Unpaid();
    }
    for (const auto& thread : m_threads)
    {
        sum += thread->frame.work != nullptr ? thread->frame.Unpaid() : 0;
    }
    return sum;
}

} // namespace hoststack::host
