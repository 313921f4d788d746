// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-offload-description.h"
#include "ns3/hs-receive-path-inner.h"
#include "ns3/hs-transit.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace ns3
{

using hoststack::OffloadUnit;
using hoststack::TimeNs;
using hoststack::host::Context;

namespace
{

/// A poll that takes time is done in pieces of at least that: between them others see what it did.
constexpr TimeNs kPiece = hoststack::kMicrosecond;

} // namespace

HoststackReceivePath::HoststackReceivePath(HoststackNetDevice& device,
                                           HoststackMachine& machine,
                                           const hoststack::NicSettings& settings)
    : m_device(device),
      m_machine(machine),
      m_softnet(machine.Softnet()),
      m_settings(settings),
      m_moderation(hoststack::InterruptModerations().Create(settings.moderation,
                                                            settings.moderationSettings)),
      m_offload(
          hoststack::ReceiveOffloads().Create(settings.offload, settings.offloadSettings, *this)),
      m_alarm(machine.Clock().NewAlarm(*this))
{
    if (settings.aggregates.bytes > 0)
    {
        m_transfers = std::make_unique<Transfers>(*this, machine, device.GetMtu());
    }
    if (!settings.polls)
    {
        m_frameInterrupts = std::make_unique<FrameInterrupts>(*this);
    }
    else if (m_softnet != nullptr && m_softnet->Steering().PollsInThread())
    {
        hoststack::host::Work& poll = *this;
        m_waker = std::make_unique<HoststackNapiThread>(machine.Processor(),
                                                        device.InterruptCore(),
                                                        device.GetIfIndex(),
                                                        poll);
    }
}

HoststackReceivePath::~HoststackReceivePath() = default;

std::optional<hoststack::ReceiveAggregates::Counters>
HoststackReceivePath::AggregateCounters() const
{
    return m_transfers ? std::optional(m_transfers->GetCounters()) : std::nullopt;
}

bool
HoststackReceivePath::Arrive(TimeNs now, HoststackFrameSlab& frames, HoststackPiece piece)
{
    m_frames = &frames;
    if (m_frameInterrupts)
    {
        return m_frameInterrupts->Arrive(now, piece);
    }
    if (m_transfers)
    {
        return m_transfers->Arrive(now, piece);
    }
    if (m_waiting >= m_settings.ring)
    {
        ++m_counters.lost;
        return false;
    }
    PutIntoRing(piece);
    if (!m_isPolled && !m_isDeferred)
    {
        const auto due = m_moderation->OnFrame(now, m_waiting);
        if (due != m_interruptAt) // else its event is there, perhaps at this very time
        {
            m_interruptAt = due;
            Arm(now);
        }
    }
    return true;
}

std::uint32_t
HoststackReceivePath::ArriveUnseen(HoststackFrameSlab& frames, HoststackPiece pieces)
{
    m_frames = &frames;
    if (m_transfers)
    {
        const auto now = m_machine.Clock().Now();
        std::uint32_t taken = 0;
        while (taken < pieces.count &&
               m_transfers->Arrive(now, {pieces.frame, pieces.index + taken, 1}))
        {
            ++taken;
        }
        m_counters.lost += taken < pieces.count ? pieces.count - taken - 1 : 0;
        return taken;
    }
    const auto room = m_settings.ring - std::min(m_waiting, m_settings.ring);
    const auto taken = std::min(pieces.count, room);
    m_counters.lost += pieces.count - taken;
    if (taken > 0)
    {
        pieces.count = taken;
        PutIntoRing(pieces);
    }
    return taken;
}

/// Pieces of one burst that follow each other are one entry.
inline void
HoststackReceivePath::PutIntoRing(HoststackPiece pieces)
{
    m_waiting += pieces.count;
    if (!m_ring.Empty())
    {
        auto& last = m_ring.Back();
        if (last.frame == pieces.frame && last.index + last.count == pieces.index)
        {
            last.count += pieces.count;
            return;
        }
    }
    m_ring.PushBack(pieces);
}

std::uint32_t
HoststackReceivePath::FramesUnseen() const
{
    if (m_frameInterrupts || m_transfers)
    {
        return 0;
    }
    if (m_isPolled || m_isDeferred)
    {
        return hoststack::InterruptModeration::kAnyNumber;
    }
    return m_waiting == 0 ? 0 : m_moderation->FramesUnseen(m_waiting);
}

inline HoststackFrame&
HoststackReceivePath::FrameOf(std::uint32_t id)
{
    return (*m_frames)[m_held[id].frame];
}

inline const HoststackFrame&
HoststackReceivePath::FrameOf(std::uint32_t id) const
{
    return (*m_frames)[m_held[id].frame];
}

inline std::uint32_t
HoststackReceivePath::Hold(HoststackPiece piece)
{
    if (m_free.empty())
    {
        m_free.push_back(static_cast<std::uint32_t>(m_held.size()));
        m_held.emplace_back();
    }
    const auto id = m_free.back();
    m_free.pop_back();
    m_held[id] = piece;
    return id;
}

/// How many packets of \p unit from \p at on are pieces of one burst that follow each other.
inline std::uint32_t
HoststackReceivePath::FollowingPieces(const OffloadUnit& unit, std::size_t at) const
{
    const auto first = m_held[unit.packets[at]];
    std::uint32_t count = 1;
    for (const auto end = unit.packets.size() - at; count < end; ++count)
    {
        const auto next = m_held[unit.packets[at + count]];
        if (next.frame != first.frame || next.index != first.index + count)
        {
            break;
        }
    }
    return count;
}

void
HoststackReceivePath::Release(const OffloadUnit& unit)
{
    for (std::size_t i = 0; i < unit.packets.size();)
    {
        const auto count = FollowingPieces(unit, i);
        m_frames->Release(m_held[unit.packets[i]].frame, count);
        i += count;
    }
    m_free.insert(m_free.end(), unit.packets.begin(), unit.packets.end());
}

/// The interrupt, or the offload's timer, whichever comes first.
void
HoststackReceivePath::Arm(TimeNs now)
{
    const auto at = std::min(m_interruptAt, m_offload->Deadline());
    if (at <= now)
    {
        Raise(now);
    }
    else
    {
        m_alarm->Arm(now, at);
    }
}

void
HoststackReceivePath::OnAlarm(TimeNs now)
{
    if (!m_isPolled)
    {
        Arm(now);
    }
}

void
HoststackReceivePath::Raise(TimeNs now)
{
    m_isPolled = true;
    m_counters.interrupts += m_interruptAt <= now ? 1 : 0;
    m_interruptAt = hoststack::kNever;
    if (m_waker)
    {
        m_waker->Ask(now);
        return;
    }
    m_machine.Processor().RaiseSoftIrq(now,
                                       m_device.InterruptCore(),
                                       hoststack::host::SoftIrq::Receive,
                                       *this);
}

void
HoststackReceivePath::Run(Context& context)
{
    m_context = &context;
    m_device.Collect(context.ClockTime());
    if (m_taken == 0)
    {
        m_device.CleanTransmit(context);
    }
    for (;;)
    {
        if (m_waiting == 0 || m_taken >= m_settings.offloadSettings.weight)
        {
            if (EndPoll(context))
            {
                break;
            }
            if (m_waker)
            {
                context.Ask(hoststack::host::Sequel::Later); // cond_resched
                break;
            }
        }
        else
        {
            TakeFrames(context);
        }
        if (context.Now() - context.ClockTime() >= kPiece && !KeepsLock())
        {
            context.Ask(hoststack::host::Sequel::Later);
            break;
        }
    }
    if (m_waker)
    {
        context.KeepSoftIrqsOff(m_taken > 0);
    }
    else if (m_softnet != nullptr)
    {
        m_softnet->EndPiece(context);
    }
    m_context = nullptr;
    if (!m_isPolled)
    {
        m_device.AwaitFrames(context.ClockTime());
    }
}

/// The poll has a lock of the socket layer from its first packet to its end.
bool
HoststackReceivePath::KeepsLock() const
{
    const auto* dispatch = m_taken > 0 ? m_machine.Dispatch() : nullptr;
    return dispatch != nullptr && dispatch->CoversPoll();
}

/// As many at once as nobody can tell from one by one.
void
HoststackReceivePath::TakeFrames(Context& context)
{
    auto& front = m_ring.Front();
    auto pieces = front;
    pieces.count = std::min(pieces.count, m_settings.offloadSettings.weight - m_taken);
    auto& frame = (*m_frames)[pieces.frame];
    if (!m_device.NoteTaken(context, frame, pieces, m_frameInterrupts == nullptr))
    {
        pieces.count = 1;
        m_device.NoteTaken(context, frame, pieces, m_frameInterrupts == nullptr);
    }
    m_waiting -= pieces.count;
    front.index += pieces.count;
    front.count -= pieces.count;
    if (front.count == 0)
    {
        m_ring.PopFront();
    }
    m_taken += pieces.count;
    m_counters.frames += pieces.count;
    if (m_transfers)
    {
        m_transfers->NoteTaken(context.ClockTime(), pieces.count);
    }
    m_ids.clear();
    for (std::uint32_t i = 0; i < pieces.count; ++i)
    {
        m_ids.push_back(Hold({pieces.frame, pieces.index + i, 1}));
    }
    auto run = DescribeForOffload(frame, pieces, m_settings.hasHash);
    run.ids = m_ids.data();
    const std::uint64_t bytes = std::uint64_t{run.first.ipLength} * (run.count - 1) +
                                (run.count > 1 ? run.LastLength() : run.first.ipLength);
    m_takenBytes += bytes;
    m_counters.bytes += bytes;
    run.first.id = m_ids[0];
    if (run.count > 1)
    {
        m_offload->AddRun(run, context.Now());
    }
    else
    {
        m_offload->Add(run.first, context.Now());
    }
}

bool
HoststackReceivePath::EndPoll(Context& context)
{
    const bool isFull = m_taken >= m_settings.offloadSettings.weight;
    const bool keepsLock = KeepsLock();
    const bool armsInterrupt = m_offload->EndPoll(m_taken, context.Now());
    ++m_counters.polls;
    m_counters.fullPolls += isFull ? 1 : 0;
    const auto taken = std::exchange(m_taken, 0);
    const auto bytes = std::exchange(m_takenBytes, 0);
    if (m_offload->KnowsCpu())
    {
        m_machine.LearnLroCpu(m_device.GetIfIndex(), context.Core());
    }
    m_machine.Trigger(context); // tcp_lro_flush_all
    if (m_softnet != nullptr)
    {
        m_softnet->EndTurn(context);
    }
    if (keepsLock)
    {
        m_machine.Dispatch()->FinishPoll(context, m_device.GetIfIndex());
    }
    if (isFull || m_waiting > 0)
    {
        return false; // and on with the next one
    }
    m_moderation->OnPoll(context.Now(), taken, bytes);
    m_isPolled = false;
    m_isDeferred = !armsInterrupt;
    const auto deadline = m_offload->Deadline();
    if (deadline != hoststack::kNever)
    {
        const auto now = context.ClockTime();
        m_alarm->Arm(now, std::max(deadline, now + 1));
    }
    return true;
}

/// What merging has made of the first header. \return whether it is another one now
bool
HoststackReceivePath::Merge(const OffloadUnit& unit, hoststack::TcpSegment& head) const
{
    head.flags = unit.head.flags;
    head.ack = unit.head.ack;
    head.window = unit.head.window;
    if (unit.isLossy && head.options.hasTimestamps)
    {
        head.options.timestampValue = unit.timestampValue;
        head.options.timestampEcho = unit.timestampEcho;
    }
    return unit.isLossy;
}

/// The payloads of a unit behind one another; pieces of one burst that follow each other are one
/// slice of it.
void
HoststackReceivePath::Join(const OffloadUnit& unit, hoststack::Payload& payload) const
{
    for (std::size_t i = 0; i < unit.packets.size();)
    {
        const auto first = m_held[unit.packets[i]];
        const auto& segment = (*m_frames)[first.frame].segment;
        const auto pieces = FollowingPieces(unit, i);
        i += pieces;
        const auto from = first.index * segment.mss;
        const auto until = segment.mss == 0 ? segment.payload.Length()
                                            : std::min<std::uint32_t>(from + pieces * segment.mss,
                                                                      segment.payload.Length());
        payload.Append(segment.payload.Slice(from, until - from));
    }
}

/// The super-segment that the merged frames are, or the one packet.
void
HoststackReceivePath::DeliverSegment(const OffloadUnit& unit, bool isOnePacket)
{
    const auto first = m_held[unit.packets[0]];
    auto& head = (*m_frames)[first.frame];
    const bool isMerged = unit.packets.size() > 1;
    if (!isMerged && !unit.isLossy && !head.IsBurst())
    {
        head.place = unit.place;
        if (Steer(head, 1))
        {
            m_softnet->Keep(head);
        }
        else
        {
            m_device.HandUp(*m_context, head);
        }
        return;
    }
    CutFrame(head, first.index, m_unit);
    m_unit.truesize = head.truesize;
    m_unit.place = unit.place;
    if (isMerged || unit.isLossy)
    {
        Merge(unit, m_unit.segment);
    }
    if (isMerged)
    {
        m_unit.segment.payload = hoststack::Payload();
        Join(unit, m_unit.segment.payload);
        m_unit.segment.mss = isOnePacket ? 0 : unit.segmentSize;
    }
    if (Steer(m_unit, 1))
    {
        m_softnet->Keep(m_unit);
    }
    else
    {
        m_device.HandUp(*m_context, m_unit);
    }
    m_unit.flow = nullptr;
    m_unit.segment.payload = hoststack::Payload();
}

/// IP sees the packets as they came, TCP the unit that they are.
void
HoststackReceivePath::DeliverPackets(const OffloadUnit& unit)
{
    const auto count = unit.packets.size();
    if (unit.head.kind == hoststack::OffloadKind::Tcp && (count > 1 || unit.isLossy))
    {
        auto header = FrameOf(unit.packets[0]).segment;
        if (Merge(unit, header))
        {
            const auto last = header.flags;
            for (std::size_t i = 0; i < count; ++i)
            {
                constexpr std::uint16_t kOfTheLast = hoststack::kFin | hoststack::kPsh;
                header.flags = i + 1 == count ? last : last & ~kOfTheLast;
                RewriteTcp(FrameOf(unit.packets[i]), header);
            }
        }
    }
    FrameOf(unit.packets[0]).place = unit.place;
    if (Steer(FrameOf(unit.packets[0]), count))
    {
        for (const auto id : unit.packets)
        {
            m_softnet->Keep(FrameOf(id));
        }
        return;
    }
    HoststackPacketInput::Unit whole(m_machine.Input(), count);
    for (const auto id : unit.packets)
    {
        m_device.HandUp(*m_context, FrameOf(id));
    }
    whole.End(*m_context);
}

bool
HoststackReceivePath::Steer(const HoststackFrame& first, std::size_t frames)
{
    return m_softnet != nullptr && m_softnet->Steer(*m_context, m_device, FlowHash(first), frames);
}

/// Bytes of IP, as one packet.
std::uint32_t
HoststackReceivePath::LengthOf(const OffloadUnit& unit) const
{
    const auto& first = FrameOf(unit.packets[0]);
    const auto header = first.flow ? DirectHeaderLength(*first.flow, first.segment)
                                   : first.packet->GetSize() - first.segment.payload.Length();
    hoststack::Payload payload;
    Join(unit, payload);
    return header + payload.Length();
}

void
HoststackReceivePath::Deliver(const OffloadUnit& unit)
{
    const auto& first = FrameOf(unit.packets[0]);
    std::optional<std::uint32_t> next;
    if (unit.isLossy && unit.IsMerged())
    {
        next = TransitMtu(m_machine, m_device, first);
    }
    if (next && LengthOf(unit) > *next)
    {
        using hoststack::host::Operation;
        m_context->Charge(m_machine.Bridge() != nullptr ? Operation::Bridge : Operation::Forward);
        m_counters.tooLarge += unit.packets.size();
    }
    else if (first.flow)
    {
        DeliverSegment(unit, next.has_value());
    }
    else
    {
        DeliverPackets(unit);
    }
    Release(unit);
}

bool
HoststackReceivePath::TakesBatches(std::uint32_t id)
{
    return m_machine.Input().TakesBatches(FrameOf(id));
}

void
HoststackReceivePath::Discard(std::uint32_t id)
{
    m_frames->Release(m_held[id].frame);
    m_free.push_back(id);
}

} // namespace ns3
