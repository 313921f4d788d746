// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_OPTION_LAYOUT_H
#define HS_TCP_OPTION_LAYOUT_H

#include "ns3/hs-tcp-segment.h"

#include <cstddef>
#include <cstdint>

namespace hoststack
{

/// Option kinds with a field in TcpOptions (IANA "TCP Option Kind Numbers").
enum TcpOptionKind : std::uint8_t
{
    kOptionEnd = 0,
    kOptionNop = 1,
    kOptionMss = 2,
    kOptionWindowScale = 3,
    kOptionSackPermitted = 4,
    kOptionSack = 5,
    kOptionTimestamps = 8,
};

/// Lengths on the wire, kind and length byte included (RFC 9293, 7323, 2018).
constexpr std::size_t kMssBytes = 4;
constexpr std::size_t kWindowScaleBytes = 3;
constexpr std::size_t kSackPermittedBytes = 2;
constexpr std::size_t kTimestampsBytes = 10;
constexpr std::size_t kSackBaseBytes = 2;
constexpr std::size_t kSackBlockBytes = 8;

/// Bytes of the first option in `other` from \p at on; bytes that are no option count as one.
constexpr std::size_t
OtherOptionBytes(const TcpOptions& o, std::size_t at)
{
    const std::size_t rest = o.otherLength - at;
    const std::size_t length = rest < 2 ? 0 : o.other[at + 1];
    return length < 2 || length > rest ? rest : length;
}

/// Bytes of `other` with NOPs behind each option up to a multiple of 4.
constexpr std::size_t
AlignedOtherBytes(const TcpOptions& o)
{
    std::size_t bytes = 0;
    for (std::size_t at = 0; at < o.otherLength;)
    {
        const std::size_t length = OtherOptionBytes(o, at);
        bytes += (length + 3) / 4 * 4;
        at += length;
    }
    return bytes;
}

/// Bytes of the options in Linux' aligned layout, a multiple of 4.
constexpr std::size_t
AlignedOptionBytes(const TcpOptions& o)
{
    std::size_t bytes = o.hasMss ? 4 : 0;
    bytes += o.hasTimestamps ? 12 : o.sackPermitted ? 4 : 0;
    bytes += o.hasWindowScale ? 4 : 0;
    bytes += o.sackCount > 0 ? 4 + kSackBlockBytes * o.sackCount : 0;
    return bytes + AlignedOtherBytes(o);
}

/// Bytes of the options without any padding but that up to a multiple of 4.
constexpr std::size_t
CompactOptionBytes(const TcpOptions& o)
{
    std::size_t bytes = o.hasMss ? kMssBytes : 0;
    bytes += o.hasTimestamps ? kTimestampsBytes : 0;
    bytes += o.sackPermitted ? kSackPermittedBytes : 0;
    bytes += o.hasWindowScale ? kWindowScaleBytes : 0;
    bytes += o.sackCount > 0 ? kSackBaseBytes + kSackBlockBytes * o.sackCount : 0;
    return (bytes + o.otherLength + 3) / 4 * 4;
}

/**
 * Calls \p sink for each option in the order they stand in the header, NOPs included.
 *
 * The order and the padding are those of Linux' tcp_options_write() (6.12): MSS; timestamps, with
 * SACK-permitted in the place of their NOPs where both are sent; SACK-permitted alone; window
 * scale; SACK; then everything else (Fast Open, MPTCP). NOPs align each option to four bytes. Where
 * the aligned layout does not fit in 40 bytes the NOPs are left out.
 *
 * \tparam Sink has Nop(), Mss(), Timestamps(), SackPermitted(), WindowScale(), Sack(), and
 *         Other(at, length) for each option in `other`
 */
template <class Sink>
void
LayOutOptions(const TcpOptions& o, Sink& sink)
{
    const bool aligned = AlignedOptionBytes(o) <= TcpOptions::kMaxBytes;
    std::size_t bytes = 0;
    auto nops = [&](int n) {
        for (; aligned && n > 0; --n)
        {
            sink.Nop();
            ++bytes;
        }
    };
    if (o.hasMss)
    {
        sink.Mss();
        bytes += kMssBytes;
    }
    if (o.hasTimestamps || o.sackPermitted)
    {
        if (o.sackPermitted != o.hasTimestamps)
        {
            nops(2);
        }
        if (o.sackPermitted)
        {
            sink.SackPermitted();
            bytes += kSackPermittedBytes;
        }
        if (o.hasTimestamps)
        {
            sink.Timestamps();
            bytes += kTimestampsBytes;
        }
    }
    if (o.hasWindowScale)
    {
        nops(1);
        sink.WindowScale();
        bytes += kWindowScaleBytes;
    }
    if (o.sackCount > 0)
    {
        nops(2);
        sink.Sack();
        bytes += kSackBaseBytes + kSackBlockBytes * o.sackCount;
    }
    for (std::size_t at = 0; at < o.otherLength;)
    {
        const std::size_t length = OtherOptionBytes(o, at);
        sink.Other(at, length);
        at += length;
        bytes += length;
        nops(static_cast<int>((4 - length % 4) % 4));
    }
    for (; bytes % 4 != 0; ++bytes)
    {
        sink.Nop();
    }
}

} // namespace hoststack

#endif // HS_TCP_OPTION_LAYOUT_H
