// SPDX-License-Identifier: GPL-2.0-only

// Connection: what the network says about its segments (ICMP).

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

const char*
ToString(NetworkFault fault)
{
    switch (fault)
    {
    case NetworkFault::None:
        return "none";
    case NetworkFault::NetUnreachable:
        return "net-unreachable";
    case NetworkFault::HostUnreachable:
        return "host-unreachable";
    case NetworkFault::ProtocolUnreachable:
        return "protocol-unreachable";
    case NetworkFault::PortUnreachable:
        return "port-unreachable";
    case NetworkFault::Prohibited:
        return "prohibited";
    case NetworkFault::TimeExceeded:
        return "time-exceeded";
    case NetworkFault::ParameterProblem:
        return "parameter-problem";
    }
    return "?";
}

bool
Connection::IsInFlight(Seq32 sequence)
{
    const auto offset = m_sender.OffsetOf(sequence);
    // A request of a listener knows one number only (tcp_req_err).
    const auto end =
        m_common.passive && m_common.state == State::SynReceived ? 0 : m_sender.SndNxt();
    if (offset >= static_cast<std::int64_t>(m_sender.SndUna()) &&
        offset <= static_cast<std::int64_t>(end))
    {
        return true;
    }
    ++m_common.troubles.Own().outOfWindowIcmps;
    return false;
}

void
Connection::OnNetworkError(TimeNs now, const NetworkError& error)
{
    if (m_common.state == State::Closed || m_common.state == State::TimeWait ||
        !IsInFlight(error.sequence))
    {
        return;
    }
    if (m_common.passive && m_common.state == State::SynReceived)
    {
        if (error.endsHandshake)
        {
            m_networkFault = error.fault;
            Die(now, kRefused | kUnreachable);
        }
        return;
    }
    if (error.revertsBackoff)
    {
        m_sender.RevertBackoff(now, error.sequence);
    }
    if (m_common.state == State::Closed)
    {
        return;
    }
    m_networkFault = error.fault;
    if (m_common.state == State::SynSent || m_common.state == State::SynReceived)
    {
        Die(now, kRefused | kUnreachable);
    }
    // Else a soft error (sk_err_soft): it is the reason given if the connection times out.
}

bool
Connection::OnPathMss(TimeNs now, Seq32 sequence, std::uint32_t mss)
{
    if (m_common.state == State::Closed || m_common.state == State::TimeWait ||
        !IsInFlight(sequence) || (m_common.passive && m_common.state == State::SynReceived))
    {
        return false;
    }
    if (m_sender.LimitPathMss(mss))
    {
        m_sender.RetransmitTooLong(now);
    }
    return true;
}

void
Connection::LimitPathMss(std::uint32_t mss)
{
    m_sender.LimitPathMss(mss);
}

} // namespace hoststack::tcp
