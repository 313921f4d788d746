// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECOVERY_RACK_H
#define HS_RECOVERY_RACK_H

#include "ns3/hs-loss-recovery.h"

namespace hoststack::tcp
{

/**
 * RACK-TLP (RFC 8985) as Linux runs it (net/ipv4/tcp_recovery.c): a range is lost when one sent
 * later was delivered and it has been out for longer than the RTT of that delivery plus a
 * reordering window. The window is zero until reordering was seen, if recovery runs or enough is
 * SACKed; otherwise a quarter of the minimum RTT, times a factor that grows with DSACKs and falls
 * back after 16 recoveries. Facts sheet linux.md 6.6.
 */
class RackRecovery : public LossRecovery
{
  public:
    void OnDelivered(const SentRange& range, const Scoreboard& board, TimeNs now) override;
    void OnAck(bool dsack, std::uint64_t delivered, std::uint64_t priorDelivered) override;
    void OnRecoveryEnd() override;
    TimeNs DetectLosses(Scoreboard& board, TimeNs now, bool again) override;

    bool IsRecent(const SentRange& range, TimeNs now) const override
    {
        return range.sentAt + m_rtt > now;
    }

    bool LimitedTransmit() const override
    {
        return true;
    }

    bool ProbesTail() const override
    {
        return true;
    }

  private:
    TimeNs ReorderingWindow(const Scoreboard& board) const;

    TimeNs m_newestSent{0}; ///< transmission time of the most recently sent delivered range
    std::uint64_t m_newestEnd{0};
    TimeNs m_rtt{0};                ///< RTT of that delivery
    bool m_advanced{false};         ///< something was delivered since losses were looked for
    std::uint64_t m_lastWidened{0}; ///< `delivered` when the window was last widened
    std::uint32_t m_steps{1};       ///< window in quarters of the minimum RTT
    std::uint32_t m_persist{0};     ///< recoveries for which a widened window stays
};

} // namespace hoststack::tcp

#endif // HS_RECOVERY_RACK_H
