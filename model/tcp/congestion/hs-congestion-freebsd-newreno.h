// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_FREEBSD_NEWRENO_H
#define HS_CONGESTION_FREEBSD_NEWRENO_H

#include "ns3/hs-congestion-control.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * Slow start of FreeBSD's algorithms: an ACK is worth what it acknowledges and two segments at
 * most, after a time-out one (RFC 3465; net.inet.tcp.abc_l_var is 2). It does not stop at ssthresh.
 */
void FreebsdSlowStart(CongestionState& state, std::uint32_t acked);

/// After more than a time-out without sending the window is the initial one at most
/// (newreno_after_idle).
void FreebsdAfterIdle(CongestionState& state);

/**
 * NewReno of FreeBSD (cc_newreno.c): slow start with appropriate byte counting, then a segment for
 * each window acknowledged, and half of the window after a loss, two segments at least. Windows are
 * whole segments here.
 */
class FreebsdNewReno : public CongestionControl
{
  public:
    const char* Name() const override;
    std::uint32_t Ssthresh(CongestionState& state) override;
    void IncreaseWindow(CongestionState& state, std::uint32_t acked) override;
    void OnEvent(CongestionState& state, CaEvent event) override;
};

} // namespace hoststack::tcp

#endif // HS_CONGESTION_FREEBSD_NEWRENO_H
