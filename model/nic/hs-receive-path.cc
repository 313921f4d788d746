// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-receive-path.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-offload-description.h"
#include "ns3/hs-transit.h"

#include <algorithm>
#include <optional>
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

constexpr std::size_t kBacklog = 1000; // net.core.netdev_max_backlog

} // namespace

/// The ring of a driver that does not poll, and its interrupts.
class HoststackReceivePath::FrameInterrupts final : public hoststack::host::Work
{
  public:
    explicit FrameInterrupts(HoststackReceivePath& path)
        : m_path(path)
    {
    }

    bool Arrive(TimeNs now, const HoststackFrame& frame)
    {
        if (m_ring.size() >= m_path.m_settings.ring)
        {
            ++m_path.m_counters.lost;
            return false;
        }
        const auto index = m_path.m_frames.Take();
        m_path.m_frames[index] = frame;
        m_ring.push_back(index);
        if (m_ring.size() == 1)
        {
            Ask(now);
        }
        return true;
    }

    void Run(Context& context) override
    {
        const auto index = m_ring.front();
        context.Charge(hoststack::host::Operation::ReceiveFrame);
        m_ring.pop_front();
        if (m_path.m_ring.size() < kBacklog)
        {
            m_path.m_ring.push_back(index);
            if (!m_path.m_isPolled)
            {
                m_path.Raise(context.ClockTime());
            }
        }
        else
        {
            ++m_path.m_counters.lost;
            m_path.m_device.NoteLost(m_path.m_frames[index]);
            m_path.m_frames.Release(index);
        }
        if (!m_ring.empty())
        {
            Ask(context.ClockTime());
        }
    }

  private:
    void Ask(TimeNs now)
    {
        ++m_path.m_counters.interrupts;
        m_path.m_machine.Processor().Interrupt(now, m_path.m_device.InterruptCore(), *this);
    }

    HoststackReceivePath& m_path;
    std::deque<std::uint32_t> m_ring;
};

HoststackReceivePath::HoststackReceivePath(HoststackNetDevice& device,
                                           HoststackMachine& machine,
                                           const hoststack::NicSettings& settings)
    : m_device(device),
      m_machine(machine),
      m_settings(settings),
      m_moderation(hoststack::InterruptModerations().Create(settings.moderation,
                                                            settings.moderationSettings)),
      m_offload(
          hoststack::ReceiveOffloads().Create(settings.offload, settings.offloadSettings, *this)),
      m_alarm(machine.Clock().NewAlarm(*this))
{
    if (!settings.polls)
    {
        m_frameInterrupts = std::make_unique<FrameInterrupts>(*this);
    }
}

HoststackReceivePath::~HoststackReceivePath() = default;

bool
HoststackReceivePath::Arrive(TimeNs now, const HoststackFrame& frame)
{
    if (m_frameInterrupts)
    {
        return m_frameInterrupts->Arrive(now, frame);
    }
    if (m_ring.size() >= m_settings.ring)
    {
        ++m_counters.lost;
        return false;
    }
    const auto index = m_frames.Take();
    m_frames[index] = frame;
    m_ring.push_back(index);
    if (!m_isPolled && !m_isDeferred)
    {
        m_interruptAt = m_moderation->OnFrame(now, static_cast<std::uint32_t>(m_ring.size()));
        Arm(now);
    }
    return true;
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
    m_machine.Processor().RaiseSoftIrq(now,
                                       m_device.InterruptCore(),
                                       hoststack::host::SoftIrq::Receive,
                                       *this);
}

void
HoststackReceivePath::Run(Context& context)
{
    m_context = &context;
    if (m_taken == 0)
    {
        m_device.CleanTransmit(context);
    }
    for (;;)
    {
        if (m_ring.empty() || m_taken >= m_settings.offloadSettings.weight)
        {
            if (EndPoll(context))
            {
                break;
            }
        }
        else
        {
            TakeFrame(context);
        }
        if (context.Now() - context.ClockTime() >= kPiece)
        {
            context.Ask(hoststack::host::Sequel::Later);
            break;
        }
    }
    m_context = nullptr;
}

