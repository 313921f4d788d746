// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-net-device.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-receive-path.h"
#include "ns3/hs-transmit-path.h"

#include <ns3/node.h>
#include <ns3/trace-source-accessor.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackNetDevice);

using hoststack::host::Context;

constexpr std::uint32_t kWeight = 64; // frames of one poll (net.core.dev_weight)

TypeId
HoststackNetDevice::GetTypeId()
{
    constexpr auto kRunTime = TypeId::ATTR_GET | TypeId::ATTR_SET;
    static TypeId tid =
        TypeId("ns3::HoststackNetDevice")
            .SetParent<NetDevice>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackNetDevice>()
            .AddAttribute(
                "Mtu",
                "Largest IP packet, bytes.",
                UintegerValue(1500),
                MakeUintegerAccessor(&HoststackNetDevice::SetMtu, &HoststackNetDevice::GetMtu),
                MakeUintegerChecker<std::uint16_t>(68))
            .AddAttribute("Address",
                          "The MAC address; not carried on the wire.",
                          Mac48AddressValue(Mac48Address("ff:ff:ff:ff:ff:ff")),
                          MakeMac48AddressAccessor(&HoststackNetDevice::m_address),
                          MakeMac48AddressChecker())
            .AddAttribute("DataRate",
                          "Rate of the outgoing direction; can be set once the device is joined.",
                          kRunTime,
                          DataRateValue(DataRate(0)),
                          MakeDataRateAccessor(&HoststackNetDevice::SetDataRate,
                                               &HoststackNetDevice::GetDataRate),
                          MakeDataRateChecker())
            .AddAttribute(
                "Delay",
                "Delay of the outgoing direction; can be set once the device is joined.",
                kRunTime,
                TimeValue(Time(0)),
                MakeTimeAccessor(&HoststackNetDevice::SetDelay, &HoststackNetDevice::GetDelay),
                MakeTimeChecker(Time(0)))
            .AddTraceSource("MacTx",
                            "A packet has come from above.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_macTx),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("MacTxDrop",
                            "The queue of the link had no room, or its management dropped it.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_macTxDrop),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("MacPromiscRx",
                            "A packet has arrived.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_macPromiscRx),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("MacRx",
                            "A packet has arrived and goes up.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_macRx),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("PhyRxDrop",
                            "A packet for this device was lost on the way.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_phyRxDrop),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("Sniffer",
                            "Every packet sent or received.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_sniffer),
                            "ns3::Packet::TracedCallback")
            .AddTraceSource("PromiscSniffer",
                            "Every packet sent or received.",
                            MakeTraceSourceAccessor(&HoststackNetDevice::m_promiscSniffer),
                            "ns3::Packet::TracedCallback");
    return tid;
}

HoststackNetDevice::HoststackNetDevice() = default;
HoststackNetDevice::~HoststackNetDevice() = default;

void
HoststackNetDevice::DoDispose()
{
    m_channel = nullptr;
    m_peer = nullptr;
    m_node = nullptr;
    m_receive =
        MakeNullCallback<bool, Ptr<NetDevice>, Ptr<const Packet>, std::uint16_t, const Address&>();
    m_promiscReceive = MakeNullCallback<bool,
                                        Ptr<NetDevice>,
                                        Ptr<const Packet>,
                                        std::uint16_t,
                                        const Address&,
                                        const Address&,
                                        PacketType>();
    m_captures.clear();
    while (!m_ring.Empty())
    {
        m_kept.Release(m_ring.Front());
        m_ring.PopFront();
    }
    m_path.reset();
    m_transmit.reset();
    NetDevice::DoDispose();
}

void
HoststackNetDevice::Attach(Ptr<HoststackChannel> channel,
                           std::size_t side,
                           Ptr<HoststackNetDevice> peer)
{
    m_channel = channel;
    m_side = side;
    m_peer = peer;
    m_machine = PeekPointer(HoststackMachine::Of(m_node));
    m_linkChange();
}

void
HoststackNetDevice::AddCapture(std::shared_ptr<HoststackCaptureSink> sink)
{
    m_captures.push_back(std::move(sink));
}

void
HoststackNetDevice::RemoveCapture(const HoststackCaptureSink& sink)
{
    m_captures.erase(std::remove_if(m_captures.begin(),
                                    m_captures.end(),
                                    [&sink](const auto& known) { return known.get() == &sink; }),
                     m_captures.end());
}

