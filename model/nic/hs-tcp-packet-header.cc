// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-packet-header.h"

#include "ns3/hs-packet-content.h"

#include <ns3/node.h>
#include <ns3/tcp-header.h>

#include <algorithm>

namespace ns3
{

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
