// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OFFLOAD_FRAME_H
#define HS_OFFLOAD_FRAME_H

#include "ns3/hs-offload-packet.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hoststack
{

/**
 * The bytes of an Ethernet frame as the layers below TCP's and UDP's part of GRO see them (Linux
 * 6.18: eth_type, inet_gro_receive, ipv6_gro_receive, tcp4_gro_receive, udp_gro_receive_segment).
 * Checksums are verified here, as software does for a NIC that does not.
 *
 * Limits: no 802.1Q header inside the frame and no encapsulation; such frames pass.
 */
struct OffloadFrame
{
    OffloadPacket packet; ///< its options are this frame's: copying it is not enough
    TcpOptions options;
    std::size_t headerLength{0};  ///< Ethernet, IP, TCP or UDP; 0: not understood
    std::size_t networkLength{0}; ///< IP header, and extension headers of IPv6
    bool isVerified{false};       ///< its checksum was looked at, and is right
};

/// Reads frames, and numbers the flows that it meets.
class OffloadFrameReader
{
  public:
    /**
     * \param frame Ethernet header, packet and padding
     * \param vlan the tag that the NIC took out, 0: none
     * \param out overwritten; `packet.id` stays
     */
    void Read(const std::vector<std::uint8_t>& frame,
              std::uint32_t hash,
              std::uint16_t vlan,
              OffloadFrame& out);

  private:
    void ReadTcp(const std::vector<std::uint8_t>& frame, std::size_t at, OffloadFrame& out);
    void ReadUdp(const std::vector<std::uint8_t>& frame, std::size_t at, OffloadFrame& out);

    std::map<std::string, std::uint64_t> m_flows;
};

/// TCP's or UDP's checksum of the \p length bytes at \p transport over the addresses of the IP
/// header at \p network; 0 if the bytes hold their right checksum.
std::uint16_t TransportChecksum(const std::uint8_t* network,
                                const std::uint8_t* transport,
                                std::size_t length,
                                std::uint8_t protocol);

/// The part of that sum which is not the packet's bytes, not complemented: what stands in the
/// checksum field of a packet whose checksum somebody else completes.
std::uint16_t PseudoHeaderSum(const std::uint8_t* network,
                              std::uint32_t length,
                              std::uint8_t protocol);

} // namespace hoststack

#endif // HS_OFFLOAD_FRAME_H
