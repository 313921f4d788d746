// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-socket.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-mptcp-options.h"

#include <ns3/node.h>
#include <ns3/trace-source-accessor.h>

#include <algorithm>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackMptcpSocket);

using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::mptcp::Connection;
using hoststack::mptcp::Endpoint;

namespace
{

/// ssthresh of a subflow that has had no loss yet, segments (Linux' TCP_INFINITE_SSTHRESH).
constexpr std::uint32_t kNoThreshold = 0x7fffffff;

Endpoint
LocalOf(const HoststackFlowKey& key)
{
    return {key.local, key.localPort};
}

Endpoint
RemoteOf(const HoststackFlowKey& key)
{
    return {key.remote, key.remotePort};
}

/// Adds what is counted to what is counted.
void
AddCounts(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one)
{
    sum.bytesSent += one.bytesSent;
    sum.bytesRetransmitted += one.bytesRetransmitted;
    sum.segmentsSent += one.segmentsSent;
    sum.segmentsReceived += one.segmentsReceived;
    sum.dataSegmentsSent += one.dataSegmentsSent;
    sum.dataSegmentsReceived += one.dataSegmentsReceived;
    sum.pureAcksSent += one.pureAcksSent;
    sum.retransmissions += one.retransmissions;
    sum.fastRecoveries += one.fastRecoveries;
    sum.timeouts += one.timeouts;
    sum.lossProbes += one.lossProbes;
    sum.undos += one.undos;
    sum.duplicateAcks += one.duplicateAcks;
    sum.dsacksReceived += one.dsacksReceived;
    sum.dsacksSent += one.dsacksSent;
    sum.reorderings += one.reorderings;
    sum.ecnReductions += one.ecnReductions;
    sum.zeroWindowsSent += one.zeroWindowsSent;
    sum.zeroWindowProbes += one.zeroWindowProbes;
    sum.windowUpdates += one.windowUpdates;
    sum.outOfOrder += one.outOfOrder;
    sum.rcvPruned += one.rcvPruned;
    sum.rttSamples += one.rttSamples;
    sum.rttSum += one.rttSum;
    sum.rttLeast = std::min(sum.rttLeast, one.rttLeast);
    sum.rttMost = std::max(sum.rttMost, one.rttMost);
    sum.cwndMost = std::max(sum.cwndMost, one.cwndMost);
}

/// Adds the time by what held it back.
void
AddLimits(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one)
{
    for (std::size_t i = 0; i < sum.limitedFor.size(); ++i)
    {
        sum.limitedFor[i] += one.limitedFor[i];
    }
}

/// Adds what an open subflow has at the moment.
void
AddPresent(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one)
{
    const auto least = [](TimeNs& value, TimeNs other) {
        value = value == 0 || (other > 0 && other < value) ? other : value;
    };
    sum.mss = std::max(sum.mss, one.mss);
    sum.receiveMss = std::max(sum.receiveMss, one.receiveMss);
    sum.cwnd += one.cwnd;
    sum.ssthresh = std::min(kNoThreshold, sum.ssthresh + one.ssthresh);
    sum.inFlight += one.inFlight;
    sum.sendWindow = std::max(sum.sendWindow, one.sendWindow);
    sum.receiveBuffer = std::max(sum.receiveBuffer, one.receiveBuffer);
    sum.receiveMemory += one.receiveMemory;
    sum.sendBuffer += one.sendBuffer;
    sum.caState = std::max(sum.caState, one.caState);
    sum.pacingRate += one.pacingRate;
    sum.deliveryRate += one.deliveryRate;
    least(sum.srtt, one.srtt);
    least(sum.rttvar, one.rttvar);
    least(sum.minRtt, one.minRtt);
    least(sum.rto, one.rto);
    least(sum.receiverRtt, one.receiverRtt);
}

} // namespace

/// The way of one subflow.
class HoststackMptcpSocket::Path : public HoststackTcpEndpoint
{
  public:
    Path(HoststackMptcpSocket& socket, const HoststackFlowKey& key)
        : m_socket(socket)
    {
        m_protocol = socket.m_protocol;
        m_virtualPayload = socket.m_virtualPayload;
        m_key = key;
    }

    ~Path() override
    {
        Close();
    }

