// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpProtocol: ports, and the tables of sockets and connections.

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-host-dispatch.h"
#include "ns3/hs-tcp-endpoint.h"
#include "ns3/hs-tcp-protocol.h"
#include "ns3/hs-tcp-socket.h"

#include <algorithm>

namespace ns3
{

using hoststack::IpAddress;
using hoststack::host::SocketRole;

namespace
{

std::uint32_t
HashOfListener(const HoststackTcpSocket& socket)
{
    return hoststack::host::HashBound(socket.Key().local, socket.Key().localPort);
}

hoststack::host::PacketKey
KeyOf(const HoststackFlowKey& key)
{
    return {key.local,
            key.remote,
            key.localPort,
            key.remotePort,
            hoststack::host::SocketProtocol::Tcp,
            false};
}

} // namespace

std::uint16_t
HoststackTcpProtocol::BindPort(HoststackTcpSocket& socket,
                               const IpAddress& address,
                               std::uint16_t port)
{
    if (port == 0)
    {
        const auto first = m_nextPort;
        do
        {
            port = m_nextPort;
            m_nextPort =
                port == kLastEphemeral ? kFirstEphemeral : static_cast<std::uint16_t>(port + 1);
            if (m_ports.count(port) == 0)
            {
                m_ports.emplace(port, &socket);
                return port;
            }
        } while (m_nextPort != first);
        return 0;
    }
    const auto range = m_ports.equal_range(port);
    for (auto it = range.first; it != range.second; ++it)
    {
        auto& other = *it->second;
        const auto& bound = other.Key().local;
        const bool sameDevice = !other.GetBoundNetDevice() || !socket.GetBoundNetDevice() ||
                                other.GetBoundNetDevice() == socket.GetBoundNetDevice();
        if (sameDevice && bound.family == address.family &&
            (bound == address || IsAny(bound) || IsAny(address)))
        {
            return 0;
        }
    }
    m_ports.emplace(port, &socket);
    return port;
}

void
HoststackTcpProtocol::ReleasePort(const HoststackTcpSocket& socket, std::uint16_t port)
{
    const auto range = m_ports.equal_range(port);
    const auto it = std::find_if(range.first, range.second, [&socket](const auto& entry) {
        return entry.second == &socket;
    });
    if (it != range.second)
    {
        m_ports.erase(it);
    }
}

void
HoststackTcpProtocol::Listen(HoststackTcpSocket& socket)
{
    m_listeners.Insert(HashOfListener(socket), &socket);
    if (auto* dispatch = m_machine->Dispatch())
    {
        socket.SetDispatchHandle(dispatch->Open(KeyOf(socket.Key()), SocketRole::Unconnected));
    }
    socket.slot = m_sockets.size();
    m_sockets.push_back(&socket);
}

bool
HoststackTcpProtocol::Insert(HoststackTcpEndpoint& endpoint)
{
    if (FindConnection(endpoint.Key(), endpoint.Hash()) != nullptr)
    {
        return false;
    }
    m_table.Insert(endpoint.Hash(), &endpoint);
    if (auto* dispatch = m_machine->Dispatch())
    {
        endpoint.SetDispatchHandle(dispatch->Open(KeyOf(endpoint.Key()), SocketRole::Connected));
    }
    return true;
}

void
HoststackTcpProtocol::Erase(HoststackTcpEndpoint& endpoint)
{
    if (m_table.Size() > 0) // empty once the node has been disposed of
    {
        m_table.Erase(endpoint.Hash(), &endpoint);
        if (auto* dispatch = m_machine->Dispatch())
        {
            dispatch->Close(endpoint.DispatchHandle());
            endpoint.SetDispatchHandle(0);
        }
    }
}

void
HoststackTcpProtocol::Open(HoststackTcpSocket& socket)
{
    socket.slot = m_sockets.size();
    m_sockets.push_back(&socket);
}

void
HoststackTcpProtocol::Remove(HoststackTcpSocket& socket)
{
    if (socket.slot >= m_sockets.size() || m_sockets[socket.slot] != &socket)
    {
        return; // disposed of
    }
    if (socket.IsListening())
    {
        m_listeners.Erase(HashOfListener(socket), &socket);
        if (auto* dispatch = m_machine->Dispatch())
        {
            dispatch->Close(socket.DispatchHandle());
            socket.SetDispatchHandle(0);
        }
    }
    const Ptr<HoststackTcpSocket> guard(&socket);
    const auto last = m_sockets.back();
    last->slot = socket.slot;
    m_sockets[socket.slot] = last;
    m_sockets.pop_back();
}

} // namespace ns3
