// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-notification-ordered.h"

namespace hoststack::host
{

void
OrderedPending::Rearm(const SocketEntry& socket, TableTally& tally)
{
    if (socket.key.protocol == SocketProtocol::Udp)
    {
        return;
    }
    const auto old = m_times.find(socket.number);
    if (old != m_times.end())
    {
        if (old->second == socket.pollAt)
        {
            return;
        }
        tally.Add(TableStep::OrderedLevel, LevelsOf(m_set.size()));
        m_set.erase({old->second, socket.number});
        m_times.erase(old);
    }
    if (socket.pollAt != kNever)
    {
        m_set.insert({socket.pollAt, socket.number});
        m_times[socket.number] = socket.pollAt;
        tally.Add(TableStep::OrderedLevel, LevelsOf(m_set.size()));
    }
}

void
OrderedPending::EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally)
{
    if (record.protocol == SocketProtocol::Udp)
    {
        table.WalkFlags(SocketProtocol::Udp, tally);
    }
    // Once more than it finds somebody: the last look says when to come again.
    tally.Add(TableStep::ReadEarliest, record.sent + 1);
    tally.Visit(record.sent);
}

} // namespace hoststack::host
