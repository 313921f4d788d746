// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-socket.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-listen-queue.h"

#include <ns3/boolean.h>
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/node.h>
#include <ns3/trace-source-accessor.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackTcpSocket);

using hoststack::IpAddress;
using hoststack::IpFamily;
using hoststack::Payload;
using hoststack::Seq32;
using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::host::SoftIrq;
using hoststack::tcp::State;

namespace
{

/// Beside the bits of tcp::Event: new data has left.
constexpr std::uint32_t kDataSent = 1U << 31;
constexpr std::uint8_t kEcnBits = 3;
constexpr std::uint32_t kInfinite = std::numeric_limits<std::uint32_t>::max();
/// RFC 9293 section 3.4.1: the initial sequence number counts up every 4 microseconds.
constexpr TimeNs kSequenceTick = 4 * hoststack::kMicrosecond;

} // namespace

TypeId
HoststackTcpSocket::GetTypeId()
{
    constexpr auto kRunTime = TypeId::ATTR_GET | TypeId::ATTR_SET;
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
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_stateTrace),
                            "ns3::TcpStatesTracedValueCallback")
            .AddTraceSource("CongState",
                            "State of congestion handling.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_congTrace),
                            "ns3::TcpSocketState::TcpCongStatesTracedValueCallback")
            .AddTraceSource("CongestionWindow",
                            "Congestion window, bytes.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_cwndTrace),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("SlowStartThreshold",
                            "Slow-start threshold, bytes; 2^32-1 while there is none.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_ssthreshTrace),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("BytesInFlight",
                            "Estimate of the bytes on their way.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_inFlightTrace),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("RTT",
                            "Smoothed round-trip time.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_rttTrace),
                            "ns3::TracedValueCallback::Time")
            .AddTraceSource("RTO",
                            "Retransmission time-out.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_rtoTrace),
                            "ns3::TracedValueCallback::Time")
            .AddTraceSource("Tx",
                            "A segment goes down to IP or, on the direct path, to the device.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_txTrace),
                            "ns3::HoststackTcpSocket::SegmentTracedCallback")
            .AddTraceSource("Rx",
                            "A segment has arrived.",
                            MakeTraceSourceAccessor(&HoststackTcpSocket::m_rxTrace),
                            "ns3::HoststackTcpSocket::SegmentTracedCallback"),
        kRunTime);
    return tid;
}

HoststackTcpSocket::HoststackTcpSocket()
    : HoststackTcpConfigurable(std::make_shared<const HoststackTcpConfig>()),
      m_backlog(HoststackListenQueue::kMaxBacklog)
{
}

HoststackTcpSocket::~HoststackTcpSocket()
{
    Forget();
}

void
HoststackTcpSocket::DoDispose()
{
    Forget();
    m_connection = nullptr;
    m_stream.reset();
    m_queue.reset();
    m_listening = false;
    m_open = false;
    m_protocol = nullptr;
    m_observer = nullptr;
    m_acceptReady.Nullify();
    Socket::DoDispose();
}

void
HoststackTcpSocket::Forget()
{
    m_alarm.reset();
    if (m_bound && m_protocol)
    {
        m_protocol->ReleasePort(*this, m_key.localPort);
        m_bound = false;
    }
    m_route = nullptr;
    LeaveListener(0);
}

void
HoststackTcpSocket::SetProtocol(Ptr<HoststackTcpProtocol> protocol)
{
    m_protocol = protocol;
}

void
HoststackTcpSocket::ConfigChanged()
{
    if (m_stream && m_noDelay == GetConfig()->nagle)
    {
        Activity activity(*this);
        m_noDelay = !m_noDelay;
        m_stream->SetNoDelay(Now(), m_noDelay);
    }
}

int
HoststackTcpSocket::Fail(SocketErrno error) const
{
    m_errno = error;
    return -1;
}

// Opening

int
HoststackTcpSocket::BindTo(const IpAddress& address, std::uint16_t port)
{
    if (!m_protocol)
    {
        return Fail(ERROR_BADF);
    }
    if (m_bound || m_open)
    {
        return Fail(ERROR_INVAL);
    }
    const auto claimed = m_protocol->BindPort(*this, address, port);
    if (claimed == 0)
    {
        return Fail(port == 0 ? ERROR_ADDRNOTAVAIL : ERROR_ADDRINUSE);
    }
    m_key.local = address;
    m_key.localPort = claimed;
    m_bound = true;
    return 0;
}

int
HoststackTcpSocket::Bind()
{
    return BindTo(FromNs3(Ipv4Address::GetAny()), 0);
}

int
HoststackTcpSocket::Bind6()
{
    return BindTo(FromNs3(Ipv6Address::GetAny()), 0);
}