    /// \return false and sets \p error if it cannot be used
    bool Open(const Context& context, bool sourceBound, SocketErrno& error)
    {
        m_device = sourceBound ? m_protocol->DeviceOf(m_key.local) : nullptr;
        if (OpenPath(context, error))
        {
            return true;
        }
        const bool again = m_device && error != ERROR_ADDRINUSE;
        m_device = nullptr;
        return again && OpenPath(context, error);
    }

    void Close()
    {
        ClosePath();
        LeaveListener();
        if (portClaimed)
        {
            m_protocol->ReleasePort(m_socket, m_key.localPort);
            portClaimed = false;
        }
    }

    std::uint32_t Mss() const
    {
        return m_route->mtu - FixedHeaders();
    }

    bool IsLoopback() const
    {
        return m_key.local == m_key.remote;
    }

    void OnSegment(Context& context, const TcpSegment& segment) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        auto* waits = id == 1 ? m_socket.Listener() : PeekPointer(listener);
        if (waits && m_socket.m_multipath->CompletesHandshake(id, segment))
        {
            bool aborts = false;
            if (!waits->AdmitsConnection(aborts))
            {
                Refuse(aborts);
                return;
            }
            LeaveListener();
        }
        Activity activity(m_socket, context);
        if (!m_socket.m_rxTrace.IsEmpty())
        {
            m_socket.TraceBurst(m_socket.m_rxTrace, m_key, segment);
        }
        m_socket.m_multipath->OnSegment(m_socket.Now(), id, segment);
    }

    void OnNetworkError(Context& context, const hoststack::tcp::NetworkError& error) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        Activity activity(m_socket, context);
        m_socket.m_multipath->OnNetworkError(m_socket.Now(), id, error);
    }

    bool OnPathMss(Context& context, hoststack::Seq32 sequence, std::uint32_t mss) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        Activity activity(m_socket, context);
        return m_socket.m_multipath->OnPathMss(m_socket.Now(), id, sequence, mss);
    }

    bool GiveWay(Context& context, const TcpSegment& syn, hoststack::Seq32& iss) override
    {
        const Ptr<HoststackMptcpSocket> guard(&m_socket);
        Activity activity(m_socket, context);
        const auto start = m_socket.m_multipath->GiveWay(m_socket.Now(), id, syn);
        iss = start.value_or(iss);
        return start.has_value();
    }

    void LimitPathMss(std::uint32_t mss) override
    {
        m_socket.m_multipath->LimitPathMss(id, mss);
    }

    /// There is no room for it at the listener.
    void Refuse(bool aborts)
    {
        if (aborts && id == 1)
        {
            m_socket.Abort();
        }
        else if (aborts)
        {
            m_socket.DropSubflow(id);
        }
    }

    void LeaveListener()
    {
        if (listener)
        {
            std::exchange(listener, nullptr)->RemoveHalfOpen();
        }
    }

    std::uint32_t id{1};
    bool portClaimed{false};
    Ptr<HoststackMptcpSocket> listener; ///< of a join whose third segment has not come

  protected:
    HoststackTcpProtocol::PacketOptions Options() const override
    {
        auto options = m_socket.Options();
        options.device = options.device ? options.device : m_device;
        return options;
    }

  private:
    void Transmit(TcpSegment&& burst) override
    {
        if (!m_socket.m_txTrace.IsEmpty())
        {
            m_socket.TraceBurst(m_socket.m_txTrace, m_key, burst);
        }
        m_socket.m_newlySent += NoteSent(burst);
        SendBurst(*m_socket.m_context, m_socket.TrafficClass(), std::move(burst));
    }

    HoststackMptcpSocket& m_socket;
    Ptr<NetDevice> m_device; ///< that it is bound to by its source address
};

