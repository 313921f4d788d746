// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-tcp-counters.h"
#include "ns3/hs-traffic-run.h"

#include <utility>

// What events do to a traffic at one of its hosts, and what that host has counted of it.

namespace ns3
{

void
TrafficRun::SetBackup(std::size_t host, std::size_t link, bool backup)
{
    const auto address = m_network.GetIpAddress(host, link);
    for (auto* socket : MultipathAt(host))
    {
        for (const auto& subflow : socket->GetMptcpInfo().subflows)
        {
            if (subflow.local.address == address)
            {
                socket->SetBackup(subflow.id, backup);
            }
        }
    }
}

void
TrafficRun::OpenSubflow(std::size_t host, std::size_t link)
{
    hoststack::mptcp::LocalEndpoint local;
    local.address = m_network.GetIpAddress(host, link);
    for (auto* socket : MultipathAt(host))
    {
        const auto info = socket->GetMptcpInfo();
        if (!info.subflows.empty())
        {
            socket->JoinFrom(local, info.subflows.front().remote);
        }
    }
}

void
TrafficRun::CloseSubflow(std::size_t host, std::size_t link)
{
    const auto address = m_network.GetIpAddress(host, link);
    for (auto* socket : MultipathAt(host))
    {
        for (const auto& subflow : socket->GetMptcpInfo().subflows)
        {
            if (subflow.local.address == address && !subflow.closed)
            {
                socket->DropSubflow(subflow.id);
            }
        }
    }
}

std::vector<HoststackMptcpSocket*>
TrafficRun::MultipathAt(std::size_t host) const
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
TrafficRun::AddCounts(std::size_t host, hoststack::tcp::Info& sum) const
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
