// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_PACKET_HEADER_H
#define HS_TCP_PACKET_HEADER_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-segment.h"

#include <ns3/header.h>
#include <ns3/packet.h>

#include <array>
#include <cstdint>

namespace ns3
{

/**
 * Writes the header of a TcpSegment in front of an ns-3 packet. To ns-3 it is its own TcpHeader: it
 * prints as one and can be removed as one. Reading goes through DecodeTcpHeader(), not this class.
 */
class HoststackTcpHeader : public Header
{
  public:
    /// \p endpoints: addresses for the checksum; nullptr leaves it 0, as ns-3 does unless its
    /// global ChecksumEnabled is set.
    HoststackTcpHeader(const hoststack::TcpSegment& segment,
                       const hoststack::IpEndpoints* endpoints);

    TypeId GetInstanceTypeId() const override;
    void Print(std::ostream& os) const override;
    std::uint32_t GetSerializedSize() const override;
    void Serialize(Buffer::Iterator start) const override;
    std::uint32_t Deserialize(Buffer::Iterator start) override;

  private:
    std::array<std::uint8_t, hoststack::kTcpMaxHeader> m_bytes;
    std::uint32_t m_length;
};

/// A packet of \p payload alone.
Ptr<Packet> MakePayloadPacket(const hoststack::Payload& payload);

/// A packet of header and payload (virtual payload stays virtual in ns-3's buffer); the checksum as
/// HoststackTcpHeader's.
Ptr<Packet> MakeTcpPacket(const hoststack::TcpSegment& segment,
                          const hoststack::IpEndpoints* endpoints);

/// The same with a checksum if ns-3's global ChecksumEnabled is set.
Ptr<Packet> MakeTcpPacket(const hoststack::TcpSegment& segment,
                          const hoststack::IpEndpoints& endpoints);

} // namespace ns3

#endif // HS_TCP_PACKET_HEADER_H
