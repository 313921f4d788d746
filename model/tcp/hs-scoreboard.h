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
    std::uint32_t sackedOut{0};
    std::uint32_t lostOut{0};
    std::uint32_t retransOut{0};
    std::uint64_t totalLost{0};      ///< segments ever marked lost
    std::uint64_t sndUna{0};
    std::uint64_t sndNxt{0};
    std::uint64_t highestSacked{0};  ///< begin of the highest range SACKed so far (fack)
    std::uint64_t retransmitHint{0}; ///< no range before it waits for retransmission
    std::uint32_t mss{1448};         ///< bytes
    std::uint32_t reordering{3};     ///< duplicate-ACK threshold, segments
    bool reorderingSeen{false};
    bool sack{true};                 ///< both ends agreed to SACK
    std::uint32_t dupAcks{0};        ///< duplicate ACKs in a row (connections without SACK)
    CaState caState{CaState::Open};
    TimeNs srtt{0};
    TimeNs minRtt{kNever};

    std::uint32_t InFlight() const
    {
        const auto left = packetsOut - std::min(packetsOut, sackedOut + lostOut);
        return left + retransOut;
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
};

} // namespace hoststack::tcp

#endif // HS_SCOREBOARD_H
