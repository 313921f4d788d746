// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCOREBOARD_H
#define HS_SCOREBOARD_H

#include "ns3/hs-congestion-control.h"
#include "ns3/hs-on-demand.h"
#include "ns3/hs-send-map.h"

#include <algorithm>
#include <cstdint>

namespace hoststack::tcp
{

/// The delivery rate's state when a segment leaves
/// (draft-cheng-iccrg-delivery-rate-estimation section 3.3).
struct RateStamp
{
    std::uint64_t delivered{0}; ///< segments
    TimeNs deliveredAt{0};
    TimeNs windowStart{0};
    bool appLimited{false};
};

/**
 * What is in flight: the ranges with their marks, and the counts that congestion control and
 * recovery work with. Counts are wire segments; in flight = out - SACKed - lost + retransmitted
 * (Linux tcp_packets_in_flight).
 *
 * Ranges are read by everybody and changed here alone, so that the counts are the sums of the
 * marks, what is SACKed is not lost, the ranges follow each other without a gap from SndUna() to
 * SndNxt(), and the order by time holds those that may be found lost. A loss recovery may cut and
 * mark; it cannot break any of that (Inconsistency() walks all of it, for tests).
 */
class Scoreboard
{
  public:
    /// \name What is in flight
    /// @{
    const SendMap& Map() const
    {
        return *m_map;
    }

    std::uint32_t PacketsOut() const
    {
        return m_packetsOut;
    }

    /// Without SACK: segments that duplicate ACKs stand for.
    std::uint32_t SackedOut() const
    {
        return m_sackedOut;
    }

    std::uint32_t LostOut() const
    {
        return m_lostOut;
    }

    std::uint32_t RetransOut() const
    {
        return m_retransOut;
    }

    /// Segments ever marked lost.
    std::uint64_t TotalLost() const
    {
        return m_totalLost;
    }

    std::uint32_t InFlight() const
    {
        const auto left = m_packetsOut - std::min(m_packetsOut, m_sackedOut + m_lostOut);
        return left + m_retransOut;
    }

    std::uint64_t SndUna() const
    {
        return m_sndUna;
    }

    std::uint64_t SndNxt() const
    {
        return m_sndNxt;
    }

    /// End of the highest range SACKed, not before SndUna() (tcp_highest_sack_seq).
    std::uint64_t HighestSacked() const
    {
        return m_highestSacked;
    }

    /// No range before it waits for retransmission.
    std::uint64_t RetransmitHint() const
    {
        return m_retransmitHint;
    }

    /// @}

    /// \name What a loss recovery asks for besides
    /// @{
    /// Both ends agreed to SACK.
    bool UsesSack() const
    {
        return m_sack;
    }

    CaState State() const
    {
        return m_caState;
    }

    /// Bytes.
    std::uint32_t Mss() const
    {
        return m_mss;
    }

    /// Duplicate-ACK threshold, segments.
    std::uint32_t Reordering() const
    {
        return m_reordering;
    }

    bool ReorderingSeen() const
    {
        return m_reorderingSeen;
    }

    TimeNs Srtt() const
    {
        return m_srtt;
    }

    TimeNs MinRtt() const
    {
        return m_minRtt;
    }

    /// @}

    /// \name Told by its sender
    /// @{
    void UseSack(bool on)
    {
        m_sack = on;
    }

    void SetState(CaState state)
    {
        m_caState = state;
    }

    void SetMss(std::uint32_t bytes)
    {
        m_mss = bytes;
    }

    void SetRtt(TimeNs smoothed)
    {
        m_srtt = smoothed;
    }

    void SetMinRtt(TimeNs least)
    {
        m_minRtt = least;
    }

    void SetReordering(std::uint32_t segments)
    {
        m_reordering = segments;
    }

    void NoteReordering()
    {
        m_reorderingSeen = true;
    }

    /// @}

    /// \name Leaving and arriving
    /// @{
    /// The next \p length sequence numbers leave as \p segments.
    const SentRange& Append(std::uint64_t length,
                            std::uint32_t segments,
                            std::uint16_t mss,
                            TimeNs now,
                            bool fin = false,
                            bool pushed = false)
    {
        auto& range = m_map.Own().Append(m_sndNxt, m_sndNxt + length, segments, mss, now);
        range.fin = fin;
        range.pushed = pushed;
        m_packetsOut += segments;
        m_sndNxt = range.end;
        return range;
    }

    void Stamp(const SentRange& range, const RateStamp& stamp)
    {
        auto& own = Own(range);
        own.delivered = stamp.delivered;
        own.deliveredAt = stamp.deliveredAt;
        own.windowStart = stamp.windowStart;
        own.appLimited = stamp.appLimited;
    }

