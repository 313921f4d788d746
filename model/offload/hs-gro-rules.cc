// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-gro-rules.h"

namespace hoststack
{

namespace
{

using Reason = std::optional<FlushReason>;

/// gro_receive_network_flush(): the second packet says whether identifications count or stay.
Reason
WhyNotMergedIp(const OffloadUnit& unit, const OffloadPacket& next)
{
    const auto& head = unit.head;
    if (head.timeToLive != next.timeToLive)
    {
        return FlushReason::TimeToLive;
    }
    if (head.typeOfService != next.typeOfService)
    {
        return FlushReason::TypeOfService;
    }
    if (!head.isVersion4)
    {
        return std::nullopt;
    }
    if (head.dontFragment != next.dontFragment)
    {
        return FlushReason::DontFragment;
    }
    const auto count = unit.packets.size();
    const bool isSame = head.identification == next.identification;
    const bool counts =
        static_cast<std::uint16_t>(head.identification + count) == next.identification;
    const bool isGood = count == 1 ? isSame || counts : unit.isFixedId ? isSame : counts;
    return isGood ? Reason() : FlushReason::Identification;
}

/// skb_gro_receive() and skb_gro_receive_list(): the latter counts the header of \p next as well.
Reason
WhyTooLarge(const OffloadUnit& unit, const OffloadPacket& next)
{
    const auto added = unit.isChain ? next.ipLength : next.payload;
    return unit.head.ipLength + added >= kGroMaxSize ? Reason(FlushReason::Size) : Reason();
}

} // namespace

std::optional<FlushReason>
WhyNotMergedTcp(const OffloadUnit& unit, const OffloadPacket& next)
{
    const auto& head = unit.head;
    if (next.fault == OffloadFault::Ordered)
    {
        return FlushReason::Padded;
    }
    if (((head.flags ^ next.flags) & ~(kFin | kPsh)) != 0 || (next.flags & kCwr) != 0)
    {
        return FlushReason::Flags;
    }
    if (head.window != next.window)
    {
        return FlushReason::Window;
    }
    if (head.ack != next.ack)
    {
        return FlushReason::Acknowledgement;
    }
    if (!(*head.options == *next.options))
    {
        return FlushReason::Options;
    }
    if (const auto why = WhyNotMergedIp(unit, next))
    {
        return why;
    }
    if (next.payload == 0)
    {
        return FlushReason::Empty;
    }
    if (next.payload > unit.segmentSize)
    {
        return FlushReason::Longer;
    }
    if (head.seq + head.payload != next.seq)
    {
        return FlushReason::Sequence;
    }
    if (unit.isChain)
    {
        if (((head.flags ^ next.flags) & (kFin | kPsh)) != 0)
        {
            return FlushReason::Flags;
        }
        if (unit.packets.size() >= kGroMaxCount)
        {
            return FlushReason::Segments;
        }
    }
    return WhyTooLarge(unit, next);
}

std::optional<FlushReason>
WhyNotMergedUdp(const OffloadUnit& unit, const OffloadPacket& next)
{
    if (next.fault == OffloadFault::Ordered)
    {
        return FlushReason::Padded;
    }
    if (next.payload > unit.segmentSize)
    {
        return FlushReason::Longer;
    }
    if (const auto why = WhyNotMergedIp(unit, next))
    {
        return why;
    }
    return WhyTooLarge(unit, next);
}

std::optional<FlushReason>
WhyCompleteTcp(const OffloadPacket& packet, std::uint32_t whole)
{
    if ((packet.flags & (kFin | kSyn | kRst)) != 0)
    {
        return FlushReason::End;
    }
    if ((packet.flags & (kPsh | kUrg)) != 0)
    {
        return FlushReason::Push;
    }
    if (packet.payload == 0)
    {
        return FlushReason::NoPayload;
    }
    return packet.payload < whole ? Reason(FlushReason::Short) : Reason();
}

} // namespace hoststack
