// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-layer.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

constexpr std::uint32_t kServer = 0x0a000001;      // 10.0.0.1
constexpr std::uint32_t kFirstClient = 0x0b000000; // 11.0.0.0
constexpr std::uint32_t kFirstVisitor = 0x0c000000;
constexpr std::uint16_t kPort = 80;
constexpr std::uint16_t kFirstListenPort = 1024;
constexpr std::uint16_t kClientPort = 40000;

PacketKey
ConnectionKey(SocketProtocol protocol, std::uint32_t client)
{
    return {IpAddress::V4(kServer), IpAddress::V4(client), kPort, kClientPort, protocol, false};
}

} // namespace

SocketLayer::SocketLayer(const DispatchStage& stage,
                         const Population& population,
                         std::uint64_t seed)
    : m_stage(stage),
      m_population(population),
      m_random(seed, std::string("dispatch/") + stage.name),
      m_table(DispatchTables().Create(stage.table, stage.size)),
      m_notification(Notifications().Create(stage.notification))
{
    TableTally tally;
    AddUnconnected(kPort);
    for (std::size_t i = 0; i < population.listeners; ++i)
    {
        AddUnconnected(static_cast<std::uint16_t>(kFirstListenPort + i));
    }
    for (std::size_t i = 0; i < population.sockets; ++i)
    {
        auto& socket = NewEntry();
        socket.key = KeyOf(i);
        m_table->Add(socket, tally);
        m_sockets.push_back(&socket);
        if (m_random.Bernoulli(population.armed))
        {
            socket.pollAt = ++m_deadline;
            m_notification->Rearm(socket, tally);
        }
    }
}

SocketEntry&
SocketLayer::NewEntry()
{
    if (!m_unused.empty())
    {
        auto& socket = *m_unused.back();
        m_unused.pop_back();
        const auto number = socket.number;
        socket = {};
        socket.number = number;
        return socket;
    }
    m_entries.emplace_back();
    m_entries.back().number = static_cast<std::uint32_t>(m_entries.size());
    return m_entries.back();
}

void
SocketLayer::AddUnconnected(std::uint16_t port)
{
    TableTally tally;
    auto& socket = NewEntry();
    socket.key.local = IpAddress::V4(kServer);
    socket.key.localPort = port;
    socket.key.protocol = m_population.protocol;
    socket.role = SocketRole::Unconnected;
    m_table->Add(socket, tally);
}

PacketKey
SocketLayer::KeyOf(std::size_t index) const
{
    return ConnectionKey(m_population.protocol, kFirstClient + static_cast<std::uint32_t>(index));
}

std::size_t
SocketLayer::Pick()
{
    return static_cast<std::size_t>(m_random.Uniform() * static_cast<double>(m_sockets.size()));
}

TimeNs
SocketLayer::Price(const TableTally& tally) const
{
    return TablePrices::Measured().Cost(tally, Sockets());
}

SocketEntry*
SocketLayer::TakePacket(const PacketKey& packet,
                        std::uint32_t payload,
                        bool answered,
                        PollCost& cost)
{
    TableTally lookup;
    auto* socket = m_table->Find(packet, lookup);
    TableTally work;
    if (m_stage.isLargeKernel)
    {
        work.Add(TableStep::KernelFloor);
        work.Add(m_population.protocol == SocketProtocol::Udp ? TableStep::KernelDatagram
                 : answered                                   ? TableStep::KernelReceive
                                                              : TableStep::KernelSegment);
    }
    else
    {
        work.Add(TableStep::Receive);
        work.Add(TableStep::ReceiveByte, payload);
        work.Add(TableStep::Transmit, answered || socket == nullptr);
    }
    TableTally rearm;
    if (socket != nullptr && answered)
    {
        // The answer is due now; once it is gone the timer that was there before counts again.
        const auto timer = socket->pollAt;
        socket->pollAt = 0;
        m_notification->Rearm(*socket, rearm);
        socket->pollAt = timer == kNever ? kNever : ++m_deadline;
        m_notification->Rearm(*socket, rearm);
    }
    cost.lookup += Price(lookup);
    cost.packets += Price(work);
    cost.notification += Price(rearm);
    cost.visits += lookup.Visits();
    cost.wakeUps += socket != nullptr;
    return socket;
}

