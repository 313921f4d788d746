// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-push-loop.h"

#include <utility>

namespace ns3
{

namespace
{

constexpr hoststack::TimeNs kPiece = 100 * hoststack::kMicrosecond;

} // namespace

void
HoststackMptcpSocket::PushLoop::Begin(hoststack::host::Context& context)
{
    if (context.GetFrame() == nullptr)
    {
        return; // no time passes in which it could go round
    }
    m_self = &m_socket;
    m_socket.m_multipath->HoldPush();
    context.GoOn(*this);
}

void
HoststackMptcpSocket::PushLoop::Run(hoststack::host::Context& context)
{
    const auto guard = std::exchange(m_self, nullptr);
    if (!m_socket.Hold(context))
    {
        // The call that began it found the lock with another thread, which may be this core's next.
        m_self = guard;
        context.Yield();
        context.Spend(kPiece);
        context.GoOn(*this);
        return;
    }
    if (m_socket.DoLeft(context))
    {
        context.Yield();
    }
    if (m_socket.m_multipath == nullptr)
    {
        return;
    }
    Activity activity(m_socket, context);
    if (m_socket.m_multipath->ContinuePush(context.Now()))
    {
        m_self = guard;
        Spend(context);
        context.GoOn(*this);
    }
}

/// The rounds of a piece.
void
HoststackMptcpSocket::PushLoop::Spend(hoststack::host::Context& context)
{
    const auto before = context.Now();
    m_socket.ChargeScheduling();
    const auto round = context.Now() - before;
    const auto rest = kPiece - round;
    context.Spend(rest > 0 ? rest : 0);
}

} // namespace ns3
