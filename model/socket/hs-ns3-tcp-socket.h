// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NS3_TCP_SOCKET_H
#define HS_NS3_TCP_SOCKET_H

#include <ns3/socket-factory.h>
#include <ns3/tcp-socket-base.h>

#include <cstdint>

namespace ns3
{

/**
 * ns-3's own TCP socket, kept from dereferencing null and from waiting for ever where the peer's
 * window leaves it nothing to send. Everything else is TcpSocketBase's.
 *
 * Seen in ns-3.37, all with a reader slower than the sender:
 *  - In loss recovery the window can be used up to its last byte while SACKed bytes no longer count
 *    as in flight. TcpTxBuffer::NextSeg then names a piece of no length, and SendDataPacket
 *    follows the null item that CopyFromSequence gives for it.
 *  - The persist timer probes with the next unsent byte although everything has been sent.
 *  - A receiver never says that a read made room, and a sender that is left less than one segment
 *    of window, but not none, has neither a persist timer nor anything that a retransmission
 *    time-out would send: it avoids the silly window for ever. Here a receiver sends a window
 * update as soon as a window below one segment has grown by a segment or half the buffer (RFC
 * 9293 3.8.6.2.2), and a sender with nothing in flight sends what the small window takes when the
 * retransmission time-out has passed (the override of RFC 9293 3.8.6.2.1; that section recommends
 * 0.1 to 1 s).
 *  - A window probe or keep-alive without payload, as Linux sends it, gets no answer. Here it is
 *    acknowledged (RFC 9293 3.10.7.4).
 */
class HoststackNs3TcpSocket : public TcpSocketBase
{
  public:
    static TypeId GetTypeId();
    HoststackNs3TcpSocket();
    HoststackNs3TcpSocket(const HoststackNs3TcpSocket& other);
    ~HoststackNs3TcpSocket() override;

    Ptr<Packet> Recv(std::uint32_t maxSize, std::uint32_t flags) override;
    using TcpSocketBase::Recv;

  protected:
    Ptr<TcpSocketBase> Fork() override;
    std::uint32_t AvailableWindow() const override;
    std::uint32_t SendDataPacket(SequenceNumber32 seq,
                                 std::uint32_t maxSize,
                                 bool withAck) override;
    std::uint16_t AdvertisedWindowSize(bool scale) const override;
    void DoForwardUp(Ptr<Packet> packet, const Address& from, const Address& to) override;
    void ReTxTimeout() override;
    void PersistTimeout() override;

  private:
    /// Nothing is in flight, something could be, and the peer's window takes less than a segment.
    bool IsHeldBySmallWindow() const;

    /// A window probe or keep-alive of Linux: an empty ACK one byte before the next expected one.
    bool IsEmptyProbe(const Packet& segment) const;

    /// The window up to `edge` in bytes.
    std::uint32_t WindowUpTo(SequenceNumber32 edge) const;

    mutable SequenceNumber32 m_toldEdge{0}; //!< Right edge of the window last advertised.
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
