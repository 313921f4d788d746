// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpProtocol: what arrives.

#include "ns3/hs-address-conversion.h"
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
#include <utility>
#include <vector>

namespace ns3
{

using hoststack::IpAddress;
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

std::vector<std::uint8_t>
CopyOf(const Packet& packet)
{
    std::vector<std::uint8_t> bytes(packet.GetSize());
    packet.CopyData(bytes.data(), packet.GetSize());
    return bytes;
}

} // namespace

/// What the IP header of an arriving packet says.
struct HoststackTcpProtocol::Arrival
{
    IpAddress local;
    IpAddress remote;
    hoststack::Ecn ecn;
    Ptr<NetDevice> device;
};

HoststackTcpSocket*
HoststackTcpProtocol::FindListener(const HoststackFlowKey& key, Ptr<NetDevice> device) const
{
    HoststackTcpSocket* wildcard = nullptr;
    for (auto* listener : m_listeners)
    {
        const auto& local = listener->Key().local;
        const auto bound = listener->GetBoundNetDevice();
        if (listener->Key().localPort != key.localPort || (bound && bound != device))
        {
            continue;
        }
        if (local == key.local)
        {
            return listener;
        }
        const bool family = local.family == key.local.family || listener->TakesBothFamilies();
        if (IsAny(local) && family && (wildcard == nullptr || local.family == key.local.family))
        {
            wildcard = listener;
        }
    }
    return wildcard;
}

void
HoststackTcpProtocol::Separate(Ptr<NetDevice> device, bool reset)
{
    m_separate.emplace_back(std::move(device), reset);
    FlushRoutes();
}

const bool*
HoststackTcpProtocol::FindSeparation(const IpAddress& local, const Ptr<NetDevice>& arrival) const
{
    const auto home = m_separate.empty() ? arrival : DeviceOf(local);
    if (home == arrival)
    {
        return nullptr;
    }
    const auto found = std::find_if(m_separate.begin(), m_separate.end(), [&](const auto& entry) {
        return entry.first == home || entry.first == arrival;
    });
    return found == m_separate.end() ? nullptr : &found->second;
}

HoststackTcpEndpoint*
HoststackTcpProtocol::FindConnection(const HoststackFlowKey& key, std::uint32_t hash) const
{
    return m_table.Find(hash, [&key](const auto& endpoint) { return endpoint.Key() == key; });
}

bool
HoststackTcpProtocol::ReceiveDirect(Context& context,
                                    const HoststackFlow& flow,
                                    const TcpSegment& segment)
{
    // Only protocols make flows.
    if (!m_directPath || !static_cast<const HoststackTcpRoute&>(flow).IngressUp())
    {
        return false;
    }
    auto* socket = m_table.Find(flow.hash, [&flow, &segment](const auto& candidate) {
        const auto& key = candidate.Key();
        return key.localPort == segment.destinationPort && key.remotePort == segment.sourcePort &&
               key.remote == flow.source && key.local == flow.destination;
    });
    // A SYN may be for a listener, although a connection of the same addresses waits here.
    if (socket == nullptr || IsPlainSyn(segment))
    {
        return false;
    }
    socket->OnSegment(context, segment);
    return true;
}

bool
HoststackTcpProtocol::ReceiveFromWire(const HoststackFlowKey& key,
                                      const std::uint8_t* tcp,
                                      std::size_t available,
                                      std::uint32_t length,
                                      hoststack::Ecn ecn)
{
    auto* socket =
        m_directPath
            ? FindConnection(
                  key,
                  HashFlow(key.remote, key.local, key.remotePort, key.localPort, kProtocolNumber))
            : nullptr;
    TcpSegment segment;
    if (socket == nullptr || socket->WantsContent())
    {
        return false;
    }
    const auto decoded = hoststack::DecodeTcpHeader(tcp, available, segment);
    if (!decoded || IsPlainSyn(segment))
    {
        return false;
    }
    segment.payload =
        hoststack::Payload::Virtual(length - static_cast<std::uint32_t>(decoded.headerLength));
    segment.ecn = ecn;
    socket->OnSegment(m_machine->Current(), segment);
    return true;
}

