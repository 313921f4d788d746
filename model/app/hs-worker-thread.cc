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
    if (std::find(m_ready.begin(), m_ready.end(), &session) == m_ready.end())
    {
        m_ready.push_back(&session);
    }
    m_machine->Processor().Wake(now, m_thread);
}

void
HoststackWorkerThread::Forget(const HoststackSession& session)
{
    m_ready.erase(std::remove(m_ready.begin(), m_ready.end(), &session), m_ready.end());
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
        context.Ask(hoststack::host::Sequel::Later);
    }
    session.DoStep();
}

} // namespace ns3
