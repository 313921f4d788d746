// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-socket-factory.h"

#include "ns3/hs-mptcp-host.h"

#include <ns3/node.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackMptcpSocketFactory);

TypeId
HoststackMptcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackMptcpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackMptcpSocketFactory>();
    return tid;
}

HoststackMptcpSocketFactory::HoststackMptcpSocketFactory() = default;
HoststackMptcpSocketFactory::~HoststackMptcpSocketFactory() = default;

void
HoststackMptcpSocketFactory::SetHost(Ptr<HoststackMptcpHost> host)
{
    m_host = host;
}

Ptr<Socket>
HoststackMptcpSocketFactory::CreateSocket()
{
    return m_host->CreateSocket();
}

void
HoststackMptcpSocketFactory::DoDispose()
{
    m_host = nullptr;
    SocketFactory::DoDispose();
}

} // namespace ns3
