// SPDX-License-Identifier: GPL-2.0-only

// Core: threads.

#include "ns3/hs-core.h"
#include "ns3/hs-smp-processor.h"

#include <algorithm>
#include <utility>

namespace hoststack::host
{

bool
Core::ThreadStep(TimeNs now)
{
    if (m_current == nullptr)
    {
        return ChooseThread(now);
    }
    if (m_current == m_daemon)
    {
        return DaemonStep(now);
    }
    auto& frame = m_current->frame;
    if (frame.work == nullptr)
    {
        BeginStep(now, 0);
        return true;
    }
    if (frame.Unpaid() > 0)
    {
        if (m_needsSwitch && ToSwitchPoint() == 0)
        {
            PutBack(now);
            return true;
        }
        return false;
    }
    return EndStep(now);
}

bool
Core::EndStep(TimeNs now)
{
    auto& thread = *m_current;
    auto& frame = thread.frame;
    const bool mayLeave = !frame.keepsCore;
    m_checksSoftIrqs = (std::exchange(frame.softIrqsOff, false) && mayLeave) || m_checksSoftIrqs;
    if (frame.sequel == Sequel::GoesOn && !frame.isClosing && thread.work != nullptr)
    {
        if (frame.yields)
        {
            m_watch.OnQuiescent(now); // rcu_all_qs
        }
        if (m_needsSwitch && (frame.yields || m_config.preemption == Preemption::Full))
        {
            PutBack(now);
            return true;
        }
        RunPiece(frame, frame.goesOn != nullptr ? *frame.goesOn : *frame.work, now, 0);
        return true;
    }
    if (Close(frame, now))
    {
        return true;
    }
    if (mayLeave)
    {
        m_checksSoftIrqs = std::exchange(m_threadRaised, false) || m_checksSoftIrqs;
        m_watch.OnQuiescent(now);
    }
    const bool hasMore = std::exchange(frame.hasMore, false) || frame.verdict != Sequel::Done;
    if (thread.work == nullptr || (!hasMore && !thread.isWoken))
    {
        Sleep(now);
    }
    else if (m_needsSwitch && mayLeave)
    {
        PutBack(now);
    }
    return true;
}

void
Core::BeginStep(TimeNs now, TimeNs before)
{
    auto& thread = *m_current;
    thread.isWoken = false;
    thread.frame.kind = thread.config.polls ? ContextKind::SoftIrq : thread.config.kind;
    RunPiece(thread.frame, thread.work != nullptr ? *thread.work : NoWork(), now, before);
}

void
Core::Sleep(TimeNs now)
{
    m_watch.OnSchedule(now);
    m_scheduler->Stop(*m_current);
    m_current->state = ThreadState::Sleeping;
    m_current = nullptr;
}

void
Core::PutBack(TimeNs now)
{
    auto& thread = *std::exchange(m_current, nullptr);
    Enqueue(now, thread, false);
}

/// schedule(). \return false: nobody is there, the core sleeps
bool
Core::ChooseThread(TimeNs now)
{
    auto* next = m_scheduler->Choose();
    if (next == nullptr && m_machine.PullThread(*this, now))
    {
        next = m_scheduler->Choose();
    }
    m_watch.OnQuiescent(now);
    m_watch.OnSchedule(now);
    m_needsSwitch = false;
    if (next == nullptr)
    {
        m_slept = true;
        m_nextTick = kNever;
        return false;
    }
    if (m_nextTick == kNever)
    {
        m_nextTick = (now / m_tick + 1) * m_tick;
    }
    const auto wait = now - next->runnableSince;
    ++m_account.waits;
    m_account.waited += wait;
    m_account.longestWait = std::max(m_account.longestWait, wait);
    next->state = ThreadState::Running;
    next->core = m_id;
    m_current = next;
    TimeNs before = 0;
    if (std::exchange(m_last, next) != next)
    {
        ++m_account.switches;
        before = m_machine.Prices().Of(Operation::ContextSwitch, 1);
    }
    if (next == m_daemon)
    {
        m_daemonEntry = before;
        return true;
    }
    if (next->frame.work == nullptr)
    {
        BeginStep(now, before);
        return true;
    }
    before += TakeIdleExit();
    next->frame.Delay(before);
    next->frame.core = m_id;
    m_account.charged += before;
    return true;
}

} // namespace hoststack::host
