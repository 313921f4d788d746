// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_RFC1122_H
#define HS_WINDOW_RFC1122_H

#include "ns3/hs-window-policy.h"

namespace hoststack::tcp
{

/**
 * Receiver's silly-window avoidance as RFC 1122 section 4.2.3.3 (now RFC 9293 section 3.8.6.2.2)
 * says it: the right edge stays where it is until it can move by min(half the buffer, one MSS).
 * The whole buffer counts as window (no memory overhead), it does not grow, and a read announces
 * the window as soon as the edge may move from a closed or nearly closed window. Of a multipath
 * connection the edge, the buffer and what waits in it are those of the whole stream: data beyond a
 * hole lies within the edge and takes nothing from it.
 */
class Rfc1122Window : public WindowPolicy
{
  public:
    void Init(ReceiveState& state, bool scaling) override;
    std::uint32_t Select(ReceiveState& state) override;
    std::uint32_t Candidate(ReceiveState& state) override;
    bool UpdateDue(ReceiveState& state) override;

    bool CountsOverhead() const override
    {
        return false;
    }
};

} // namespace hoststack::tcp

#endif // HS_WINDOW_RFC1122_H
