// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BBR_ACK_AGGREGATION_H
#define HS_BBR_ACK_AGGREGATION_H

#include "ns3/hs-bbr-units.h"

#include <array>
#include <cstdint>

namespace hoststack::tcp
{

/**
 * How many segments beyond the estimated rate ACKs deliver at once (tcp_bbr.c
 * bbr_update_ack_aggregation): delayed and thinned ACKs, radio slots. BBR adds that much to its
 * window so that it can send while ACKs are silent.
 *
 * An epoch runs while ACKs come faster than the estimate; its excess is the sample. The maximum
 * is over 5 to 10 rounds (two buckets of five).
 */
class BbrAckAggregation
{
  public:
    /// A new epoch begins at \p now (also after idle).
    void Restart(TimeNs now);

    /**
     * \param acked segments newly (S)ACKed
     * \param rate the estimate of the bottleneck
     * \param cwnd bound of the excess, segments
     * \param isRoundStart this ACK begins a round
     */
    void OnAck(TimeNs now,
               std::uint32_t acked,
               BbrRate rate,
               std::uint32_t cwnd,
               bool isRoundStart);

    /// The largest excess, segments.
    std::uint32_t Max() const;

  private:
    TimeNs m_epochStart{0};
    std::uint64_t m_epochAcked{0};
    std::array<std::uint32_t, 2> m_buckets{};
    std::uint32_t m_bucket{0};
    std::uint32_t m_rounds{0}; ///< age of the current bucket
};

} // namespace hoststack::tcp

#endif // HS_BBR_ACK_AGGREGATION_H
