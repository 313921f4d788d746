// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SOCKET_FACTORY_H
#define HS_MPTCP_SOCKET_FACTORY_H

#include "ns3/hs-public.h"

#include <ns3/socket-factory.h>

namespace ns3
{

class HoststackMptcpHost;

/// Makes multipath sockets: what applications name as "ns3::HoststackMptcpSocketFactory".
class HS_PUBLIC HoststackMptcpSocketFactory : public SocketFactory
{
  public:
    static TypeId GetTypeId();
    HoststackMptcpSocketFactory();
    ~HoststackMptcpSocketFactory() override;

    void SetHost(Ptr<HoststackMptcpHost> host);
    Ptr<Socket> CreateSocket() override;

  protected:
    void DoDispose() override;

  private:
    Ptr<HoststackMptcpHost> m_host;
};

} // namespace ns3

#endif // HS_MPTCP_SOCKET_FACTORY_H
