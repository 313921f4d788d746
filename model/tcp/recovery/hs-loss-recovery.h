// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOSS_RECOVERY_H
#define HS_LOSS_RECOVERY_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-scoreboard.h"

namespace hoststack::tcp
{

struct Config;

/**
 * Decides which of the ranges in flight are lost, and when to look again. What follows from a loss
 * (reduction, retransmission, undo) is the connection's work and the same for all variants.
 */
class LossRecovery : public Pooled
{
  public:
    virtual ~LossRecovery() = default;

    /// \p range has just been acknowledged or SACKed for the first time.
    virtual void OnDelivered(const SentRange& /*range*/,
                             const Scoreboard& /*board*/,
                             TimeNs /*now*/)
    {
    }

    /**
     * All of an ACK has been taken in. \p dsack: it reported a duplicate; \p delivered and
     * \p priorDelivered as in RateSample, to tell rounds apart.
     */
    virtual void OnAck(bool /*dsack*/,
                       std::uint64_t /*delivered*/,
                       std::uint64_t /*priorDelivered*/)
    {
    }

    /// A recovery phase has ended.
    virtual void OnRecoveryEnd()
    {
    }

    /**
     * Marks lost ranges. \p again: the moment has come that the last call asked for; otherwise an
     * ACK gives the occasion. \return when to look again for losses not yet certain, or kNever.
     */
    virtual TimeNs DetectLosses(Scoreboard& board, TimeNs now, bool again) = 0;

    /// True if \p range left so recently that even a time-out says nothing about it.
    virtual bool IsRecent(const SentRange& /*range*/, TimeNs /*now*/) const
    {
        return false;
    }

    /// True if a duplicate ACK before recovery may send a new segment (RFC 3042).
    virtual bool LimitedTransmit() const = 0;

    /// True if a loss probe (RFC 8985 section 7) may be sent at the tail.
    virtual bool ProbesTail() const = 0;

    /// Until a loss probe is sent, counted from the last transmission. \p srtt: smoothed RTT, which
    /// is known; \p rtoMin: what a lone segment's ACK may be delayed by. Here: Linux
    /// (tcp_schedule_loss_probe).
    virtual TimeNs TailTimeout(const Scoreboard& board, TimeNs srtt, TimeNs rtoMin) const
    {
        constexpr TimeNs kTimeoutMin = 2 * kMillisecond; // TCP_TIMEOUT_MIN, in the sheet 6.7
        return 2 * srtt + (board.PacketsOut() == 1 ? rtoMin : kTimeoutMin);
    }
};

/// "rack-tlp", "dupack", "freebsd-rack"; the one place to add a line for a new one.
Registry<LossRecovery, const Config&>& LossRecoveries();

} // namespace hoststack::tcp

#endif // HS_LOSS_RECOVERY_H
