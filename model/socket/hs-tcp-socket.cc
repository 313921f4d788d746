// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-socket.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-listen-queue.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/node.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace ns3
{

using hoststack::IpAddress;
using hoststack::IpFamily;
using hoststack::Seq32;
using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::host::Context;

namespace
{

constexpr std::uint8_t kEcnBits = 3;
/// RFC 9293 section 3.4.1: the initial sequence number counts up every 4 microseconds.
constexpr TimeNs kSequenceTick = 4 * hoststack::kMicrosecond;

} // namespace

/// A connection as it asks for its host's timers.
class HoststackTcpSocket::PacedFlow final : public hoststack::PacingSource
{
  public:
    explicit PacedFlow(const HoststackTcpSocket& socket)
        : m_socket(socket)
    {
    }

    hoststack::PacingHost& Pacing() override
    {
        return m_socket.m_protocol->Machine().Pacing();
    }

    std::optional<std::uint32_t> FlowId() const override
    {
        const auto nic = Nic();
        return nic && nic->HasFlowHash() ? std::optional(m_socket.m_hash) : std::nullopt;
    }

    std::uint32_t Device() const override
    {
        const auto nic = Nic();
        return nic ? nic->GetIfIndex() : 0;
    }

  private:
    Ptr<HoststackNetDevice> Nic() const
    {
        return DynamicCast<HoststackNetDevice>(m_socket.m_protocol->DeviceOf(m_socket.m_key.local));
    }

    const HoststackTcpSocket& m_socket;
};

HoststackTcpSocket::HoststackTcpSocket()
    : HoststackTcpConfigurable(std::make_shared<const HoststackTcpConfig>())
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
    Socket::DoDispose();
}

HoststackSocketGuard&
HoststackTcpSocket::Guard()
{
    if (!m_guard)
    {
        m_guard = std::make_unique<HoststackSocketGuard>(*this);
    }
    return *m_guard;
}

hoststack::host::Work&
HoststackTcpSocket::WorkerItem()
{
    return Guard().Worker();
}

void
HoststackTcpSocket::CallWorker()
{
    m_protocol->Machine().Workers()->Queue(*m_context, WorkerItem());
}

bool
HoststackTcpSocket::Acquire(Context& context)
{
    if (auto* dispatch = m_protocol->Machine().Dispatch())
    {
        dispatch->OnCall(context, DispatchHandle());
    }
    auto* softnet = m_protocol->Machine().Softnet();
    if (softnet != nullptr && context.Kind() == hoststack::host::ContextKind::User)
    {
        TellSteering(softnet->Steering(), context.Core());
    }
    return Guard().Acquire(context);
}

/// sock_rps_record_flow()
void
HoststackTcpSocket::TellSteering(hoststack::host::PacketSteering& steering,
                                 hoststack::host::CoreId core) const
{
    steering.OnCall(Hash(), core);
}

std::uint32_t
HoststackTcpSocket::MemoryInBacklog(std::uint32_t /* subflow */,
                                    std::uint64_t waiting,
                                    const hoststack::Burst& burst) const
{
    return m_connection != nullptr ? m_connection->MemoryInBacklog(waiting, burst) : 1;
}

void
HoststackTcpSocket::LeaveBurst(std::uint32_t subflow, const hoststack::Burst& burst)
{
    if (!m_guard->Leave(subflow, burst))
    {
        ++m_protocol->EditListenCounts().backlogDrops;
    }
}

void
HoststackTcpSocket::LeaveWork(hoststack::host::Work& work)
{
    m_guard->Leave(work);
}

void
HoststackTcpSocket::ForgetWork(const hoststack::host::Work& work)
{
    if (m_guard)
    {
        m_guard->Forget(work);
    }
}

bool
HoststackTcpSocket::Hold(Context& context)
{
    return Guard().Acquire(context);
}

bool
HoststackTcpSocket::DoLeft(Context& context)
{
    return m_guard && m_guard->DoLeft(context);
}

void
HoststackTcpSocket::TakeBacklog(Context& context,
                                std::uint32_t /* subflow */,
                                const hoststack::Burst& burst)
{
    OnSegment(context, burst);
}

void
HoststackTcpSocket::EndBatch(Context& context)
{
    if (m_connection != nullptr)
    {
        Activity activity(*this, context);
        m_connection->EndBatch(Now());
    }
}

void
HoststackTcpSocket::Forget()
{
    m_alarm.reset();
    if (m_protocol)
    {
        m_protocol->Machine().Processor().Forget(*this);
        if (m_guard && m_protocol->Machine().Workers() != nullptr)
        {
            m_protocol->Machine().Workers()->Forget(m_guard->Worker());
        }
    }
    if (m_ending.isOrphan && m_protocol)
    {
        m_open = false;
        StopBeingOrphan();
    }
    if (m_bound && m_protocol)
    {
        m_protocol->ReleasePort(*this, m_key.localPort);
        m_bound = false;
    }
    m_route = nullptr;
    m_arrivesBy = nullptr;
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
    m_stream = std::move(stream);
    m_peer.reset();
    m_noDelay = !GetConfig()->nagle;
    m_stream->SetCork(0, m_corked);
    m_stream->SetMemoryPressure(m_underPressure);
    if (auto* memory = m_protocol->Machine().Memory())
    {
        m_stream->UseMemory(*memory);
    }
    if (m_connection != nullptr)
    {
        PacedFlow flow(*this);
        m_stream->UsePacing(flow);
    }
    else
    {
        m_stream->UsePacing(m_protocol->Machine());
    }
    m_alarm.reset(); // it may be an earlier stream's
    MakeAlarm();
    m_open = true;
    UseEventSource(*m_eventSource);
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

// State

bool
HoststackTcpSocket::TakesBatches() const
{
    return m_connection != nullptr && m_connection->TakesBatches();
}

hoststack::tcp::Info
HoststackTcpSocket::GetInfo() const
{
    return m_connection ? m_connection->GetInfo(m_protocol->Machine().Current().Now())
                        : hoststack::tcp::Info();
}

std::uint32_t
HoststackTcpSocket::CongestionWindow() const
{
    return m_connection ? m_connection->GetSendStatus().cwnd : 0;
}

void
HoststackTcpSocket::SetObserver(HoststackSocketObserver* observer)
{
    m_observer = observer;
}

void
HoststackTcpSocket::SetEventSource(const hoststack::EventSource& source)
{
    m_eventSource.Set(source, source.log != nullptr);
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
