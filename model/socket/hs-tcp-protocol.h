// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_PROTOCOL_H
#define HS_TCP_PROTOCOL_H

#include "ns3/hs-burst.h"
#include "ns3/hs-flow.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-open-addressing.h"
#include "ns3/hs-packet-input.h"
#include "ns3/hs-path-mtu-cache.h"
#include "ns3/hs-public.h"
#include "ns3/hs-socket-key.h"
#include "ns3/hs-tcp-configurable.h"
#include "ns3/hs-tcp-route.h"
#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-units.h"
#include "ns3/hs-wire-path.h"

#include <ns3/ip-l4-protocol.h>
#include <ns3/nstime.h>
#include <ns3/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ns3
{

class HoststackTcpEndpoint;
class HoststackTcpSocket;
class Ipv4L3Protocol;
class Ipv6L3Protocol;
class Node;

/**
 * hoststack's TCP on a node: protocol 6 in front of ns-3's own.
 *
 * Aggregated to a node that has an internet stack, it takes the place of the protocol with number 6
 * in IPv4 and IPv6 and keeps the one that was there. A packet that belongs to none of its own
 * connections or listeners goes on to that one untouched; where there was none it is answered with
 * a RST. So both stacks run on one node, on different ports.
 *
 * **Direct path.** Segments of a connection whose route leaves through a HoststackNetDevice go to
 * it without ns-3's IP, and what the node's devices receive is looked up here before IP is asked
 * (Take()). Each end decides for itself: a segment that the other end does not take this way
 * becomes a packet there. Results are the same; IP's traces, raw sockets and queue discs do not see
 * these segments. Over ns-3's own point-to-point devices, HoststackWirePath does the same as far as
 * it can. Attribute DirectPath switches both off, for both directions of all of the node's
 * connections. What is sent also goes through IP while IP is traced when the route is looked up,
 * and while the outgoing device has a root queue disc.
 *
 * **Routes** are looked up once and kept for RouteLifetime over point-to-point devices; over others
 * the routing protocol is asked for each packet, as ns-3's TCP does. A kept route is dropped at
 * once when its interface goes down, on FlushRoutes() and when a device reports a link change.
 */
class HS_PUBLIC HoststackTcpProtocol : public IpL4Protocol,
                                       public HoststackTcpConfigurable,
                                       public HoststackPacketInput::Stage
{
  public:
    static constexpr std::uint8_t kProtocolNumber = 6;

    static TypeId GetTypeId();
    HoststackTcpProtocol();
    ~HoststackTcpProtocol() override;

    /// A socket of this node with this protocol's configuration.
    Ptr<Socket> CreateSocket();

    Ptr<Node> GetNode() const
    {
        return m_node;
    }

    /// What the node is. Only on a node.
    HoststackMachine& Machine() const
    {
        return *m_machine;
    }

    /// Routes may have changed: all connections look theirs up again.
    void FlushRoutes()
    {
        ++m_generation;
    }

    void SetDirectPath(bool on);
    bool GetDirectPath() const;
    void SetRouteLifetime(const Time& lifetime);
    Time GetRouteLifetime() const;

    /// Connections in the table, from SYN to TIME-WAIT.
    std::size_t ConnectionCount() const
    {
        return m_table.Size();
    }

    /**
     * \p device leads into a network of its own: the node takes no segment that arrives over it for
     * an address of another device, nor one for its address that arrives elsewhere.
     * \param reset such segments are answered with a RST, as a router's firewall may do
     */
    void Separate(Ptr<NetDevice> device, bool reset);

    /// What listeners of the node have dropped, in listenOverflows and listenDrops, and backlogs of
    /// its sockets, in backlogDrops.
    const hoststack::tcp::Info& GetListenCounts() const
    {
        return m_listenCounts;
    }

    /// \name For the sockets
    /// @{
    hoststack::tcp::Info& EditListenCounts()
    {
        return m_listenCounts;
    }

    /// What a socket wants of its packets besides where they go.
    struct PacketOptions
    {
        Ptr<NetDevice> device;        ///< BindToNetDevice, or nullptr
        std::uint8_t trafficClass{0}; ///< IPv4 TOS or IPv6 traffic class without ECN
        std::uint8_t priority{0};     ///< SO_PRIORITY
        std::uint8_t timeToLive{0};   ///< 0: the node's default
    };

    /// \return nullptr and sets \p error if there is no route
    Ptr<HoststackTcpRoute> FindRoute(const HoststackFlowKey& key,
                                     const PacketOptions& options,
                                     hoststack::TimeNs now,
                                     Socket::SocketErrno& error);

    bool IsFresh(const HoststackTcpRoute& route,
                 std::uint8_t trafficClass,
                 hoststack::TimeNs now) const
    {
        return route.generation == m_generation && now < route.freshUntil &&
               route.trafficClass == trafficClass && route.egress->IsUp();
    }

    /// Sends each segment of \p burst through ns-3's IP. \p route nullptr: IP finds that out.
    void SendThroughIp(const HoststackFlowKey& key,
                       const HoststackTcpRoute* route,
                       const PacketOptions& options,
                       const hoststack::TcpSegment& burst);

    /**
     * A TCP segment that skipped IP on its way up.
     * \param tcp its header, \p available bytes of which are there
     * \param length of header and payload
     * \return false if IP must see it
     */
    bool ReceiveFromWire(const HoststackFlowKey& key,
                         const Ptr<NetDevice>& device,
                         const std::uint8_t* tcp,
                         std::size_t available,
                         std::uint32_t length,
                         hoststack::Ecn ecn);

    /// Claims a local port; 0 asks for an ephemeral one. \return the port, or 0 if it is taken.
    std::uint16_t BindPort(HoststackTcpSocket& socket,
                           const hoststack::IpAddress& address,
                           std::uint16_t port);
    void ReleasePort(const HoststackTcpSocket& socket, std::uint16_t port);

    /// Segments for the key go to \p endpoint. \return false if the key is in use
    bool Insert(HoststackTcpEndpoint& endpoint);
    void Erase(HoststackTcpEndpoint& endpoint);

    void Listen(HoststackTcpSocket& socket);
    /// Keeps a connected socket alive until Remove.
    void Open(HoststackTcpSocket& socket);
    /// Forgets a listener or a connection; drops the reference that kept it alive.
    void Remove(HoststackTcpSocket& socket);

    /// Answers \p cause with a RST unless it is one.
    void Reset(const HoststackFlowKey& key, const hoststack::TcpSegment& cause);
    /// Where a connection that takes the place of one in TIME-WAIT starts; otherwise \p usual.
    hoststack::Seq32 FirstNumber(hoststack::Seq32 usual);
    /// Sends a segment that belongs to no connection.
    void Answer(const HoststackFlowKey& key, const hoststack::TcpSegment& segment);

    /// The device whose interface has that address of the node; nullptr if none has.
    Ptr<NetDevice> DeviceOf(const hoststack::IpAddress& address) const;
    /// @}

    // HoststackPacketInput::Stage
    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) override;
    bool TakesBatches(const HoststackFrame& frame) const override;

    void Announce(hoststack::BatchPlace place) override
    {
        m_place = place;
    }

    void OpenUnit() override;
    void CloseUnit(hoststack::host::Context& context) override;

    // IpL4Protocol
    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> packet,
                     const Ipv4Header& header,
                     Ptr<Ipv4Interface> interface) override;
    RxStatus Receive(Ptr<Packet> packet,
                     const Ipv6Header& header,
                     Ptr<Ipv6Interface> interface) override;
    void ReceiveIcmp(Ipv4Address icmpSource,
                     std::uint8_t icmpTtl,
                     std::uint8_t icmpType,
                     std::uint8_t icmpCode,
                     std::uint32_t icmpInfo,
                     Ipv4Address payloadSource,
                     Ipv4Address payloadDestination,
                     const std::uint8_t payload[8]) override;
    void ReceiveIcmp(Ipv6Address icmpSource,
                     std::uint8_t icmpTtl,
                     std::uint8_t icmpType,
                     std::uint8_t icmpCode,
                     std::uint32_t icmpInfo,
                     Ipv6Address payloadSource,
                     Ipv6Address payloadDestination,
                     const std::uint8_t payload[8]) override;
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  protected:
    void DoDispose() override;
    void NotifyNewAggregate() override;

  private:
    struct PacketArrival;
    struct FrameArrival;
    struct MergedArrival;

    /// IP's interfaces of a device, where it has any.
    struct Ingress
    {
        Ptr<Ipv4Interface> ipv4;
        Ptr<Ipv6Interface> ipv6;
        bool isKnown{false};

        bool IsUp(hoststack::IpFamily family) const
        {
            return family == hoststack::IpFamily::V4 ? ipv4 && ipv4->IsUp() : ipv6 && ipv6->IsUp();
        }
    };

    void TakeOver();
    /// nullptr if the segment may come this way; else whether it is answered with a RST
    const bool* FindSeparation(const hoststack::IpAddress& local, const NetDevice* arrival) const;
    HoststackTcpSocket* FindListener(const HoststackFlowKey& key, const NetDevice* device) const;
    HoststackTcpEndpoint* FindConnection(const HoststackFlowKey& key, std::uint32_t hash) const;
    template <class Arrival>
    void LookUp(hoststack::host::Context& context, const Arrival& arrival, bool opens) const;
    template <class Arrival, class Read>
    bool Deliver(hoststack::host::Context& context, const Arrival& arrival, Read read);
    void DeliverOpening(hoststack::host::Context& context,
                        const HoststackFlowKey& key,
                        const NetDevice* device,
                        HoststackTcpEndpoint* endpoint,
                        const hoststack::Burst& burst);
    RxStatus DeliverPacket(PacketArrival& arrival, const Packet& packet, hoststack::Ecn ecn);
    bool LeadsHere(const HoststackFlow& flow, HoststackNetDevice& device) const;

    const Ingress& IngressOf(HoststackNetDevice& device)
    {
        const auto index = device.GetIfIndex();
        return index < m_ingress.size() && m_ingress[index].isKnown ? m_ingress[index]
                                                                    : LearnIngress(device);
    }

    const Ingress& LearnIngress(HoststackNetDevice& device);
    void DeviceAdded(Ptr<NetDevice> device);
    bool TakeIcmp(const HoststackFlowKey& key,
                  hoststack::Seq32 sequence,
                  std::uint8_t type,
                  std::uint8_t code,
                  std::uint32_t info);
    void OnTooBig(hoststack::host::Context& context,
                  HoststackTcpEndpoint& endpoint,
                  hoststack::Seq32 sequence,
                  std::uint32_t mtu);
    HoststackWirePath* OpenWirePath(const Ptr<NetDevice>& device);
    bool SuitsDirectPath(const HoststackEgress& egress, const Ptr<NetDevice>& device) const;
    Ptr<const HoststackEgress> Shared(const Ptr<const HoststackEgress>& found);
    Ptr<Ipv4Route> Route4(Ptr<Packet> packet,
                          const HoststackFlowKey& key,
                          Ptr<NetDevice> device,
                          Socket::SocketErrno& error) const;
    Ptr<Ipv6Route> Route6(Ptr<Packet> packet,
                          const HoststackFlowKey& key,
                          Ptr<NetDevice> device,
                          Socket::SocketErrno& error) const;

    Ptr<Node> m_node;
    HoststackMachine* m_machine{nullptr}; ///< aggregated beside this, so it lives as long
    Ptr<Ipv4L3Protocol> m_ipv4;
    Ptr<Ipv6L3Protocol> m_ipv6;
    Ptr<IpL4Protocol> m_previous4; ///< protocol 6 before us
    Ptr<IpL4Protocol> m_previous6;
    DownTargetCallback m_downTarget;   ///< null: m_ipv4
    DownTargetCallback6 m_downTarget6; ///< null: m_ipv6

    std::vector<std::unique_ptr<HoststackWirePath>> m_wires; ///< one per point-to-point device
    std::vector<Ptr<const HoststackEgress>> m_egresses;      ///< found last, for others to share
    hoststack::host::OpenAddressing<HoststackTcpEndpoint> m_table;
    std::vector<Ingress> m_ingress; ///< by the device's index
    HoststackPathMtuCache m_pathMtus;
    hoststack::tcp::Info m_listenCounts;
    hoststack::host::OpenAddressing<HoststackTcpSocket> m_listeners; ///< by address and port
    std::vector<Ptr<HoststackTcpSocket>> m_sockets;                  ///< open ones, kept alive
    /// Explicitly bound sockets and those with an ephemeral port, by port.
    std::unordered_multimap<std::uint16_t, HoststackTcpSocket*> m_ports;
    // Linux' net.ipv4.ip_local_port_range. ns-3's own TCP begins at 49152, so the two do not meet
    // before 16,384 connections.
    static constexpr std::uint16_t kFirstEphemeral = 32768;
    static constexpr std::uint16_t kLastEphemeral = 60999;
    std::uint16_t m_nextPort{kFirstEphemeral};
    std::uint32_t m_generation{0};
    hoststack::TimeNs m_routeLifetime{0};
    std::vector<std::pair<Ptr<NetDevice>, bool>> m_separate; ///< and whether they reset
    bool m_directPath{true};
    bool m_virtualPayload{true};
    std::optional<hoststack::Seq32> m_reopeningIss;
    std::shared_ptr<MergedArrival> m_merged; ///< between OpenUnit() and CloseUnit()
    hoststack::BatchPlace m_place{hoststack::BatchPlace::None}; ///< as announced
};

} // namespace ns3

#endif // HS_TCP_PROTOCOL_H
