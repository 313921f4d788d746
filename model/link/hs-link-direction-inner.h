// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_DIRECTION_INNER_H
#define HS_LINK_DIRECTION_INNER_H

/**
 * \file
 * What the source files of LinkDirection share; not for its users.
 */

#include "ns3/hs-link-direction.h"
#include "ns3/hs-link-flow-queue.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace hoststack
{

// Work is counted in nanobits: a rate of R bit/s serves R nanobits per nanosecond, so every
// departure is a fraction with the rate as its denominator and nothing is ever rounded away.
constexpr std::uint64_t kNanobitsPerByte = 8'000'000'000ULL;

/// \throws LinkConfigError
[[noreturn]] inline void
FailLink(const std::string& link, const std::string& text, const std::string& parameter)
{
    throw LinkConfigError("link \"" + link + "\": " + text, parameter);
}

/// What a plain link (rate, delay, drop-tail) does without.
struct LinkDirection::Extras
{
    struct Source
    {
        LinkBehaviour* behaviour;
        LinkCapacity stretch;
    };

    struct Ticker
    {
        LinkBehaviour* behaviour;
        TimeNs at;
    };

    /// Packets that a LinkFlowQueue holds in place of m_waiting.
    struct Queued
    {
        LinkFlowQueue* queue{nullptr};
        std::uint64_t packets{0};
        std::uint64_t bytes{0};
        std::uint64_t wireBytes{0};
        TimeNs offeredAt{0}; ///< when the last one came
        /// Of a queue that does not shape: when a gate opens for the first packet to leave, the
        /// second, ... Whoever is chosen then takes the turn.
        Ring<TimeNs> turns;
        std::vector<LinkLost> lost;
    };

    Queued queued;
    std::vector<std::unique_ptr<LinkBehaviour>> all;
    std::vector<LinkBehaviour*> admit;
    std::vector<LinkBehaviour*> replaces;
    std::vector<LinkBehaviour*> gates;
    std::vector<LinkBehaviour*> heads;
    std::vector<LinkBehaviour*> travels;
    std::vector<Source> capacity;
    std::vector<Ticker> tickers;

    Ring<Segment> segments;
    TimeNs coveredUntil{0};     ///< end of the segments made so far
    std::uint64_t burstLeft{0}; ///< nanobits of the burst at burstAt that nobody has used
    TimeNs burstAt{-1};
    std::uint64_t offeredBytes{0}; ///< of the bursts of all segments made so far
    std::uint64_t servedBytes{0};  ///< on the wire, of packets that have begun service
    std::uint64_t headPosition{0}; ///< position of the front of m_waiting
    TimeNs lastTravel{0};
    bool ownRate{false};
};

inline void
LinkDirection::AdvanceFast(TimeNs now)
{
    while (m_waitingPackets > 0 && m_serviceDeparts <= now)
    {
        const Flight& next = m_flight[m_flight.Size() - m_waitingPackets];
        --m_waitingPackets;
        m_waitingBytes -= next.bytes;
        m_counters.busyTime += next.departs - m_serviceDeparts;
        m_serviceDeparts = next.departs;
    }
}

inline void
LinkDirection::NoteWaitingPeak()
{
    m_peaks.waiting = m_waitingPackets;
    m_counters.maxWaitingPackets = std::max(m_counters.maxWaitingPackets, m_waitingPackets);
}

} // namespace hoststack

#endif // HS_LINK_DIRECTION_INNER_H
