// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECOVERY_DUPACK_H
#define HS_RECOVERY_DUPACK_H

#include "ns3/hs-loss-recovery.h"

namespace hoststack::tcp
{

/**
 * Duplicate-ACK recovery: with SACK the IsLost() rule of RFC 6675 section 4 (a range is lost when
 * at least DupThresh segments, or more than (DupThresh - 1) * SMSS bytes, above it are SACKed);
 * without SACK the third duplicate ACK marks the first range, and in recovery every partial ACK the
 * next one (NewReno, RFC 6582). Limited transmit as RFC 3042. No tail probe: a lost tail waits for
 * the retransmission time-out.
 */
class DupAckRecovery : public LossRecovery
{
  public:
    explicit DupAckRecovery(bool limitedTransmit)
        : m_limitedTransmit(limitedTransmit)
    {
    }

    TimeNs DetectLosses(Scoreboard& board, TimeNs now, bool again) override;

    bool LimitedTransmit() const override
    {
        return m_limitedTransmit;
    }

    bool ProbesTail() const override
    {
        return false;
    }

  private:
    void DetectBySack(Scoreboard& board);

    bool m_limitedTransmit;
};

/**
 * What every recovery does on a connection without SACK (tcp_newreno_mark_lost): the first segment
 * is lost at the third duplicate ACK, and in recovery at each partial ACK.
 */
void DetectByDuplicateAcks(Scoreboard& board);

} // namespace hoststack::tcp

#endif // HS_RECOVERY_DUPACK_H