    /// The first range has been acknowledged.
    void PopFront()
    {
        auto& map = m_map.Own();
        auto& range = map.At(0);
        m_sackedOut -= range.sacked ? range.segments : 0;
        ClearMarks(range);
        m_packetsOut -= range.segments;
        map.PopFront();
    }

    /// All ranges before \p ack have been popped. It never moves back.
    void Acknowledge(std::uint64_t ack)
    {
        m_sndUna = ack;
        m_retransmitHint = std::max(m_retransmitHint, ack);
        m_highestSacked = std::max(m_highestSacked, ack);
    }

    /// Gives memory back if nothing is in flight.
    void Shrink()
    {
        if (m_map->Empty())
        {
            m_map.Release();
        }
    }

    /// The connection is over.
    void Clear()
    {
        m_map.Release();
        m_packetsOut = m_sackedOut = m_lostOut = m_retransOut = 0;
    }

    /// @}

    /// \name Cuts
    /// @{
    /// SendMap::Split, with a segment more in the counts if the cut makes one.
    std::size_t Split(std::size_t position, std::uint64_t offset)
    {
        auto& map = m_map.Own();
        const auto before = map.At(position).segments;
        const auto right = map.Split(position, offset);
        const auto after = map.At(position).segments + map.At(right).segments;
        Adjust(map.At(right), static_cast<std::int32_t>(after) - static_cast<std::int32_t>(before));
        return right;
    }

    /// SendMap::TrimFront, with the counts.
    void TrimFront(std::uint64_t offset)
    {
        auto& map = m_map.Own();
        const auto gone = map.TrimFront(offset);
        Adjust(map.At(0), -static_cast<std::int32_t>(gone));
    }

    /// \p range now leaves in segments of \p mss bytes (__tcp_retransmit_skb:
    /// tcp_set_skb_tso_segs).
    void Resegment(const SentRange& range, std::uint16_t mss)
    {
        auto& own = Own(range);
        const std::uint64_t data = own.end - own.begin - (own.fin ? 1 : 0);
        const auto segments =
            std::max<std::uint32_t>(1, static_cast<std::uint32_t>((data + mss - 1) / mss));
        const auto change =
            static_cast<std::int32_t>(segments) - static_cast<std::int32_t>(own.segments);
        own.mss = mss;
        own.segments = segments;
        Adjust(own, change);
    }

    /// @}

    /// \name Marks
    /// @{
    /// What is SACKed stays what it is.
    void MarkLost(const SentRange& range)
    {
        if (range.sacked)
        {
            return;
        }
        auto& own = Own(range);
        if (!own.lost)
        {
            own.lost = true;
            m_lostOut += own.segments;
            m_totalLost += own.segments;
        }
        else if (own.retransmitOut)
        {
            own.retransmitOut = false;
            m_retransOut -= std::min(m_retransOut, own.segments);
            m_totalLost += own.segments;
        }
        m_map.Own().Untrack(own);
        m_retransmitHint = std::min(m_retransmitHint, own.begin);
    }

    /// Nothing was lost after all.
    void UnmarkLost()
    {
        m_map.Own().ForEach([this](SentRange& range) {
            if (range.lost)
            {
                range.lost = false;
                if (!range.tracked)
                {
                    m_map.Own().Retrack(range);
                }
            }
        });
        m_lostOut = 0;
        m_retransmitHint = m_sndNxt;
    }

    /// Of what is SACKed a repetition says nothing.
    void MarkRetransmitted(const SentRange& range, TimeNs now)
    {
        auto& own = Own(range);
        if (own.sacked)
        {
            MarkProbed(range, now);
            return;
        }
        own.everRetransmitted = true;
        if (!own.retransmitOut)
        {
            own.retransmitOut = true;
            m_retransOut += own.segments;
        }
        m_map.Own().Touch(own, now);
    }

    /// A tail-loss probe, or a SYN again: nothing says that \p range was lost, so it does not count
    /// twice (tcp_send_loss_probe).
    void MarkProbed(const SentRange& range, TimeNs now)
    {
        auto& own = Own(range);
        own.everRetransmitted = true;
        if (own.sacked || (own.lost && !own.retransmitOut))
        {
            own.sentAt = now; // it is in no order by time
            ++own.transmissions;
            return;
        }
        m_map.Own().Touch(own, now);
    }

    void MarkSacked(const SentRange& range)
    {
        auto& own = Own(range);
        if (own.sacked)
        {
            return;
        }
        ClearMarks(own);
        own.sacked = true;
        m_sackedOut += own.segments;
        m_highestSacked = std::max(m_highestSacked, own.end);
        m_map.Own().Untrack(own);
    }

    /// The peer has taken its SACKs back.
    void ForgetSacks()
    {
        m_map.Own().ForEach([this](SentRange& range) {
            if (range.sacked)
            {
                range.sacked = false;
                m_sackedOut -= range.segments;
                m_map.Own().Retrack(range);
            }
        });
        m_highestSacked = m_sndUna;
    }

