// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECOVERY_FREEBSD_H
#define HS_RECOVERY_FREEBSD_H

#include "ns3/hs-loss-recovery.h"

namespace hoststack::tcp
{

/**
 * Losses as FreeBSD's RACK stack finds them (rack.c, facts sheet freebsd.md 3.5): a range is lost
 * once one sent later was delivered and it has been out for the latest RTT and a quarter of it,
 * always, where Linux and RFC 8985 wait for nothing until reordering was seen. While reordering of
 * the last minute is remembered, each round that reported a duplicate adds a quarter, up to twice
 * the RTT. The timer is no shorter than 1 ms.
 *
 * The tail is probed after twice the smoothed RTT, longer if one short segment is all that is out.
 * Limits: marks are made for all ranges that are late, FreeBSD sends the oldest only, each time;
 * what follows is this sender's (PRR, one probe at a time).
 */
class FreebsdRecovery : public LossRecovery
{
  public:
    void OnDelivered(const SentRange& range, const Scoreboard& board, TimeNs now) override;
    void OnAck(bool dsack, std::uint64_t delivered, std::uint64_t priorDelivered) override;
    void OnRecoveryEnd() override;
    TimeNs DetectLosses(Scoreboard& board, TimeNs now, bool again) override;
    TimeNs TailTimeout(const Scoreboard& board, TimeNs srtt, TimeNs rtoMin) const override;

    bool LimitedTransmit() const override
    {
        return true;
    }

    bool ProbesTail() const override
    {
        return true;
    }

  private:
    TimeNs Threshold(const Scoreboard& board, TimeNs now) const;

    TimeNs m_newestSent{0}; ///< transmission time of the most recently sent delivered range
    std::uint64_t m_newestEnd{0};
    TimeNs m_rtt{0};                ///< RTT of that delivery (rc_rack_rtt); 0: none yet
    TimeNs m_reorderedAt{-1};       ///< when reordering was last seen; negative: never
    std::uint64_t m_lastCounted{0}; ///< `delivered` when a duplicate was last counted
    std::uint32_t m_duplicates{0};  ///< rounds that reported one (num_dsack)
    std::uint32_t m_persist{0};     ///< recoveries for which they are remembered
    bool m_advanced{false};         ///< something was delivered since losses were looked for
};

} // namespace hoststack::tcp

#endif // HS_RECOVERY_FREEBSD_H
