// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-wire-path.h"

#include "ns3/hs-flow.h"
#include "ns3/hs-ip-traces.h"
#include "ns3/hs-packet-content.h"
#include "ns3/hs-reveal.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-packet-header.h"
#include "ns3/hs-tcp-protocol.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/ipv4-header.h>
#include <ns3/point-to-point-net-device.h>
#include <ns3/queue-disc.h>
#include <ns3/traffic-control-layer.h>

#include <algorithm>
#include <array>

namespace ns3
{

namespace
{

HOSTSTACK_REVEAL(NodeReceive, &Node::NonPromiscReceiveFromDevice);
HOSTSTACK_REVEAL(KeepsHeaders, &PacketMetadata::m_enable);

// RFC 791 section 3.1.
constexpr std::uint32_t kIpv4Header = 20;
constexpr std::uint8_t kVersionAndLength = 0x45; // IPv4 without options
constexpr std::size_t kTosAt = 1;
constexpr std::size_t kTotalLengthAt = 2;
constexpr std::size_t kIdentificationAt = 4;
constexpr std::size_t kFragmentAt = 6; // 16 bits; 0x4000 is DF
constexpr std::size_t kTimeToLiveAt = 8;
constexpr std::size_t kProtocolAt = 9;
constexpr std::size_t kSourceAt = 12;
constexpr std::size_t kDestinationAt = 16;
constexpr std::size_t kIpv4Address = 4;

std::uint16_t
Read16(const std::uint8_t* bytes)
{
    return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

void
Write16(std::uint8_t* bytes, std::uint32_t value)
{
    bytes[0] = static_cast<std::uint8_t>(value >> 8);
    bytes[1] = static_cast<std::uint8_t>(value);
}

/// The headers of IPv4 and TCP as one: the bytes that ns-3's Ipv4Header and TCP's write one after
/// the other, put in front of a packet once.
class SegmentHeaders final : public Header
{
  public:
    SegmentHeaders(const HoststackFlowKey& key, std::uint8_t timeToLive, std::uint8_t trafficClass)
    {
        m_bytes[0] = kVersionAndLength;
        m_bytes[kTosAt] = trafficClass;
        m_bytes[kTimeToLiveAt] = timeToLive;
        m_bytes[kProtocolAt] = HoststackTcpProtocol::kProtocolNumber;
        std::copy_n(key.local.bytes.data(), kIpv4Address, &m_bytes[kSourceAt]);
        std::copy_n(key.remote.bytes.data(), kIpv4Address, &m_bytes[kDestinationAt]);
    }

    void Fill(const hoststack::TcpSegment& segment, std::uint16_t identification)
    {
        m_length = kIpv4Header + static_cast<std::uint32_t>(
                                     hoststack::EncodeTcpHeader(segment,
                                                                &m_bytes[kIpv4Header],
                                                                m_bytes.size() - kIpv4Header));
        Write16(&m_bytes[kTotalLengthAt], m_length + segment.payload.Length());
        Write16(&m_bytes[kIdentificationAt], identification);
    }

    TypeId GetInstanceTypeId() const override
    {
        return Ipv4Header::GetTypeId();
    }

    void Print(std::ostream& os) const override
    {
        os << "IPv4 and TCP, " << m_length << " bytes";
    }

    std::uint32_t GetSerializedSize() const override
    {
        return m_length;
    }

    void Serialize(Buffer::Iterator start) const override
    {
        start.Write(m_bytes.data(), m_length);
    }

    /// Nobody takes it off: packets are read by ns-3's headers and by TakeSegment().
    std::uint32_t Deserialize(Buffer::Iterator start) override
    {
        start.Read(m_bytes.data(), kIpv4Header);
        return m_length = kIpv4Header;
    }

  private:
    std::array<std::uint8_t, kIpv4Header + hoststack::kTcpMaxHeader> m_bytes{};
    std::uint32_t m_length{kIpv4Header};
};

} // namespace

bool
HoststackWirePath::Suits(const Node& node, const Ptr<NetDevice>& device)
{
    if (!DynamicCast<PointToPointNetDevice>(device) || Node::ChecksumEnabled())
    {
        return false;
    }
    const auto control = node.GetObject<TrafficControlLayer>();
    return !control || !control->GetRootQueueDiscOnDevice(device);
}

HoststackWirePath::HoststackWirePath(HoststackTcpProtocol& protocol,
                                     const Ptr<Node>& node,
                                     const Ptr<NetDevice>& device)
    : m_protocol(protocol),
      m_node(node),
      m_device(device),
      m_ipv4(node->GetObject<Ipv4L3Protocol>()),
      m_interface(m_ipv4->GetInterface(m_ipv4->GetInterfaceForDevice(device))),
      m_broadcast(device->GetBroadcast())
{
    m_device->SetReceiveCallback(MakeCallback(&HoststackWirePath::Receive, this));
}

HoststackWirePath::~HoststackWirePath()
{
    m_device->SetReceiveCallback(MakeCallback(Revealed(NodeReceive()), PeekPointer(m_node)));
}

bool
HoststackWirePath::IsOpen() const
{
    // Who has asked ns-3 to remember headers is to find one by one those that IP would make.
    return m_interface->IsUp() && !IsTraced(*m_ipv4) && !*Revealed(KeepsHeaders());
}

bool
HoststackWirePath::Send(const HoststackFlowKey& key,
                        const hoststack::TcpSegment& burst,
                        std::uint8_t timeToLive,
                        std::uint8_t trafficClass)
{
    const auto count = burst.SegmentCount();
    const auto payload = count == 1 ? burst.payload.Length() : std::uint32_t{burst.mss};
    if (kIpv4Header + hoststack::TcpHeaderLength(burst) + payload > m_device->GetMtu() || !IsOpen())
    {
        return false;
    }
    SegmentHeaders headers(key, timeToLive, trafficClass);
    const auto send = [&](const hoststack::TcpSegment& segment) {
        headers.Fill(segment, m_identification++);
        const auto packet = MakePayloadPacket(segment.payload);
        packet->AddHeader(headers);
        m_device->Send(packet, m_broadcast, Ipv4L3Protocol::PROT_NUMBER);
    };
    if (count == 1)
    {
        send(burst);
        return true;
    }
    for (std::uint32_t i = 0; i < count; ++i)
    {
        send(CutSegment(burst, i));
    }
    return true;
}

bool
HoststackWirePath::Receive(Ptr<NetDevice> device,
                           Ptr<const Packet> packet,
                           std::uint16_t protocol,
                           const Address& from)
{
    if (protocol == Ipv4L3Protocol::PROT_NUMBER && TakeSegment(*packet))
    {
        return true;
    }
    return (PeekPointer(m_node)->*Revealed(NodeReceive()))(device, packet, protocol, from);
}

bool
HoststackWirePath::TakeSegment(const Packet& packet)
{
    std::array<std::uint8_t, kIpv4Header + hoststack::kTcpMaxHeader> bytes;
    const auto copied = packet.CopyData(bytes.data(), bytes.size());
    constexpr std::uint16_t kDontFragment = 0x4000;
    if (copied < kIpv4Header + hoststack::kTcpMinHeader || bytes[0] != kVersionAndLength ||
        bytes[kProtocolAt] != HoststackTcpProtocol::kProtocolNumber ||
        Read16(&bytes[kTotalLengthAt]) != packet.GetSize() ||
        (Read16(&bytes[kFragmentAt]) & ~kDontFragment) != 0 || CarriesContent(packet) || !IsOpen())
    {
        return false;
    }
    const auto* tcp = bytes.data() + kIpv4Header;
    HoststackFlowKey key;
    std::copy_n(&bytes[kDestinationAt], kIpv4Address, key.local.bytes.data());
    std::copy_n(&bytes[kSourceAt], kIpv4Address, key.remote.bytes.data());
    key.remotePort = Read16(tcp);
    key.localPort = Read16(tcp + 2);
    return m_protocol.ReceiveFromWire(key,
                                      m_device,
                                      tcp,
                                      copied - kIpv4Header,
                                      packet.GetSize() - kIpv4Header,
                                      static_cast<hoststack::Ecn>(bytes[kTosAt] & 3));
}

} // namespace ns3
