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
#include <ns3/boolean.h>
#include <ns3/node.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackChannel);

using hoststack::LinkDrop;
using hoststack::TimeNs;

namespace
{

/// All that a link may look at but the length.
hoststack::LinkPacket
Describe(const HoststackFlow& flow, const hoststack::TcpSegment& segment)
{
    hoststack::LinkPacket packet;
    packet.flow = flow.hash;
    packet.source = flow.sourceHash;
    packet.destination = flow.destinationHash;
    packet.traits = hoststack::LinkTraits(segment);
    return packet;
}

} // namespace

/**
 * One direction with the frames on their way in it. A burst crosses a plain link whole and is cut
 * into its pieces where they arrive, and a device that lets frames lie in its ring is not told of
 * each: with `bursts` off everything goes frame by frame, to the same times and bytes.
 */
class HoststackChannel::Lane final : private hoststack::Alarm::Owner
{
  public:
    Lane(HoststackNetDevice& from,
         HoststackNetDevice& to,
         const DirectionConfig& config,
         std::uint64_t seed)
        : link(config.link, seed, config.name),
          m_from(from),
          m_to(to),
          m_alarm(HoststackMachine::Of(to.GetNode())->Clock().NewAlarm(*this)),
          m_ringAlarm(HoststackClock(to.GetNode()->GetId()).NewEarlyAlarm(*this, NumberOf(to)))
    {
    }

    void Arm(TimeNs now)
    {
        ArmAt(now, NextCall());
    }

    /// The same for the receiver; while frames go to it one by one that is done at their end.
    void Await(TimeNs now)
    {
        if (!m_isDelivering)
        {
            Arm(now);
        }
    }

    /// The place of a burst none of whose segments anybody needs to see by itself: they are on
    /// their way, and the caller fills it in. nullptr: they have to be offered one by one.
    HoststackFrame* OfferBurst(TimeNs now,
                               hoststack::LinkPacket packet,
                               const hoststack::TcpSegment& burst,
                               std::uint32_t headerLength)
    {
        const auto count = burst.SegmentCount();
        if (count == 1 || !bursts || box.IsActive() || m_from.IsWatched())
        {
            return nullptr;
        }
        const auto last = burst.payload.Length() - (count - 1) * burst.mss;
        const auto index = m_frames.Take();
        packet.cookie = index;
        packet.bytes = headerLength + burst.mss;
        if (!link.OfferBurst(now, packet, count, headerLength + last))
        {
            m_frames.Release(index);
            return nullptr;
        }
        m_frames.Divide(index, count);
        return &m_frames[index];
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
        auto* loop = HoststackSimulatorImpl::Current();
        for (;;)
        {
            CollectBefore(now, now);
            m_isDelivering = true;
            hoststack::LinkDelivery delivery;
            while (link.Deliver(now, delivery))
            {
                Hand(now, delivery);
            }
            m_isDelivering = false;
            const auto next = NextCall();
            if (next == hoststack::kNever || loop == nullptr || !loop->AdvanceTo(next))
            {
                ArmAt(now, next);
                return;
            }
            now = next;
        }
    }

    /// What the receiver has let lie. Frames of this very moment have gone to it by now, or would
    /// have: their event comes before all else, but on an event loop of ns-3's.
    void Collect(TimeNs now)
    {
        const bool early = HoststackSimulatorImpl::Current() != nullptr;
        CollectBefore(now, early ? now + 1 : now);
    }

    void CollectBefore(TimeNs now, TimeNs before)
    {
        if (m_isDelivering || !link.IsPlain() || !m_to.HasRing())
        {
            return;
        }
        hoststack::LinkDelivery delivery;
        while (const auto count = link.DeliverRun(now, before, delivery))
        {
            if (delivery.dropped == LinkDrop::None && !delivery.congestionExperienced)
            {
                auto pieces = PiecesOf(delivery.cookie);
                pieces.count = count;
                m_to.DeliverUnseen(m_frames, pieces);
            }
            else
            {
                Hand(now, delivery);
            }
        }
    }

    hoststack::LinkDirection link;
    HoststackOptionFilter filter;
    HoststackMiddlebox box;
    bool bursts{true};

  private:
    /// Of the link that \p device receives from.
    static std::uint32_t NumberOf(const HoststackNetDevice& device)
    {
        constexpr std::uint32_t kLinks = 32; // of a node, before numbers are used twice
        const auto number = device.GetNode()->GetId() * kLinks + device.GetIfIndex();
        return 1 + number % (HoststackSimulatorImpl::kChosenNumbers - 1);
    }

