// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEND_MAP_H
#define HS_SEND_MAP_H

#include "ns3/hs-ring.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack::tcp
{

/**
 * One run of sequence space that was sent in one go and has one fate so far: a super-segment, or
 * the part of one that a SACK, an ACK or a loss mark has cut off. Offsets are stream offsets
 * (0 is the SYN); `segments` counts wire segments.
 */
struct SentRange
{
    std::uint64_t begin{0};
    std::uint64_t end{0};
    std::uint32_t segments{0};
    std::uint16_t transmissions{0};
    std::uint16_t mss{0}; ///< payload of its wire segments, all but the last
    bool sacked{false};
    bool lost{false};          ///< marked lost and not yet delivered
    bool retransmitOut{false}; ///< a retransmission is in flight
    bool everRetransmitted{false};
    bool appLimited{false}; ///< sent while the sender was application-limited
    bool fin{false};
    bool pushed{false};    ///< its last segment ends a write: PSH
    bool tracked{false};   ///< in the list ordered by time of sending
    TimeNs sentAt{0};      ///< last transmission
    TimeNs firstSentAt{0}; ///< first transmission
    // Delivery-rate state when it left (draft-cheng-iccrg-delivery-rate-estimation section 3.3).
    std::uint64_t delivered{0};
    TimeNs deliveredAt{0};
    TimeNs windowStart{0};
    std::uint32_t older{0}; ///< list by time of sending
    std::uint32_t newer{0}; ///< the same; of a free place: the next one
};

/**
 * What is in flight, as ranges (the retransmission queue and scoreboard of RFC 6675 and RFC 8985).
 *
 * Two orders are kept: by sequence (a ring of indices, binary search, constant-time removal at the
 * front) and by time of the last transmission (a list of ranges that are neither SACKed nor marked
 * lost-and-waiting, which RACK walks from its oldest end). Costs depend on what an ACK changes, not
 * on the window.
 */
class SendMap
{
  public:
    static constexpr std::uint32_t kNone = 0;

    SendMap();

    bool Empty() const
    {
        return m_order.Empty();
    }

    /// Ranges in sequence order.
    std::size_t Size() const
    {
        return m_order.Size();
    }

    SentRange& At(std::size_t position)
    {
        return m_ranges[m_order[position]];
    }

    const SentRange& At(std::size_t position) const
    {
        return m_ranges[m_order[position]];
    }

    /// Appends a range that is leaving now; it becomes the newest by time.
    SentRange& Append(std::uint64_t begin,
                      std::uint64_t end,
                      std::uint32_t segments,
                      std::uint16_t mss,
                      TimeNs now);

    /// Position of the range that holds \p offset, or the first one after it (Size() if none).
    std::size_t Find(std::uint64_t offset) const;

    /**
     * Cuts the range at \p position so that a boundary lies at \p offset (inside it). A cut that
     * is not at a segment's end makes one segment more. \return the position of the right part.
     */
    std::size_t Split(std::size_t position, std::uint64_t offset);

    /// Removes the range at the front.
    void PopFront();

    /// Cuts the first bytes up to \p offset off the front range; \return segments that went away.
    std::uint32_t TrimFront(std::uint64_t offset);

    /// Marks the range as sent again at \p now and makes it the newest.
    void Touch(SentRange& range, TimeNs now);

    /// Takes a range out of the time order (it was SACKed, or marked lost).
    void Untrack(SentRange& range);

    /// Puts a range back into the time order, at the place that its last transmission has there.
    void Retrack(SentRange& range);

    /// Oldest range by time of sending, or nullptr.
    const SentRange* Oldest() const
    {
        return m_ranges[0].newer == kNone ? nullptr : &m_ranges[m_ranges[0].newer];
    }

    /// The next one by time after \p range, or nullptr.
    const SentRange* Newer(const SentRange& range) const
    {
        return range.newer == kNone ? nullptr : &m_ranges[range.newer];
    }

    /// True if both orders are sound and ranges follow each other without a gap (for assertions).
    bool IsConsistent() const;

    /// Every range of the map, front to back, may be changed by \p f(SentRange&).
    template <class F>
    void ForEach(F f)
    {
        for (std::size_t i = 0; i < m_order.Size(); ++i)
        {
            f(At(i));
        }
    }

    void Clear();

  private:
    std::uint32_t Allocate();
    void Free(std::uint32_t index);
    void Track(std::uint32_t index);

    std::vector<SentRange> m_ranges; ///< slab; slot 0 is the head of the list by time
    Ring<std::uint32_t> m_order;
    std::uint32_t m_free{kNone}; ///< the first free place
};

} // namespace hoststack::tcp

#endif // HS_SEND_MAP_H
