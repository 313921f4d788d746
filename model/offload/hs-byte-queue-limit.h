// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BYTE_QUEUE_LIMIT_H
#define HS_BYTE_QUEUE_LIMIT_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/**
 * How many bytes may lie in a NIC's transmit ring (byte queue limits, BQL): as few as keep it busy
 * from one completion to the next. What waits beyond stays in the queue discipline, which can order
 * and drop it.
 *
 * The limit grows when the ring ran dry although it had been full, by what was sent meanwhile. It
 * shrinks by what was always too much, as seen over a hold time. The rules are those of Linux'
 * lib/dynamic_queue_limits.c; the smallest and the largest limit, which a user may set there, are
 * left at their defaults.
 */
class ByteQueueLimit
{
  public:
    /// \param holdTime how long too much must have been too much (a second in Linux)
    explicit ByteQueueLimit(TimeNs holdTime = kSecond)
        : m_holdTime(holdTime)
    {
    }

    /// The driver may put something into the ring, however long it is.
    bool HasRoom() const
    {
        return m_queued <= m_allowedTo;
    }

    /// It has put \p bytes into the ring at once.
    void OnQueued(std::uint32_t bytes);

    /// A poll has found \p bytes of them sent.
    void OnCompleted(TimeNs now, std::uint64_t bytes);

    std::uint64_t Limit() const
    {
        return m_limit;
    }

    /// Bytes in the ring that no poll has seen as sent.
    std::uint64_t InRing() const
    {
        return m_queued - m_completed;
    }

  private:
    /// The state when a poll ended, as the next one looks back on it.
    struct Past
    {
        std::uint64_t queued{0};    ///< in all
        std::uint64_t over{0};      ///< beyond the limit
        std::uint32_t lastPiece{0}; ///< bytes that came into the ring last
    };

    void ForgetSlack(TimeNs now);

    const TimeNs m_holdTime;
    std::uint64_t m_limit{0};
    std::uint64_t m_queued{0};    ///< bytes since the start; the same for all totals
    std::uint64_t m_completed{0}; ///< as of the last poll
    std::uint64_t m_allowedTo{0}; ///< the total of m_queued with which there is room still
    std::uint32_t m_lastPiece{0};
    Past m_past;
    std::uint64_t m_leastSlack{0}; ///< since m_slackSince, once m_knowsSlack
    TimeNs m_slackSince{0};
    bool m_knowsSlack{false};
};

} // namespace hoststack

#endif // HS_BYTE_QUEUE_LIMIT_H
