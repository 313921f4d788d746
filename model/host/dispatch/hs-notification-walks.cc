// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-notification-walks.h"

namespace hoststack::host
{

namespace
{

/// A walk over all sockets of the set, in which each has its own kind's price.
void
WalkSet(const DispatchTable& table,
        const PollRecord& record,
        std::uint64_t walks,
        TableStep tcp,
        TableStep listening,
        TableStep udp,
        TableTally& tally)
{
    const auto streams = table.Size(SocketProtocol::Tcp);
    const auto datagram = table.Size(SocketProtocol::Udp);
    const auto listeners = record.protocol == SocketProtocol::Tcp ? record.listeners : 0;
    tally.Add(tcp, walks * (streams - listeners));
    tally.Add(listening, walks * listeners);
    tally.Add(udp, walks * datagram);
    tally.Visit(walks * (streams + datagram));
}

} // namespace

void
EgressWalks::Rearm(const SocketEntry& /*socket*/, TableTally& /*tally*/)
{
}

void
EgressWalks::EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally)
{
    WalkSet(table,
            record,
            record.mostSent + 1,
            TableStep::EgressVisit,
            TableStep::ListenEgressVisit,
            TableStep::UdpEgressVisit,
            tally);
}

void
ObserverWalks::EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally)
{
    EgressWalks::EndPoll(table, record, tally);
    if (record.events > 0)
    {
        table.WalkFlags(record.protocol, tally);
    }
    WalkSet(table,
            record,
            1,
            TableStep::TimerVisit,
            TableStep::ListenTimerVisit,
            TableStep::UdpTimerVisit,
            tally);
}

void
FlagWalks::Rearm(const SocketEntry& /*socket*/, TableTally& /*tally*/)
{
}

void
FlagWalks::EndPoll(const DispatchTable& table, const PollRecord& record, TableTally& tally)
{
    constexpr int walks = 3;
    for (int i = 0; i < walks; ++i)
    {
        table.WalkFlags(record.protocol, tally);
    }
    tally.Visit(record.sent);
}

} // namespace hoststack::host