    /// Whoever retransmits has come to \p position, Size() if it is through: nothing waits before.
    void ReachRetransmission(std::size_t position)
    {
        m_retransmitHint = position < m_map->Size() ? m_map->At(position).begin : m_sndNxt;
    }

    /// It begins with the first range again.
    void RestartRetransmission()
    {
        m_retransmitHint = m_sndUna;
    }

    /// @}

    /// \name Duplicate ACKs, which stand for SACKs where there are none
    /// @{
    void AddDuplicate()
    {
        ++m_sackedOut;
    }

    void RemoveDuplicates(std::uint32_t count)
    {
        m_sackedOut -= std::min(m_sackedOut, count);
    }

    /// Not more of them than segments, less those that must be missing. \return false: there were
    bool LimitDuplicates()
    {
        const auto holes = std::min(std::max(m_lostOut, 1u), m_packetsOut);
        if (m_sackedOut + holes <= m_packetsOut)
        {
            return true;
        }
        m_sackedOut = m_packetsOut - holes;
        return false;
    }

    void ForgetDuplicates()
    {
        m_sackedOut = m_sack ? m_sackedOut : 0;
    }

    /// @}

    /// What contradicts what, or nullptr if the counts are the sums of the ranges' marks.
    const char* Inconsistency() const
    {
        std::uint32_t out = 0;
        std::uint32_t sacked = 0;
        std::uint32_t lost = 0;
        std::uint32_t retransmitted = 0;
        for (std::size_t i = 0; i < m_map->Size(); ++i)
        {
            const auto& range = m_map->At(i);
            if (range.sacked && (range.lost || range.retransmitOut || !m_sack))
            {
                return "a SACKed range is lost, or there is no SACK";
            }
            const bool mayTrack = !range.sacked && (!range.lost || range.retransmitOut);
            const bool mustTrack = !range.sacked && !range.lost;
            if ((range.tracked && !mayTrack) || (mustTrack && !range.tracked))
            {
                return "the order by time holds the wrong ranges";
            }
            if (range.lost && !range.retransmitOut && range.end <= m_retransmitHint)
            {
                return "a range that waits for retransmission lies before the hint";
            }
            out += range.segments;
            sacked += range.sacked ? range.segments : 0;
            lost += range.lost ? range.segments : 0;
            retransmitted += range.retransmitOut ? range.segments : 0;
        }
        return !m_map->IsConsistent()                   ? "the send map is broken"
               : out != m_packetsOut                    ? "packetsOut is not the sum"
               : lost != m_lostOut                      ? "lostOut is not the sum"
               : retransmitted != m_retransOut          ? "retransOut is not the sum"
               : m_sack && sacked != m_sackedOut        ? "sackedOut is not the sum"
               : m_sackedOut + m_lostOut > m_packetsOut ? "more is gone than was sent"
               : !m_map->Empty() && m_map->At(0).begin != m_sndUna
                   ? "the map does not begin at sndUna"
               : !m_map->Empty() && m_map->At(m_map->Size() - 1).end != m_sndNxt
                   ? "the map does not end at sndNxt"
                   : nullptr;
    }

  private:
    /// \p range is one of these, as its readers see it.
    static SentRange& Own(const SentRange& range)
    {
        return const_cast<SentRange&>(range);
    }

    /// Takes the marks of a range out of the counts (it leaves the map, or was SACKed).
    void ClearMarks(SentRange& range)
    {
        if (range.lost)
        {
            range.lost = false;
            m_lostOut -= std::min(m_lostOut, range.segments);
        }
        if (range.retransmitOut)
        {
            range.retransmitOut = false;
            m_retransOut -= std::min(m_retransOut, range.segments);
        }
    }

    void Adjust(const SentRange& range, std::int32_t segments)
    {
        m_packetsOut += segments;
        m_sackedOut += range.sacked ? segments : 0;
        m_lostOut += range.lost ? segments : 0;
        m_retransOut += range.retransmitOut ? segments : 0;
    }

    OnDemand<SendMap> m_map; ///< while something is in flight, and until the connection idles
    std::uint32_t m_packetsOut{0};
    std::uint32_t m_sackedOut{0};
    std::uint32_t m_lostOut{0};
    std::uint32_t m_retransOut{0};
    std::uint64_t m_totalLost{0};
    std::uint64_t m_sndUna{0};
    std::uint64_t m_sndNxt{0};
    std::uint64_t m_highestSacked{0};
    std::uint64_t m_retransmitHint{0};
    std::uint32_t m_mss{1448};
    std::uint32_t m_reordering{3};
    bool m_reorderingSeen{false};
    bool m_sack{true};
    CaState m_caState{CaState::Open};
    TimeNs m_srtt{0};
    TimeNs m_minRtt{kNever};
};

} // namespace hoststack::tcp

#endif // HS_SCOREBOARD_H
