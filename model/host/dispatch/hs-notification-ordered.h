// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NOTIFICATION_ORDERED_H
#define HS_NOTIFICATION_ORDERED_H

#include "ns3/hs-notification.h"

#include <set>
#include <unordered_map>
#include <utility>

namespace hoststack::host
{

/**
 * Asterinas since 2025-03 (a7e718e81 to d9f3a7761): an ordered set of the connections that have
 * something to send or a timer, by the time at which they want to be polled. A time that changes is
 * a removal and an insertion; a poll takes what is due from its beginning, programs are told at
 * once. UDP sockets are not in it: all of them are asked whether they have something to send.
 */
class OrderedPending final : public Notification
{
  public:
    void Rearm(const SocketEntry& socket, TableTally& tally) override;
    void EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally) override;

    std::size_t Pending() const
    {
        return m_set.size();
    }

  private:
    std::set<std::pair<TimeNs, std::uint32_t>> m_set;
    std::unordered_map<std::uint32_t, TimeNs> m_times; ///< of the members
};

} // namespace hoststack::host

#endif // HS_NOTIFICATION_ORDERED_H
