// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SOCKET_TRACES_H
#define HS_TCP_SOCKET_TRACES_H

#include "ns3/hs-on-demand.h"

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

/// The trace sources of a TCP socket, which it makes when the first of them is connected to. A
/// socket that is accepted has those who listen to its listener.
class HoststackTcpSocketTraces
{
  protected:
    using SegmentTrace = TracedCallback<Ptr<const Packet>, const TcpHeader&, Ptr<const Socket>>;

    /// Values that the trace sources tell changes of.
    struct Shown
    {
        TcpSocket::TcpStates_t state{TcpSocket::CLOSED};
        TcpSocketState::TcpCongState_t congestion{TcpSocketState::CA_OPEN};
        std::uint32_t cwnd{0};
        std::uint32_t ssthresh{0};
        std::uint32_t inFlight{0};
        Time rtt{0};
        Time rto{0};
    };

    struct Traces
    {
        TracedCallback<TcpSocket::TcpStates_t, TcpSocket::TcpStates_t> state;
        TracedCallback<TcpSocketState::TcpCongState_t, TcpSocketState::TcpCongState_t> congestion;
        TracedCallback<std::uint32_t, std::uint32_t> cwnd;
        TracedCallback<std::uint32_t, std::uint32_t> ssthresh;
        TracedCallback<std::uint32_t, std::uint32_t> inFlight;
        TracedCallback<Time, Time> rtt;
        TracedCallback<Time, Time> rto;
        SegmentTrace tx;
        SegmentTrace rx;
        Shown shown; ///< last
    };

    hoststack::OnDemand<Traces> m_traces;
};

} // namespace ns3

#endif // HS_TCP_SOCKET_TRACES_H
