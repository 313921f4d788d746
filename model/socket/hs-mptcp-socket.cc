// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-socket.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-late-trace.h"
#include "ns3/hs-mptcp-options.h"
#include "ns3/hs-mptcp-push-loop.h"
#include "ns3/hs-mptcp-socket-path.h"

#include <ns3/node.h>

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

TypeId
HoststackMptcpSocket::GetTypeId()
{
    const auto late = [](auto source) {
        return MakeLateTraceAccessor(&HoststackMptcpSocket::m_subflowTraces, source);
    };
    static TypeId tid =
        TypeId("ns3::HoststackMptcpSocket")
            .SetParent<HoststackTcpSocket>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackMptcpSocket>()
            .AddTraceSource("SubflowState",
                            "TCP state of a subflow.",
                            late(&SubflowTraces::state),
                            "ns3::HoststackMptcpSocket::SubflowStateCallback")
            .AddTraceSource("SubflowCongestionWindow",
                            "Congestion window of a subflow, bytes.",
                            late(&SubflowTraces::cwnd),
                            "ns3::HoststackMptcpSocket::SubflowUint32Callback")
            .AddTraceSource("SubflowRTT",
                            "Smoothed round-trip time of a subflow.",
                            late(&SubflowTraces::rtt),
                            "ns3::HoststackMptcpSocket::SubflowTimeCallback")
            .AddTraceSource("SubflowBytesSent",
                            "Bytes of the data stream handed to a subflow, copies included.",
                            late(&SubflowTraces::sent),
                            "ns3::HoststackMptcpSocket::SubflowUint64Callback")
            .AddTraceSource("SubflowBytesReceived",
                            "Bytes that a subflow was the first to bring.",
                            late(&SubflowTraces::received),
                            "ns3::HoststackMptcpSocket::SubflowUint64Callback")
            .AddTraceSource("Fallback",
                            "The connection goes on as plain TCP.",
                            late(&SubflowTraces::fallback),
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
    if (m_pushLoop)
    {
        m_pushLoop->Forget();
    }
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
    m_subflowTraces = other.m_subflowTraces;
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
    const auto config = m_host->WithTcp(m_mptcpConfig, GetConfig());
    m_scheduling = config->scheduler.rfind("bpf_", 0) == 0 ? hoststack::host::Operation::ScheduleBpf
                                                           : hoststack::host::Operation::Schedule;
    KnowCongestion(config->tcp->congestion);
    HostServices& services = *this;
    auto stream = std::make_unique<HoststackStreamOf<Connection>>(config, services);
    m_multipath = &stream->connection;
    if (m_protocol->Machine().Workers() != nullptr)
    {
        m_multipath->UseWorker();
    }
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
    m_multipath->Connect(now, *m_paths.front(), Path::LocalOf(m_key), Path::RemoteOf(m_key));
    m_token = m_multipath->Token();
    m_host->Enter(m_token, *this);
}

void
HoststackMptcpSocket::AcceptOnStream(TimeNs now, const TcpSegment& syn)
{
    m_multipath->AcceptSyn(now, *m_paths.front(), Path::LocalOf(m_key), Path::RemoteOf(m_key), syn);
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
        m_subflowTraces->fallback(this);
    }
    if ((events & hoststack::mptcp::kPushSpins) != 0)
    {
        if (!m_pushLoop)
        {
            m_pushLoop = std::make_unique<PushLoop>(*this);
        }
        m_pushLoop->Begin(*m_context);
    }
}

std::uint32_t
HoststackMptcpSocket::TakeHostEvents(std::uint32_t events)
{
    CallWorker();
    return events & ~hoststack::mptcp::kWorkDue;
}

void
HoststackMptcpSocket::OnWorker(Context& context)
{
    if (m_multipath == nullptr)
    {
        return;
    }
    const Ptr<HoststackMptcpSocket> guard(this);
    if (!Enter(context))
    {
        LeaveWork(WorkerItem());
        return;
    }
    Activity activity(*this, context);
    m_multipath->Work(context.Now());
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

} // namespace ns3
