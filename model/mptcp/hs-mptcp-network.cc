// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include <algorithm>

// What the network, a listener and the application tell a connection that concerns the TCP of its
// subflows: ICMP, the accept queue, corking; and a push loop that takes time.

namespace hoststack::mptcp
{

void
Connection::OnNetworkError(TimeNs now, std::uint32_t subflow, const tcp::NetworkError& error)
{
    auto* s = Find(subflow);
    if (s && !s->IsReleased())
    {
        s->tcp->OnNetworkError(now, error);
        CollectEvents(now, *s);
        AfterSegment(now);
    }
}

bool
Connection::OnPathMss(TimeNs now, std::uint32_t subflow, Seq32 sequence, std::uint32_t mss)
{
    auto* s = Find(subflow);
    const bool isBelieved = s && !s->IsReleased() && s->tcp->OnPathMss(now, sequence, mss);
    if (isBelieved)
    {
        AfterSegment(now);
    }
    return isBelieved;
}

void
Connection::LimitPathMss(std::uint32_t subflow, std::uint32_t mss)
{
    if (auto* s = Find(subflow))
    {
        s->tcp->LimitPathMss(mss);
    }
}

std::uint32_t
Connection::MemoryInBacklog(std::uint32_t subflow, std::uint64_t waiting, const Burst& burst) const
{
    for (const auto& s : m_subflows)
    {
        if (s->id == subflow && !s->IsReleased())
        {
            return s->tcp->MemoryInBacklog(waiting, burst);
        }
    }
    return 1; // it is nobody's when its turn comes
}

bool
Connection::AwaitsSendBacklog(std::uint32_t subflow) const
{
    return std::any_of(m_subflows.begin(), m_subflows.end(), [subflow](const auto& s) {
        return s->id == subflow && !s->IsReleased() && s->tcp->AwaitsSendBacklog();
    });
}

void
Connection::OnSendBacklog(TimeNs now, std::uint32_t subflow)
{
    auto* s = Find(subflow);
    if (s && !s->IsReleased())
    {
        s->tcp->OnSendBacklog(now);
        AfterSegment(now);
    }
}

bool
Connection::CompletesHandshake(std::uint32_t subflow, const TcpSegment& segment) const
{
    for (const auto& s : m_subflows)
    {
        if (s->id == subflow)
        {
            return s->tcp->CompletesHandshake(segment);
        }
    }
    return false;
}

std::optional<Seq32>
Connection::GiveWay(TimeNs now, std::uint32_t subflow, const TcpSegment& syn)
{
    auto* s = Find(subflow);
    if (!s || s->IsReleased() || !s->tcp->MayReopen(now, syn))
    {
        return std::nullopt;
    }
    const auto iss = s->tcp->ReopeningIss();
    s->tcp->Abort(now); // in TIME-WAIT nothing leaves
    CollectEvents(now, *s);
    AfterSegment(now);
    return iss;
}

void
Connection::OnAccepted(TimeNs now)
{
    // mptcp_stream_accept: a connection whose subflows were all reset meanwhile is closed, instead
    // of waiting for a new one.
    if (m_state == tcp::State::Established && OpenCount() == 0)
    {
        Die(now, tcp::kReset);
    }
}

void
Connection::Shrink()
{
    for (const auto& subflow : m_subflows)
    {
        subflow->Shrink();
    }
    m_receiver.Shrink();
    m_sender.Shrink();
}

bool
Connection::ContinuePush(TimeNs now)
{
    if (m_sender.ContinuePush(now))
    {
        return true;
    }
    AfterTimers(now);
    return false;
}

void
Connection::SetCork(TimeNs now, bool on)
{
    // __mptcp_setsockopt_sol_tcp_cork
    m_corked = on;
    for (auto& s : m_subflows)
    {
        s->tcp->SetCork(now, on);
    }
    AfterInput(now);
}

void
Connection::SetNoDelay(TimeNs now, bool on)
{
    // __mptcp_setsockopt_sol_tcp_nodelay
    m_noDelay = on;
    for (auto& s : m_subflows)
    {
        s->tcp->SetNoDelay(now, on);
    }
    AfterInput(now);
}

} // namespace hoststack::mptcp