int
HoststackTcpSocket::Bind(const Address& address)
{
    if (InetSocketAddress::IsMatchingType(address))
    {
        const auto inet = InetSocketAddress::ConvertFrom(address);
        return BindTo(FromNs3(inet.GetIpv4()), inet.GetPort());
    }
    if (Inet6SocketAddress::IsMatchingType(address))
    {
        const auto inet = Inet6SocketAddress::ConvertFrom(address);
        return BindTo(FromNs3(inet.GetIpv6()), inet.GetPort());
    }
    return Fail(ERROR_AFNOSUPPORT);
}

bool
HoststackTcpSocket::TakesBothFamilies() const
{
    return m_key.local.family == IpFamily::V6 && IsAny(m_key.local);
}

std::uint8_t
HoststackTcpSocket::TrafficClass() const
{
    const auto all = m_key.remote.family == IpFamily::V4 ? GetIpTos() : GetIpv6Tclass();
    return all & static_cast<std::uint8_t>(~kEcnBits);
}

HoststackTcpProtocol::PacketOptions
HoststackTcpSocket::Options() const
{
    HoststackTcpProtocol::PacketOptions options;
    options.device = const_cast<HoststackTcpSocket*>(this)->GetBoundNetDevice();
    options.trafficClass = TrafficClass();
    options.priority = GetPriority();
    const bool v4 = m_key.remote.family == IpFamily::V4;
    if (v4 ? IsManualIpTtl() : IsManualIpv6HopLimit())
    {
        options.timeToLive = v4 ? GetIpTtl() : GetIpv6HopLimit();
    }
    return options;
}

void
HoststackTcpSocket::UseStream(std::unique_ptr<HoststackSocketStream> stream)
{
    hoststack::Alarm::Owner& owner = *this;
    m_stream = std::move(stream);
    m_noDelay = !GetConfig()->nagle;
    m_stream->SetCork(0, m_corked);
    m_stream->SetMemoryPressure(m_underPressure);
    m_alarm = m_protocol->Machine().Clock().NewAlarm(owner);
    m_open = true;
    UseEventSource(m_eventSource);
    m_protocol->Open(*this);
}

bool
HoststackTcpSocket::StartConnection(Context& context)
{
    SocketErrno error;
    if (!OpenPath(context, error))
    {
        Fail(error);
        return false;
    }
    const auto config = LimitMss(GetConfig(), m_route->mtu - FixedHeaders());
    KnowCongestion(config->congestion);
    const auto tick = static_cast<std::uint32_t>(context.Now() / kSequenceTick);
    SegmentSink& sink = *this;
    auto stream = std::make_unique<HoststackStreamOf<hoststack::tcp::Connection>>(
        config,
        sink,
        m_key.localPort,
        m_key.remotePort,
        m_protocol->FirstNumber(Seq32(tick + m_hash)));
    m_connection = &stream->connection;
    UseStream(std::move(stream));
    return true;
}

void
HoststackTcpSocket::ConnectStream(TimeNs now)
{
    m_connection->Connect(now);
}

void
HoststackTcpSocket::AcceptOnStream(TimeNs now, const TcpSegment& syn)
{
    m_connection->AcceptSyn(now, syn);
}

void
HoststackTcpSocket::EndStream()
{
    ClosePath();
    m_connection->Shrink();
}

int
HoststackTcpSocket::Connect(const Address& address)
{
    if (!m_protocol)
    {
        return Fail(ERROR_BADF);
    }
    if (m_open || m_stream)
    {
        return Fail(m_listening ? ERROR_OPNOTSUPP : ERROR_ISCONN);
    }
    if (InetSocketAddress::IsMatchingType(address))
    {
        const auto inet = InetSocketAddress::ConvertFrom(address);
        m_key.remote = FromNs3(inet.GetIpv4());
        m_key.remotePort = inet.GetPort();
    }
    else if (Inet6SocketAddress::IsMatchingType(address))
    {
        const auto inet = Inet6SocketAddress::ConvertFrom(address);
        m_key.remotePort = inet.GetPort();
        auto ipv6 = inet.GetIpv6();
        m_mapped = ipv6.IsIpv4MappedAddress();
        m_key.remote = m_mapped ? FromNs3(ipv6.GetIpv4MappedAddress()) : FromNs3(ipv6);
    }
    else
    {
        return Fail(ERROR_AFNOSUPPORT);
    }
    const bool v4 = m_key.remote.family == IpFamily::V4;
    if (!m_bound && (v4 ? Bind() : Bind6()) != 0)
    {
        return -1;
    }
    if (m_key.local.family != m_key.remote.family)
    {
        if (!IsAny(m_key.local) || !m_mapped)
        {
            return Fail(ERROR_AFNOSUPPORT);
        }
        m_key.local = FromNs3(Ipv4Address::GetAny());
    }
    if (!GetNode())
    {
        return Fail(ERROR_NOROUTETOHOST); // disposed of
    }
    if (!StartConnection(m_protocol->Machine().Current()))
    {
        return -1;
    }
    Activity activity(*this);
    ConnectStream(Now());
    return 0;
}

