// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-packet-header.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/node.h>

#include <algorithm>
#include <limits>

namespace ns3
{

using hoststack::tcp::CaState;
using hoststack::tcp::State;

namespace
{

/// ssthresh of a connection that has had no loss yet, segments (Linux' TCP_INFINITE_SSTHRESH).
constexpr std::uint32_t kNoThreshold = 0x7fffffff;

TcpSocketState::TcpCongState_t
ToNs3(CaState state)
{
    switch (state)
    {
    case CaState::Open:
        return TcpSocketState::CA_OPEN;
    case CaState::Disorder:
        return TcpSocketState::CA_DISORDER;
    case CaState::Cwr:
        return TcpSocketState::CA_CWR;
    case CaState::Recovery:
        return TcpSocketState::CA_RECOVERY;
    case CaState::Loss:
        break;
    }
    return TcpSocketState::CA_LOSS;
}

std::uint32_t
Bytes(std::uint32_t segments, std::uint32_t mss)
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(std::uint64_t{segments} * mss, kMost));
}

template <class Trace, class Value>
void
Show(const Trace& trace, Value& shown, Value value)
{
    if (shown != value)
    {
        const auto old = shown;
        shown = value;
        trace(old, value);
    }
}

/// The state that a segment with more than one message takes a connection through on its way from
/// \p from to \p to (RFC 9293 section 3.10.7.4: first its ACK counts, then its FIN); else \p to.
TcpSocket::TcpStates_t
Between(TcpSocket::TcpStates_t from, TcpSocket::TcpStates_t to)
{
    if (from == TcpSocket::FIN_WAIT_1 && to == TcpSocket::TIME_WAIT)
    {
        return TcpSocket::FIN_WAIT_2;
    }
    if ((from == TcpSocket::SYN_SENT || from == TcpSocket::SYN_RCVD) && to == TcpSocket::CLOSE_WAIT)
    {
        return TcpSocket::ESTABLISHED;
    }
    return to;
}

} // namespace

TcpSocket::TcpStates_t
ToNs3(State state)
{
    switch (state)
    {
    case State::Closed:
        return TcpSocket::CLOSED;
    case State::SynSent:
        return TcpSocket::SYN_SENT;
    case State::SynReceived:
        return TcpSocket::SYN_RCVD;
    case State::Established:
        return TcpSocket::ESTABLISHED;
    case State::FinWait1:
        return TcpSocket::FIN_WAIT_1;
    case State::FinWait2:
        return TcpSocket::FIN_WAIT_2;
    case State::CloseWait:
        return TcpSocket::CLOSE_WAIT;
    case State::Closing:
        return TcpSocket::CLOSING;
    case State::LastAck:
        return TcpSocket::LAST_ACK;
    case State::TimeWait:
        break;
    }
    return TcpSocket::TIME_WAIT;
}

bool
HoststackTcpSocket::IsTraced() const
{
    const auto& t = *m_traces;
    return m_traces.IsOwned() &&
           !(t.state.IsEmpty() && t.cwnd.IsEmpty() && t.ssthresh.IsEmpty() &&
             t.inFlight.IsEmpty() && t.rtt.IsEmpty() && t.rto.IsEmpty() && t.congestion.IsEmpty());
}

void
HoststackTcpSocket::UpdateTraces()
{
    const auto info = GetInfo();
    auto& shown = m_traces.Own().shown;
    const auto state = ToNs3(info.state);
    Show(m_traces->state, shown.state, Between(shown.state, state));
    Show(m_traces->state, shown.state, state);
    Show(m_traces->congestion, shown.congestion, ToNs3(info.caState));
    Show(m_traces->cwnd, shown.cwnd, Bytes(info.cwnd, info.mss));
    Show(m_traces->ssthresh,
         shown.ssthresh,
         info.ssthresh >= kNoThreshold ? std::numeric_limits<std::uint32_t>::max()
                                       : Bytes(info.ssthresh, info.mss));
    Show(m_traces->inFlight, shown.inFlight, Bytes(info.inFlight, info.mss));
    Show(m_traces->rtt, shown.rtt, NanoSeconds(info.srtt));
    Show(m_traces->rto, shown.rto, NanoSeconds(info.rto));
}

void
HoststackTcpSocket::TraceBurst(const SegmentTrace& trace,
                               const HoststackFlowKey& key,
                               const hoststack::TcpSegment& burst)
{
    for (std::uint32_t i = 0; i < burst.SegmentCount(); ++i)
    {
        const auto packet = MakeTcpPacket(CutSegment(burst, i), {key.local, key.remote});
        TcpHeader header;
        packet->RemoveHeader(header);
        trace(packet, header, this);
    }
}

} // namespace ns3
