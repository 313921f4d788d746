// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-offload-freebsd.h"

#include <algorithm>

namespace hoststack
{

namespace
{

LroSettings
SettingsFor(const OffloadSettings& settings)
{
    LroSettings lro;
    lro.entries = std::max<std::uint32_t>(settings.entries, 1);
    lro.sortArray = std::max<std::uint32_t>(settings.sortArray, 1);
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
    lro.isTcp = packet.kind == OffloadKind::Tcp;
    const auto why = packet.faultReason;
    const bool isFaulty = packet.fault != OffloadFault::None;
    lro.isFragment = isFaulty && why == FlushReason::Fragment;
    lro.isIpChecksumRight = !(isFaulty && why == FlushReason::IpChecksum);
    if (isFaulty && why == FlushReason::Checksum)
    {
        lro.checksumFlags = kLroIpChecked | kLroIpValid;
    }
    lro.isIp = !isFaulty || lro.isFragment || !lro.isIpChecksumRight ||
               why == FlushReason::Checksum || why == FlushReason::Padded;
    lro.codepoint = static_cast<std::uint8_t>(packet.isVersion4 ? packet.typeOfService
                                                                : packet.typeOfService >> 20);
    lro.ipHeader = packet.isVersion4 ? 20 : 40;
    lro.ipLength = packet.ipLength;
    lro.frameBytes = packet.ipLength;
    lro.firstBuffer = lro.linkHeader + packet.ipLength;
    if (lro.isTcp)
    {
        lro.tcpHeader = packet.ipLength - packet.payload - lro.ipHeader;
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

void
FreebsdOffload::Free(const LroPacket& packet)
{
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
FreebsdOffload::Wake(LroConnection& /*connection*/)
{
}

LroConnection*
FreebsdOffload::Find(const LroPacket& /*packet*/)
{
    return nullptr;
}

bool
FreebsdOffload::WakesEarly(LroConnection& /*connection*/)
{
    return false;
}

bool
FreebsdOffload::AllocateBuffer()
{
    return false;
}

void
FreebsdOffload::Tap(const LroPacket& /*packet*/)
{
}

void
FreebsdOffload::RunSoftTimer()
{
}

} // namespace hoststack
