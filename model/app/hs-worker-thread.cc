// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-worker-thread.h"

#include "ns3/hs-session.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

hoststack::host::ThreadConfig
Named(std::string name)
{
    hoststack::host::ThreadConfig config;
    config.name = std::move(name);
    return config;
}

} // namespace

HoststackWorkerThread::HoststackWorkerThread(Ptr<HoststackMachine> machine, std::string name)
    : m_machine(std::move(machine)),
      m_thread(m_machine->Processor().Spawn(Named(std::move(name)), *this))
{
}

HoststackWorkerThread::~HoststackWorkerThread()
{
    m_machine->Processor().End(m_thread);
}

void
HoststackWorkerThread::Wake(hoststack::TimeNs now, HoststackSession& session)
{
    if (m_ready.empty() || (m_ready.front() != &session && m_waiting.insert(&session).second))
    {
        m_ready.push_back(&session);
    }
    m_machine->Processor().Wake(now, m_thread);
}

void
HoststackWorkerThread::Forget(const HoststackSession& session)
{
    if (m_waiting.erase(&session) > 0 || (!m_ready.empty() && m_ready.front() == &session))
    {
        m_ready.erase(std::remove(m_ready.begin(), m_ready.end(), &session), m_ready.end());
    }
    if (!m_ready.empty())
    {
        m_waiting.erase(m_ready.front());
    }
}

void
HoststackWorkerThread::Run(hoststack::host::Context& context)
{
    if (m_ready.empty())
    {
        return;
    }
    auto& session = *m_ready.front();
    m_ready.pop_front();
    if (!m_ready.empty())
    {
        m_waiting.erase(m_ready.front());
        context.Ask(hoststack::host::Sequel::Later);
    }
    session.DoStep(context);
}

} // namespace ns3
