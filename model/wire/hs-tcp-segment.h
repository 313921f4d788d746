// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SEGMENT_H
#define HS_TCP_SEGMENT_H

#include "ns3/hs-output-path.h"
#include "ns3/hs-payload.h"
#include "ns3/hs-sequence.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hoststack
{

/// TCP header flags in wire order (RFC 9293 section 3.1; AE is bit 8, RFC 9768).
enum TcpFlag : std::uint16_t
{
    kFin = 0x001,
    kSyn = 0x002,
    kRst = 0x004,
    kPsh = 0x008,
    kAck = 0x010,
    kUrg = 0x020,
    kEce = 0x040,
    kCwr = 0x080,
    kAe = 0x100,
};

/// The two ECN bits of the IP header (RFC 3168 section 5).
enum class Ecn : std::uint8_t
{
    NotEct = 0,
    Ect1 = 1,
    Ect0 = 2,
    Ce = 3,
};

struct SackBlock
{
    Seq32 begin; ///< first sequence number of the block
    Seq32 end;   ///< the number after its last

    friend bool operator==(const SackBlock& a, const SackBlock& b)
    {
        return a.begin == b.begin && a.end == b.end;
    }
};

/**
 * The options of one segment as values. Options this struct has no field for are kept as the
 * bytes they came in, in `other`, and are written back unchanged.
 */
struct TcpOptions
{
    /// TCP leaves 40 bytes for options (data offset 15).
    static constexpr std::size_t kMaxBytes = 40;
    static constexpr std::size_t kMaxSackBlocks = 4;

    bool hasMss{false};
    bool hasWindowScale{false};
    bool sackPermitted{false};
    bool hasTimestamps{false};
    std::uint8_t windowScale{0};     ///< RFC 7323 shift count, as received (cap 14 is TCP's work)
    std::uint8_t sackCount{0};       ///< blocks used in `sack`
    std::uint8_t otherLength{0};     ///< bytes used in `other`
    std::uint16_t mss{0};            ///< RFC 9293 section 3.2, bytes
    std::uint32_t timestampValue{0}; ///< TSval, RFC 7323
    std::uint32_t timestampEcho{0};  ///< TSecr, RFC 7323
    std::array<SackBlock, kMaxSackBlocks> sack; ///< RFC 2018, first block first
    std::array<std::uint8_t, kMaxBytes>
        other; ///< kind, length, data; whole options one after another

    /**
     * Puts one more option behind those in `other`.
     * \param option kind, length and data; the length byte must say \p length
     * \return false, and nothing is changed, if `other` has no room for it
     */
    bool AppendOther(const std::uint8_t* option, std::size_t length);

    /// The first option of that kind in `other` (kind, length, data), or nullptr.
    const std::uint8_t* FindOther(std::uint8_t kind) const;

    /// Equal in what is announced: values of absent options and unused blocks do not count.
    friend bool operator==(const TcpOptions& a, const TcpOptions& b);
};

/// One segment as a value: what TCP takes in, and (with `mss`) a burst of segments it puts out.
struct TcpSegment
{
    std::uint16_t sourcePort{0};
    std::uint16_t destinationPort{0};
    Seq32 seq;
    Seq32 ack;
    std::uint16_t flags{0};  ///< TcpFlag bits
    std::uint16_t window{0}; ///< as on the wire, not scaled
    std::uint16_t urgent{0};
    /// Not 0: a super-segment (GSO) whose payload is cut every `mss` bytes on the way out; the
    /// pieces count `seq` up, PSH and FIN stay on the last, CWR on the first.
    std::uint16_t mss{0};
    Ecn ecn{Ecn::NotEct};
    OutputPath path{OutputPath::Full}; ///< how the sending stack made it; never on the wire
    TcpOptions options;
    Payload payload;

    bool Has(TcpFlag flag) const
    {
        return (flags & flag) != 0;
    }

    /// Payload plus one each for SYN and FIN.
    std::uint32_t SequenceLength() const
    {
        return payload.Length() + (Has(kSyn) ? 1 : 0) + (Has(kFin) ? 1 : 0);
    }

    /// Wire segments in this burst (1 for a single segment).
    std::uint32_t SegmentCount() const
    {
        return mss == 0 || payload.Length() <= mss ? 1 : (payload.Length() + mss - 1) / mss;
    }

    /// Equal in every field, in what the options announce and in the payload's content.
    friend bool operator==(const TcpSegment& a, const TcpSegment& b);
};

/**
 * Piece \p i (0-based) of a super-segment, exactly as segmentation offload would cut it (the rules
 * of Linux' tcp_gso_segment(), 6.12). The piece shares the burst's payload and has `mss` 0.
 */
TcpSegment CutSegment(const TcpSegment& burst, std::uint32_t i);

} // namespace hoststack

#endif // HS_TCP_SEGMENT_H
