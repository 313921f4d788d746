// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SOCKET_FACTORY_H
#define HS_TCP_SOCKET_FACTORY_H

#include "ns3/hs-public.h"

#include <ns3/socket-factory.h>

namespace ns3
{

class HoststackTcpProtocol;

/// Makes hoststack's TCP sockets: what applications name as "ns3::HoststackTcpSocketFactory".
class HS_PUBLIC HoststackTcpSocketFactory : public SocketFactory
{
  public:
    static TypeId GetTypeId();
    HoststackTcpSocketFactory();
    ~HoststackTcpSocketFactory() override;

    void SetProtocol(Ptr<HoststackTcpProtocol> protocol);
    Ptr<Socket> CreateSocket() override;

  protected:
    void DoDispose() override;

  private:
    Ptr<HoststackTcpProtocol> m_protocol;
};

} // namespace ns3

#endif // HS_TCP_SOCKET_FACTORY_H
