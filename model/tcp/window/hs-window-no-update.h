// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WINDOW_NO_UPDATE_H
#define HS_WINDOW_NO_UPDATE_H

#include "ns3/hs-window-linux.h"

namespace hoststack::tcp
{

/**
 * The window of Linux, but no read announces it: the peer learns of room only from ACKs of data and
 * from the answers to its probes. It is
 * the lower end of a comparison.
 */
class NoUpdateWindow : public LinuxWindow
{
  public:
    using LinuxWindow::LinuxWindow;

    bool UpdateDue(ReceiveState& /*state*/) override
    {
        return false;
    }
};

} // namespace hoststack::tcp

#endif // HS_WINDOW_NO_UPDATE_H
