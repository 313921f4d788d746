// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpSocket: a connection that the application has closed and that still waits for
// acknowledgements.

#include "ns3/hs-tcp-socket.h"

namespace ns3
{

using hoststack::tcp::NetworkFault;
using hoststack::tcp::State;

namespace
{

/// What is left in other states is small (struct tcp_timewait_sock), or over.
bool
MayBeOrphan(State state)
{
    return state == State::FinWait1 || state == State::Closing || state == State::LastAck;
}

} // namespace

/// The second half of __tcp_close().
void
HoststackTcpSocket::BecomeOrphan()
{
    auto* memory = m_connection != nullptr ? m_protocol->Machine().Memory() : nullptr;
    if (memory == nullptr || m_ending.isOrphan || !MayBeOrphan(m_connection->GetState()))
    {
        return;
    }
    m_ending.isOrphan = true;
    memory->AddOrphan();
    if (memory->RefusesOrphan(0, m_connection->GetInfo(Now()).sendQueue))
    {
        m_stream->Abort(Now());
    }
}

/// tcp_out_of_resources(), at a time-out of an orphan.
void
HoststackTcpSocket::AskAsOrphan()
{
    const auto info = m_connection->GetInfo(Now());
    if (!MayBeOrphan(info.state))
    {
        return;
    }
    const std::uint32_t shift = (info.rto >= GetConfig()->rtoMax ? 1 : 0) +
                                (info.networkFault != NetworkFault::None ? 1 : 0);
    if (m_protocol->Machine().Memory()->RefusesOrphan(shift, info.sendQueue))
    {
        m_stream->Abort(Now());
    }
}

void
HoststackTcpSocket::StopBeingOrphan()
{
    if (m_ending.isOrphan && !(m_open && MayBeOrphan(m_connection->GetState())))
    {
        m_ending.isOrphan = false;
        m_protocol->Machine().Memory()->RemoveOrphan();
    }
}

/// Time-outs that have been counted; 0 if nobody wants to know.
std::uint64_t
HoststackTcpSocket::TimeoutsOfOrphan() const
{
    if (!m_ending.isOrphan)
    {
        return 0;
    }
    const auto info = m_connection->GetInfo(Now());
    return info.timeouts + info.zeroWindowProbes;
}

} // namespace ns3
