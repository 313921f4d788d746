// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NOTIFICATION_DIRECT_H
#define HS_NOTIFICATION_DIRECT_H

#include "ns3/hs-notification.h"

namespace hoststack::host
{

/**
 * Linux, FreeBSD and this simulator: who has something to send sends it, timers stand in wheels of
 * constant price (part of what a packet costs), the program of a socket is woken as its data come.
 */
class DirectEvents final : public Notification
{
  public:
    void Rearm(const SocketEntry& /*socket*/, TableTally& /*tally*/) override
    {
    }

    void EndPoll(const DispatchTable& /*table*/,
                 const PollRecord& /*record*/,
                 TableTally& /*tally*/) override
    {
    }
};

} // namespace hoststack::host

#endif // HS_NOTIFICATION_DIRECT_H