void
SocketLayer::EndPoll(std::uint64_t events,
                     std::uint64_t sent,
                     std::uint64_t mostSent,
                     PollCost& cost)
{
    PollRecord record;
    record.protocol = m_population.protocol;
    record.events = events;
    record.sent = sent;
    record.mostSent = mostSent;
    record.listeners = m_population.listeners + 1;
    TableTally end;
    m_notification->EndPoll(*m_table, record, end);
    cost.notification += Price(end);
    cost.visits += end.Visits();
    cost.total = cost.lookup + cost.packets + cost.notification;
}

PollCost
SocketLayer::Poll(const std::vector<std::size_t>& targets, std::uint32_t payload, bool answered)
{
    PollCost cost;
    std::vector<std::size_t> sorted = targets;
    std::sort(sorted.begin(), sorted.end());
    std::uint64_t most = 0;
    std::uint64_t run = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i)
    {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        most = std::max(most, run);
    }
    for (const auto target : targets)
    {
        TakePacket(KeyOf(target), payload, answered, cost);
    }
    EndPoll(targets.size(), answered ? targets.size() : 0, answered ? most : 0, cost);
    return cost;
}

PollCost
SocketLayer::PollMiss()
{
    PollCost cost;
    auto packet = ConnectionKey(m_population.protocol, kFirstVisitor - 1);
    packet.localPort = 1;
    packet.opens = true;
    TakePacket(packet, 0, false, cost);
    EndPoll(0, 1, 0, cost);
    return cost;
}

PollCost
SocketLayer::ShortConnection(TimeNs now, TimeNs timeWait)
{
    PollCost sum;
    auto packet = ConnectionKey(m_population.protocol, kFirstVisitor + m_nextConnection++);
    TableTally tally;
    SocketEntry* socket = nullptr;
    // SYN, request, FIN, last ACK; all but the last are answered.
    for (int i = 0; i < 4; ++i)
    {
        PollCost cost;
        packet.opens = i == 0;
        TakePacket(packet, i == 1 ? 100 : 0, i < 3, cost);
        if (i == 0)
        {
            packet.opens = false;
            socket = &NewEntry();
            socket->key = packet;
            m_table->Add(*socket, tally);
        }
        EndPoll(1, i < 3, i < 3, cost);
        sum.total += cost.total;
        sum.lookup += cost.lookup;
        sum.packets += cost.packets;
        sum.notification += cost.notification;
        sum.visits += cost.visits;
        sum.wakeUps += cost.wakeUps;
    }
    if (m_stage.keepsTimeWait)
    {
        socket->role = SocketRole::TimeWait;
        socket->pollAt = now + timeWait;
        m_notification->Rearm(*socket, tally);
        m_timeWait.push_back({now + timeWait, socket});
    }
    else
    {
        m_table->Remove(*socket, tally);
        m_unused.push_back(socket);
    }
    const auto changes = Price(tally);
    sum.notification += changes;
    sum.total += changes;
    return sum;
}

TimeNs
SocketLayer::Expire(TimeNs now)
{
    TableTally tally;
    while (!m_timeWait.empty() && m_timeWait.front().at <= now)
    {
        auto& socket = *m_timeWait.front().socket;
        socket.pollAt = kNever;
        m_notification->Rearm(socket, tally);
        m_table->Remove(socket, tally);
        m_unused.push_back(&socket);
        m_timeWait.pop_front();
    }
    return m_timeWait.empty() ? kNever : m_timeWait.front().at;
}

} // namespace hoststack::host