void
HoststackNetDevice::SetDataRate(const DataRate& rate)
{
    if (m_channel)
    {
        m_channel->SetRate(m_side, rate.GetBitRate());
    }
}

DataRate
HoststackNetDevice::GetDataRate() const
{
    return DataRate(m_channel ? m_channel->Direction(m_side).Rate() : 0);
}

void
HoststackNetDevice::SetDelay(const Time& delay)
{
    if (m_channel)
    {
        m_channel->SetDelay(m_side, delay.GetNanoSeconds());
    }
}

Time
HoststackNetDevice::GetDelay() const
{
    return NanoSeconds(m_channel ? m_channel->Direction(m_side).Delay() : 0);
}

void
HoststackNetDevice::ShowCaptures(hoststack::TimeNs now,
                                 const HoststackFrame& frame,
                                 hoststack::CaptureDirection direction)
{
    const auto type = EtherType(frame);
    if (m_captures.empty() || (type != kEtherTypeIpv4 && type != kEtherTypeIpv6))
    {
        return;
    }
    ToBytes(frame, m_captureBytes);
    for (const auto& sink : m_captures)
    {
        sink->Capture(now, *this, direction, m_captureBytes.data(), m_captureBytes.size());
    }
}

void
HoststackNetDevice::ShowOutbound(hoststack::TimeNs now, const HoststackFrame& frame)
{
    ShowCaptures(now, frame, hoststack::CaptureDirection::Outbound);
    if (!m_macTx.IsEmpty() || !m_sniffer.IsEmpty() || !m_promiscSniffer.IsEmpty())
    {
        const Ptr<const Packet> packet = ToPacket(frame);
        m_macTx(packet);
        m_sniffer(packet);
        m_promiscSniffer(packet);
    }
}

void
HoststackNetDevice::ShowInbound(hoststack::TimeNs now, const HoststackFrame& frame)
{
    ShowCaptures(now, frame, hoststack::CaptureDirection::Inbound);
    if (!m_macRx.IsEmpty() || !m_macPromiscRx.IsEmpty() || !m_sniffer.IsEmpty() ||
        !m_promiscSniffer.IsEmpty())
    {
        const Ptr<const Packet> packet = ToPacket(frame);
        m_sniffer(packet);
        m_promiscSniffer(packet);
        m_macPromiscRx(packet);
        m_macRx(packet);
    }
}

void
HoststackNetDevice::NoteRefused(const HoststackFrame& frame)
{
    if (!m_macTxDrop.IsEmpty())
    {
        m_macTxDrop(ToPacket(frame));
    }
}

void
HoststackNetDevice::NoteLost(const HoststackFrame& frame)
{
    if (!m_phyRxDrop.IsEmpty())
    {
        m_phyRxDrop(ToPacket(frame));
    }
}

void
HoststackNetDevice::SetNic(const hoststack::NicSettings& settings)
{
    if (settings.ring == 0 || settings.transmit.ring == 0 || settings.offloadSettings.weight == 0)
    {
        throw std::invalid_argument("SetNic: `ring`, `transmit.ring` and `offloadSettings.weight` "
                                    "must be 1 frame or more");
    }
    auto& machine = *HoststackMachine::Of(m_node);
    m_path = std::make_unique<HoststackReceivePath>(*this, machine, settings);
    m_hasFlowHash = settings.hasHash;
    m_transmit.reset();
    if (settings.transmit.queue != "none")
    {
        auto transmit = settings.transmit;
        transmit.queueSettings.mtu = m_mtu;
        m_transmit = std::make_unique<HoststackTransmitPath>(*this, machine, transmit);
    }
    m_takesUnits = m_transmit != nullptr;
    m_cutsInSoftware = m_transmit && m_transmit->CutsInSoftware();
}

void
HoststackNetDevice::Enqueue(hoststack::TimeNs now,
                            const Ptr<const HoststackFlow>& flow,
                            hoststack::TcpSegment&& burst,
                            std::uint32_t headerLength,
                            std::uint16_t identification,
                            hoststack::TimeNs earliest)
{
    m_transmit->SendBurst(now, flow, std::move(burst), headerLength, identification, earliest);
}

bool
HoststackNetDevice::HoldsDepartures() const
{
    return m_transmit && m_transmit->HoldsDepartures();
}

