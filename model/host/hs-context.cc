// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-context.h"

#include "ns3/hs-processor.h"
#include "ns3/hs-work-frame.h"

namespace hoststack::host
{

void
Context::Release(Effect& effect)
{
    m_processor->Release(*this, effect);
}

TimeNs
Context::StartOfFrame() const
{
    return m_frame->start;
}

void
Context::AddPackets(std::uint32_t packets)
{
    m_frame->packets += packets;
}

void
Context::ReturnToUser()
{
    if (m_frame != nullptr)
    {
        m_frame->userFrom = m_now - m_frame->start;
    }
}

void
Context::MaySwitch()
{
    if (m_frame != nullptr)
    {
        m_frame->points.push_back(m_now - m_frame->start);
    }
}

void
Context::Ask(Sequel sequel)
{
    if (m_frame == nullptr)
    {
        return;
    }
    if (m_frame->goesOn != nullptr && sequel != Sequel::GoesOn)
    {
        m_frame->hasMore = sequel == Sequel::Later;
        return;
    }
    m_frame->sequel = sequel;
}

void
Context::GoOn(Work& next)
{
    if (m_frame != nullptr)
    {
        m_frame->hasMore = m_frame->hasMore || m_frame->sequel == Sequel::Later;
        m_frame->sequel = Sequel::GoesOn;
        m_frame->goesOn = &next;
    }
}

void
Context::KeepSoftIrqsOff(bool inPoll)
{
    if (m_frame != nullptr)
    {
        m_frame->softIrqsOff = true;
        m_frame->keepsCore = inPoll;
    }
}

void
Context::Yield()
{
    if (m_frame != nullptr)
    {
        m_frame->yields = true;
    }
}

} // namespace hoststack::host
