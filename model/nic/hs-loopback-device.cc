// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-loopback-device.h"

#include "ns3/hs-machine.h"

#include <ns3/abort.h>

#include <algorithm>
#include <utility>

namespace ns3
{

using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::host::SoftIrq;

namespace
{

/// A poll that takes time is done in pieces of at least that: between them others see what it did.
constexpr TimeNs kPiece = hoststack::kMicrosecond;

constexpr std::uint32_t kWeight = 64; // net.core.dev_weight

/// A clone has the truesize of what was sent: its payload and this (measured on Linux 6.18.44).
constexpr std::uint32_t kHead = 832;

std::uint32_t
PayloadOf(const HoststackFrame& unit)
{
    return unit.flow ? unit.segment.payload.Length() : unit.packet->GetSize();
}

} // namespace

/// What waits on one core (softnet_data).
class HoststackLoopbackDevice::Backlog final : public hoststack::host::Work
{
  public:
    struct Entry
    {
        std::uint32_t unit;
        TimeNs at; ///< not before
    };

    explicit Backlog(HoststackLoopbackDevice& device)
        : m_device(device)
    {
    }

    void Run(Context& context) override
    {
        auto& machine = *m_device.m_host;
        auto* dispatch = machine.Dispatch();
        const bool keepsLock = dispatch != nullptr && dispatch->CoversPoll();
        std::uint32_t taken = 0;
        while (!queue.Empty() && queue.Front().at <= context.ClockTime())
        {
            const bool isPaid = !keepsLock && context.Now() - context.ClockTime() >= kPiece;
            if (taken == kWeight || isPaid)
            {
                break;
            }
            const auto unit = queue.Front().unit;
            queue.PopFront();
            m_device.Take(context, unit);
            ++taken;
        }
        if (keepsLock)
        {
            dispatch->FinishPoll(context, m_device.GetIfIndex());
        }
        isRaised = !queue.Empty() && queue.Front().at <= context.ClockTime();
        if (isRaised)
        {
            context.Ask(hoststack::host::Sequel::Later);
        }
        else
        {
            machine.Trigger(context);
        }
    }

    hoststack::Ring<Entry> queue;
    bool isRaised{false}; ///< the processor knows of it

  private:
    HoststackLoopbackDevice& m_device;
};

NS_OBJECT_ENSURE_REGISTERED(HoststackLoopbackDevice);

TypeId
HoststackLoopbackDevice::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackLoopbackDevice")
                            .SetParent<HoststackNetDevice>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackLoopbackDevice>();
    return tid;
}

HoststackLoopbackDevice::HoststackLoopbackDevice() = default;
HoststackLoopbackDevice::~HoststackLoopbackDevice() = default;

void
HoststackLoopbackDevice::DoDispose()
{
    m_alarm.reset();
    for (const auto& backlog : m_backlogs)
    {
        m_host->Processor().Forget(*backlog);
    }
    m_backlogs.clear();
    m_host = nullptr;
    HoststackNetDevice::DoDispose();
}

void
HoststackLoopbackDevice::Open(const hoststack::LoopbackSettings& settings)
{
    NS_ABORT_MSG_IF(m_host, "a HoststackLoopbackDevice is opened once");
    NS_ABORT_MSG_UNLESS(GetNode(), "add the loopback device to its node before it is opened");
    m_settings = settings;
    m_host = PeekPointer(HoststackMachine::Of(GetNode()));
    const bool isFree =
        dynamic_cast<hoststack::host::InlineProcessor*>(&m_host->Processor()) != nullptr;
    if (isFree && settings.rate == 0)
    {
        m_settings.rate = hoststack::LoopbackSettings().rate;
    }
    m_alarm = m_host->Clock().NewAlarm(*this);
    SetMtu(static_cast<std::uint16_t>(std::min<std::uint32_t>(settings.mtu, 65535)));
    TakeUnits();
    Attach(nullptr, 0, this);
}

bool
HoststackLoopbackDevice::IsLinkUp() const
{
    return m_host != nullptr;
}

HoststackLoopbackDevice::Backlog&
HoststackLoopbackDevice::BacklogOf(hoststack::host::CoreId core)
{
    while (m_backlogs.size() <= core)
    {
        m_backlogs.push_back(std::make_unique<Backlog>(*this));
    }
    return *m_backlogs[core];
}

void
HoststackLoopbackDevice::Enqueue(TimeNs now,
                                 const Ptr<const HoststackFlow>& flow,
                                 hoststack::TcpSegment&& burst,
                                 std::uint32_t headerLength,
                                 std::uint16_t identification,
                                 TimeNs /* earliest */)
{
    const auto index = m_units.Take();
    auto& unit = m_units[index];
    unit.flow = flow;
    unit.identification = identification;
    unit.segment = std::move(burst);
    const auto payload = unit.segment.payload.Length();
    unit.truesize = payload > 0 ? payload + kHead : 0;
    Queue(now, index, payload + unit.segment.SegmentCount() * headerLength);
}

bool
HoststackLoopbackDevice::SendNow(TimeNs now, const Ptr<Packet>& packet, std::uint16_t protocol)
{
    if (m_host == nullptr)
    {
        return false;
    }
    const auto index = m_units.Take();
    auto& unit = m_units[index];
    unit.packet = packet;
    unit.protocol = protocol;
    return Queue(now, index, packet->GetSize());
}

/// \return false: there was no room
bool
HoststackLoopbackDevice::Queue(TimeNs now, std::uint32_t unit, std::uint32_t ipBytes)
{
    ++m_counters.units;
    auto& processor = m_host->Processor();
    auto& backlog = BacklogOf(processor.Here());
    if (backlog.queue.Size() >= m_settings.backlog)
    {
        ++m_counters.lost;
        NoteLost(m_units[unit]);
        m_units.Release(unit);
        return false;
    }
    if (m_settings.rate > 0)
    {
        const auto nanobits = std::uint64_t{ipBytes} * 8 * 1'000'000'000;
        m_lastAt = std::max(m_lastAt, now) + static_cast<TimeNs>(nanobits / m_settings.rate) + 1;
    }
    backlog.queue.PushBack({unit, m_lastAt});
    m_counters.waiting = std::max<std::uint64_t>(m_counters.waiting, backlog.queue.Size());
    if (m_settings.rate > 0)
    {
        m_alarm->Arm(now, backlog.queue.Front().at);
    }
    else if (!std::exchange(backlog.isRaised, true))
    {
        processor.RaiseHere(now, SoftIrq::Receive, backlog);
    }
    return true;
}

void
HoststackLoopbackDevice::OnAlarm(TimeNs now)
{
    auto& backlog = BacklogOf(0);
    while (!backlog.queue.Empty() && backlog.queue.Front().at <= now)
    {
        m_host->Processor().RaiseSoftIrq(now, 0, SoftIrq::Receive, backlog);
    }
    if (!backlog.queue.Empty())
    {
        m_alarm->Arm(now, backlog.queue.Front().at);
    }
}

void
HoststackLoopbackDevice::Take(Context& context, std::uint32_t index)
{
    auto& unit = m_units[index];
    const auto payload = PayloadOf(unit);
    const auto copied = static_cast<std::uint64_t>(payload) * m_settings.copies;
    m_counters.bytes += payload;
    m_counters.copied += copied;
    context.ChargeBytes(hoststack::host::Operation::CopyOut, copied);
    NoteWhole(context, unit);
    HandUp(context, unit);
    m_units.Release(index);
}

} // namespace ns3
