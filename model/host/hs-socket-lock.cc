// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-lock.h"

#include "ns3/hs-work-frame.h"

#include <algorithm>

namespace hoststack::host
{

SocketLock::~SocketLock()
{
    LetGo();
}

bool
SocketLock::Acquire(Context& context)
{
    auto* frame = context.GetFrame();
    if (frame == nullptr || m_holder == frame)
    {
        return true;
    }
    if (m_holder != nullptr)
    {
        if (m_holder->kind != ContextKind::SoftIrq)
        {
            return false;
        }
        WaitUntil(context, m_holder->endsAt);
        Release(context.Now());
    }
    Take(context, *frame);
    return true;
}

void
SocketLock::Spin(Context& context, TimeNs handOver, bool interruptsOff)
{
    auto* frame = context.GetFrame();
    if (frame == nullptr || m_holder == frame)
    {
        return;
    }
    if (m_holder != nullptr)
    {
        const auto now = context.Now();
        const auto free = m_holder->core == frame->core ? now : std::max(now, m_holder->endsAt);
        WaitUntil(context, free > now ? free + handOver : now);
        Release(free);
    }
    Take(context, *frame);
    frame->softIrqsOff = frame->softIrqsOff || context.Kind() >= ContextKind::KernelThread;
    frame->interruptsOff = frame->interruptsOff || interruptsOff;
}

void
SocketLock::Take(Context& context, Frame& frame)
{
    m_holder = &frame;
    m_takenAt = context.Now();
    ++m_account.takes;
    frame.locks.push_back(this);
}

void
SocketLock::WaitUntil(Context& context, TimeNs until)
{
    const auto wait = until - context.Now();
    if (wait > 0)
    {
        ++m_account.contended;
        m_account.waited += wait;
        context.GetFrame()->spun += wait;
        context.Spend(wait);
    }
}

void
SocketLock::Leave(Work& work)
{
    if (std::find(m_left.begin(), m_left.end(), &work) == m_left.end())
    {
        m_left.push_back(&work);
    }
}

void
SocketLock::Forget(const Work& work)
{
    m_left.erase(std::remove(m_left.begin(), m_left.end(), &work), m_left.end());
}

Work*
SocketLock::TakeLeft()
{
    if (m_left.empty())
    {
        return nullptr;
    }
    auto* work = m_left.front();
    m_left.erase(m_left.begin());
    return work;
}

void
SocketLock::Release(TimeNs now)
{
    if (m_holder != nullptr)
    {
        m_account.held += std::max<TimeNs>(0, now - m_takenAt);
        LetGo();
    }
}

void
SocketLock::LetGo()
{
    if (m_holder != nullptr)
    {
        auto& locks = m_holder->locks;
        if (locks.back() == this) // nearly always
        {
            locks.pop_back();
        }
        else
        {
            locks.erase(std::remove(locks.begin(), locks.end(), this), locks.end());
        }
        m_holder = nullptr;
    }
}

} // namespace hoststack::host
