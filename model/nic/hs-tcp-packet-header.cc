// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-packet-header.h"

#include "ns3/hs-packet-content.h"
#include "ns3/hs-reveal.h"

#include <ns3/buffer.h>
#include <ns3/node.h>
#include <ns3/tcp-header.h>

#include <algorithm>

namespace ns3
{

namespace
{

HOSTSTACK_REVEAL(BufferOf, &Packet::m_buffer);
HOSTSTACK_REVEAL(RoomBefore, &Buffer::m_start);

/// IPv4 (RFC 791: 20 bytes), the longest TCP header (60) and what devices put before them.
constexpr std::uint32_t kHeaderRoom = 128;

/**
 * A new packet's buffer ends where its content does. Each header then takes a larger one, and none
 * of them comes back: ns-3 keeps those that are given back for the next packet (Buffer::Recycle),
 * but only the largest there have been. With room for all headers the first is the last, and is
 * kept.
 */
void
MakeHeaderRoom(Packet& packet)
{
    auto& buffer = packet.*Revealed(BufferOf());
    if (buffer.*Revealed(RoomBefore()) < kHeaderRoom)
    {
        buffer.AddAtStart(kHeaderRoom);
        buffer.RemoveAtStart(kHeaderRoom);
    }
}

} // namespace

HoststackTcpHeader::HoststackTcpHeader(const hoststack::TcpSegment& segment,
                                       const hoststack::IpEndpoints* endpoints)
{
    const auto length =
        endpoints ? hoststack::EncodeTcpHeader(segment, *endpoints, m_bytes.data(), m_bytes.size())
                  : hoststack::EncodeTcpHeader(segment, m_bytes.data(), m_bytes.size());
    m_length = static_cast<std::uint32_t>(length);
}

TypeId
HoststackTcpHeader::GetInstanceTypeId() const
{
    return TcpHeader::GetTypeId();
}

void
HoststackTcpHeader::Print(std::ostream& os) const
{
    Buffer buffer;
    buffer.AddAtStart(m_length);
    Serialize(buffer.Begin());
    TcpHeader header;
    header.Deserialize(buffer.Begin());
    header.Print(os);
}

std::uint32_t
HoststackTcpHeader::GetSerializedSize() const
{
    return m_length;
}

void
HoststackTcpHeader::Serialize(Buffer::Iterator start) const
{
    start.Write(m_bytes.data(), m_length);
}

std::uint32_t
HoststackTcpHeader::Deserialize(Buffer::Iterator start)
{
    start.Read(m_bytes.data(), hoststack::kTcpMinHeader);
    m_length = std::max<std::uint32_t>((m_bytes[12] >> 4) * 4U, hoststack::kTcpMinHeader);
    start.Read(m_bytes.data() + hoststack::kTcpMinHeader, m_length - hoststack::kTcpMinHeader);
    return m_length;
}

Ptr<Packet>
MakePayloadPacket(const hoststack::Payload& payload)
{
    auto packet = payload.IsVirtual() ? Create<Packet>(payload.Length())
                                      : Create<Packet>(payload.Data(), payload.Length());
    MakeHeaderRoom(*packet);
    if (!payload.IsVirtual() && payload.Length() > 0)
    {
        MarkContent(*packet);
    }
    return packet;
}

Ptr<Packet>
MakeTcpPacket(const hoststack::TcpSegment& segment, const hoststack::IpEndpoints* endpoints)
{
    auto packet = MakePayloadPacket(segment.payload);
    packet->AddHeader(HoststackTcpHeader(segment, endpoints));
    return packet;
}

Ptr<Packet>
MakeTcpPacket(const hoststack::TcpSegment& segment, const hoststack::IpEndpoints& endpoints)
{
    return MakeTcpPacket(segment, Node::ChecksumEnabled() ? &endpoints : nullptr);
}

} // namespace ns3