void
HoststackReceivePath::TakeFrame(Context& context)
{
    const auto index = m_ring.front();
    m_ring.pop_front();
    auto& frame = m_frames[index];
    ++m_taken;
    ++m_counters.frames;
    m_device.NoteTaken(context, frame, m_frameInterrupts == nullptr);
    const auto packet = DescribeForOffload(frame, index, m_settings.hasHash);
    m_takenBytes += packet.ipLength;
    m_counters.bytes += packet.ipLength;
    m_offload->Add(packet, context.Now());
}

bool
HoststackReceivePath::EndPoll(Context& context)
{
    const bool isFull = m_taken >= m_settings.offloadSettings.weight;
    const bool armsInterrupt = m_offload->EndPoll(m_taken, context.Now());
    ++m_counters.polls;
    m_counters.fullPolls += isFull ? 1 : 0;
    const auto taken = std::exchange(m_taken, 0);
    const auto bytes = std::exchange(m_takenBytes, 0);
    m_machine.Trigger(context); // tcp_lro_flush_all
    if (isFull || !m_ring.empty())
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

/// The super-segment that the merged frames are, or the one packet.
void
HoststackReceivePath::DeliverSegment(const OffloadUnit& unit, bool isOnePacket)
{
    auto& head = m_frames[unit.packets[0]];
    if (unit.packets.size() > 1 || unit.isLossy)
    {
        Merge(unit, head.segment);
    }
    for (std::size_t i = 1; i < unit.packets.size(); ++i)
    {
        head.segment.payload.Append(m_frames[unit.packets[i]].segment.payload);
        head.segment.mss = isOnePacket ? 0 : unit.segmentSize;
    }
    m_device.HandUp(*m_context, head);
}

/// IP sees the packets as they came, TCP the unit that they are.
void
HoststackReceivePath::DeliverPackets(const OffloadUnit& unit)
{
    const auto count = unit.packets.size();
    if (unit.head.kind == hoststack::OffloadKind::Tcp && (count > 1 || unit.isLossy))
    {
        auto header = m_frames[unit.packets[0]].segment;
        if (Merge(unit, header))
        {
            const auto last = header.flags;
            for (std::size_t i = 0; i < count; ++i)
            {
                constexpr std::uint16_t kOfTheLast = hoststack::kFin | hoststack::kPsh;
                header.flags = i + 1 == count ? last : last & ~kOfTheLast;
                RewriteTcp(m_frames[unit.packets[i]], header);
            }
        }
    }
    HoststackPacketInput::Unit whole(m_machine.Input(), count);
    for (const auto id : unit.packets)
    {
        m_device.HandUp(*m_context, m_frames[id]);
    }
    whole.End(*m_context);
}

/// Bytes of IP, as one packet.
std::uint32_t
HoststackReceivePath::LengthOf(const OffloadUnit& unit)
{
    const auto& first = m_frames[unit.packets[0]];
    auto length = first.flow ? DirectHeaderLength(*first.flow, first.segment)
                             : first.packet->GetSize() - first.segment.payload.Length();
    for (const auto id : unit.packets)
    {
        length += m_frames[id].segment.payload.Length();
    }
    return length;
}

void
HoststackReceivePath::Deliver(const OffloadUnit& unit)
{
    const auto& first = m_frames[unit.packets[0]];
    std::optional<std::uint32_t> next;
    if (unit.isLossy && unit.IsMerged())
    {
        next = TransitMtu(*m_device.GetNode(), first);
    }
    if (next && LengthOf(unit) > *next)
    {
        m_context->Charge(hoststack::host::Operation::Forward);
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
    for (const auto id : unit.packets)
    {
        m_frames.Release(id);
    }
}

void
HoststackReceivePath::Discard(std::uint32_t id)
{
    m_frames.Release(id);
}

} // namespace ns3
