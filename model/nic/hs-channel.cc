// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-link-traits.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-too-large.h"

#include <ns3/abort.h>
#include <ns3/node.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackChannel);

using hoststack::LinkDrop;
using hoststack::TimeNs;

/// One direction with the frames on their way in it.
class HoststackChannel::Lane : private hoststack::Alarm::Owner
{
  public:
    Lane(HoststackNetDevice& from,
         HoststackNetDevice& to,
         const DirectionConfig& config,
         std::uint64_t seed)
        : link(config.link, seed, config.name),
          m_from(from),
          m_to(to),
          m_alarm(HoststackMachine::Of(to.GetNode())->Clock().NewAlarm(*this))
    {
    }

    void Arm(TimeNs now)
    {
        m_alarm->Arm(now, link.NextDelivery());
    }

    HoststackFrame& Take()
    {
        m_index = m_frames.Take();
        return m_frames[m_index];
    }

    /// Offers the frame of the last Take().
    bool Offer(TimeNs now, HoststackFrame& frame, hoststack::LinkPacket& packet)
    {
        const auto index = m_index;
        packet.cookie = index;
        m_from.NoteOutbound(now, frame);
        if (box.IsActive() && !Passes(now, frame, packet.bytes))
        {
            m_to.NoteLost(frame);
            m_frames.Release(index);
            return true;
        }
        if (link.Offer(now, packet))
        {
            return true;
        }
        NoteDrop(frame, link.Refusal());
        m_frames.Release(index);
        return false;
    }

    void OnAlarm(TimeNs now) override
    {
        hoststack::LinkDelivery delivery;
        while (link.Deliver(now, delivery))
        {
            const auto index = static_cast<std::uint32_t>(delivery.cookie);
            auto& frame = m_frames[index];
            if (delivery.dropped == LinkDrop::None)
            {
                if (delivery.congestionExperienced)
                {
                    MarkCongestion(frame);
                }
                m_to.Deliver(now, frame);
            }
            else
            {
                NoteDrop(frame, delivery.dropped);
            }
            m_frames.Release(index);
        }
        Arm(now);
    }

    hoststack::LinkDirection link;
    HoststackOptionFilter filter;
    HoststackMiddlebox box;

  private:
    bool Passes(TimeNs now, HoststackFrame& frame, std::uint32_t bytes)
    {
        if (!box.RefusesLength(bytes))
        {
            return box.Pass(frame);
        }
        if (box.Largest().answers)
        {
            if (const auto answer = MakeTooLarge(frame, box.Largest().bytes))
            {
                m_from.GetHoststackChannel()->SendPacket(m_to.GetSide(),
                                                         now,
                                                         answer,
                                                         kEtherTypeIpv4);
            }
        }
        return false;
    }

    void NoteDrop(const HoststackFrame& frame, LinkDrop reason)
    {
        if (reason == LinkDrop::Random || reason == LinkDrop::Outage)
        {
            m_to.NoteLost(frame);
        }
        else
        {
            m_from.NoteRefused(frame);
        }
    }

    HoststackNetDevice& m_from;
    HoststackNetDevice& m_to;
    hoststack::AlarmPointer m_alarm;
    HoststackFrameSlab m_frames;
    std::uint32_t m_index{0};
};

TypeId
HoststackChannel::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackChannel")
                            .SetParent<Channel>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackChannel>();
    return tid;
}

HoststackChannel::HoststackChannel() = default;
HoststackChannel::~HoststackChannel() = default;

void
HoststackChannel::DoDispose()
{
    for (auto& lane : m_lanes)
    {
        lane.reset();
    }
    m_devices = {};
    Channel::DoDispose();
}

void
HoststackChannel::Connect(Ptr<HoststackNetDevice> side0,
                          Ptr<HoststackNetDevice> side1,
                          const DirectionConfig& from0,
                          const DirectionConfig& from1,
                          std::uint64_t seed)
{
    NS_ABORT_MSG_IF(m_devices[0], "a HoststackChannel joins two devices, and only once");
    NS_ABORT_MSG_UNLESS(side0->GetNode() && side1->GetNode(),
                        "add both devices to their nodes before they are joined");
    RequireNanosecondResolution();
    m_lanes[0] = std::make_unique<Lane>(*side0, *side1, from0, seed);
    m_lanes[1] = std::make_unique<Lane>(*side1, *side0, from1, seed);
    m_devices = {side0, side1};
    side0->Attach(this, 0, side1);
    side1->Attach(this, 1, side0);
}

std::size_t
HoststackChannel::GetNDevices() const
{
    return m_devices[0] ? 2 : 0;
}

Ptr<NetDevice>
HoststackChannel::GetDevice(std::size_t side) const
{
    return m_devices.at(side);
}

HoststackChannel::Lane&
HoststackChannel::Out(std::size_t side) const
{
    NS_ABORT_MSG_UNLESS(side < 2 && m_lanes[side],
                        "HoststackChannel has sides 0 and 1 once its devices are joined");
    return *m_lanes[side];
}

template <class Change>
void
HoststackChannel::Apply(std::size_t side, Change change)
{
    auto& lane = Out(side);
    const auto now = NowNs();
    change(lane.link, now);
    lane.Arm(now);
}

void
HoststackChannel::SetRate(std::size_t side, hoststack::BitsPerSecond rate)
{
    Apply(side, [rate](auto& link, TimeNs now) { link.SetRate(now, rate); });
}