IpL4Protocol::RxStatus
HoststackTcpProtocol::HandleArrival(const Arrival& arrival, const Packet& packet, bool takeAll)
{
    std::array<std::uint8_t, hoststack::kTcpMaxHeader> bytes;
    const auto copied = packet.CopyData(bytes.data(), bytes.size());
    if (copied < hoststack::kTcpMinHeader)
    {
        return RX_OK;
    }
    HoststackFlowKey key;
    key.local = arrival.local;
    key.remote = arrival.remote;
    key.remotePort = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
    key.localPort = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]);
    auto* socket = FindConnection(
        key,
        HashFlow(key.remote, key.local, key.remotePort, key.localPort, kProtocolNumber));
    auto* listener = socket ? nullptr : FindListener(key, arrival.device);
    if (!socket && !listener && !takeAll)
    {
        return RX_ENDPOINT_UNREACH;
    }
    const bool content = socket && (socket->WantsContent() || CarriesContent(packet));
    const bool verify = Node::ChecksumEnabled();
    const auto all = verify || content ? CopyOf(packet) : std::vector<std::uint8_t>();
    if (verify && !hoststack::VerifyTcpChecksum(all.data(), all.size(), {key.remote, key.local}))
    {
        return RX_CSUM_FAILED;
    }
    TcpSegment segment;
    const auto decoded = hoststack::DecodeTcpHeader(bytes.data(), copied, segment);
    if (!decoded)
    {
        return RX_OK;
    }
    const auto length = packet.GetSize() - decoded.headerLength;
    segment.payload = content ? hoststack::Payload::Copy(all.data() + decoded.headerLength, length)
                              : hoststack::Payload::Virtual(length);
    segment.ecn = arrival.ecn;
    if (const bool* reset = FindSeparation(key.local, arrival.device))
    {
        if (*reset)
        {
            Reset(key, segment);
        }
        return RX_OK;
    }
    const bool plainSyn = IsPlainSyn(segment);
    hoststack::Seq32 iss;
    if (socket && plainSyn && FindListener(key, arrival.device) &&
        socket->GiveWay(m_machine->Current(), segment, iss))
    {
        socket = nullptr;
        listener = FindListener(key, arrival.device);
        m_reopeningIss = iss;
    }
    if (socket)
    {
        socket->OnSegment(m_machine->Current(), segment);
    }
    else if (listener && plainSyn)
    {
        if (listener->AdmitsSyn())
        {
            listener->OnSyn(m_machine->Current(), key, segment);
        }
        m_reopeningIss.reset();
    }
    else
    {
        Reset(key, segment);
    }
    return RX_OK;
}

IpL4Protocol::RxStatus
HoststackTcpProtocol::Receive(Ptr<Packet> packet,
                              const Ipv4Header& header,
                              Ptr<Ipv4Interface> interface)
{
    const Arrival arrival{FromNs3(header.GetDestination()),
                          FromNs3(header.GetSource()),
                          static_cast<hoststack::Ecn>(header.GetEcn()),
                          interface ? interface->GetDevice() : nullptr};
    const auto status = HandleArrival(arrival, *packet, !m_previous4);
    return status == RX_ENDPOINT_UNREACH ? m_previous4->Receive(packet, header, interface) : status;
}

IpL4Protocol::RxStatus
HoststackTcpProtocol::Receive(Ptr<Packet> packet,
                              const Ipv6Header& header,
                              Ptr<Ipv6Interface> interface)
{
    const Arrival arrival{FromNs3(header.GetDestination()),
                          FromNs3(header.GetSource()),
                          static_cast<hoststack::Ecn>(header.GetEcn()),
                          interface ? interface->GetDevice() : nullptr};
    const auto status = HandleArrival(arrival, *packet, !m_previous6);
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
