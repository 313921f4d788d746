// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-notification.h"

#include "ns3/hs-notification-direct.h"
#include "ns3/hs-notification-ordered.h"
#include "ns3/hs-notification-walks.h"

namespace hoststack::host
{

Registry<Notification>&
Notifications()
{
    static Registry<Notification> notifications(
        "notification",
        {
            {"egress-walks",
             "all sockets are asked for something to send until none has (smoltcp)",
             [] { return std::make_unique<EgressWalks>(); }},
            {"observers",
             "the same, and all are asked for events and timers (Asterinas before 2024-09)",
             [] { return std::make_unique<ObserverWalks>(); }},
            {"flag-walks",
             "three walks over a flag of each socket (Asterinas 2024-09 to 2025-03)",
             [] { return std::make_unique<FlagWalks>(); }},
            {"ordered",
             "a set ordered by the next time to poll (Asterinas since 2025-03)",
             [] { return std::make_unique<OrderedPending>(); }},
            {"direct",
             "sockets say themselves what they want (Linux, FreeBSD)",
             [] { return std::make_unique<DirectEvents>(); }},
        });
    return notifications;
}

} // namespace hoststack::host