// Segments and time

bool
HoststackTcpSocket::GiveWay(Context& context, const TcpSegment& syn, Seq32& iss)
{
    if (m_connection == nullptr || !m_connection->MayReopen(context.Now(), syn))
    {
        return false;
    }
    iss = m_connection->ReopeningIss();
    const Ptr<HoststackTcpSocket> guard(this);
    Activity activity(*this, context);
    m_connection->Abort(Now()); // in TIME-WAIT nothing leaves
    ClosePath();
    return true;
}

void
HoststackTcpSocket::OnSegment(Context& context, const TcpSegment& segment)
{
    m_context = &context;
    if (m_listener && RefusesThird(segment))
    {
        return;
    }
    ++m_depth;
    if (!m_rxTrace.IsEmpty())
    {
        TraceBurst(m_rxTrace, m_key, segment);
    }
    m_connection->OnSegment(context.Now(), segment);
    if (--m_depth == 0)
    {
        Settle();
    }
}

void
HoststackTcpSocket::OnNetworkError(Context& context, const hoststack::tcp::NetworkError& error)
{
    if (m_connection)
    {
        Activity activity(*this, context);
        m_connection->OnNetworkError(Now(), error);
    }
}

bool
HoststackTcpSocket::OnPathMss(Context& context, Seq32 sequence, std::uint32_t mss)
{
    if (!m_connection)
    {
        return false;
    }
    Activity activity(*this, context);
    return m_connection->OnPathMss(Now(), sequence, mss);
}

void
HoststackTcpSocket::LimitPathMss(std::uint32_t mss)
{
    if (m_connection)
    {
        m_connection->LimitPathMss(mss);
    }
}

void
HoststackTcpSocket::OnAlarm(TimeNs now)
{
    if (m_stream->NextDeadline() <= now)
    {
        m_protocol->Machine().Processor().RaiseSoftIrq(now, 0, SoftIrq::Timer, *this);
        return;
    }
    m_alarm->Arm(now, m_stream->NextDeadline());
}

void
HoststackTcpSocket::Run(Context& context)
{
    if (!m_stream)
    {
        return; // disposed of since the alarm went off
    }
    m_context = &context;
    context.Charge(hoststack::host::Operation::Timer);
    ++m_depth;
    m_stream->OnDeadline(context.Now());
    --m_depth;
    Settle();
}

void
HoststackTcpSocket::Transmit(TcpSegment&& burst)
{
    if (!m_txTrace.IsEmpty())
    {
        TraceBurst(m_txTrace, m_key, burst);
    }
    m_newlySent += NoteSent(burst);
    SendBurst(*m_context, TrafficClass(), std::move(burst));
}

void
HoststackTcpSocket::Settle()
{
    if (!m_stream)
    {
        return;
    }
    auto events = m_stream->TakeEvents() | (m_newlySent > 0 ? kDataSent : 0);
    if (events == 0)
    {
        Rearm();
        return;
    }
    const Ptr<HoststackTcpSocket> guard(this);
    if (!m_stateTrace.IsEmpty())
    {
        UpdateTraces(); // a callback may close, and so end the state that it is told of
    }
    ++m_depth;
    do
    {
        Dispatch(events);
        events = m_stream->TakeEvents() | (m_newlySent > 0 ? kDataSent : 0);
    } while (events != 0);
    --m_depth;
    Rearm();
}

void
HoststackTcpSocket::Rearm()
{
    if (IsTraced())
    {
        UpdateTraces();
    }
    if (m_alarm)
    {
        m_alarm->Arm(Now(), m_stream->NextDeadline());
    }
}

// What the application is told

void
HoststackTcpSocket::Dispatch(std::uint32_t events)
{
    using namespace hoststack::tcp;
    if (m_unaccepted)
    {
        m_waiting |= events & ~kDataSent;
        m_newlySent = 0;
        if ((events & kClosed) != 0)
        {
            Retire();
        }
        return;
    }
    if ((events & kDataSent) != 0)
    {
        NotifyDataSent(std::exchange(m_newlySent, 0));
    }
    HandleEvents(events);
    if ((events & kConnected) != 0)
    {
        OnConnected();
        if (m_unaccepted)
        {
            Dispatch(events & ~kConnected);
            return;
        }
    }
    if ((events & kReadable) != 0 && m_shutdownReceive)
    {
        m_stream->Read(Now(), kInfinite, nullptr);
    }
    if ((events & kWritable) != 0)
    {
        OnWritable();
    }
    if (m_observer != nullptr)
    {
        if ((events & ~kDataSent) != 0)
        {
            m_observer->OnSocketEvents(*this, events & ~kDataSent);
        }
    }
    else
    {
        if ((events & kReadable) != 0)
        {
            OnReadable();
        }
        if ((events & kWritable) != 0 && GetTxAvailable() > 0)
        {
            NotifySend(GetTxAvailable());
        }
    }
    if ((events & (kPeerClosed | kReset | kTimedOut | kRefused | kClosed)) != 0)
    {
        OnEnd(events);
    }
}

