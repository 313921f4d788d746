// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PEER_CLOCK_H
#define HS_PEER_CLOCK_H

#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/// The peer's newest timestamp, to echo and to tell old segments by (RFC 7323 sections 4.3 and 5).
class PeerClock
{
  public:
    static constexpr TimeNs kForget = 24LL * 24 * 3600 * kSecond; ///< section 5.5: 24 days

    /// TS.Recent; 0 before the first.
    std::uint32_t Recent() const
    {
        return m_recent;
    }

    /// When it was taken.
    TimeNs TakenAt() const
    {
        return m_takenAt;
    }

    /// How far \p options' timestamp lies behind, in ticks of the peer's clock.
    std::int32_t Age(const TcpOptions& options) const
    {
        return static_cast<std::int32_t>(m_recent - options.timestampValue);
    }

    /// False if \p options carry a timestamp more than \p tolerance ticks older than the newest.
    bool Passes(TimeNs now, const TcpOptions& options, std::int32_t tolerance) const
    {
        return !options.hasTimestamps || !m_isKnown ||
               static_cast<std::int32_t>(options.timestampValue - m_recent) >= -tolerance ||
               now - m_takenAt > kForget;
    }

    void Take(TimeNs now, const TcpOptions& options)
    {
        m_recent = options.timestampValue;
        m_takenAt = now;
        m_isKnown = true;
    }

    /// That of a SYN: not aged before the first segment after it.
    void Begin(const TcpOptions& options)
    {
        m_recent = options.timestampValue;
        m_isKnown = true;
    }

  private:
    std::uint32_t m_recent{0};
    bool m_isKnown{false};
    TimeNs m_takenAt{0};
};

} // namespace hoststack::tcp

#endif // HS_PEER_CLOCK_H
