// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-socket-factory.h"

#include "ns3/hs-tcp-protocol.h"

#include <ns3/node.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackTcpSocketFactory);

TypeId
HoststackTcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackTcpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackTcpSocketFactory>();
    return tid;
}

HoststackTcpSocketFactory::HoststackTcpSocketFactory() = default;
HoststackTcpSocketFactory::~HoststackTcpSocketFactory() = default;

void
HoststackTcpSocketFactory::SetProtocol(Ptr<HoststackTcpProtocol> protocol)
{
    m_protocol = protocol;
}

Ptr<Socket>
HoststackTcpSocketFactory::CreateSocket()
{
    return m_protocol->CreateSocket();
}

void
HoststackTcpSocketFactory::DoDispose()
{
    m_protocol = nullptr;
    SocketFactory::DoDispose();
}

} // namespace ns3
