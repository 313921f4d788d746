// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SOCKET_TRACES_H
#define HS_TCP_SOCKET_TRACES_H

#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-socket-state.h>
#include <ns3/tcp-socket.h>
#include <ns3/traced-callback.h>

#include <cstdint>

namespace ns3
{

/// The trace sources of a TCP socket. A socket that is accepted has those who listen to its
/// listener.
class HoststackTcpSocketTraces
{
  protected:
    using SegmentTrace = TracedCallback<Ptr<const Packet>, const TcpHeader&, Ptr<const Socket>>;

    TracedCallback<TcpSocket::TcpStates_t, TcpSocket::TcpStates_t> m_stateTrace;
    TracedCallback<TcpSocketState::TcpCongState_t, TcpSocketState::TcpCongState_t> m_congTrace;
    TracedCallback<std::uint32_t, std::uint32_t> m_cwndTrace;
    TracedCallback<std::uint32_t, std::uint32_t> m_ssthreshTrace;
    TracedCallback<std::uint32_t, std::uint32_t> m_inFlightTrace;
    TracedCallback<Time, Time> m_rttTrace;
    TracedCallback<Time, Time> m_rtoTrace;
    SegmentTrace m_txTrace;
    SegmentTrace m_rxTrace;
};

} // namespace ns3

#endif // HS_TCP_SOCKET_TRACES_H
