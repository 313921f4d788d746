// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bridge.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"

#include <ns3/callback.h>

#include <stdexcept>
#include <utility>

namespace ns3
{

using hoststack::host::Context;
using hoststack::host::Operation;

namespace
{

/// What is_skb_forwardable() allows beyond the MTU, whether the frame has a tag or not.
constexpr std::uint32_t kVlanHeader = 4;

std::uint32_t
RoomOf(const HoststackNetDevice& out)
{
    return out.GetMtu() + kVlanHeader;
}

} // namespace

HoststackBridge::HoststackBridge(HoststackMachine& machine)
    : m_machine(machine)
{
    m_machine.Input().Add(*this);
}

HoststackBridge::~HoststackBridge() = default;

void
HoststackBridge::AddPort(const Ptr<HoststackNetDevice>& device)
{
    const std::size_t place = m_ports[0] == nullptr ? 0 : 1;
    if (m_ports[place] != nullptr)
    {
        throw std::invalid_argument("AddPort: the bridge has two ports already, and no table that "
                                    "would say where a frame goes among more");
    }
    if (!device->GetPeer())
    {
        throw std::invalid_argument(
            "AddPort: the device is at no channel; join it to another first");
    }
    m_ports[place] = PeekPointer(device);
    device->SetReceiveCallback(MakeCallback(&HoststackBridge::Receive, this));
}

HoststackNetDevice*
HoststackBridge::Other(const NetDevice& port) const
{
    return m_ports[0] == &port ? m_ports[1] : m_ports[0];
}

std::optional<std::uint32_t>
HoststackBridge::RoomBehind(const HoststackNetDevice& port) const
{
    const auto* out = Other(port);
    return out != nullptr ? std::optional(RoomOf(*out)) : std::nullopt;
}

/// A unit of \p frames that go on; 0: it is dropped.
void
HoststackBridge::Charge(Context& context,
                        const HoststackNetDevice& out,
                        std::uint64_t frames,
                        bool isMerged) const
{
    context.Charge(Operation::Bridge);
    if (isMerged && frames > 0)
    {
        context.Charge(Operation::TransmitSegment, frames - 1);
        context.Charge(Operation::Segment, out.CutsInSoftware() ? frames : 0);
    }
}

bool
HoststackBridge::Take(Context& context, HoststackNetDevice& device, const HoststackFrame& frame)
{
    if (&device != m_ports[0] && &device != m_ports[1])
    {
        return false;
    }
    auto* const out = Other(device);
    if (out == nullptr)
    {
        return true;
    }
    const auto& segment = frame.segment;
    const auto count = segment.SegmentCount();
    const auto header = DirectHeaderLength(*frame.flow, segment);
    const auto last = segment.payload.Length() - (count - 1) * segment.mss;
    const bool lastFits = header + last <= RoomOf(*out);
    const bool allFit = lastFits && (count == 1 || header + segment.mss <= RoomOf(*out));
    const std::uint64_t frames = allFit ? count : lastFits ? 1 : 0;
    m_counters.frames += frames;
    m_counters.tooLong += count - frames;
    Charge(context, *out, frames, count > 1);
    if (frames == 0)
    {
        return true;
    }
    HoststackFrame piece;
    if (!allFit)
    {
        CutFrame(frame, count - 1, piece);
    }
    const auto& leaving = allFit ? frame : piece;
    if (context.IsAhead())
    {
        m_machine.Later().Release(context, [out, leaving](hoststack::TimeNs at) {
            out->Forward(at, leaving, leaving.hops);
        });
    }
    else
    {
        out->Forward(context.Now(), leaving, leaving.hops);
    }
    return true;
}

void
HoststackBridge::OpenUnit()
{
    m_isInUnit = true;
}

void
HoststackBridge::CloseUnit(Context& context)
{
    m_isInUnit = false;
    if (m_out != nullptr)
    {
        Charge(context, *m_out, m_held.size(), true);
        SendHeld(context);
    }
}

/// A packet of ns-3's; those of a unit leave together.
bool
HoststackBridge::Receive(Ptr<NetDevice> device,
                         Ptr<const Packet> packet,
                         std::uint16_t protocol,
                         const Address& /* from */)
{
    auto* const out = Other(*device);
    if (out == nullptr)
    {
        return false;
    }
    m_out = out;
    const bool fits = packet->GetSize() <= RoomOf(*out);
    m_counters.frames += fits ? 1 : 0;
    m_counters.tooLong += fits ? 0 : 1;
    if (fits)
    {
        m_held.push_back({packet->Copy(), protocol});
    }
    if (!m_isInUnit)
    {
        auto& context = m_machine.Current();
        Charge(context, *out, m_held.size(), false);
        SendHeld(context);
    }
    return fits;
}

void
HoststackBridge::SendHeld(Context& context)
{
    const auto out = std::exchange(m_out, nullptr);
    const auto held = std::exchange(m_held, {});
    if (context.IsAhead() && !held.empty())
    {
        m_machine.Later().Release(context, [out, held](hoststack::TimeNs at) {
            for (const auto& [packet, protocol] : held)
            {
                out->SendAt(at, packet, protocol);
            }
        });
        return;
    }
    for (const auto& [packet, protocol] : held)
    {
        out->SendAt(context.Now(), packet, protocol);
    }
}

} // namespace ns3
