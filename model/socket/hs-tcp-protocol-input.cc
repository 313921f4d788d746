// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpProtocol: what arrives.

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-packet-content.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-tcp-endpoint.h"
#include "ns3/hs-tcp-protocol.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/node.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace ns3
{

using hoststack::Burst;
using hoststack::IpAddress;
using hoststack::IpFamily;
using hoststack::TcpSegment;
using hoststack::host::Context;

namespace
{

bool
IsPlainSyn(const TcpSegment& segment)
{
    return (segment.flags & (hoststack::kSyn | hoststack::kAck | hoststack::kRst)) ==
           hoststack::kSyn;
}

/// Of a packet of IP whose TCP header is that of \p segment.
std::optional<HoststackFlowKey>
KeyOf(const Packet& packet, const TcpSegment& segment)
{
    constexpr std::size_t kMostIp = 60;
    std::array<std::uint8_t, kMostIp> bytes;
    packet.CopyData(bytes.data(), bytes.size());
    hoststack::IpHeader ip;
    if (!hoststack::DecodeIpHeader(bytes.data(),
                                   std::max<std::size_t>(bytes.size(), packet.GetSize()),
                                   ip))
    {
        return {};
    }
    HoststackFlowKey key;
    key.local = ip.destination;
    key.remote = ip.source;
    key.localPort = segment.destinationPort;
    key.remotePort = segment.sourcePort;
    return key;
}

std::vector<std::uint8_t>
CopyOf(const Packet& packet)
{
    std::vector<std::uint8_t> bytes(packet.GetSize());
    packet.CopyData(bytes.data(), packet.GetSize());
    return bytes;
}

} // namespace

/// A segment out of a packet: where it has arrived, and for whom.
struct HoststackTcpProtocol::PacketArrival
{
    HoststackFlowKey key;
    std::uint32_t hash{0};
    const NetDevice* device{nullptr};
    bool isEarly{false};  ///< before IP: what is not surely for an open connection is left to IP
    bool takesAll{false}; ///< there is no TCP behind this one
    hoststack::BatchPlace place{hoststack::BatchPlace::None};
    static constexpr std::uint32_t truesize{0};

    const HoststackFlowKey& Key() const
    {
        return key;
    }

    bool IsFor(const HoststackTcpEndpoint& endpoint) const
    {
        return endpoint.Key() == key;
    }
};

/// What a receive offload has merged, while IP brings it packet by packet.
struct HoststackTcpProtocol::MergedArrival
{
    PacketArrival arrival;
    TcpSegment segment;
    bool isEmpty{true};

    void Add(const PacketArrival& from, const TcpSegment& piece)
    {
        if (std::exchange(isEmpty, false))
        {
            arrival = from;
            segment = piece;
            segment.mss = static_cast<std::uint16_t>(piece.payload.Length());
            return;
        }
        segment.flags |= piece.flags;
        segment.payload.Append(piece.payload);
    }
};

/// The same of a frame on the direct path, whose flow says most of it.
struct HoststackTcpProtocol::FrameArrival
{
    static constexpr bool isEarly{true};
    static constexpr bool takesAll{false};
    const HoststackFlow& flow;
    const TcpSegment& segment;
    std::uint32_t hash;
    const NetDevice* device;
    std::uint32_t truesize;
    hoststack::BatchPlace place;

    HoststackFlowKey Key() const
    {
        HoststackFlowKey key;
        key.local = flow.destination;
        key.remote = flow.source;
        key.localPort = segment.destinationPort;
        key.remotePort = segment.sourcePort;
        return key;
    }

    /// Addresses need no look if the endpoint's segments have come by this flow before.
    bool IsFor(const HoststackTcpEndpoint& endpoint) const
    {
        const auto& key = endpoint.Key();
        return key.localPort == segment.destinationPort && key.remotePort == segment.sourcePort &&
               (PeekPointer(endpoint.ArrivesBy()) == &flow ||
                (key.remote == flow.source && key.local == flow.destination));
    }
};

HoststackTcpSocket*
HoststackTcpProtocol::FindListener(const HoststackFlowKey& key, const NetDevice* device) const
{
    // Most particular first: the address itself, all of its family, all of both families.
    const auto& own = key.local;
    for (const auto& local : {own, IpAddress{own.family, {}}, IpAddress{IpFamily::V6, {}}})
    {
        auto* listener = m_listeners.Find(
            hoststack::host::HashBound(local, key.localPort),
            [&](HoststackTcpSocket& socket) {
                const auto bound = socket.GetBoundNetDevice();
                return socket.Key().localPort == key.localPort && socket.Key().local == local &&
                       (local.family == own.family || socket.TakesBothFamilies()) &&
                       (!bound || PeekPointer(bound) == device);
            });
        if (listener != nullptr)
        {
            return listener;
        }
    }
    return nullptr;
}

void
HoststackTcpProtocol::Separate(Ptr<NetDevice> device, bool reset)
{
    m_separate.emplace_back(std::move(device), reset);
    FlushRoutes();
}

const bool*
HoststackTcpProtocol::FindSeparation(const IpAddress& local, const NetDevice* arrival) const
{
    if (m_separate.empty())
    {
        return nullptr;
    }
    const auto home = DeviceOf(local);
    if (PeekPointer(home) == arrival)
    {
        return nullptr;
    }
    const auto found = std::find_if(m_separate.begin(), m_separate.end(), [&](const auto& entry) {
        return entry.first == home || PeekPointer(entry.first) == arrival;
    });
    return found == m_separate.end() ? nullptr : &found->second;
}

HoststackTcpEndpoint*
HoststackTcpProtocol::FindConnection(const HoststackFlowKey& key, std::uint32_t hash) const
{
    return m_table.Find(hash, [&key](const auto& endpoint) { return endpoint.Key() == key; });
}

/// What finding its socket costs the host, once nobody else can get the segment any more.
template <class Arrival>
void
HoststackTcpProtocol::LookUp(Context& context, const Arrival& arrival, bool opens) const
{
    if (auto* dispatch = m_machine->Dispatch())
    {
        const auto& key = arrival.Key();
        dispatch->OnPacket(context,
                           arrival.device ? arrival.device->GetIfIndex() : 0,
                           {key.local,
                            key.remote,
                            key.localPort,
                            key.remotePort,
                            hoststack::host::SocketProtocol::Tcp,
                            opens});
    }
}

/**
 * The one way up, whoever has brought the segment.
 * \param read gives the segment, with or without its content; nullptr if it cannot
 * \return false if it is for somebody else
 */
template <class Arrival, class Read>
bool
HoststackTcpProtocol::Deliver(Context& context, const Arrival& arrival, Read read)
{
    const auto chargeIf = [&context, &arrival](bool here) {
        if (here && !hoststack::Follows(arrival.place)) // an offload has looked once for its batch
        {
            context.Charge(hoststack::host::Operation::ReceiveIp);
            context.Charge(hoststack::host::Operation::FindSocket);
        }
    };
    chargeIf(!arrival.isEarly); // what is early and not taken comes again through IP
    auto* endpoint = m_table.Find(arrival.hash, [&arrival](const auto& candidate) {
        return arrival.IsFor(candidate);
    });
    const bool isWanted =
        endpoint != nullptr ||
        (!arrival.isEarly &&
         (arrival.takesAll || FindListener(arrival.Key(), arrival.device) != nullptr));
    if (!isWanted)
    {
        return false;
    }
    const TcpSegment* segment = read(endpoint);
    if (segment == nullptr)
    {
        return !arrival.isEarly;
    }
    // A SYN may be for a listener, although a connection of the same addresses waits here.
    const bool isPlainSyn = IsPlainSyn(*segment);
    if (endpoint != nullptr && !isPlainSyn && m_separate.empty())
    {
        chargeIf(arrival.isEarly);
        LookUp(context, arrival, isPlainSyn);
        endpoint->OnSegment(context, {*segment, arrival.truesize, arrival.place});
        return true;
    }
    const auto& key = arrival.Key();
    if (arrival.isEarly && (isPlainSyn || FindSeparation(key.local, arrival.device)))
    {
        return false;
    }
    chargeIf(arrival.isEarly);
    LookUp(context, arrival, isPlainSyn);
    DeliverOpening(context,
                   key,
                   arrival.device,
                   endpoint,
                   {*segment, arrival.truesize, arrival.place});
    return true;
}

/// What may be refused, open a connection, or be for nobody.
void
HoststackTcpProtocol::DeliverOpening(Context& context,
                                     const HoststackFlowKey& key,
                                     const NetDevice* device,
                                     HoststackTcpEndpoint* endpoint,
                                     const Burst& burst)
{
    const auto& segment = burst.segment;
    if (const bool* reset = FindSeparation(key.local, device))
    {
        if (*reset)
        {
            Reset(key, segment);
        }
        return;
    }
    const bool isPlainSyn = IsPlainSyn(segment);
    hoststack::Seq32 iss;
    if (endpoint && isPlainSyn && FindListener(key, device) &&
        endpoint->GiveWay(context, segment, iss))
    {
        endpoint = nullptr;
        m_reopeningIss = iss;
    }
    auto* listener = endpoint ? nullptr : FindListener(key, device);
    if (endpoint)
    {
        endpoint->OnSegment(context, burst);
    }
    else if (listener && isPlainSyn)
    {
        if (listener->AdmitsSyn())
        {
            listener->OnSyn(context, key, segment);
        }
        m_reopeningIss.reset();
    }
    else
    {
        Reset(key, segment);
    }
}

const HoststackTcpProtocol::Ingress&
HoststackTcpProtocol::LearnIngress(HoststackNetDevice& device)
{
    const auto index = device.GetIfIndex();
    if (index >= m_ingress.size())
    {
        m_ingress.resize(index + 1);
    }
    auto& ingress = m_ingress[index];
    ingress.isKnown = true;
    const auto four = m_ipv4 ? m_ipv4->GetInterfaceForDevice(&device) : -1;
    const auto six = m_ipv6 ? m_ipv6->GetInterfaceForDevice(&device) : -1;
    ingress.ipv4 = four >= 0 ? m_ipv4->GetInterface(four) : nullptr;
    ingress.ipv6 = six >= 0 ? m_ipv6->GetInterface(six) : nullptr;
    return ingress;
}

bool
HoststackTcpProtocol::LeadsHere(const HoststackFlow& flow, HoststackNetDevice& device) const
{
    if (flow.destination.family == hoststack::IpFamily::V4)
    {
        const auto interface = m_ipv4->GetInterfaceForDevice(&device);
        return m_ipv4->IsDestinationAddress(ToIpv4(flow.destination), interface);
    }
    return m_ipv6->GetInterfaceForAddress(ToIpv6(flow.destination)) >= 0;
}

bool
HoststackTcpProtocol::TakesBatches(const HoststackFrame& frame) const
{
    const HoststackTcpEndpoint* endpoint = nullptr;
    if (frame.flow)
    {
        const FrameArrival arrival{*frame.flow, frame.segment, frame.flow->hash, nullptr, 0, {}};
        endpoint = m_table.Find(arrival.hash, [&arrival](const auto& candidate) {
            return arrival.IsFor(candidate);
        });
    }
    else if (const auto key = KeyOf(*frame.packet, frame.segment))
    {
        endpoint = FindConnection(
            *key,
            HashFlow(key->remote, key->local, key->remotePort, key->localPort, kProtocolNumber));
    }
    return endpoint != nullptr && endpoint->TakesBatches();
}

bool
HoststackTcpProtocol::Take(Context& context,
                           HoststackNetDevice& device,
                           const HoststackFrame& frame)
{
    const auto& flow = *frame.flow;
    const auto& segment = frame.segment;
    if (!m_directPath || !IngressOf(device).IsUp(flow.destination.family))
    {
        return false;
    }
    const FrameArrival arrival{flow, segment, flow.hash, &device, frame.truesize, frame.place};
    return Deliver(context, arrival, [&](HoststackTcpEndpoint* endpoint) -> const TcpSegment* {
        if (endpoint->ArrivesBy() != frame.flow)
        {
            if (!LeadsHere(flow, device))
            {
                return nullptr;
            }
            endpoint->SetArrivesBy(frame.flow);
        }
        return &segment;
    });
}

bool
HoststackTcpProtocol::ReceiveFromWire(const HoststackFlowKey& key,
                                      const Ptr<NetDevice>& device,
                                      const std::uint8_t* tcp,
                                      std::size_t available,
                                      std::uint32_t length,
                                      hoststack::Ecn ecn)
{
    if (!m_directPath)
    {
        return false;
    }
    PacketArrival arrival;
    arrival.key = key;
    arrival.hash = HashFlow(key.remote, key.local, key.remotePort, key.localPort, kProtocolNumber);
    arrival.device = PeekPointer(device);
    arrival.isEarly = true;
    TcpSegment segment;
    return Deliver(m_machine->Current(),
                   arrival,
                   [&](HoststackTcpEndpoint* endpoint) -> const TcpSegment* {
                       if (endpoint->WantsContent())
                       {
                           return nullptr;
                       }
                       const auto decoded = hoststack::DecodeTcpHeader(tcp, available, segment);
                       if (!decoded)
                       {
                           return nullptr;
                       }
                       segment.payload = hoststack::Payload::Virtual(
                           length - static_cast<std::uint32_t>(decoded.headerLength));
                       segment.ecn = ecn;
                       return &segment;
                   });
}

IpL4Protocol::RxStatus
HoststackTcpProtocol::DeliverPacket(PacketArrival& arrival,
                                    const Packet& packet,
                                    hoststack::Ecn ecn)
{
    std::array<std::uint8_t, hoststack::kTcpMaxHeader> bytes;
    const auto copied = packet.CopyData(bytes.data(), bytes.size());
    if (copied < hoststack::kTcpMinHeader)
    {
        return RX_OK;
    }
    arrival.place = m_place;
    auto& key = arrival.key;
    key.remotePort = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
    key.localPort = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
    arrival.hash = HashFlow(key.remote, key.local, key.remotePort, key.localPort, kProtocolNumber);
    auto status = RX_OK;
    TcpSegment segment;
    const auto read = [&](HoststackTcpEndpoint* endpoint) -> const TcpSegment* {
        const bool content = endpoint && (endpoint->WantsContent() || CarriesContent(packet));
        const bool verify = Node::ChecksumEnabled();
        const auto all = verify || content ? CopyOf(packet) : std::vector<std::uint8_t>();
        if (verify &&
            !hoststack::VerifyTcpChecksum(all.data(), all.size(), {key.remote, key.local}))
        {
            status = RX_CSUM_FAILED;
            return nullptr;
        }
        const auto decoded = hoststack::DecodeTcpHeader(bytes.data(), copied, segment);
        if (!decoded)
        {
            return nullptr;
        }
        const auto length = packet.GetSize() - decoded.headerLength;
        segment.payload = content
                              ? hoststack::Payload::Copy(all.data() + decoded.headerLength, length)
                              : hoststack::Payload::Virtual(length);
        segment.ecn = ecn;
        return &segment;
    };
    if (auto* endpoint = m_merged ? FindConnection(key, arrival.hash) : nullptr)
    {
        if (read(endpoint) != nullptr)
        {
            m_merged->Add(arrival, segment);
        }
        return status;
    }
    return Deliver(m_machine->Current(), arrival, read) ? status : RX_ENDPOINT_UNREACH;
}

void
HoststackTcpProtocol::OpenUnit()
{
    m_merged = std::make_shared<MergedArrival>();
}

void
HoststackTcpProtocol::CloseUnit(Context& context)
{
    const auto merged = std::exchange(m_merged, nullptr);
    if (!merged->isEmpty)
    {
        Deliver(context, merged->arrival, [&](HoststackTcpEndpoint*) { return &merged->segment; });
    }
}

IpL4Protocol::RxStatus
HoststackTcpProtocol::Receive(Ptr<Packet> packet,
                              const Ipv4Header& header,
                              Ptr<Ipv4Interface> interface)
{
    PacketArrival arrival;
    arrival.key.local = FromNs3(header.GetDestination());
    arrival.key.remote = FromNs3(header.GetSource());
    arrival.device = interface ? PeekPointer(interface->GetDevice()) : nullptr;
    arrival.takesAll = !m_previous4;
    const auto status =
        DeliverPacket(arrival, *packet, static_cast<hoststack::Ecn>(header.GetEcn()));
    return status == RX_ENDPOINT_UNREACH ? m_previous4->Receive(packet, header, interface) : status;
}

IpL4Protocol::RxStatus
HoststackTcpProtocol::Receive(Ptr<Packet> packet,
                              const Ipv6Header& header,
                              Ptr<Ipv6Interface> interface)
{
    PacketArrival arrival;
    arrival.key.local = FromNs3(header.GetDestination());
    arrival.key.remote = FromNs3(header.GetSource());
    arrival.device = interface ? PeekPointer(interface->GetDevice()) : nullptr;
    arrival.takesAll = !m_previous6;
    const auto status =
        DeliverPacket(arrival, *packet, static_cast<hoststack::Ecn>(header.GetEcn()));
    return status == RX_ENDPOINT_UNREACH ? m_previous6->Receive(packet, header, interface) : status;
}

void
HoststackTcpProtocol::Reset(const HoststackFlowKey& key, const TcpSegment& cause)
{
    if (!cause.Has(hoststack::kRst))
    {
        Answer(key, hoststack::tcp::ResetFor(cause));
    }
}

hoststack::Seq32
HoststackTcpProtocol::FirstNumber(hoststack::Seq32 usual)
{
    return std::exchange(m_reopeningIss, std::nullopt).value_or(usual);
}

void
HoststackTcpProtocol::Answer(const HoststackFlowKey& key, const TcpSegment& segment)
{
    SendThroughIp(key, nullptr, PacketOptions(), segment);
}

int
HoststackTcpProtocol::GetProtocolNumber() const
{
    return kProtocolNumber;
}

} // namespace ns3