TypeId
HoststackMptcpSocket::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::HoststackMptcpSocket")
            .SetParent<HoststackTcpSocket>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackMptcpSocket>()
            .AddTraceSource("SubflowState",
                            "TCP state of a subflow.",
                            MakeTraceSourceAccessor(&HoststackMptcpSocket::m_subflowState),
                            "ns3::HoststackMptcpSocket::SubflowStateCallback")
            .AddTraceSource("SubflowCongestionWindow",
                            "Congestion window of a subflow, bytes.",
                            MakeTraceSourceAccessor(&HoststackMptcpSocket::m_subflowCwnd),
                            "ns3::HoststackMptcpSocket::SubflowUint32Callback")
            .AddTraceSource("SubflowRTT",
                            "Smoothed round-trip time of a subflow.",
                            MakeTraceSourceAccessor(&HoststackMptcpSocket::m_subflowRtt),
                            "ns3::HoststackMptcpSocket::SubflowTimeCallback")
            .AddTraceSource("SubflowBytesSent",
                            "Bytes of the data stream handed to a subflow, copies included.",
                            MakeTraceSourceAccessor(&HoststackMptcpSocket::m_subflowSent),
                            "ns3::HoststackMptcpSocket::SubflowUint64Callback")
            .AddTraceSource("SubflowBytesReceived",
                            "Bytes that a subflow was the first to bring.",
                            MakeTraceSourceAccessor(&HoststackMptcpSocket::m_subflowReceived),
                            "ns3::HoststackMptcpSocket::SubflowUint64Callback")
            .AddTraceSource("Fallback",
                            "The connection goes on as plain TCP.",
                            MakeTraceSourceAccessor(&HoststackMptcpSocket::m_fallbackTrace),
                            "ns3::HoststackMptcpSocket::FallbackCallback");
    return tid;
}

HoststackMptcpSocket::HoststackMptcpSocket() = default;

HoststackMptcpSocket::~HoststackMptcpSocket()
{
    if (m_host)
    {
        m_host->Leave(*this);
    }
}

void
HoststackMptcpSocket::DoDispose()
{
    if (m_host)
    {
        m_host->Leave(*this);
    }
    m_multipath = nullptr;
    m_paths.clear();
    m_host = nullptr;
    HoststackTcpSocket::DoDispose();
}

void
HoststackMptcpSocket::SetHost(Ptr<HoststackMptcpHost> host)
{
    m_host = host;
    m_mptcpConfig = host->GetConfig();
}

void
HoststackMptcpSocket::SetMptcpConfig(std::shared_ptr<const hoststack::mptcp::Config> config)
{
    m_mptcpConfig = std::move(config);
}

// Opening

Ptr<HoststackTcpSocket>
HoststackMptcpSocket::NewChild()
{
    return DynamicCast<HoststackTcpSocket>(m_host->CreateSocket());
}

void
HoststackMptcpSocket::CopyFromListener(const HoststackTcpSocket& listener)
{
    const auto& other = dynamic_cast<const HoststackMptcpSocket&>(listener);
    m_mptcpConfig = other.m_mptcpConfig;
    m_subflowState = other.m_subflowState;
    m_subflowCwnd = other.m_subflowCwnd;
    m_subflowRtt = other.m_subflowRtt;
    m_subflowSent = other.m_subflowSent;
    m_subflowReceived = other.m_subflowReceived;
    m_fallbackTrace = other.m_fallbackTrace;
}

HoststackMptcpSocket::Path&
HoststackMptcpSocket::NewPath(const HoststackFlowKey& key)
{
    m_paths.push_back(std::make_unique<Path>(*this, key));
    return *m_paths.back();
}

void
HoststackMptcpSocket::DropPath(const Path& path)
{
    m_paths.erase(std::find_if(m_paths.begin(), m_paths.end(), [&path](const auto& entry) {
        return entry.get() == &path;
    }));
}

std::shared_ptr<const hoststack::tcp::Config>
HoststackMptcpSocket::ConfigOf(const hoststack::tcp::SegmentSink& sink,
                               const std::shared_ptr<const hoststack::tcp::Config>& config) const
{
    return LimitMss(config, static_cast<const Path&>(sink).Mss());
}

bool
HoststackMptcpSocket::StartConnection(Context& context)
{
    auto& path = NewPath(m_key);
    SocketErrno error;
    if (!path.Open(context, false, error))
    {
        DropPath(path);
        Fail(error);
        return false;
    }
    m_key = path.Key();
    auto config = std::make_shared<hoststack::mptcp::Config>(*m_mptcpConfig);
    config->tcp = GetConfig();
    KnowCongestion(config->tcp->congestion);
    HostServices& services = *this;
    auto stream = std::make_unique<HoststackStreamOf<Connection>>(
        std::shared_ptr<const hoststack::mptcp::Config>(std::move(config)),
        services);
    m_multipath = &stream->connection;
    for (const auto& endpoint : m_host->GetEndpoints())
    {
        m_multipath->AddEndpoint(context.Now(), endpoint);
    }
    UseStream(std::move(stream));
    return true;
}

