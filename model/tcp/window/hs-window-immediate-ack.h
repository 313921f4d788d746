// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_IMMEDIATE_ACK_H
#define HS_WINDOW_IMMEDIATE_ACK_H

#include "ns3/hs-window-linux.h"

namespace hoststack::tcp
{

/**
 * The window of Linux, but every read that took something is answered with an ACK: the peer always
 * knows how much room there is, at the price of one ACK per read. No kernel does this; it is the
 * upper end of a comparison.
 */
class ImmediateAckWindow : public LinuxWindow
{
  public:
    using LinuxWindow::LinuxWindow;

    bool UpdateDue(ReceiveState& /*state*/) override
    {
        return true;
    }
};

} // namespace hoststack::tcp

#endif // HS_WINDOW_IMMEDIATE_ACK_H
