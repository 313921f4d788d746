// SPDX-License-Identifier: GPL-2.0-only

// HoststackMptcpSocket: the ways of its subflows, and what else a connection asks of its host.

#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-mptcp-socket-path.h"

#include <algorithm>

namespace ns3
{

using hoststack::TcpSegment;
using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::mptcp::Endpoint;

HoststackMptcpSocket::Path&
HoststackMptcpSocket::NewPath(const HoststackFlowKey& key)
{
    m_paths.push_back(std::make_unique<Path>(*this, key));
    return *m_paths.back();
}

void
HoststackMptcpSocket::TakeBacklog(Context& context,
                                  std::uint32_t subflow,
                                  const hoststack::Burst& burst)
{
    const auto found = std::find_if(m_paths.begin(), m_paths.end(), [&](const auto& path) {
        return path->id == subflow;
    });
    if (found != m_paths.end())
    {
        (*found)->OnSegment(context, burst);
    }
}

std::uint32_t
HoststackMptcpSocket::MemoryInBacklog(std::uint32_t subflow,
                                      std::uint64_t waiting,
                                      const hoststack::Burst& burst) const
{
    return m_multipath != nullptr ? m_multipath->MemoryInBacklog(subflow, waiting, burst) : 1;
}

/// mptcp_rps_record_subflows()
void
HoststackMptcpSocket::TellSteering(hoststack::host::PacketSteering& steering,
                                   hoststack::host::CoreId core) const
{
    for (const auto& path : m_paths)
    {
        steering.OnCall(path->Hash(), core);
    }
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
        path.id = m_multipath->AcceptJoin(context.Now(),
                                          path,
                                          Path::LocalOf(key),
                                          Path::RemoteOf(key),
                                          syn);
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

} // namespace ns3