void
HoststackMptcpSocket::ConnectStream(TimeNs now)
{
    m_multipath->Connect(now, *m_paths.front(), LocalOf(m_key), RemoteOf(m_key));
    m_token = m_multipath->Token();
    m_host->Enter(m_token, *this);
}

void
HoststackMptcpSocket::AcceptOnStream(TimeNs now, const TcpSegment& syn)
{
    m_multipath->AcceptSyn(now, *m_paths.front(), LocalOf(m_key), RemoteOf(m_key), syn);
    m_token = m_multipath->Token();
    m_host->Enter(m_token, *this);
}

void
HoststackMptcpSocket::OnSyn(Context& context, const HoststackFlowKey& key, const TcpSegment& syn)
{
    hoststack::MptcpOptions options;
    ParseMptcp(syn, options);
    if (!options.Has(hoststack::MptcpSubtype::Join))
    {
        if (m_joinsOnly)
        {
            ++m_host->EditCounters().capableEndpointAttempt; // subflow_reset_req_endp
            m_protocol->Answer(key, hoststack::mptcp::RefusedJoin(syn));
            return;
        }
        HoststackTcpSocket::OnSyn(context, key, syn);
        return;
    }
    auto* owner = m_host->Find(options.join.token);
    if (owner == nullptr)
    {
        auto& counters = m_host->EditCounters();
        ++counters.joinSynRx;
        counters.joinSynBackupRx += options.join.backup ? 1 : 0;
        ++counters.joinNoTokenFound;
    }
    if (owner == nullptr || !owner->Join(context, *this, key, syn))
    {
        m_protocol->Answer(key, hoststack::mptcp::RefusedJoin(syn));
    }
}

bool
HoststackMptcpSocket::Join(Context& context,
                           HoststackMptcpSocket& listener,
                           const HoststackFlowKey& key,
                           const TcpSegment& syn)
{
    const Ptr<HoststackMptcpSocket> guard(this);
    Activity activity(*this, context);
    auto& path = NewPath(key);
    SocketErrno error;
    path.id = 0;
    if (path.Open(context, false, error))
    {
        path.id = m_multipath->AcceptJoin(context.Now(), path, LocalOf(key), RemoteOf(key), syn);
    }
    const bool accepted = path.id != 0;
    if (accepted)
    {
        path.listener = &listener;
        listener.AddHalfOpen();
    }
    else
    {
        DropPath(path);
    }
    return accepted;
}

hoststack::tcp::SegmentSink*
HoststackMptcpSocket::OpenSubflow(std::uint32_t subflow, Endpoint& local, const Endpoint& remote)
{
    HoststackFlowKey key;
    key.local = local.address;
    key.remote = remote.address;
    key.remotePort = remote.port;
    key.localPort = m_protocol->BindPort(*this, local.address, local.port);
    if (key.localPort == 0)
    {
        return nullptr;
    }
    auto& path = NewPath(key);
    path.id = subflow;
    path.portClaimed = true;
    SocketErrno error;
    const bool bound = local.address != hoststack::IpAddress{local.address.family, {}};
    if (!path.Open(*m_context, bound, error))
    {
        DropPath(path);
        return nullptr;
    }
    local.address = path.Key().local;
    local.port = key.localPort;
    return &path;
}

void
HoststackMptcpSocket::CloseSubflow(std::uint32_t subflow)
{
    // The subflow still refers to its path as where segments go, so the path stays for a while.
    for (const auto& path : m_paths)
    {
        if (path->id == subflow)
        {
            path->Close();
        }
    }
}

void
HoststackMptcpSocket::ForgetSubflow(std::uint32_t subflow)
{
    const auto found = std::find_if(m_paths.begin(), m_paths.end(), [&](const auto& path) {
        return path->id == subflow;
    });
    if (found != m_paths.end())
    {
        m_paths.erase(found);
    }
}

int
HoststackMptcpSocket::AddImplicitEndpoint(const hoststack::IpAddress& address)
{
    return m_host->AddImplicitEndpoint(address);
}

