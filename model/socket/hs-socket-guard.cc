// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-guard.h"

#include "ns3/hs-tcp-socket.h"

#include <utility>

namespace ns3
{

void
HoststackSocketGuard::Leave(std::uint32_t subflow, const hoststack::Burst& burst)
{
    m_backlog.push_back({subflow, burst.segment, burst.truesize});
    m_lock.Leave(*this);
}

void
HoststackSocketGuard::Leave(hoststack::host::Work& work)
{
    m_lock.Leave(work);
}

void
HoststackSocketGuard::Forget(const hoststack::host::Work& work)
{
    m_lock.Forget(work);
}

bool
HoststackSocketGuard::DoLeft(hoststack::host::Context& context)
{
    bool didAny = false;
    while (auto* work = m_lock.TakeLeft())
    {
        work->Run(context);
        didAny = true;
    }
    return didAny;
}

void
HoststackSocketGuard::Run(hoststack::host::Context& context)
{
    const Ptr<HoststackTcpSocket> guard(&m_socket);
    const auto waiting = std::move(m_backlog.front());
    m_backlog.pop_front();
    if (!m_backlog.empty())
    {
        m_lock.Leave(*this);
    }
    m_socket.TakeBacklog(context,
                         waiting.subflow,
                         hoststack::Burst(waiting.segment, waiting.truesize));
}

} // namespace ns3
