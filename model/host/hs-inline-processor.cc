// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-processor.h"

namespace hoststack::host
{

void
Context::Release(Effect& effect)
{
    m_processor->Release(*this, effect);
}

InlineProcessor::InlineProcessor(const Clock& clock)
    : m_clock(clock),
      m_context(*this, m_free, ContextKind::User, 0, 0)
{
}

void
InlineProcessor::Interrupt(TimeNs now, CoreId core, Work& work)
{
    Run(now, ContextKind::HardIrq, core, work);
}

void
InlineProcessor::RaiseSoftIrq(TimeNs now, CoreId core, SoftIrq /* which */, Work& work)
{
    Run(now, ContextKind::SoftIrq, core, work);
}

void
InlineProcessor::Wake(TimeNs now, Work& thread)
{
    Run(now, ContextKind::User, 0, thread);
}

void
InlineProcessor::Release(Context& context, Effect& effect)
{
    effect.Happen(context.Now());
}

Context&
InlineProcessor::Current()
{
    if (!m_isWorking)
    {
        m_context = Context(*this, m_free, ContextKind::User, 0, m_clock.Now());
    }
    return m_context;
}

void
InlineProcessor::Run(TimeNs now, ContextKind kind, CoreId core, Work& work)
{
    if (m_isWorking)
    {
        const auto outer = m_context;
        m_context = Context(*this, m_free, kind, core, now);
        work.Run(m_context);
        m_context = outer;
        return;
    }
    m_isWorking = true;
    m_context = Context(*this, m_free, kind, core, now);
    work.Run(m_context);
    m_isWorking = false;
}

} // namespace hoststack::host
