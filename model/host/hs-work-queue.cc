// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-work-queue.h"

#include <algorithm>
#include <deque>
#include <string>

namespace hoststack::host
{

/// kworker
class WorkQueue::Worker final : public Work
{
  public:
    Worker(Processor& processor, CoreId core)
    {
        ThreadConfig config;
        config.name = "kworker/" + std::to_string(core);
        config.kind = ContextKind::KernelThread;
        config.cores = std::uint64_t{1} << (core % 64);
        m_thread = &processor.Spawn(config, *this);
    }

    void Queue(Processor& processor, Context& context, Work& work)
    {
        if (std::find(m_items.begin(), m_items.end(), &work) == m_items.end())
        {
            m_items.push_back(&work);
            processor.Wake(context.ClockTime(), *m_thread);
        }
    }

    void Forget(const Work& work)
    {
        m_items.erase(std::remove(m_items.begin(), m_items.end(), &work), m_items.end());
    }

    void Run(Context& context) override
    {
        if (m_items.empty())
        {
            return;
        }
        auto* work = m_items.front();
        m_items.pop_front();
        work->Run(context);
        if (!m_items.empty())
        {
            context.Ask(Sequel::Later);
        }
    }

  private:
    Thread* m_thread;
    std::deque<Work*> m_items;
};

WorkQueue::WorkQueue(Processor& processor)
    : m_processor(processor)
{
}

WorkQueue::~WorkQueue() = default;

void
WorkQueue::Queue(Context& context, Work& work)
{
    const auto core = context.Core();
    if (core >= m_workers.size())
    {
        m_workers.resize(core + std::size_t{1});
    }
    auto& worker = m_workers[core];
    if (!worker)
    {
        worker = std::make_unique<Worker>(m_processor, core);
    }
    worker->Queue(m_processor, context, work);
}

void
WorkQueue::Forget(const Work& work)
{
    for (const auto& worker : m_workers)
    {
        if (worker)
        {
            worker->Forget(work);
        }
    }
}

} // namespace hoststack::host
