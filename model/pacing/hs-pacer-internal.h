// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACER_INTERNAL_H
#define HS_PACER_INTERNAL_H

#include "ns3/hs-pacer.h"

namespace hoststack
{

/**
 * The timer of Linux' own socket (SK_PACING_NEEDED; net/ipv4/tcp_output.c tcp_pacing_check and
 * tcp_update_skb_after_send): after a burst the next one waits as long as this one takes at the
 * rate. Lateness is made up for, at most by half of each gap. The first segments of a connection
 * leave unspaced (facts sheet linux.md 6.2.3).
 *
 * With a device that holds bursts (SK_PACING_FQ) it has no timer: the same times go down with what
 * is sent (skb->tstamp), which may be far ahead of now.
 */
class InternalPacer : public Pacer
{
  public:
    explicit InternalPacer(bool leavesToDevice = false)
        : m_leavesToDevice(leavesToDevice)
    {
    }

    bool LeavesToDevice() const override
    {
        return m_leavesToDevice;
    }

    bool HoldsOutput() const override
    {
        return true;
    }

    TimeNs EarliestDeparture() const override
    {
        return m_next;
    }

    void OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate) override;

  private:
    TimeNs m_next{0}; ///< tcp_wstamp_ns
    std::uint64_t m_fresh{0};
    const bool m_leavesToDevice;
};

} // namespace hoststack

#endif // HS_PACER_INTERNAL_H
