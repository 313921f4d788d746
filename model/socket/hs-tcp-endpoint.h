// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_ENDPOINT_H
#define HS_TCP_ENDPOINT_H

#include "ns3/hs-burst.h"
#include "ns3/hs-context.h"
#include "ns3/hs-flow.h"
#include "ns3/hs-pooled.h"
#include "ns3/hs-send-account.h"
#include "ns3/hs-tcp-protocol.h"
#include "ns3/hs-tcp-route.h"
#include "ns3/hs-tcp-types.h"

#include <ns3/socket.h>

#include <cstdint>

namespace ns3
{

/**
 * One end of one TCP connection as the network sees it: what the protocol's table leads to, with
 * the route its segments take. A TCP socket has one, a multipath socket one per subflow.
 */
class HoststackTcpEndpoint : public hoststack::Pooled, public hoststack::tcp::SegmentSink
{
  public:
    ~HoststackTcpEndpoint() override;

    const HoststackFlowKey& Key() const
    {
        return m_key;
    }

    /// Of the key, in the table.
    std::uint32_t Hash() const
    {
        return m_hash;
    }

    /// In the socket layer of the host; 0: in none.
    hoststack::host::HostDispatch::Handle DispatchHandle() const
    {
        return m_dispatchHandle;
    }

    void SetDispatchHandle(hoststack::host::HostDispatch::Handle handle)
    {
        m_dispatchHandle = handle;
    }

    /// Segments come with their content, not only its length.
    bool WantsContent() const
    {
        return !m_virtualPayload;
    }

    /// Its stack takes what an offload has queued for it (Burst::place).
    virtual bool TakesBatches() const
    {
        return false;
    }

    /// Something for it has arrived. It may be gone afterwards.
    virtual void OnSegment(hoststack::host::Context& context, const hoststack::Burst& burst) = 0;
    /// ICMP reports an error about one of its segments. It may be gone afterwards.
    virtual void OnNetworkError(hoststack::host::Context& context,
                                const hoststack::tcp::NetworkError& error) = 0;
    /// One was too long: the path takes an MSS of \p mss. \return false if that is not believed
    virtual bool OnPathMss(hoststack::host::Context& context,
                           hoststack::Seq32 sequence,
                           std::uint32_t mss) = 0;
    /// As another connection to the same destination found out.
    virtual void LimitPathMss(std::uint32_t mss) = 0;

    /// What the path is thought to take, bytes of IP.
    std::uint32_t PathMtu() const
    {
        return m_route ? m_route->mtu : 65535;
    }

    /// The flow on the direct path by which its segments come, once it is known to lead here.
    const Ptr<const HoststackFlow>& ArrivesBy() const
    {
        return m_arrivesBy;
    }

    void SetArrivesBy(const Ptr<const HoststackFlow>& flow)
    {
        m_arrivesBy = flow;
    }

    /// Known once the path is open.
    bool HoldsDepartures() const override
    {
        return m_route && m_route->egress->device && m_route->egress->device->HoldsDepartures();
    }

    const std::uint64_t* Backlog() const override
    {
        return m_account ? &m_account->Bytes() : nullptr;
    }

    /// Bytes of the IP and TCP headers without options.
    std::uint32_t FixedHeaders() const;

    /**
     * If it is in TIME-WAIT and \p syn begins a new connection of the same addresses and ports, it
     * leaves the table (and may be gone). \return whether; then the new one starts at \p iss.
     */
    virtual bool GiveWay(hoststack::host::Context& /* context */,
                         const hoststack::TcpSegment& /* syn */,
                         hoststack::Seq32& /* iss */)
    {
        return false;
    }

  protected:
    /// What its packets carry besides addresses.
    virtual HoststackTcpProtocol::PacketOptions Options() const = 0;

    /**
     * Finds the route for the key, fills in the local address if it was open, and enters the table.
     * \return false and sets \p error if there is no route or the key is in use
     */
    bool OpenPath(const hoststack::host::Context& context, Socket::SocketErrno& error);
    /// Leaves the table.
    void ClosePath();

    /// \return bytes of \p burst that were never sent before
    std::uint32_t NoteSent(const hoststack::TcpSegment& burst);
    void SendBurst(hoststack::host::Context& context,
                   std::uint8_t trafficClass,
                   hoststack::TcpSegment&& burst,
                   hoststack::TimeNs earliest);

    /// What looks again when the device has sent something of it; nullptr: its device has no queue.
    hoststack::host::Work* SendRoomWork() const
    {
        return PeekPointer(m_account);
    }

    Ptr<HoststackTcpProtocol> m_protocol;
    Ptr<HoststackTcpRoute> m_route;
    Ptr<const HoststackFlow> m_arrivesBy;
    HoststackFlowKey m_key;
    std::uint32_t m_hash{0};

  private:
    class Account;

    /// It has been told to wait until less of it lies in the device.
    virtual bool AwaitsSendRoom() const = 0;
    /// Less of it lies there.
    virtual void OnSendRoom(hoststack::host::Context& context) = 0;

    void TellDispatch(hoststack::host::Context& context,
                      const hoststack::TcpSegment& burst,
                      std::uint32_t interface) const;
    void UseAccount();
    void SendLater(hoststack::host::Context& context,
                   hoststack::TcpSegment&& burst,
                   std::uint32_t header,
                   std::uint16_t identification,
                   hoststack::TimeNs earliest);
    void SendThroughIpLater(hoststack::host::Context& context, hoststack::TcpSegment&& burst);

    hoststack::host::HostDispatch::Handle m_dispatchHandle{0};
    Ptr<HoststackSendAccount> m_account; ///< once the route had a device with a queue
    hoststack::Seq32 m_sentTo;           ///< end of what was ever sent
    std::uint16_t m_identification{0};   ///< IPv4's, of the next segment
    bool m_inTable{false};

  protected:
    bool m_virtualPayload{true}; // here for the room between members
};

} // namespace ns3

#endif // HS_TCP_ENDPOINT_H
