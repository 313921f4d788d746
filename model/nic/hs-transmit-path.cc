// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-transmit-path.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-link-traits.h"
#include "ns3/hs-net-device.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ns3
{

using hoststack::LinkPacket;
using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::host::SoftIrq;

namespace
{

/// Work that takes time is done in pieces of at least that: between them others see what it did.
constexpr TimeNs kPiece = hoststack::kMicrosecond;

constexpr std::int64_t kNanobits = 8 * std::int64_t{1'000'000'000};

std::uint32_t
FramesOf(const HoststackFrame& unit)
{
    return unit.flow ? unit.segment.SegmentCount() : 1;
}

/// A connection of this host has sent it: its account is charged, not that of a distant sender.
bool
IsOwn(const HoststackFrame& unit)
{
    return unit.flow && !unit.isInTransit;
}

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kIcmpV6 = 58;

/// A packet of ns-3's IP with a control message.
bool
IsIcmp(const HoststackFrame& unit)
{
    std::array<std::uint8_t, 60> bytes; // the longest IP header
    const std::size_t size = unit.packet->GetSize();
    unit.packet->CopyData(bytes.data(), bytes.size());
    hoststack::IpHeader header;
    return hoststack::DecodeIpHeader(bytes.data(), size, header) &&
           (header.protocol == kIcmp || header.protocol == kIcmpV6);
}

/// Of a unit of the direct path, as a queue sees it.
LinkPacket
Describe(const HoststackFrame& unit, std::uint32_t headerLength)
{
    LinkPacket packet;
    packet.flow = unit.flow->hash;
    packet.source = unit.flow->sourceHash;
    packet.destination = unit.flow->destinationHash;
    packet.traits = hoststack::LinkTraits(unit.segment);
    packet.bytes = unit.segment.payload.Length() + unit.segment.SegmentCount() * headerLength;
    return packet;
}

} // namespace

HoststackTransmitPath::HoststackTransmitPath(HoststackNetDevice& device,
                                             HoststackMachine& machine,
                                             const hoststack::TransmitSettings& settings)
    : m_device(device),
      m_machine(machine),
      m_settings(settings),
      m_queue(hoststack::DeviceQueues().Create(settings.queue, settings.queueSettings)),
      m_moderation(hoststack::InterruptModerations().Create(settings.moderation,
                                                            settings.moderationSettings)),
      m_alarm(machine.Clock().NewAlarm(*this)),
      m_waker(*this)
{
}

HoststackTransmitPath::~HoststackTransmitPath() = default;

void
HoststackTransmitPath::SendBurst(TimeNs now,
                                 const Ptr<const HoststackFlow>& flow,
                                 hoststack::TcpSegment&& burst,
                                 std::uint32_t headerLength,
                                 std::uint16_t identification,
                                 TimeNs earliest)
{
    const auto index = m_units.Take();
    auto& unit = m_units[index];
    unit.flow = flow;
    unit.isInTransit = false;
    unit.identification = identification;
    unit.segment = std::move(burst);
    Enqueue(now, index, Describe(unit, headerLength), earliest);
}

void
HoststackTransmitPath::Forward(TimeNs now, const HoststackFrame& arrived, std::uint8_t hops)
{
    const auto index = m_units.Take();
    auto& unit = m_units[index];
    unit.flow = arrived.flow;
    unit.identification = arrived.identification;
    unit.segment = arrived.segment;
    unit.hops = hops;
    unit.isInTransit = true;
    Enqueue(now, index, Describe(unit, DirectHeaderLength(*unit.flow, unit.segment)));
}

bool
HoststackTransmitPath::SendPacket(TimeNs now, const Ptr<Packet>& packet, std::uint16_t protocol)
{
    const auto index = m_units.Take();
    auto& unit = m_units[index];
    unit.packet = packet;
    unit.protocol = protocol;
    return Enqueue(now, index, DescribePacket(unit));
}

/// \return false: it was dropped at once
bool
HoststackTransmitPath::Enqueue(TimeNs now, std::uint32_t unit, LinkPacket packet, TimeNs earliest)
{
    ++m_counters.units;
    packet.cookie = unit;
    m_queue->Enqueue(now, {packet, now, false, earliest}, m_lost);
    ++m_waiting;
    const bool isTaken = std::none_of(m_lost.begin(), m_lost.end(), [unit](const auto& lost) {
        return lost.packet.cookie == unit;
    });
    Drop(now);
    m_counters.mostWaiting = std::max(m_counters.mostWaiting, m_waiting);
    RunQueue(now);
    return isTaken;
}

/// What the discipline has given up.
void
HoststackTransmitPath::Drop(TimeNs now)
{
    for (const auto& lost : m_lost)
    {
        const auto index = static_cast<std::uint32_t>(lost.packet.cookie);
        auto& unit = m_units[index];
        m_counters.lost += FramesOf(unit);
        m_device.NoteRefused(unit);
        GiveBack(unit, unit.flow ? unit.segment.payload.Length() : 0);
        m_units.Release(index);
        --m_waiting;
    }
    if (!m_lost.empty())
    {
        m_lost.clear();
        Arm(now); // not in this call, which may come from the connection that is to look again
    }
}

bool
HoststackTransmitPath::HasRoom() const
{
    return m_inRing < m_settings.ring && (!m_settings.limitsBytes || m_byteLimit.HasRoom());
}

/// From the queue into the ring, as far as there is room (qdisc_run).
void
HoststackTransmitPath::RunQueue(TimeNs now)
{
    m_heldUntil = hoststack::kNever;
    while (HasRoom())
    {
        if (m_rest.count == 0)
        {
            hoststack::LinkQueued next;
            const bool any = m_queue->Dequeue(now, next, m_lost);
            Drop(now);
            if (!any)
            {
                m_heldUntil = m_waiting > 0 ? m_queue->ReleaseAt() : hoststack::kNever;
                break;
            }
            --m_waiting;
            const auto wait = now - next.arrived;
            ++m_counters.left;
            m_counters.waited += wait;
            m_counters.longestWait = std::max(m_counters.longestWait, wait);
            const auto index = static_cast<std::uint32_t>(next.packet.cookie);
            auto& unit = m_units[index];
            const auto frames = FramesOf(unit);
            if (next.marked)
            {
                m_counters.marked += frames;
                MarkCongestion(unit);
            }
            m_rest = {index, 0, frames, next.packet.bytes, true, true};
            if (!m_settings.segments && frames > 1 && IsOwn(unit) && unit.flow->account)
            {
                unit.flow->account->Divide(frames);
            }
        }
        auto entry = m_rest;
        if (!m_settings.segments && m_rest.count > 1)
        {
            entry.count = 1;
            entry.isLast = false;
            entry.bytes = m_rest.bytes / m_rest.count;
            m_rest.bytes -= entry.bytes;
            ++m_rest.first;
            --m_rest.count;
        }
        else
        {
            m_rest.count = 0;
        }
        Gather(now, entry);
    }
    const bool waits = m_rest.count > 0 || (m_waiting > 0 && m_heldUntil == hoststack::kNever);
    m_counters.stops += waits && !m_isStopped ? 1 : 0;
    m_isStopped = waits;
    Feed(now);
    Arm(now);
}

void
HoststackTransmitPath::HandOver(const Entry& entry)
{
    if (m_ring.Empty())
    {
        m_onWire = 0;
    }
    m_ring.PushBack(entry);
    m_inRing += entry.endsTransfer ? 1 : 0;
    m_byteLimit.OnQueued(entry.bytes);
}

/// To what goes with it in one transfer, if the driver gathers.
void
HoststackTransmitPath::Gather(TimeNs now, const Entry& entry)
{
    const auto& settings = m_settings.transfer;
    if (settings.packets <= 1)
    {
        HandOver(entry);
        return;
    }
    auto& transfer = m_transfer;
    if (transfer.bytes + entry.bytes > settings.bytes)
    {
        EndTransfer();
    }
    const bool isApart = now - std::exchange(transfer.lastAt, now) > settings.apart;
    const auto& unit = m_units[entry.unit];
    const bool isUrgent =
        unit.flow ? entry.isLast && unit.segment.Has(hoststack::kPsh) : IsIcmp(unit);
    transfer.entries.PushBack(entry);
    transfer.entries.Back().endsTransfer = false;
    transfer.bytes += entry.bytes;
    if (transfer.entries.Size() == 1)
    {
        transfer.goesAt = now + settings.wait;
    }
    if (isApart || isUrgent || transfer.entries.Size() >= settings.packets)
    {
        EndTransfer();
    }
}

void
HoststackTransmitPath::EndTransfer()
{
    auto& entries = m_transfer.entries;
    if (entries.Empty())
    {
        return;
    }
    for (; !entries.Empty(); entries.PopFront())
    {
        entries.Front().endsTransfer = entries.Size() == 1;
        HandOver(entries.Front());
    }
    ++m_counters.transfers;
    m_transfer.bytes = 0;
    m_transfer.goesAt = hoststack::kNever;
}

/// The NIC: one frame after the other.
void
HoststackTransmitPath::Feed(TimeNs now)
{
    while (!m_ring.Empty() && m_wireFreeAt <= now)
    {
        const auto entry = m_ring.Front();
        if (m_onWire < entry.count)
        {
            PutOnWire(now, entry);
            continue;
        }
        m_ring.PopFront();
        m_onWire = 0;
        m_done.PushBack(entry);
        m_finished += entry.endsTransfer ? 1 : 0;
        if (!m_isPolled && entry.endsTransfer)
        {
            m_interruptAt = m_moderation->OnFrame(now, m_finished);
        }
    }
}

void
HoststackTransmitPath::PutOnWire(TimeNs now, const Entry& entry)
{
    if (m_rate == 0)
    {
        m_rate = m_settings.rate > 0 ? m_settings.rate : m_device.LinkRate();
        m_rate = m_rate > 0 ? m_rate : hoststack::kUnlimitedRate;
    }
    const auto length = m_device.PutOnLink(now, m_units[entry.unit], entry.first + m_onWire);
    ++m_onWire;
    ++m_counters.frames;
    m_counters.bytes += length.ip;
    if (m_wireFreeAt < now)
    {
        m_wireCredit = 0; // it was idle
    }
    const auto bits = static_cast<std::int64_t>(length.wire) * kNanobits - m_wireCredit;
    const auto rate = static_cast<std::int64_t>(m_rate);
    const auto time = bits > 0 ? (bits + rate - 1) / rate : 0;
    m_wireCredit = time * rate - bits;
    m_wireFreeAt = now + time;
}

void
HoststackTransmitPath::Arm(TimeNs now)
{
    auto at = std::min(m_heldUntil, m_ring.Empty() ? hoststack::kNever : m_wireFreeAt);
    at = std::min(at, m_transfer.goesAt);
    if (!m_isPolled)
    {
        at = std::min(at, m_interruptAt);
    }
    if (!m_toWake.Empty() && !m_isWaking)
    {
        at = now;
    }
    m_alarm->Arm(now, at);
}

void
HoststackTransmitPath::OnAlarm(TimeNs now)
{
    if (m_transfer.goesAt <= now)
    {
        EndTransfer();
    }
    Feed(now);
    if (m_heldUntil <= now)
    {
        RunQueue(now);
    }
    if (!m_isPolled && m_interruptAt <= now)
    {
        m_isPolled = true;
        m_interruptAt = hoststack::kNever;
        ++m_counters.interrupts;
        m_machine.Processor().RaiseSoftIrq(now, m_device.InterruptCore(), SoftIrq::Receive, *this);
    }
    WakeWaiting(now);
    Arm(now);
}

/// A poll of its own.
void
HoststackTransmitPath::Run(Context& context)
{
    m_isPolled = false;
    Clean(context);
}

void
HoststackTransmitPath::Clean(Context& context)
{
    if (m_finished == 0)
    {
        return;
    }
    ++m_counters.polls;
    m_interruptAt = hoststack::kNever;
    std::uint64_t bytes = 0;
    const auto count = std::exchange(m_finished, 0);
    for (std::uint32_t freed = 0; freed < count; m_done.PopFront())
    {
        bytes += m_done.Front().bytes;
        freed += m_done.Front().endsTransfer ? 1 : 0;
        Free(m_done.Front());
    }
    m_inRing -= count;
    m_counters.completed += count;
    m_byteLimit.OnCompleted(context.Now(), bytes);
    m_moderation->OnPoll(context.Now(), count, bytes);
    if (context.IsAhead())
    {
        m_machine.Later().Release(context, [this](TimeNs at) { RunQueue(at); });
    }
    else
    {
        RunQueue(context.Now());
    }
    WakeWaiting(context.ClockTime());
}

void
HoststackTransmitPath::Free(const Entry& entry)
{
    auto& unit = m_units[entry.unit];
    GiveBack(unit, LengthOf(entry.unit, entry.first, entry.count));
    if (entry.isLast)
    {
        m_units.Release(entry.unit);
    }
}

/// Payload of some frames of a unit.
std::uint32_t
HoststackTransmitPath::LengthOf(std::uint32_t unit, std::uint32_t first, std::uint32_t count)
{
    const auto& frame = m_units[unit];
    if (!frame.flow)
    {
        return 0;
    }
    const auto whole = frame.segment.payload.Length();
    const auto from = first * frame.segment.mss;
    return count == FramesOf(frame)
               ? whole
               : std::min<std::uint32_t>(count * frame.segment.mss, whole - from);
}

void
HoststackTransmitPath::GiveBack(HoststackFrame& unit, std::uint32_t payload)
{
    if (payload == 0 || !IsOwn(unit) || !unit.flow->account)
    {
        return;
    }
    auto& account = *unit.flow->account;
    account.Give(payload);
    if (!account.isListed && account.IsAwaited())
    {
        account.isListed = true;
        m_toWake.PushBack(unit.flow->account);
    }
}

void
HoststackTransmitPath::WakeWaiting(TimeNs now)
{
    if (!m_toWake.Empty() && !m_isWaking)
    {
        m_isWaking = true;
        m_machine.Processor().RaiseSoftIrq(now,
                                           m_device.InterruptCore(),
                                           SoftIrq::Transmit,
                                           m_waker);
    }
}

void
HoststackTransmitPath::Waker::Run(Context& context)
{
    while (!m_path.m_toWake.Empty())
    {
        if (context.Now() - context.ClockTime() >= kPiece)
        {
            context.Ask(hoststack::host::Sequel::Later);
            return;
        }
        const auto account = m_path.m_toWake.Front();
        m_path.m_toWake.PopFront();
        account->isListed = false;
        ++m_path.m_counters.wakeUps;
        account->Run(context);
    }
    m_path.m_isWaking = false;
}

} // namespace ns3