void
HoststackNetDevice::Forward(hoststack::TimeNs now, const HoststackFrame& frame, std::uint8_t hops)
{
    if (m_transmit)
    {
        m_transmit->Forward(now, frame, hops);
        return;
    }
    m_channel->Forward(m_side, now, frame, hops);
}

void
HoststackNetDevice::CleanTransmit(Context& context)
{
    if (m_transmit)
    {
        m_transmit->Clean(context);
    }
}

void
HoststackNetDevice::Deliver(hoststack::TimeNs now, const HoststackFrame& frame)
{
    m_arrived = &frame;
    if (!m_isPolled)
    {
        m_isPolled = true;
        m_machine->Processor().RaiseSoftIrq(now, m_core, hoststack::host::SoftIrq::Receive, *this);
    }
    if (m_arrived != nullptr)
    {
        Keep(*std::exchange(m_arrived, nullptr));
    }
}

void
HoststackNetDevice::Deliver(hoststack::TimeNs now, HoststackFrameSlab& frames, HoststackPiece piece)
{
    if (m_path->Arrive(now, frames, piece))
    {
        return;
    }
    ++m_ringDrops;
    if (!m_phyRxDrop.IsEmpty())
    {
        NotePieceLost(frames[piece.frame], piece.index);
    }
    frames.Release(piece.frame);
}

void
HoststackNetDevice::DeliverUnseen(HoststackFrameSlab& frames, HoststackPiece pieces)
{
    const auto taken = m_path->ArriveUnseen(frames, pieces);
    if (taken < pieces.count)
    {
        const auto lost = pieces.count - taken;
        m_ringDrops += lost;
        frames.Release(pieces.frame, lost);
    }
}

void
HoststackNetDevice::NotePieceLost(const HoststackFrame& frame, std::uint32_t index)
{
    if (!frame.IsBurst())
    {
        NoteLost(frame);
        return;
    }
    HoststackFrame piece;
    CutFrame(frame, index, piece);
    NoteLost(piece);
}

std::uint32_t
HoststackNetDevice::FramesUnseen() const
{
    return m_path && m_phyRxDrop.IsEmpty() ? m_path->FramesUnseen() : 0;
}

const HoststackReceivePath*
HoststackNetDevice::ReceivePath() const
{
    if (m_path && m_channel)
    {
        m_channel->Collect(m_side, m_machine->Clock().Now());
    }
    return m_path.get();
}

/// The processor has no time for it yet.
void
HoststackNetDevice::Keep(const HoststackFrame& frame)
{
    if (m_ring.Size() < m_ringSize)
    {
        const auto index = m_kept.Take();
        m_kept[index] = frame;
        m_kept[index].pieces = 1;
        m_ring.PushBack(index);
        return;
    }
    ++m_ringDrops;
    NoteLost(frame);
}

inline bool
HoststackNetDevice::IsWatchedInbound() const
{
    return !m_macRx.IsEmpty() || !m_macPromiscRx.IsEmpty() || !m_sniffer.IsEmpty() ||
           !m_promiscSniffer.IsEmpty() || !m_captures.empty();
}

inline void
HoststackNetDevice::Note(Context& context, const HoststackFrame& frame)
{
    context.Charge(hoststack::host::Operation::ReceiveFrame);
    context.Took(1);
    if (IsWatchedInbound())
    {
        ShowInbound(context.Now(), frame);
    }
}

inline void
HoststackNetDevice::Receive(Context& context, const HoststackFrame& frame)
{
    Note(context, frame);
    if (frame.flow && m_promiscReceive.IsNull() && m_machine->Input().Take(context, *this, frame))
    {
        return;
    }
    GoUp(context, frame);
}

bool
HoststackNetDevice::NoteTaken(Context& context,
                              const HoststackFrame& frame,
                              HoststackPiece pieces,
                              bool charged)
{
    const bool isWatched = IsWatchedInbound();
    if (pieces.count > 1 && (isWatched || context.GetFrame() != nullptr))
    {
        return false;
    }
    context.Charge(hoststack::host::Operation::ReceiveFrame, charged ? pieces.count : 0);
    context.Took(pieces.count);
    if (isWatched)
    {
        HoststackFrame piece;
        if (frame.IsBurst())
        {
            CutFrame(frame, pieces.index, piece);
        }
        ShowInbound(context.Now(), frame.IsBurst() ? piece : frame);
    }
    return true;
}

