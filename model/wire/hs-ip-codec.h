// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_IP_CODEC_H
#define HS_IP_CODEC_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-tcp-segment.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/**
 * \file
 * IPv4 (RFC 791) and IPv6 (RFC 8200) headers to bytes and back.
 *
 * Limits: IPv4 options are skipped when read and never written; IPv6 extension headers are not
 * walked, `protocol` is then the kind of the first of them; no jumbograms.
 */

namespace hoststack
{

constexpr std::size_t kIpv4Header = 20; ///< without options, bytes
constexpr std::size_t kIpv6Header = 40; ///< bytes
/// IANA protocol number of TCP.
constexpr std::uint8_t kIpProtocolTcp = 6;

/// The fields of both versions; those the other version lacks are neither written nor read.
struct IpHeader
{
    IpAddress source; ///< its family decides the version
    IpAddress destination;
    std::uint8_t protocol{kIpProtocolTcp}; ///< IPv6: next header
    std::uint8_t timeToLive{64};           ///< IPv6: hop limit; 64 is Linux' default
    std::uint8_t dscp{0};                  ///< 6 bits (RFC 2474)
    Ecn ecn{Ecn::NotEct};
    std::uint16_t identification{0}; ///< IPv4
    bool dontFragment{true};         ///< IPv4; set by Linux' path MTU discovery
    bool moreFragments{false};       ///< IPv4
    std::uint16_t fragmentOffset{0}; ///< IPv4; units of 8 bytes
    std::uint32_t flowLabel{0};      ///< IPv6; 20 bits
    std::uint32_t payloadLength{0};  ///< bytes behind this header

    friend bool operator==(const IpHeader& a, const IpHeader& b);
};

/// Why bytes are no IP packet.
enum class IpDecodeError : std::uint8_t
{
    None,
    TooShort,           ///< less than the header of its version
    UnknownVersion,     ///< neither 4 nor 6
    HeaderLengthTooLow, ///< IPv4: IHL below 5 words
    TotalLengthTooLow,  ///< IPv4: total length below the header's
    Truncated,          ///< the header announces more bytes than there are
};

struct IpDecodeResult
{
    IpDecodeError error{IpDecodeError::None};
    std::uint8_t headerLength{0}; ///< bytes, IPv4 options included; the payload begins there

    explicit operator bool() const
    {
        return error == IpDecodeError::None;
    }
};

/// A sentence for people.
std::string_view Describe(IpDecodeError error);

/// Bytes EncodeIpHeader() writes: 20 or 40.
constexpr std::size_t
IpHeaderLength(IpFamily family)
{
    return family == IpFamily::V4 ? kIpv4Header : kIpv6Header;
}

/**
 * Writes the header, an IPv4 one with its checksum.
 * \return bytes written
 * \throws std::length_error if \p capacity is too small or the payload longer than the length
 *         field can say (65,515 bytes in IPv4, 65,535 in IPv6)
 */
std::size_t EncodeIpHeader(const IpHeader& header, std::uint8_t* out, std::size_t capacity);

/**
 * Reads the header. Bytes behind the announced length (link padding) are not part of the payload.
 * The IPv4 checksum is not looked at; see VerifyIpv4Checksum().
 * \param header changed only if the result is good
 */
IpDecodeResult DecodeIpHeader(const std::uint8_t* bytes, std::size_t length, IpHeader& header);

/// True if the checksum of the IPv4 header of \p headerLength bytes is right.
bool VerifyIpv4Checksum(const std::uint8_t* bytes, std::size_t headerLength);

} // namespace hoststack

#endif // HS_IP_CODEC_H
