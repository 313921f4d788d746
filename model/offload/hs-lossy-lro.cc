// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-lossy-lro.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kLargestPacket = 65535;

/// Equal but for the values of time stamps.
bool
AreOptionsAlike(const TcpOptions& a, const TcpOptions& b)
{
    auto same = b;
    same.timestampValue = a.timestampValue;
    same.timestampEcho = a.timestampEcho;
    return a == same;
}

} // namespace

LossyLro::LossyLro(const OffloadSettings& settings, Sink& sink, Style style)
    : ReceiveOffload(sink),
      m_settings(settings),
      m_style(style),
      m_held(std::max<std::uint32_t>(settings.entries, 1))
{
}

std::optional<FlushReason>
LossyLro::WhyNotMerged(const OffloadUnit& unit, const OffloadPacket& next) const
{
    const auto& head = unit.head;
    if ((next.flags & ~(kAck | kPsh | kEce | kCwr | kAe)) != 0 || (next.flags & kAck) == 0)
    {
        return FlushReason::Flags;
    }
    if (next.payload == 0)
    {
        const bool isSwallowed = m_style == Style::Software && next.ack > head.ack;
        return isSwallowed ? std::nullopt : std::optional(FlushReason::Empty);
    }
    if (head.seq + head.payload != next.seq)
    {
        return FlushReason::Sequence;
    }
    if (head.ipLength + next.payload > kLargestPacket)
    {
        return FlushReason::Size;
    }
    if (m_style == Style::Software)
    {
        return std::nullopt;
    }
    if (!AreOptionsAlike(*head.options, *next.options))
    {
        return FlushReason::Options;
    }
    if (head.ipLength + next.payload > m_settings.bytes)
    {
        return FlushReason::Size;
    }
    return unit.packets.size() >= m_settings.segments ? std::optional(FlushReason::Segments)
                                                      : std::nullopt;
}

void
LossyLro::Merge(Held& held, const OffloadPacket& next, TimeNs now)
{
    auto& head = held.unit.head;
    head.ack = next.ack;
    head.window = next.window;
    held.unit.timestampValue = next.options->timestampValue;
    held.unit.timestampEcho = next.options->timestampEcho;
    held.last = now;
    held.unit.isLossy = true;
    if (next.payload == 0)
    {
        Discard(next.id);
        return;
    }
    held.unit.packets.push_back(next.id);
    head.payload += next.payload;
    head.ipLength += next.payload;
    head.flags |= next.flags & kPsh;
}

void
LossyLro::Add(const OffloadPacket& packet, TimeNs now)
{
    const bool isMergeable =
        packet.kind == OffloadKind::Tcp && packet.isVersion4 && packet.fault == OffloadFault::None;
    for (std::size_t i = 0; i < m_count; ++i)
    {
        auto& held = m_held[i];
        if (held.unit.head.flow != packet.flow)
        {
            continue;
        }
        const auto whyNot =
            isMergeable ? WhyNotMerged(held.unit, packet) : std::optional(FlushReason::Refused);
        if (whyNot)
        {
            Release(i, *whyNot);
            break;
        }
        Merge(held, packet, now);
        if (m_style == Style::Hardware && (packet.flags & kPsh) != 0)
        {
            Release(i, FlushReason::Push);
        }
        return;
    }
    constexpr std::uint16_t plain = kAck | kPsh | kEce | kCwr | kAe;
    const bool isHeld = isMergeable && packet.payload > 0 && (packet.flags & ~plain) == 0 &&
                        !(m_style == Style::Hardware && (packet.flags & kPsh) != 0);
    if (!isHeld)
    {
        Pass(packet,
             !isMergeable          ? packet.faultReason
             : packet.payload == 0 ? FlushReason::NoPayload
             : packet.flags & kPsh ? FlushReason::Push
                                   : FlushReason::End);
        return;
    }
    if (m_count == m_held.size())
    {
        Release(0, FlushReason::BucketFull);
    }
    auto& held = m_held[m_count++];
    held.first = now;
    held.last = now;
    auto& unit = held.unit;
    unit.head = packet;
    unit.packets.assign(1, packet.id);
    unit.segmentSize = static_cast<std::uint16_t>(packet.payload);
    unit.isLossy = false;
    unit.timestampValue = packet.options->timestampValue;
    unit.timestampEcho = packet.options->timestampEcho;
}

void
LossyLro::Release(std::size_t at, FlushReason why)
{
    const auto from = m_held.begin() + static_cast<std::ptrdiff_t>(at);
    std::rotate(from, from + 1, m_held.begin() + static_cast<std::ptrdiff_t>(m_count));
    --m_count;
    Deliver(m_held[m_count].unit, why);
}

TimeNs
LossyLro::EndOf(const Held& held) const
{
    return std::min(held.first + m_settings.aggregation, held.last + m_settings.age);
}

bool
LossyLro::EndPoll(std::uint32_t /*work*/, TimeNs now)
{
    const bool isTimed = m_style == Style::Hardware;
    for (std::size_t i = 0; i < m_count;)
    {
        if (isTimed && EndOf(m_held[i]) > now)
        {
            ++i;
            continue;
        }
        Release(i, isTimed ? FlushReason::Aged : FlushReason::PollEnd);
    }
    return true;
}

TimeNs
LossyLro::Deadline() const
{
    TimeNs first = kNever;
    for (std::size_t i = 0; m_style == Style::Hardware && i < m_count; ++i)
    {
        first = std::min(first, EndOf(m_held[i]));
    }
    return first;
}

} // namespace hoststack
