// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NOTIFICATION_H
#define HS_NOTIFICATION_H

#include "ns3/hs-dispatch-table.h"

namespace hoststack::host
{

/// What a poll has done when its packets are over.
struct PollRecord
{
    SocketProtocol protocol{SocketProtocol::Tcp};
    std::uint64_t events{0};   ///< sockets that have got something
    std::uint64_t sent{0};     ///< packets that went out
    std::uint64_t mostSent{0}; ///< by one socket
    std::size_t listeners{0};  ///< of the sockets in the table
};

/**
 * How a system finds the sockets that have something to send, whose timer is due, and whose program
 * must be told: it asks all of them, or they say so themselves.
 */
class Notification
{
  public:
    virtual ~Notification() = default;

    /// When \p socket next wants to be polled has changed to its pollAt (kNever: it does not).
    virtual void Rearm(const SocketEntry& socket, TableTally& tally) = 0;
    /// What a poll costs besides its packets.
    virtual void EndPoll(const DispatchTable& table,
                         const PollRecord& record,
                         TableTally& tally) = 0;
};

/// By name: egress-walks, observers, flag-walks, ordered, direct.
Registry<Notification>& Notifications();

} // namespace hoststack::host

#endif // HS_NOTIFICATION_H
