// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-soft-irq-queue.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

constexpr auto kReceive = static_cast<std::size_t>(SoftIrq::Receive);

} // namespace

void
SoftIrqQueue::Drop(Works& works, const Work& work)
{
    for (auto i = works.Size(); i > 0; --i)
    {
        if (works[i - 1] == &work)
        {
            works.Erase(i - 1);
        }
    }
}

/// \p more, which is empty afterwards, behind \p works.
void
SoftIrqQueue::Append(Works& works, Works& more)
{
    while (!more.Empty())
    {
        works.PushBack(more.Front());
        more.PopFront();
    }
}

bool
SoftIrqQueue::Holds(const Works& works, const Work& work)
{
    for (std::size_t i = 0; i < works.Size(); ++i)
    {
        if (works[i] == &work)
        {
            return true;
        }
    }
    return false;
}

SoftIrqQueue::SoftIrqQueue(const SoftIrqLimits& limits, TimeNs tick)
    : m_limits(limits),
      m_tick(tick)
{
    if (m_limits.budgetTime == 0)
    {
        m_limits.budgetTime = 2 * tick;
    }
}

void
SoftIrqQueue::Raise(SoftIrq which, Work& work)
{
    auto& works = m_raised[static_cast<std::size_t>(which)];
    if (!Holds(works, work))
    {
        works.PushBack(&work);
    }
}

void
SoftIrqQueue::Forget(const Work& work)
{
    for (std::size_t kind = 0; kind < kKinds; ++kind)
    {
        Drop(m_raised[kind], work);
        Drop(m_round[kind], work);
    }
    Drop(m_again, work);
    if (m_current == &work)
    {
        m_current = nullptr;
    }
}

void
SoftIrqQueue::BeginPass(TimeNs now)
{
    m_inPass = true;
    m_passEnd = Ticks(now) + std::max<std::int64_t>(1, (m_limits.passTime + m_tick - 1) / m_tick);
    m_restarts = m_limits.restarts;
    BeginRound(now);
}

void
SoftIrqQueue::BeginRound(TimeNs now)
{
    for (std::size_t kind = 0; kind < kKinds; ++kind)
    {
        if (!m_raised[kind].Empty()) // those of the last round are all done
        {
            std::swap(m_round[kind], m_raised[kind]);
        }
    }
    m_budget = m_limits.budget;
    m_roundEnd = Ticks(now) + (m_limits.budgetTime + m_tick - 1) / m_tick;
}

Work*
SoftIrqQueue::Next(TimeNs now, bool yields)
{
    for (;;)
    {
        for (const auto kind : {SoftIrq::Timer, SoftIrq::Transmit})
        {
            auto& works = m_round[static_cast<std::size_t>(kind)];
            if (!works.Empty())
            {
                m_kind = kind;
                m_current = works.Front();
                works.PopFront();
                return m_current;
            }
        }
        if (auto* poller = NextPoller(now))
        {
            return poller;
        }
        if (!IsPending() || Ticks(now) >= m_passEnd || yields || --m_restarts == 0)
        {
            m_inPass = false;
            return nullptr;
        }
        BeginRound(now);
    }
}

Work*
SoftIrqQueue::NextPoller(TimeNs now)
{
    m_kind = SoftIrq::Receive;
    if (m_current != nullptr)
    {
        return m_current; // its turn is not over
    }
    auto& works = m_round[kReceive];
    const bool isSpent = m_hasPolled && (m_budget <= 0 || Ticks(now) >= m_roundEnd);
    m_squeezes += isSpent ? 1 : 0;
    m_hasPolled = false;
    if (works.Empty() || isSpent)
    {
        EndPolling();
        return nullptr;
    }
    m_current = works.Front();
    works.PopFront();
    m_taken = 0;
    m_hasPolled = true;
    return m_current;
}

/// What is left comes first in the next round, then what was raised meanwhile, then who had a turn.
void
SoftIrqQueue::EndPolling()
{
    auto& raised = m_raised[kReceive];
    auto& left = m_round[kReceive];
    if (!left.Empty())
    {
        Append(left, raised);
        std::swap(left, raised);
    }
    Append(raised, m_again);
}

void
SoftIrqQueue::Did(Sequel sequel, std::uint32_t packets)
{
    if (m_current == nullptr || sequel == Sequel::GoesOn)
    {
        return;
    }
    if (m_kind != SoftIrq::Receive)
    {
        if (sequel == Sequel::Later)
        {
            Raise(m_kind, *m_current);
        }
        m_current = nullptr;
        return;
    }
    const auto counted = std::max<std::uint32_t>(packets, 1);
    m_taken += counted;
    m_budget -= counted;
    if (sequel == Sequel::Later && m_taken < m_limits.weight)
    {
        return;
    }
    if (sequel == Sequel::Later)
    {
        m_again.PushBack(m_current);
    }
    m_current = nullptr;
}

} // namespace hoststack::host
