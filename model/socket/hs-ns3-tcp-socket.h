// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NS3_TCP_SOCKET_H
#define HS_NS3_TCP_SOCKET_H

#include <ns3/socket-factory.h>
#include <ns3/tcp-socket-base.h>

#include <cstdint>

namespace ns3
{

/**
 * ns-3's own TCP socket, kept from dereferencing null where the peer's window leaves it nothing to
 * send. Everything else is TcpSocketBase's.
 *
 * Seen in ns-3.37, all with a reader slower than the sender:
 *  - In loss recovery the window can be used up to its last byte while SACKed bytes no longer count
 *    as in flight. TcpTxBuffer::NextSeg then names a piece of no length, and SendDataPacket
 *    follows the null item that CopyFromSequence gives for it.
 *  - The persist timer probes with the next unsent byte although everything has been sent.
 */
class HoststackNs3TcpSocket : public TcpSocketBase
{
  public:
    static TypeId GetTypeId();
    HoststackNs3TcpSocket();
    HoststackNs3TcpSocket(const HoststackNs3TcpSocket& other);
    ~HoststackNs3TcpSocket() override;

  protected:
    Ptr<TcpSocketBase> Fork() override;
    std::uint32_t AvailableWindow() const override;
    std::uint32_t SendDataPacket(SequenceNumber32 seq,
                                 std::uint32_t maxSize,
                                 bool withAck) override;
    void PersistTimeout() override;
};

/// Makes these sockets with what the node's TcpL4Protocol is set to. Aggregated to a node that has
/// one.
class HoststackNs3TcpSocketFactory : public SocketFactory
{
  public:
    static TypeId GetTypeId();
    Ptr<Socket> CreateSocket() override;
};

} // namespace ns3

#endif // HS_NS3_TCP_SOCKET_H