    /// A receiver with a ring is told of some frames only, and these come before all else of their
    /// time: else it would matter when their event was asked for.
    void ArmAt(TimeNs now, TimeNs at)
    {
        (m_to.HasRing() ? m_ringAlarm : m_alarm)->Arm(now, at);
    }

    TimeNs NextCall() const
    {
        return link.NextDelivery(bursts ? m_to.FramesUnseen() : 0);
    }

    static HoststackPiece PiecesOf(std::uint64_t cookie)
    {
        return {static_cast<std::uint32_t>(cookie),
                static_cast<std::uint32_t>(cookie / hoststack::LinkDirection::kNextCookie),
                1};
    }

    void Hand(TimeNs now, const hoststack::LinkDelivery& delivery)
    {
        const auto piece = PiecesOf(delivery.cookie);
        auto* frame = &m_frames[piece.frame];
        const bool arrived = delivery.dropped == LinkDrop::None;
        if (arrived && !delivery.congestionExperienced && m_to.HasRing())
        {
            m_to.Deliver(now, m_frames, piece);
            return;
        }
        if (frame->IsBurst())
        {
            CutFrame(*frame, piece.index, m_piece);
            frame = &m_piece;
        }
        if (!arrived)
        {
            NoteDrop(*frame, delivery.dropped);
            m_frames.Release(piece.frame);
            return;
        }
        if (delivery.congestionExperienced)
        {
            MarkCongestion(*frame);
        }
        if (frame == &m_piece && m_to.HasRing())
        {
            const auto own = m_frames.Take();
            m_frames[own] = std::move(m_piece);
            m_frames.Release(piece.frame);
            m_to.Deliver(now, m_frames, {own, 0, 1});
        }
        else if (m_to.HasRing())
        {
            m_to.Deliver(now, m_frames, piece);
        }
        else
        {
            m_to.Deliver(now, *frame);
            m_frames.Release(piece.frame);
        }
    }

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
                auto& channel = *m_from.GetHoststackChannel();
                channel.SendPacket(m_to.GetSide(), now, answer, kEtherTypeIpv4);
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
    hoststack::AlarmPointer m_ringAlarm;
    HoststackFrameSlab m_frames;
    HoststackFrame m_piece; ///< of a burst, while it is handed over
    std::uint32_t m_index{0};
    bool m_isDelivering{false};
};

TypeId
HoststackChannel::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackChannel")
                            .SetParent<Channel>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackChannel>()
                            .AddAttribute("Bursts",
                                          "Bursts cross a plain link whole; off: segment by "
                                          "segment. Same results, less work. Read when the "
                                          "devices are joined.",
                                          BooleanValue(true),
                                          MakeBooleanAccessor(&HoststackChannel::m_bursts),
                                          MakeBooleanChecker());
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
    for (auto& lane : m_lanes)
    {
        lane->bursts = m_bursts;
    }
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
    lane.Collect(now);
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

void
HoststackChannel::Collect(std::size_t side, TimeNs now)
{
    m_lanes[1 - side]->Collect(now);
}

void
HoststackChannel::Await(std::size_t side, TimeNs now)
{
    m_lanes[1 - side]->Await(now);
}

const hoststack::LinkDirection&
HoststackChannel::Direction(std::size_t side) const
{
    auto& lane = Out(side);
    lane.Collect(NowNs());
    return lane.link;
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
    auto packet = Describe(*flow, burst);
    const auto count = burst.SegmentCount();
    if (auto* whole = lane.OfferBurst(now, packet, burst, headerLength))
    {
        whole->flow = flow;
        whole->identification = identification;
        whole->segment = std::move(burst);
        lane.Arm(now);
        return;
    }
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
HoststackChannel::Forward(std::size_t side,
                          TimeNs now,
                          const HoststackFrame& arrived,
                          std::uint8_t hops)
{
    auto& lane = *m_lanes[side];
    const auto count = arrived.segment.SegmentCount();
    auto* whole = lane.filter.IsActive()
                      ? nullptr
                      : lane.OfferBurst(now,
                                        Describe(*arrived.flow, arrived.segment),
                                        arrived.segment,
                                        DirectHeaderLength(*arrived.flow, arrived.segment));
    if (whole != nullptr)
    {
        whole->flow = arrived.flow;
        whole->segment = arrived.segment;
        whole->identification = arrived.identification;
        whole->hops = hops;
    }
    for (std::uint32_t i = 0; whole == nullptr && i < count; ++i)
    {
        OfferPiece(lane, now, arrived, i, hops);
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
    auto packet = Describe(flow, frame.segment);
    packet.bytes = DirectHeaderLength(flow, frame.segment) + frame.segment.payload.Length();
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
