// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MIDDLEBOX_H
#define HS_MIDDLEBOX_H

#include "ns3/hs-frame.h"
#include "ns3/hs-tcp-segment.h"

#include <cstdint>
#include <limits>

namespace ns3
{

/// Which segments a middlebox swallows: those that carry one of some MPTCP options.
struct HoststackSegmentDrop
{
    static constexpr std::uint64_t kAlways = std::numeric_limits<std::uint64_t>::max();

    std::uint16_t subtypes{0}; ///< bit n: MPTCP subtype n (RFC 8684 section 8)
    bool syn{true};            ///< SYN without ACK
    bool synAck{true};         ///< SYN with ACK
    bool later{true};          ///< all other segments
    std::uint64_t count{kAlways};
};

/// Whose payload a middlebox changes, as one that translates addresses inside it does.
struct HoststackPayloadRewrite
{
    std::uint64_t after{0}; ///< bytes of payload that pass unchanged first
    std::uint64_t count{0}; ///< segments that are changed
};

/// The largest packet that passes, as the narrowest hop of a path has it.
struct HoststackLargestPacket
{
    std::uint32_t bytes{0}; ///< of IP; 0: any passes
    bool answers{true};     ///< "fragmentation needed" to the sender; else a black hole
};

/**
 * A middlebox in one direction of a channel. It swallows segments by their MPTCP options, as some
 * firewalls do, or packets that are too large, and changes payload: the first byte of a segment is
 * inverted, which a TCP checksum that is made anew does not show and the checksum of a DSS does
 * (RFC 8684 section 3.3.1). Lengths stay.
 */
class HoststackMiddlebox
{
  public:
    bool IsActive() const
    {
        return m_drops || m_rewrites || m_largest.bytes > 0;
    }

    void SetDrop(const HoststackSegmentDrop& drop);
    void SetRewrite(const HoststackPayloadRewrite& rewrite);

    void SetLargest(const HoststackLargestPacket& largest)
    {
        m_largest = largest;
    }

    const HoststackLargestPacket& Largest() const
    {
        return m_largest;
    }

    /// A packet of \p bytes comes, and does not pass.
    bool RefusesLength(std::uint32_t bytes)
    {
        const bool refuses = m_largest.bytes > 0 && bytes > m_largest.bytes;
        m_tooLarge += refuses ? 1 : 0;
        return refuses;
    }

    /// Packets that were too large so far.
    std::uint64_t TooLarge() const
    {
        return m_tooLarge;
    }

    /// \return false: the frame is swallowed; otherwise it may have been changed
    bool Pass(HoststackFrame& frame);

    /// Segments swallowed so far.
    std::uint64_t Dropped() const
    {
        return m_dropped;
    }

    /// Segments changed so far.
    std::uint64_t Rewritten() const
    {
        return m_rewritten;
    }

  private:
    bool Swallows(const hoststack::TcpSegment& segment);
    bool IsToBeChanged(std::uint32_t payload);

    bool m_drops{false};
    bool m_rewrites{false};
    HoststackSegmentDrop m_drop;
    HoststackPayloadRewrite m_rewrite;
    std::uint64_t m_dropped{0};
    std::uint64_t m_rewritten{0};
    HoststackLargestPacket m_largest;
    std::uint64_t m_tooLarge{0};
};

} // namespace ns3

#endif // HS_MIDDLEBOX_H
