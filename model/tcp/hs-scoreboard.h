// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCOREBOARD_H
#define HS_SCOREBOARD_H

#include "ns3/hs-congestion-control.h"
#include "ns3/hs-send-map.h"

#include <algorithm>
#include <cstdint>

namespace hoststack::tcp
{

/**
 * The send map with the counts that congestion control and recovery work with. Counts are wire
 * segments; in flight = out - SACKed - lost + retransmitted (Linux tcp_packets_in_flight).
 */
class Scoreboard
{
  public:
    SendMap map;
    std::uint32_t packetsOut{0};
    std::uint32_t sackedOut{0}; ///< without SACK: segments that duplicate ACKs stand for
    std::uint32_t lostOut{0};
    std::uint32_t retransOut{0};
    std::uint64_t totalLost{0}; ///< segments ever marked lost
    std::uint64_t sndUna{0};
    std::uint64_t sndNxt{0};
    std::uint64_t highestSacked{0};  ///< end of the highest range SACKed (tcp_highest_sack_seq)
    std::uint64_t retransmitHint{0}; ///< no range before it waits for retransmission
    std::uint32_t mss{1448};         ///< bytes
    std::uint32_t reordering{3};     ///< duplicate-ACK threshold, segments
    bool reorderingSeen{false};
    bool sack{true}; ///< both ends agreed to SACK
    CaState caState{CaState::Open};
    TimeNs srtt{0};
    TimeNs minRtt{kNever};

    std::uint32_t InFlight() const
    {
        const auto left = packetsOut - std::min(packetsOut, sackedOut + lostOut);
        return left + retransOut;
    }

    /// SendMap::Split, with a segment more in the counts if the cut makes one.
    std::size_t Split(std::size_t position, std::uint64_t offset)
    {
        const auto before = map.At(position).segments;
        const auto right = map.Split(position, offset);
        const auto after = map.At(position).segments + map.At(right).segments;
        Adjust(map.At(right), static_cast<std::int32_t>(after) - static_cast<std::int32_t>(before));
        return right;
    }

    /// SendMap::TrimFront, with the counts.
    void TrimFront(std::uint64_t offset)
    {
        const auto gone = map.TrimFront(offset);
        Adjust(map.At(0), -static_cast<std::int32_t>(gone));
    }

    /// \p range now leaves in segments of \p mss bytes (__tcp_retransmit_skb:
    /// tcp_set_skb_tso_segs).
    void Resegment(SentRange& range, std::uint16_t mss)
    {
        const std::uint64_t data = range.end - range.begin - (range.fin ? 1 : 0);
        const auto segments =
            std::max<std::uint32_t>(1, static_cast<std::uint32_t>((data + mss - 1) / mss));
        const auto change =
            static_cast<std::int32_t>(segments) - static_cast<std::int32_t>(range.segments);
        range.mss = mss;
        range.segments = segments;
        Adjust(range, change);
    }

    void MarkLost(SentRange& range)
    {
        if (range.sacked)
        {
            return;
        }
        if (!range.lost)
        {
            range.lost = true;
            lostOut += range.segments;
            totalLost += range.segments;
        }
        else if (range.retransmitOut)
        {
            range.retransmitOut = false;
            retransOut -= std::min(retransOut, range.segments);
            totalLost += range.segments;
        }
        map.Untrack(range);
        retransmitHint = std::min(retransmitHint, range.begin);
    }

    void MarkRetransmitted(SentRange& range, TimeNs now)
    {
        range.everRetransmitted = true;
        if (!range.retransmitOut)
        {
            range.retransmitOut = true;
            retransOut += range.segments;
        }
        map.Touch(range, now);
    }

    /// A tail-loss probe repeats \p range: nothing says that it was lost, so it does not count
    /// twice (tcp_send_loss_probe).
    void MarkProbed(SentRange& range, TimeNs now)
    {
        range.everRetransmitted = true;
        if (range.sacked)
        {
            range.sentAt = now;
            ++range.transmissions;
            return;
        }
        map.Touch(range, now);
    }

    /// Takes the marks of a range out of the counts (it leaves the map, or was SACKed).
    void ClearMarks(SentRange& range)
    {
        if (range.lost)
        {
            range.lost = false;
            lostOut -= std::min(lostOut, range.segments);
        }
        if (range.retransmitOut)
        {
            range.retransmitOut = false;
            retransOut -= std::min(retransOut, range.segments);
        }
    }

    void MarkSacked(SentRange& range)
    {
        ClearMarks(range);
        range.sacked = true;
        sackedOut += range.segments;
        map.Untrack(range);
    }

    /// What contradicts what, or nullptr if the counts are the sums of the ranges' marks.
    const char* Inconsistency() const
    {
        std::uint32_t out = 0;
        std::uint32_t sacked = 0;
        std::uint32_t lost = 0;
        std::uint32_t retransmitted = 0;
        for (std::size_t i = 0; i < map.Size(); ++i)
        {
            const auto& range = map.At(i);
            if (range.sacked && (range.lost || range.retransmitOut || !sack))
            {
                return "a SACKed range is lost, or there is no SACK";
            }
            const bool mayTrack = !range.sacked && (!range.lost || range.retransmitOut);
            const bool mustTrack = !range.sacked && !range.lost;
            if ((range.tracked && !mayTrack) || (mustTrack && !range.tracked))
            {
                return "the order by time holds the wrong ranges";
            }
            if (range.lost && !range.retransmitOut && range.end <= retransmitHint)
            {
                return "a range that waits for retransmission lies before the hint";
            }
            out += range.segments;
            sacked += range.sacked ? range.segments : 0;
            lost += range.lost ? range.segments : 0;
            retransmitted += range.retransmitOut ? range.segments : 0;
        }
        return !map.IsConsistent()                         ? "the send map is broken"
               : out != packetsOut                         ? "packetsOut is not the sum"
               : lost != lostOut                           ? "lostOut is not the sum"
               : retransmitted != retransOut               ? "retransOut is not the sum"
               : sack && sacked != sackedOut               ? "sackedOut is not the sum"
               : sackedOut + lostOut > packetsOut          ? "more is gone than was sent"
               : !map.Empty() && map.At(0).begin != sndUna ? "the map does not begin at sndUna"
               : !map.Empty() && map.At(map.Size() - 1).end != sndNxt
                   ? "the map does not end at sndNxt"
                   : nullptr;
    }

  private:
    void Adjust(const SentRange& range, std::int32_t segments)
    {
        packetsOut += segments;
        sackedOut += range.sacked ? segments : 0;
        lostOut += range.lost ? segments : 0;
        retransOut += range.retransmitOut ? segments : 0;
    }
};

} // namespace hoststack::tcp

#endif // HS_SCOREBOARD_H