void
HoststackNetDevice::NoteWhole(Context& context, const HoststackFrame& unit)
{
    context.Took(1);
    if (IsWatchedInbound())
    {
        ShowInbound(context.Now(), unit);
    }
}

void
HoststackNetDevice::HandUp(Context& context, const HoststackFrame& frame)
{
    if (frame.flow && m_promiscReceive.IsNull() && m_machine->Input().Take(context, *this, frame))
    {
        return;
    }
    const auto count = frame.flow ? frame.segment.SegmentCount() : 1;
    if (count == 1)
    {
        GoUp(context, frame);
        return;
    }
    HoststackPacketInput::Unit whole(m_machine->Input(), count);
    auto piece = frame; // IP sees what came
    for (std::uint32_t i = 0; i < count; ++i)
    {
        piece.segment = CutSegment(frame.segment, i);
        piece.identification = static_cast<std::uint16_t>(frame.identification + i);
        GoUp(context, piece);
    }
    whole.End(context);
}

/// The poll has a lock of the socket layer from its first packet to its end.
bool
HoststackNetDevice::KeepsLock() const
{
    const auto* dispatch = m_machine->Dispatch();
    return dispatch != nullptr && dispatch->CoversPoll();
}

/// A poll: everything while no time passes, else one frame in each piece of work, or all of one
/// poll with a lock that covers it.
void
HoststackNetDevice::Run(Context& context)
{
    if (m_arrived != nullptr)
    {
        Receive(context, *std::exchange(m_arrived, nullptr));
    }
    std::uint32_t taken = 1;
    while (!m_ring.Empty() && (!context.IsAhead() || (taken < kWeight && KeepsLock())))
    {
        const auto index = m_ring.Front();
        m_ring.PopFront();
        Receive(context, m_kept[index]);
        m_kept.Release(index);
        ++taken;
    }
    if (context.IsAhead() && KeepsLock())
    {
        m_machine->Dispatch()->FinishPoll(context, m_ifIndex);
    }
    m_isPolled = !m_ring.Empty();
    if (m_isPolled)
    {
        context.Ask(hoststack::host::Sequel::Later);
    }
    else
    {
        m_machine->Trigger(context);
    }
}

void
HoststackNetDevice::GoUp(Context& context, const HoststackFrame& frame)
{
    if (m_machine->IpCosts().Charge(context, *this, frame) && context.IsAhead())
    {
        m_machine->Later().Release(context,
                                   [device = Ptr<HoststackNetDevice>(this),
                                    frame](hoststack::TimeNs) { device->ReceivePacket(frame); });
        return;
    }
    ReceivePacket(frame);
}

/// What goes up as ns-3's devices hand it up.
void
HoststackNetDevice::ReceivePacket(const HoststackFrame& frame)
{
    const Ptr<const Packet> packet = ToPacket(frame);
    const auto type = EtherType(frame);
    const Address from = m_peer->GetAddress();
    const bool isOfBatch = frame.place != hoststack::BatchPlace::None;
    if (isOfBatch)
    {
        m_machine->Input().Announce(frame.place);
    }
    if (!m_promiscReceive.IsNull())
    {
        m_promiscReceive(this, packet, type, from, GetAddress(), PACKET_HOST);
    }
    if (!m_receive.IsNull())
    {
        m_receive(this, packet, type, from);
    }
    if (isOfBatch)
    {
        m_machine->Input().Announce(hoststack::BatchPlace::None);
    }
}

bool
HoststackNetDevice::Send(Ptr<Packet> packet, const Address& /* dest */, std::uint16_t protocol)
{
    if (!m_peer)
    {
        m_macTxDrop(packet);
        return false;
    }
    auto& context = m_machine->Current();
    auto copy = packet->Copy();
    if (context.IsAhead())
    {
        auto send = [device = Ptr<HoststackNetDevice>(this), copy, protocol](hoststack::TimeNs at) {
            device->SendNow(at, copy, protocol);
        };
        m_machine->Later().Release(context, std::move(send));
        return true;
    }
    return SendNow(context.Now(), copy, protocol);
}

bool
HoststackNetDevice::SendNow(hoststack::TimeNs now,
                            const Ptr<Packet>& packet,
                            std::uint16_t protocol)
{
    if (m_transmit)
    {
        return m_transmit->SendPacket(now, packet, protocol);
    }
    return m_channel && m_channel->SendPacket(m_side, now, packet, protocol);
}

} // namespace ns3
