// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NOTIFICATION_WALKS_H
#define HS_NOTIFICATION_WALKS_H

#include "ns3/hs-notification.h"

namespace hoststack::host
{

/**
 * smoltcp: all sockets are asked whether they have something to send, again and again until a walk
 * has found nobody; each sends one packet per walk.
 *
 * Source: poll_egress() of src/iface/interface/mod.rs, smoltcp 0.13.
 */
class EgressWalks : public Notification
{
  public:
    void Rearm(const SocketEntry& socket, TableTally& tally) override;
    void EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally) override;
};

/**
 * Asterinas before 2024-09: smoltcp's walks; then, if anything happened, each socket's observer is
 * called, and the next timer is the earliest of all.
 */
class ObserverWalks final : public EgressWalks
{
  public:
    void EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally) override;
};

/**
 * Asterinas from 2024-09 to 2025-03: three walks over one flag of each socket per poll (something
 * to send, something to tell, next timer); what sends is visited for itself. The table says what a
 * walk costs: with a hash all buckets are in it.
 */
class FlagWalks final : public Notification
{
  public:
    void Rearm(const SocketEntry& socket, TableTally& tally) override;
    void EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally) override;
};

} // namespace hoststack::host

#endif // HS_NOTIFICATION_WALKS_H
