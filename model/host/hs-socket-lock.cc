// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-lock.h"

#include "ns3/hs-work-frame.h"

#include <algorithm>

namespace hoststack::host
{

SocketLock::~SocketLock()
{
    if (m_holder != nullptr)
    {
        auto& locks = m_holder->locks;
        locks.erase(std::remove(locks.begin(), locks.end(), this), locks.end());
    }
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
        const auto ends = m_holder->endsAt;
        if (ends > context.Now())
        {
            frame->spun += ends - context.Now();
            context.Spend(ends - context.Now());
        }
        Release();
    }
    m_holder = frame;
    frame->locks.push_back(this);
    return true;
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
SocketLock::Release()
{
    if (m_holder != nullptr)
    {
        auto& locks = m_holder->locks;
        locks.erase(std::remove(locks.begin(), locks.end(), this), locks.end());
        m_holder = nullptr;
    }
}

} // namespace hoststack::host