void
HoststackChannel::SetDelay(std::size_t side, TimeNs delay)
{
    Apply(side, [delay](auto& link, TimeNs now) { link.SetDelay(now, delay); });
}

void
HoststackChannel::SetLoss(std::size_t side, double probability)
{
    Apply(side, [probability](auto& link, TimeNs now) { link.SetLoss(now, probability); });
}

void
HoststackChannel::SetJitter(std::size_t side, TimeNs jitter)
{
    Apply(side, [jitter](auto& link, TimeNs now) { link.SetJitter(now, jitter); });
}

void
HoststackChannel::SetQueueLimit(std::size_t side, const hoststack::LinkQueueLimit& limit)
{
    Apply(side, [&limit](auto& link, TimeNs now) { link.SetQueueLimit(now, limit); });
}

void
HoststackChannel::SetDown(std::size_t side, bool down, hoststack::LinkDirection::Outage outage)
{
    Apply(side, [=](auto& link, TimeNs now) { link.SetDown(now, down, outage); });
}

void
HoststackChannel::SetOptionFilter(std::size_t side, const HoststackOptionFilter& filter)
{
    Out(side).filter = filter;
}

HoststackMiddlebox&
HoststackChannel::Middlebox(std::size_t side) const
{
    return Out(side).box;
}

const hoststack::LinkDirection&
HoststackChannel::Direction(std::size_t side) const
{
    return Out(side).link;
}

hoststack::LinkDirection&
HoststackChannel::Measure(std::size_t side)
{
    Apply(side, [](auto& link, TimeNs now) { link.CatchUp(now); });
    return Out(side).link;
}

void
HoststackChannel::SendBurst(std::size_t side,
                            TimeNs now,
                            const Ptr<const HoststackFlow>& flow,
                            hoststack::TcpSegment&& burst,
                            std::uint32_t headerLength,
                            std::uint16_t identification)
{
    auto& lane = *m_lanes[side];
    if (lane.filter.IsActive() && lane.filter.Strip(burst))
    {
        headerLength = DirectHeaderLength(*flow, burst);
    }
    hoststack::LinkPacket packet;
    packet.flow = flow->hash;
    packet.traits = hoststack::LinkTraits(burst);
    packet.source = flow->sourceHash;
    packet.destination = flow->destinationHash;
    const auto count = burst.SegmentCount();
    for (std::uint32_t i = 0; i < count; ++i)
    {
        auto& frame = lane.Take();
        frame.flow = flow;
        frame.identification = static_cast<std::uint16_t>(identification + i);
        if (count == 1)
        {
            frame.segment = std::move(burst);
            frame.segment.mss = 0;
        }
        else
        {
            frame.segment = CutSegment(burst, i);
        }
        packet.bytes = headerLength + frame.segment.payload.Length();
        lane.Offer(now, frame, packet);
    }
    lane.Arm(now);
}

void
HoststackChannel::Forward(std::size_t side, TimeNs now, const HoststackFrame& arrived)
{
    auto& lane = *m_lanes[side];
    const auto count = arrived.segment.SegmentCount();
    for (std::uint32_t i = 0; i < count; ++i)
    {
        OfferPiece(lane, now, arrived, i, static_cast<std::uint8_t>(arrived.hops + 1));
    }
    lane.Arm(now);
}

/// \return its bytes of IP
std::uint32_t
HoststackChannel::OfferPiece(Lane& lane,
                             TimeNs now,
                             const HoststackFrame& unit,
                             std::uint32_t index,
                             std::uint8_t hops)
{
    const auto& flow = *unit.flow;
    auto& frame = lane.Take();
    frame.flow = unit.flow;
    if (unit.segment.SegmentCount() == 1)
    {
        frame.segment = unit.segment;
        frame.segment.mss = 0;
    }
    else
    {
        frame.segment = CutSegment(unit.segment, index);
    }
    frame.identification = static_cast<std::uint16_t>(unit.identification + index);
    frame.hops = hops;
    if (lane.filter.IsActive())
    {
        lane.filter.Strip(frame.segment);
    }
    hoststack::LinkPacket packet;
    packet.flow = flow.hash;
    packet.source = flow.sourceHash;
    packet.destination = flow.destinationHash;
    packet.bytes = DirectHeaderLength(flow, frame.segment) + frame.segment.payload.Length();
    packet.traits = hoststack::LinkTraits(frame.segment);
    lane.Offer(now, frame, packet);
    return packet.bytes;
}

HoststackChannel::Length
HoststackChannel::SendPiece(std::size_t side,
                            TimeNs now,
                            const HoststackFrame& unit,
                            std::uint32_t index)
{
    auto& lane = *m_lanes[side];
    Length length;
    if (unit.flow)
    {
        length.ip = OfferPiece(lane, now, unit, index, unit.hops);
        lane.Arm(now);
    }
    else
    {
        length.ip = unit.packet->GetSize();
        SendPacket(side, now, unit.packet, unit.protocol);
    }
    length.wire = lane.link.WireBytes(length.ip);
    return length;
}

bool
HoststackChannel::SendPacket(std::size_t side,
                             TimeNs now,
                             Ptr<Packet> packet,
                             std::uint16_t protocol)
{
    auto& lane = *m_lanes[side];
    auto& frame = lane.Take();
    frame.packet = packet;
    frame.protocol = protocol;
    if (lane.filter.IsActive())
    {
        lane.filter.Strip(frame);
    }
    auto described = DescribePacket(frame);
    const bool taken = lane.Offer(now, frame, described);
    lane.Arm(now);
    return taken;
}

} // namespace ns3
