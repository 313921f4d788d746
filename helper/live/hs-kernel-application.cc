// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-application.h"

#include "ns3/hs-kernel-host.h"

#include <algorithm>

namespace ns3
{

using Kind = hoststack::LiveOrder::Kind;

KernelApplication::KernelApplication(KernelHost& host, std::size_t traffic, bool opens)
    : m_host(host),
      m_traffic(traffic),
      m_opens(opens)
{
}

void
KernelApplication::StartApplication()
{
    // Listeners listen since before the run.
    if (m_opens)
    {
        m_host.Order(Kind::Open, m_traffic);
    }
}

void
KernelApplication::StopApplication()
{
    StopSessions();
}

std::size_t
KernelApplication::StopSessions()
{
    m_host.Order(Kind::Stop, m_traffic);
    return Unended();
}

std::size_t
KernelApplication::AbortSessions()
{
    m_host.Order(Kind::Abort, m_traffic);
    return Unended();
}

std::size_t
KernelApplication::Unended() const
{
    const auto& sessions = GetSessions();
    return static_cast<std::size_t>(
        std::count_if(sessions.begin(), sessions.end(), [](const auto& session) {
            return !session->IsOver();
        }));
}

KernelSession&
KernelApplication::Session(std::size_t index)
{
    while (m_known.size() <= index)
    {
        auto session = std::make_unique<KernelSession>();
        m_known.push_back(session.get());
        Keep(std::move(session));
    }
    return *m_known[index];
}

} // namespace ns3
