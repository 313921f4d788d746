// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-processor.h"

namespace hoststack::host
{

InlineProcessor::InlineProcessor(const Clock& clock)
    : m_clock(clock),
      m_context(*this, m_free, ContextKind::User, 0, 0)
{
}

InlineProcessor::~InlineProcessor() = default;

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

Thread&
InlineProcessor::Spawn(const ThreadConfig& config, Work& work)
{
    if (m_ended.empty())
    {
        m_threads.push_back(std::make_unique<Thread>());
        m_threads.back()->id = static_cast<std::uint32_t>(m_threads.size() - 1);
        m_ended.push_back(m_threads.back().get());
    }
    auto& thread = *m_ended.back();
    m_ended.pop_back();
    thread.config = config;
    thread.work = &work;
    return thread;
}

void
InlineProcessor::End(Thread& thread)
{
    thread.work = nullptr;
    m_ended.push_back(&thread);
}

void
InlineProcessor::Wake(TimeNs now, Thread& thread)
{
    if (thread.work != nullptr)
    {
        Run(now, thread.config.kind, 0, *thread.work);
    }
}

void
InlineProcessor::Release(Context& context, Effect& effect)
{
    effect.Happen(context.Now());
}

void
InlineProcessor::Forget(Work& /* work */)
{
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
