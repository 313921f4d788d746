// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_CODEC_H
#define HS_TCP_CODEC_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-tcp-segment.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/**
 * \file
 * TCP segments to bytes and back (RFC 9293 section 3.1).
 *
 * A super-segment is written as one segment with all its payload, as a capture above a segmenting
 * NIC shows it; use CutSegment() first for what travels. `ecn` belongs to the IP header and is
 * neither written nor read here.
 */

namespace hoststack
{

/// Header without options, bytes.
constexpr std::size_t kTcpMinHeader = 20;
/// Header with all 40 bytes of options.
constexpr std::size_t kTcpMaxHeader = 60;

/// True if the options can be written; see TcpHeaderLength().
bool TcpOptionsFit(const TcpOptions& options);

/// Bytes of options that still fit beside these in the aligned layout, NOPs counted: a multiple of
/// 4, at most 40.
std::size_t TcpOptionRoom(const TcpOptions& options);

/// How many SACK blocks the segment can carry beside its other options, at most 4. `sackCount`
/// itself does not count.
std::size_t SackBlocksThatFit(const TcpOptions& options);

/**
 * Bytes of the header with its options, 20 to 60.
 * \throws std::length_error if the options need more than 40 bytes (too many SACK blocks, or
 *         options in `other` that leave no room)
 */
std::size_t TcpHeaderLength(const TcpSegment& segment);

/**
 * Writes the header with its options; the checksum covers the payload, which is not written.
 * \return bytes written, TcpHeaderLength()
 * \throws std::length_error as TcpHeaderLength() does, and if \p capacity is less than that
 */
std::size_t EncodeTcpHeader(const TcpSegment& segment,
                            const IpEndpoints& endpoints,
                            std::uint8_t* out,
                            std::size_t capacity);

/// As above with a checksum of 0, for links that do not look at it.
std::size_t EncodeTcpHeader(const TcpSegment& segment, std::uint8_t* out, std::size_t capacity);

/// Writes header, options and payload.
/// \return bytes written; \throws std::length_error as EncodeTcpHeader() does
std::size_t EncodeTcp(const TcpSegment& segment,
                      const IpEndpoints& endpoints,
                      std::uint8_t* out,
                      std::size_t capacity);

/// Why bytes are no TCP segment.
enum class TcpDecodeError : std::uint8_t
{
    None,
    TooShort,          ///< less than the 20 bytes of a header
    DataOffsetTooLow,  ///< data offset below 5 words
    DataOffsetTooHigh, ///< data offset beyond the end of the bytes
};

/// Where reading the options stopped early. The segment is good; options before that place count.
enum class TcpOptionFault : std::uint8_t
{
    None,
    NoLength,       ///< the last byte is a kind that wants a length
    LengthTooSmall, ///< a length of 0 or 1
    LengthTooLarge, ///< an option that reaches beyond the header
};

struct TcpDecodeResult
{
    TcpDecodeError error{TcpDecodeError::None};
    TcpOptionFault optionFault{TcpOptionFault::None};
    std::uint8_t headerLength{0}; ///< bytes; the payload begins there

    explicit operator bool() const
    {
        return error == TcpDecodeError::None;
    }
};

/// A sentence for people.
std::string_view Describe(TcpDecodeError error);
std::string_view Describe(TcpOptionFault fault);

/**
 * Reads header and options; the payload of \p segment stays as it is.
 *
 * Options are read as Linux' tcp_parse_options() reads them (6.12): an option with a bad length
 * ends the reading, what came before it counts and the segment is kept; of two options of one kind
 * the later one counts; an MSS of 0 and a known kind with a wrong length mean nothing. What Linux
 * ignores, and every kind without a field in TcpOptions, lands in `other` unchanged and in order.
 * Unlike there, MSS, window scale and SACK-permitted are also read from segments without SYN:
 * whether they count is the reader's decision.
 *
 * \param segment changed only if the result is good
 */
TcpDecodeResult DecodeTcpHeader(const std::uint8_t* bytes, std::size_t length, TcpSegment& segment);

/// As DecodeTcpHeader(), and copies everything behind the header into the payload; `mss` becomes 0.
TcpDecodeResult DecodeTcp(const std::uint8_t* bytes, std::size_t length, TcpSegment& segment);

/// True if the checksum of the segment in \p bytes (header, options, payload) is right.
bool VerifyTcpChecksum(const std::uint8_t* bytes, std::size_t length, const IpEndpoints& endpoints);

} // namespace hoststack

#endif // HS_TCP_CODEC_H
