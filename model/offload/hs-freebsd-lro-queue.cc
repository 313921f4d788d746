// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * The part of FreebsdLro that hands whole packets and compressed ACKs to a connection's input queue
 * (_tcp_lro_flush_tcphpts()).
 */

#include "ns3/hs-freebsd-lro.h"

#include <iterator>
#include <list>

namespace hoststack
{

/// What one flush puts behind a connection's queue.
struct FreebsdLro::Batch
{
    LroConnection& connection;
    std::list<LroQueued> items;
    LroQueued* open{nullptr}; ///< where the next ACK goes
    bool mayUseTail{true};    ///< the last item of the connection's queue may still take ACKs
};

LroQueued*
FreebsdLro::OpenBuffer(Batch& batch)
{
    auto& connection = batch.connection;
    if (batch.open && batch.open->acks.size() < batch.open->Capacity())
    {
        return batch.open;
    }
    if (batch.open)
    {
        connection.flags |= kLroClusters;
    }
    else if (batch.mayUseTail && !connection.queue.empty() && !connection.queue.back().packet)
    {
        auto& tail = connection.queue.back();
        if (tail.acks.size() < tail.Capacity())
        {
            ++m_counters.extra;
            batch.open = &tail;
            return batch.open;
        }
        connection.flags |= kLroClusters;
    }
    if (!m_host.AllocateBuffer())
    {
        ++m_counters.noMemory;
        return nullptr;
    }
    batch.items.emplace_back();
    batch.open = &batch.items.back();
    batch.open->isCluster = (connection.flags & kLroClusters) != 0;
    return batch.open;
}

bool
FreebsdLro::Compress(Batch& batch, const LroPacket& packet)
{
    constexpr std::uint16_t allowed = kAck | kPsh | kEce | kCwr;
    if ((batch.connection.flags & kLroCompresses) == 0 || packet.options == LroOptions::Other ||
        (packet.flags & ~allowed) != 0 || (packet.flags & kAck) == 0 || packet.payload > 0)
    {
        return false;
    }
    auto* buffer = OpenBuffer(batch);
    if (!buffer)
    {
        return false;
    }
    LroAck ack;
    ack.arrival = packet.arrival;
    ack.isNicTime = packet.nicTime != kNever;
    ack.seq = packet.seq;
    ack.ack = packet.ack;
    ack.hasTimestamps = packet.options == LroOptions::Timestamps;
    ack.timestampValue = packet.timestampValue;
    ack.timestampEcho = packet.timestampEcho;
    ack.window = packet.window;
    ack.flags = packet.flags;
    ack.codepoint = packet.codepoint;
    buffer->acks.push_back(ack);
    ++m_counters.compressed;
    m_host.Free(packet);
    return true;
}

bool
FreebsdLro::FlushToQueue(Entry& entry)
{
    const auto& first = *entry.packets.front();
    if (!m_settings.isQueueWanted || entry.vlan != 0 ||
        (m_version.asksModules && (!m_settings.hasHpts || m_settings.isFiltered)) ||
        (!first.isVersion4 && first.hasZeroSource))
    {
        return false;
    }
    auto* connection = m_host.Find(first);
    if (!connection)
    {
        return false;
    }
    ++m_counters.locks;
    if (connection->isTimeWait || (connection->flags & (kLroQueues | kLroCompresses)) == 0)
    {
        return false;
    }
    if (connection->cpu < 0 && m_cpu.isSet)
    {
        connection->cpu = m_cpu.last;
    }
    bool wakes = (connection->flags & kLroQueueReady) == 0;
    Batch batch{*connection, {}};
    for (const auto* packet : entry.packets)
    {
        m_host.Tap(*packet);
        if (packet->options == LroOptions::Other && (connection->flags & kLroSackSleeps) == 0)
        {
            wakes = true;
        }
        else if (!wakes && m_version.asksModules && connection->hasEarlyWake)
        {
            wakes = m_host.WakesEarly(*connection);
        }
        if (Compress(batch, *packet))
        {
            continue;
        }
        if (m_version.dataClosesAcks)
        {
            batch.open = nullptr;
            batch.mayUseTail = false;
        }
        batch.items.emplace_back();
        batch.items.back().packet = packet;
    }
    entry.packets.clear();
    if (!batch.items.empty())
    {
        ++m_counters.queues;
        for (const auto& item : batch.items)
        {
            ++(item.packet ? m_counters.plainBuffers : m_counters.ackBuffers);
        }
        connection->queue.insert(connection->queue.end(),
                                 std::make_move_iterator(batch.items.begin()),
                                 std::make_move_iterator(batch.items.end()));
    }
    if (wakes)
    {
        ++m_counters.wakes;
        m_host.Wake(*connection);
    }
    return true;
}

} // namespace hoststack
