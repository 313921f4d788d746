// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-leg-run.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-tcp-counters.h"

#include <ns3/boolean.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <utility>

// What events do to connections at one of their hosts, how that host accepts, what it has counted.

namespace ns3
{

std::size_t
LegRun::SetBackup(std::size_t host, std::size_t link, bool backup)
{
    std::size_t told = 0;
    const auto address = m_network.GetIpAddress(host, link);
    for (auto* socket : MultipathAt(host))
    {
        const auto info = socket->GetMptcpInfo();
        for (const auto& subflow : info.subflows)
        {
            if (subflow.local.address == address)
            {
                // Plain TCP has nobody to tell.
                told += subflow.closed || info.fallback ? 0 : 1;
                socket->SetBackup(subflow.id, backup);
            }
        }
    }
    return told;
}

std::size_t
LegRun::OpenSubflow(std::size_t host, std::size_t link)
{
    std::size_t opened = 0;
    hoststack::mptcp::LocalEndpoint local;
    local.address = m_network.GetIpAddress(host, link);
    for (auto* socket : MultipathAt(host))
    {
        const auto info = socket->GetMptcpInfo();
        if (!info.subflows.empty())
        {
            opened += socket->JoinFrom(local, info.subflows.front().remote) != 0 ? 1 : 0;
        }
    }
    return opened;
}

std::size_t
LegRun::CloseSubflow(std::size_t host, std::size_t link)
{
    std::size_t closed = 0;
    const auto address = m_network.GetIpAddress(host, link);
    for (auto* socket : MultipathAt(host))
    {
        for (const auto& subflow : socket->GetMptcpInfo().subflows)
        {
            if (subflow.local.address == address && !subflow.closed)
            {
                socket->DropSubflow(subflow.id);
                ++closed;
            }
        }
    }
    return closed;
}

std::vector<HoststackMptcpSocket*>
LegRun::MultipathAt(std::size_t host) const
{
    std::vector<HoststackMptcpSocket*> sockets;
    if (host != m_spec.from && host != m_spec.to)
    {
        return sockets;
    }
    for (const auto& session : (host == m_spec.from ? m_from : m_to)->GetSessions())
    {
        if (auto* socket = dynamic_cast<HoststackMptcpSocket*>(session->GetOwnSocket()))
        {
            sockets.push_back(socket);
        }
    }
    return sockets;
}

void
LegRun::ConfigureListener(Ptr<HoststackSessionApplication> listener, bool atFrom)
{
    const bool isRelay = atFrom ? m_relays.atFrom : m_relays.atTo;
    if (!m_spec.accept || isRelay || m_network.IsOutside(atFrom ? m_spec.from : m_spec.to))
    {
        return;
    }
    const auto accept = *m_spec.accept;
    listener->SetAttribute("AcceptDelay", TimeValue(NanoSeconds(accept.startDelay)));
    listener->SetAttribute("AcceptInterval", TimeValue(NanoSeconds(accept.interval)));
    listener->SetSocketSetup([this, accept, atFrom](Socket& socket) {
        Configure(socket, atFrom);
        socket.SetAttribute("Backlog", UintegerValue(accept.backlog));
        socket.SetAttribute("AbortOnOverflow", BooleanValue(accept.abortOnOverflow));
    });
}

void
LegRun::AddCounts(std::size_t host, hoststack::tcp::Info& sum) const
{
    for (const auto& [end, application] : {std::pair(m_spec.from, m_from), {m_spec.to, m_to}})
    {
        if (end != host || !application)
        {
            continue;
        }
        for (const auto& session : application->GetSessions())
        {
            if (const auto* socket = session->GetOwnSocket())
            {
                hoststack::tcp::AddCounters(sum, socket->GetInfo());
            }
        }
    }
}

} // namespace ns3
