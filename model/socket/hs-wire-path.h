// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WIRE_PATH_H
#define HS_WIRE_PATH_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-tcp-segment.h"

#include <ns3/address.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/ptr.h>

#include <cstdint>

namespace ns3
{

class HoststackTcpProtocol;
struct HoststackFlowKey;

/**
 * The direct path over one of ns-3's own point-to-point devices: the host's IPv4 is left out on the
 * way down and on the way up, the packets on the wire are those that it would have made (but for
 * their identification), so routers and captures see no difference.
 *
 * ns-3's IPv4 costs three times our TCP (docs/performance.md). Kernels take the same short cut: a
 * connection's route is cached, and an arriving packet finds its socket before it is routed
 * (Linux: tcp_v4_early_demux()).
 *
 * It steps aside, packet by packet, while IP's trace sources have listeners, while packets remember
 * their headers (Packet::EnablePrinting) or the interface is down, and for everything that is not a
 * plain segment of an established pair of addresses. It is not opened on a device with a root queue
 * disc or while ns-3 computes checksums.
 */
class HoststackWirePath
{
  public:
    /// Whether the direct path can go over \p device.
    static bool Suits(const Node& node, const Ptr<NetDevice>& device);

    HoststackWirePath(HoststackTcpProtocol& protocol,
                      const Ptr<Node>& node,
                      const Ptr<NetDevice>& device);
    ~HoststackWirePath();

    HoststackWirePath(const HoststackWirePath&) = delete;
    HoststackWirePath& operator=(const HoststackWirePath&) = delete;

    const Ptr<NetDevice>& Device() const
    {
        return m_device;
    }

    /**
     * Sends the segments of \p burst. \return false, and nothing is sent, if IP must do it.
     * \param trafficClass as in the IPv4 header, with ECN
     */
    bool Send(const HoststackFlowKey& key,
              const hoststack::TcpSegment& burst,
              std::uint8_t timeToLive,
              std::uint8_t trafficClass);

  private:
    bool Receive(Ptr<NetDevice> device,
                 Ptr<const Packet> packet,
                 std::uint16_t protocol,
                 const Address& from);
    bool TakeSegment(const Packet& packet);
    bool IsOpen() const;

    HoststackTcpProtocol& m_protocol;
    Ptr<Node> m_node;
    Ptr<NetDevice> m_device;
    Ptr<Ipv4L3Protocol> m_ipv4;
    Ptr<Ipv4Interface> m_interface;
    Address m_broadcast;
    std::uint16_t m_identification{0};
};

} // namespace ns3

#endif // HS_WIRE_PATH_H
