// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_FREEBSD_H
#define HS_WINDOW_FREEBSD_H

#include "ns3/hs-window-policy.h"

namespace hoststack::tcp
{

/**
 * FreeBSD's receive window (tcp_output.c, rack.c; facts sheet freebsd.md 3.9): the free part of the
 * buffer in bytes of payload, nothing if that is less than a segment and a quarter of the buffer. A
 * read announces it once the edge can move by half the buffer, or by two segments that are much of
 * a buffer that is small or nearly full.
 *
 * The buffer grows by half, up to its largest size, when 3/8 of it have come within more than half
 * an RTT (tcp_autorcvbuf, 14.0). Limit: memory that mbufs cost beside payload does not count; the
 * kernel allows eight times the buffer for it.
 */
class FreebsdWindow : public WindowPolicy
{
  public:
    void Init(ReceiveState& state, bool scaling) override;
    std::uint32_t Select(ReceiveState& state) override;
    std::uint32_t Candidate(ReceiveState& state) override;
    void OnData(ReceiveState& state, std::uint32_t length, std::uint32_t truesize) override;
    bool UpdateDue(ReceiveState& state) override;

    bool CountsOverhead() const override
    {
        return false;
    }

  private:
    TimeNs m_countedSince{-1}; ///< rfbuf_ts; negative: the next data begins it
    std::uint64_t m_counted{0};
};

} // namespace hoststack::tcp

#endif // HS_WINDOW_FREEBSD_H
