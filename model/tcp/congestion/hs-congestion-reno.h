// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_RENO_H
#define HS_CONGESTION_RENO_H

#include "ns3/hs-congestion-control.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * Slow start: one segment per segment acknowledged, up to ssthresh (RFC 5681 section 3.1 without
 * its limit of one segment per ACK; Linux tcp_slow_start). An ACK of many segments counts as as
 * many ACKs.
 *
 * \return the acknowledged segments left once ssthresh is reached; they belong to congestion
 *         avoidance.
 */
std::uint32_t SlowStart(CongestionState& state, std::uint32_t acked);

/**
 * One segment per \p perSegments segments acknowledged; credit is kept in `cwndCount` from ACK to
 * ACK (Linux tcp_cong_avoid_ai). Credit gathered under a larger \p perSegments is worth one
 * segment at most. \p perSegments must not be 0.
 */
void AdditiveIncrease(CongestionState& state, std::uint32_t perSegments, std::uint32_t acked);

/**
 * Reno (RFC 5681) as Linux 6.x has it (tcp_cong.c): window counted in segments, increase by the
 * number of segments acknowledged, threshold half of the window and at least two segments. Undo
 * returns to the window before the reduction.
 */
class RenoCongestion : public CongestionControl
{
  public:
    const char* Name() const override;
    std::uint32_t Ssthresh(CongestionState& state) override;
    void IncreaseWindow(CongestionState& state, std::uint32_t acked) override;
};

} // namespace hoststack::tcp

#endif // HS_CONGESTION_RENO_H
