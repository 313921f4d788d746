// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpSocket: attributes and trace sources.

#include "ns3/hs-late-trace.h"
#include "ns3/hs-listen-queue.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/boolean.h>
#include <ns3/uinteger.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackTcpSocket);

TypeId
HoststackTcpSocket::GetTypeId()
{
    constexpr auto kRunTime = TypeId::ATTR_GET | TypeId::ATTR_SET;
    const auto late = [](auto source) {
        return MakeLateTraceAccessor(&HoststackTcpSocket::m_traces, source);
    };
    static TypeId tid = AddTcpConfigAttributes(
        TypeId("ns3::HoststackTcpSocket")
            .SetParent<Socket>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackTcpSocket>()
            .AddAttribute("VirtualPayload",
                          "The content of packets is not carried and reads as zeros.",
                          kRunTime,
                          BooleanValue(true),
                          MakeBooleanAccessor(&HoststackTcpSocket::SetVirtualPayload,
                                              &HoststackTcpSocket::GetVirtualPayload),
                          MakeBooleanChecker())
            .AddAttribute("Backlog",
                          "Of a listener, as listen(2): it has room for one connection more.",
                          kRunTime,
                          UintegerValue(HoststackListenQueue::kMaxBacklog),
                          MakeUintegerAccessor(&HoststackTcpSocket::m_backlog),
                          MakeUintegerChecker<std::uint32_t>(0, HoststackListenQueue::kMaxBacklog))
            .AddAttribute("AcceptByCall",
                          "A listener's connections wait for Accept() instead of being handed "
                          "to the accept callback at once.",
                          kRunTime,
                          BooleanValue(false),
                          MakeBooleanAccessor(&HoststackTcpSocket::m_acceptByCall),
                          MakeBooleanChecker())
            .AddAttribute("AbortOnOverflow",
                          "A connection that finds the accept queue full is reset "
                          "(tcp_abort_on_overflow) instead of tried again.",
                          kRunTime,
                          BooleanValue(false),
                          MakeBooleanAccessor(&HoststackTcpSocket::m_abortOnOverflow),
                          MakeBooleanChecker())
            .AddAttribute(
                "TcpCork",
                "TCP_CORK; also on an open connection.",
                kRunTime,
                BooleanValue(false),
                MakeBooleanAccessor(&HoststackTcpSocket::SetCork, &HoststackTcpSocket::GetCork),
                MakeBooleanChecker())
            .AddTraceSource("State",
                            "TCP state.",
                            late(&Traces::state),
                            "ns3::TcpStatesTracedValueCallback")
            .AddTraceSource("CongState",
                            "State of congestion handling.",
                            late(&Traces::congestion),
                            "ns3::TcpSocketState::TcpCongStatesTracedValueCallback")
            .AddTraceSource("CongestionWindow",
                            "Congestion window, bytes.",
                            late(&Traces::cwnd),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("SlowStartThreshold",
                            "Slow-start threshold, bytes; 2^32-1 while there is none.",
                            late(&Traces::ssthresh),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("BytesInFlight",
                            "Estimate of the bytes on their way.",
                            late(&Traces::inFlight),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("RTT",
                            "Smoothed round-trip time.",
                            late(&Traces::rtt),
                            "ns3::TracedValueCallback::Time")
            .AddTraceSource("RTO",
                            "Retransmission time-out.",
                            late(&Traces::rto),
                            "ns3::TracedValueCallback::Time")
            .AddTraceSource("Tx",
                            "A segment goes down to IP or, on the direct path, to the device.",
                            late(&Traces::tx),
                            "ns3::HoststackTcpSocket::SegmentTracedCallback")
            .AddTraceSource("Rx",
                            "A segment has arrived.",
                            late(&Traces::rx),
                            "ns3::HoststackTcpSocket::SegmentTracedCallback"),
        kRunTime);
    return tid;
}

} // namespace ns3
