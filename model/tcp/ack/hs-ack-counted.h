// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ACK_COUNTED_H
#define HS_ACK_COUNTED_H

#include "ns3/hs-ack-policy.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * An ACK for every so many segments, or once a timer of `delayedAckMin` (40 ms) has run out.
 *
 * Every second one is FreeBSD: an ACK leaves if one is delayed already or if what came is larger
 * than a segment, as a unit that LRO has merged is; else it waits for 40 ms; data beyond a hole is
 * acknowledged at once (tcp_do_segment and rack.c, facts sheet freebsd.md 3.9). Every eighth and
 * sixteenth are the stretch ACKs of the sheet's section 7.7. Reads owe no ACK: FreeBSD's window
 * updates are another rule.
 */
class CountedAcks : public AckPolicy
{
  public:
    /// \p config outlives it.
    CountedAcks(const Config& config, std::uint32_t segments)
        : m_config(config),
          m_segments(segments)
    {
    }

    void OnInOrderData(const AckView& view) override;
    bool Decide(AckView& view) override;
    bool OnDelayedDeadline(TimeNs rto) override;

    void OnDisorder(ReceiveState& /*state*/, std::uint32_t /*acks*/) override
    {
    }

    void OnDataSent(TimeNs /*now*/) override
    {
    }

    void OnPeerClosed() override
    {
    }

    bool DueAfterRead(const ReceiveState& /*state*/,
                      std::uint64_t /*unacknowledged*/,
                      bool /*isEmpty*/) const override
    {
        return false;
    }

  private:
    const Config& m_config;
    std::uint32_t m_segments;
    std::uint32_t m_arrivals{0};   ///< since the last ACK
    std::uint64_t m_lastUpdate{0}; ///< up to where that one acknowledged
};

} // namespace hoststack::tcp

#endif // HS_ACK_COUNTED_H