void
HoststackTcpSocket::OnReadable()
{
    // The end of the stream alone is told by the close callback, as TcpSocketBase does.
    if (m_stream->Available() > 0)
    {
        NotifyDataRecv();
    }
}

void
HoststackTcpSocket::OnWritable()
{
    if (m_overflow.Length() > 0)
    {
        m_overflow.TrimFront(m_stream->Send(Now(), m_overflow, false));
        FinishClosing();
    }
}

void
HoststackTcpSocket::OnEnd(std::uint32_t events)
{
    using namespace hoststack::tcp;
    const bool failed = (events & (kReset | kTimedOut | kRefused)) != 0;
    const auto error = (events & kUnreachable) != 0 ? ERROR_NOROUTETOHOST : ERROR_NOTCONN;
    if (failed && !m_established)
    {
        m_errno = error;
        NotifyConnectionFailed();
    }
    else if (failed && !m_closeNotified)
    {
        m_errno = error;
        m_closeNotified = true;
        NotifyErrorClose();
    }
    else if (!m_closeNotified && m_established)
    {
        m_closeNotified = true;
        NotifyNormalClose();
    }
    if ((events & kClosed) != 0)
    {
        LeaveListener(events);
        Retire();
    }
    else if (m_shutdownSend && m_stream->EndOfStream())
    {
        CloseConnection(); // as TcpSocketBase: nothing more can come from either side
    }
}

/// The stream is closed.
void
HoststackTcpSocket::Retire()
{
    if (m_open)
    {
        m_open = false;
        EndStream();
        m_protocol->Remove(*this);
    }
}

// State

hoststack::tcp::Info
HoststackTcpSocket::GetInfo() const
{
    return m_connection ? m_connection->GetInfo(m_protocol->Machine().Current().Now())
                        : hoststack::tcp::Info();
}

void
HoststackTcpSocket::SetObserver(HoststackSocketObserver* observer)
{
    m_observer = observer;
}

void
HoststackTcpSocket::SetEventSource(const hoststack::EventSource& source)
{
    m_eventSource = source;
    UseEventSource(source);
}

void
HoststackTcpSocket::UseEventSource(const hoststack::EventSource& source)
{
    if (m_connection)
    {
        m_connection->SetEventSource(source);
    }
}

void
HoststackTcpSocket::RestartPeaks()
{
    if (m_connection)
    {
        m_connection->RestartPeaks();
    }
}

void
HoststackTcpSocket::SetMemoryPressure(bool on)
{
    m_underPressure = on;
    if (m_stream)
    {
        m_stream->SetMemoryPressure(on);
    }
}

void
HoststackTcpSocket::SetVirtualPayload(bool on)
{
    m_virtualPayload = on;
}

bool
HoststackTcpSocket::GetVirtualPayload() const
{
    return m_virtualPayload;
}

void
HoststackTcpSocket::BindToNetDevice(Ptr<NetDevice> device)
{
    if (!GetNode())
    {
        Fail(ERROR_BADF);
        return;
    }
    Socket::BindToNetDevice(device);
}

Socket::SocketErrno
HoststackTcpSocket::GetErrno() const
{
    return m_errno;
}

Socket::SocketType
HoststackTcpSocket::GetSocketType() const
{
    return NS3_SOCK_STREAM;
}

Ptr<Node>
HoststackTcpSocket::GetNode() const
{
    return m_protocol ? m_protocol->GetNode() : nullptr;
}

int
HoststackTcpSocket::GetSockName(Address& address) const
{
    address = ToSocketAddress(m_key.local, m_key.localPort, m_mapped);
    return 0;
}

int
HoststackTcpSocket::GetPeerName(Address& address) const
{
    if (!m_stream)
    {
        return Fail(ERROR_NOTCONN);
    }
    address = ToSocketAddress(m_key.remote, m_key.remotePort, m_mapped);
    return 0;
}

bool
HoststackTcpSocket::SetAllowBroadcast(bool allow)
{
    return !allow;
}

bool
HoststackTcpSocket::GetAllowBroadcast() const
{
    return false;
}

} // namespace ns3
