// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-offload-freebsd.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kMostTcpHeader = 60; // bytes, RFC 9293 section 3.1

LroSettings
SettingsFor(const OffloadSettings& settings)
{
    LroSettings lro;
    lro.entries = std::max<std::uint32_t>(settings.entries, 1);
    lro.sortArray = std::max<std::uint32_t>(settings.sortArray, 1);
    lro.isQueueWanted = true; // a stack that takes queues is loaded; Find() says for whom
    return lro;
}

LroOptions
KindOf(const TcpOptions& options)
{
    const bool isPlain = !options.hasMss && !options.hasWindowScale && !options.sackPermitted &&
                         options.sackCount == 0 && options.otherLength == 0;
    return !isPlain                ? LroOptions::Other
           : options.hasTimestamps ? LroOptions::Timestamps
                                   : LroOptions::None;
}

} // namespace

FreebsdOffload::FreebsdOffload(const LroVersion& version,
                               const OffloadSettings& settings,
                               Sink& sink)
    : ReceiveOffload(sink),
      m_lro(version, SettingsFor(settings), *this)
{
}

std::uint32_t
FreebsdOffload::Take()
{
    if (m_freeSlots.empty())
    {
        m_freeSlots.push_back(static_cast<std::uint32_t>(m_slots.size()));
        m_slots.emplace_back();
    }
    const auto slot = m_freeSlots.back();
    m_freeSlots.pop_back();
    return slot;
}

void
FreebsdOffload::Add(const OffloadPacket& packet, TimeNs now)
{
    const auto index = Take();
    auto& slot = m_slots[index];
    slot.packet = packet;
    auto& lro = slot.lro;
    lro = LroPacket();
    lro.id = index;
    lro.flow = packet.flow;
    lro.keySum = packet.flow;
    lro.flowId = packet.hash;
    lro.hashType = packet.hash == 0 ? 0 : packet.isVersion4 ? 0x82 : 0x84;
    lro.isVersion4 = packet.isVersion4;
    // What is wrong in any way is refused. FreeBSD cuts padding off, which simulated packets lack.
    lro.isIp = packet.fault == OffloadFault::None;
    lro.isTcp = lro.isIp && packet.kind == OffloadKind::Tcp;
    if (!lro.isIp && packet.faultReason == FlushReason::Checksum)
    {
        lro.checksumFlags = kLroIpChecked | kLroIpValid;
    }
    lro.codepoint = static_cast<std::uint8_t>(packet.isVersion4 ? packet.typeOfService
                                                                : packet.typeOfService >> 20);
    lro.ipHeader = packet.isVersion4 ? 20 : 40;
    lro.ipLength = packet.ipLength;
    lro.frameBytes = packet.ipLength;
    lro.firstBuffer = lro.linkHeader + packet.ipLength;
    if (lro.isTcp)
    {
        lro.tcpHeader = packet.ipLength - packet.payload - lro.ipHeader;
        lro.isTcp = lro.tcpHeader <= kMostTcpHeader; // else IPv6 has headers between
        lro.seq = packet.seq;
        lro.ack = packet.ack;
        lro.window = packet.window;
        lro.flags = packet.flags;
        lro.options = KindOf(*packet.options);
        lro.timestampValue = packet.options->timestampValue;
        lro.timestampEcho = packet.options->timestampEcho;
    }
    m_lro.Queue(lro, now);
}

bool
FreebsdOffload::EndPoll(std::uint32_t /*work*/, TimeNs now)
{
    m_lro.FlushAll(now);
    return true;
}

bool
FreebsdOffload::IsInBatch(std::uint32_t slot) const
{
    return std::find(m_batch.begin(), m_batch.end(), slot) != m_batch.end();
}

void
FreebsdOffload::Free(const LroPacket& packet)
{
    if (IsInBatch(packet.id))
    {
        return; // it lives on as a record of the batch
    }
    Discard(m_slots[packet.id].packet.id);
    m_freeSlots.push_back(packet.id);
}

void
FreebsdOffload::Input(const LroUnit& unit, int /*error*/)
{
    m_unit.head = m_slots[unit.packets[0]->id].packet;
    m_unit.packets.clear();
    std::uint32_t added = 0;
    for (const auto* packet : unit.packets)
    {
        m_unit.packets.push_back(m_slots[packet->id].packet.id);
        added += packet == unit.packets[0] ? 0 : packet->payload;
    }
    m_unit.isLossy = unit.isChanged;
    m_unit.segmentSize =
        static_cast<std::uint16_t>(unit.packets.size() > 1 ? m_unit.head.payload : 0);
    m_unit.head.payload += added;
    m_unit.head.ipLength += added;
    m_unit.head.ack = unit.head.ack;
    m_unit.head.window = unit.head.window;
    m_unit.timestampValue = unit.head.timestampValue;
    m_unit.timestampEcho = unit.head.timestampEcho;
    for (const auto* packet : unit.packets)
    {
        m_freeSlots.push_back(packet->id);
    }
    Deliver(m_unit, unit.why);
}

void
FreebsdOffload::Wake(LroConnection& connection)
{
    connection.queue.clear();
    m_unit = OffloadUnit();
    for (std::size_t i = 0; i < m_batch.size(); ++i)
    {
        m_unit.head = m_slots[m_batch[i]].packet;
        m_unit.packets.assign(1, m_unit.head.id);
        m_unit.place = m_batch.size() == 1       ? BatchPlace::Only
                       : i == 0                  ? BatchPlace::First
                       : i + 1 == m_batch.size() ? BatchPlace::Last
                                                 : BatchPlace::Middle;
        m_freeSlots.push_back(m_batch[i]);
        Deliver(m_unit, FlushReason::PollEnd);
    }
    m_unit.place = BatchPlace::None;
    m_batch.clear();
}

LroConnection*
FreebsdOffload::Find(const LroPacket& packet)
{
    if (!TakesBatches(m_slots[packet.id].packet.id))
    {
        return nullptr;
    }
    m_connection.flags = kLroQueues | kLroCompresses | kLroClusters;
    return &m_connection;
}

bool
FreebsdOffload::WakesEarly(LroConnection& /*connection*/)
{
    return false;
}

bool
FreebsdOffload::AllocateBuffer()
{
    return true;
}

void
FreebsdOffload::Tap(const LroPacket& packet)
{
    m_batch.push_back(packet.id);
}

void
FreebsdOffload::RunSoftTimer()
{
}

} // namespace hoststack