bool
HoststackMptcpSocket::IsBlackholed(TimeNs now, TimeNs timeout) const
{
    return m_host->IsBlackholed(now, timeout);
}

void
HoststackMptcpSocket::NoteBlackhole(TimeNs now)
{
    m_host->NoteBlackhole(now);
}

void
HoststackMptcpSocket::NoteMultipath(const hoststack::tcp::SegmentSink& sink)
{
    if (!static_cast<const Path&>(sink).IsLoopback())
    {
        m_host->NoteMultipath();
    }
}

std::uint64_t
HoststackMptcpSocket::RandomBits()
{
    return m_host->RandomBits();
}

hoststack::Seq32
HoststackMptcpSocket::InitialSequence()
{
    return m_protocol->FirstNumber(HostServices::InitialSequence());
}

hoststack::mptcp::Counters&
HoststackMptcpSocket::GetCounters()
{
    return m_host->EditCounters();
}

bool
HoststackMptcpSocket::CountsAsEstablished() const
{
    return m_multipath && m_multipath->CountsAsEstablished();
}

void
HoststackMptcpSocket::EndStream()
{
    for (const auto& path : m_paths)
    {
        path->Close();
    }
    m_host->Leave(*this);
}

void
HoststackMptcpSocket::HandleEvents(std::uint32_t events)
{
    if ((events & hoststack::mptcp::kFallenBack) != 0)
    {
        m_fallbackTrace(this);
    }
}

// Path management

void
HoststackMptcpSocket::AddEndpoint(const LocalEndpoint& endpoint)
{
    if (m_multipath)
    {
        Activity activity(*this);
        m_multipath->AddEndpoint(Now(), endpoint);
    }
}

void
HoststackMptcpSocket::RemoveEndpoint(const LocalEndpoint& endpoint)
{
    if (m_multipath)
    {
        Activity activity(*this);
        m_multipath->RemoveEndpoint(Now(), endpoint.id);
    }
}

std::uint32_t
HoststackMptcpSocket::JoinFrom(const LocalEndpoint& local, const Endpoint& remote)
{
    if (!m_multipath)
    {
        return 0;
    }
    Activity activity(*this);
    return m_multipath->OpenSubflow(Now(), local, remote);
}

void
HoststackMptcpSocket::DropSubflow(std::uint32_t id)
{
    if (m_multipath)
    {
        Activity activity(*this);
        m_multipath->CloseSubflow(Now(), id);
    }
}

void
HoststackMptcpSocket::SetBackup(std::uint32_t id, bool backup)
{
    if (m_multipath)
    {
        Activity activity(*this);
        m_multipath->SetBackup(Now(), id, backup);
    }
}

// State

hoststack::mptcp::Info
HoststackMptcpSocket::GetMptcpInfo() const
{
    return m_multipath ? m_multipath->GetInfo(m_protocol->Machine().Current().Now())
                       : hoststack::mptcp::Info();
}

void
HoststackMptcpSocket::UseEventSource(const hoststack::EventSource& source)
{
    if (m_multipath)
    {
        m_multipath->SetEventSource(source);
    }
}

void
HoststackMptcpSocket::RestartPeaks()
{
    if (m_multipath)
    {
        m_multipath->RestartPeaks();
    }
}

hoststack::tcp::Info
HoststackMptcpSocket::GetInfo() const
{
    hoststack::tcp::Info sum;
    const auto info = GetMptcpInfo();
    const auto hasSent = [](const auto& subflow) { return subflow.dataBytesSent > 0; };
    const bool anySent = std::any_of(info.subflows.begin(), info.subflows.end(), hasSent);
    for (const auto& subflow : info.subflows)
    {
        AddCounts(sum, subflow.tcp);
        // One that never got data, as an idle backup, does not say why the others were no faster.
        if (!anySent || hasSent(subflow))
        {
            AddLimits(sum, subflow.tcp);
        }
        if (!subflow.closed)
        {
            AddPresent(sum, subflow.tcp);
        }
    }
    sum.state = info.state;
    sum.end = info.end;
    sum.endedAt = info.endedAt;
    sum.retries = info.retries;
    sum.bytesAcked = info.bytesAcked;
    sum.bytesReceived = info.bytesReceived;
    sum.receiveWindow = info.receiveWindow;
    sum.sendQueue = info.sendQueue;
    return sum;
}

} // namespace ns3
