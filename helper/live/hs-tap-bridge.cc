// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tap-bridge.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-virtio-frame.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace ns3
{

namespace
{

constexpr std::size_t kMacHeader = 14; // IEEE 802.3: two addresses and a type
constexpr std::size_t kMacTypeAt = 12; // ... the type
constexpr std::size_t kLongestFrame = hoststack::kVirtioHeader + 65536 + kMacHeader;
/// Of the other end of every link; locally administered.
constexpr std::array<std::uint8_t, 6> kPeerMac{0x02, 0x68, 0x73, 0xff, 0xff, 0xff};

} // namespace

TapBridge::TapBridge(int descriptor,
                     const hoststack::LiveDevice& tap,
                     Ptr<HoststackNetDevice> device)
    : m_descriptor(descriptor),
      m_offloads(tap.offloads),
      m_strange(tap.strange),
      m_device(device),
      m_room(kLongestFrame)
{
    std::array<unsigned, 6> bytes{};
    std::sscanf(tap.mac.c_str(),
                "%x:%x:%x:%x:%x:%x",
                &bytes[0],
                &bytes[1],
                &bytes[2],
                &bytes[3],
                &bytes[4],
                &bytes[5]);
    std::transform(bytes.begin(), bytes.end(), m_mac.begin(), [](unsigned byte) {
        return static_cast<std::uint8_t>(byte);
    });
    if (m_offloads)
    {
        HoststackMachine::Of(m_device->GetNode())->Input().Add(*this);
    }
    m_device->SetReceiveCallback(MakeCallback(&TapBridge::Receive, this));
}

TapBridge::~TapBridge()
{
    if (const auto node = m_offloads ? m_device->GetNode() : nullptr)
    {
        HoststackMachine::Of(node)->Input().Remove(*this);
    }
    close(m_descriptor);
}

void
TapBridge::Begin(hoststack::TimeNs origin)
{
    m_origin = origin;
    while (TakeFrame())
    {
    }
}

bool
TapBridge::TakeFrame()
{
    const auto got = read(m_descriptor, m_room.data(), m_room.size());
    m_taken = got > 0 ? static_cast<std::size_t>(got) : 0;
    return m_taken > 0;
}

void
TapBridge::Forward(std::size_t most)
{
    for (std::size_t count = 0; count < most && TakeFrame(); ++count)
    {
        ForwardTaken();
    }
}

void
TapBridge::ForwardTaken()
{
    if (!m_offloads)
    {
        Send(m_room.data(), m_taken);
        return;
    }
    if (!hoststack::CutVirtioFrame(m_room.data(), m_taken, m_cut))
    {
        ++m_refused;
    }
    for (const auto& frame : m_cut)
    {
        Send(frame.data(), frame.size());
    }
}

void
TapBridge::Send(const std::uint8_t* frame, std::size_t length)
{
    if (length <= kMacHeader)
    {
        return;
    }
    const auto type = static_cast<std::uint16_t>(frame[kMacTypeAt] << 8 | frame[kMacTypeAt + 1]);
    const bool isGroup = (frame[0] & 1) != 0; // IEEE 802: first bit on the wire
    if ((type != kEtherTypeIpv4 && type != kEtherTypeIpv6) || isGroup)
    {
        return;
    }
    const auto packet =
        Create<Packet>(frame + kMacHeader, static_cast<std::uint32_t>(length - kMacHeader));
    m_device->Send(packet, m_device->GetBroadcast(), type);
}

bool
TapBridge::Receive(Ptr<NetDevice> /* device */,
                   Ptr<const Packet> packet,
                   std::uint16_t protocol,
                   const Address& /* from */)
{
    if (protocol != kEtherTypeIpv4 && protocol != kEtherTypeIpv6)
    {
        return false;
    }
    m_frame.packet = ConstCast<Packet>(packet);
    m_frame.protocol = protocol;
    if (Refuses(m_frame))
    {
        // Whoever asked has been answered, if at all.
    }
    else if (m_offloads)
    {
        TakeUp(m_frame);
    }
    else
    {
        FillEthernet(m_frame, m_bytes);
        Write(m_bytes, 1);
    }
    m_frame.packet = nullptr;
    return true;
}

/// Part of a unit, or one by itself.
void
TapBridge::TakeUp(const HoststackFrame& frame)
{
    m_unit.emplace_back();
    FillEthernet(frame, m_unit.back());
    if (!m_isInUnit)
    {
        WriteUnit(frame.IsBurst() ? static_cast<std::uint16_t>(frame.segment.mss) : 0);
    }
}

bool
TapBridge::Take(hoststack::host::Context& /* context */,
                HoststackNetDevice& device,
                const HoststackFrame& frame)
{
    if (&device != PeekPointer(m_device))
    {
        return false;
    }
    if (!Refuses(frame))
    {
        TakeUp(frame);
    }
    return true;
}

bool
TapBridge::Refuses(const HoststackFrame& frame)
{
    if (m_strange.empty())
    {
        return false;
    }
    ToBytes(frame, m_packet);
    std::vector<std::uint8_t> answer;
    if (!hoststack::IsStrange(m_strange, m_packet, answer))
    {
        return false;
    }
    if (!answer.empty())
    {
        m_device->Send(Create<Packet>(answer.data(), static_cast<std::uint32_t>(answer.size())),
                       m_device->GetBroadcast(),
                       EtherType(frame));
    }
    return true;
}

void
TapBridge::OpenUnit()
{
    m_isInUnit = true;
}

void
TapBridge::CloseUnit(hoststack::host::Context& /* context */)
{
    m_isInUnit = false;
    WriteUnit(0);
}

/// \param segmentSize payload of a packet of the unit; 0: that of its first frame
void
TapBridge::WriteUnit(std::uint16_t segmentSize)
{
    const auto merged = hoststack::MergedVirtioFrame(m_unit, segmentSize);
    if (!merged.empty())
    {
        Write(merged, m_unit.size());
    }
    else
    {
        for (const auto& frame : m_unit)
        {
            Write(hoststack::WholeVirtioFrame(frame), 1);
        }
    }
    m_unit.clear();
}

void
TapBridge::FillEthernet(const HoststackFrame& frame, std::vector<std::uint8_t>& out)
{
    const auto protocol = EtherType(frame);
    ToBytes(frame, m_packet);
    out.resize(kMacHeader);
    std::copy(m_mac.begin(), m_mac.end(), out.begin());
    std::copy(kPeerMac.begin(), kPeerMac.end(), out.begin() + m_mac.size());
    out[kMacTypeAt] = static_cast<std::uint8_t>(protocol >> 8);
    out[kMacTypeAt + 1] = static_cast<std::uint8_t>(protocol);
    out.insert(out.end(), m_packet.begin(), m_packet.end());
}

/// \param packets of the wire that they are
void
TapBridge::Write(const std::vector<std::uint8_t>& bytes, std::uint64_t packets)
{
    const auto late =
        std::max<hoststack::TimeNs>(0, hoststack::MonotonicNow() - m_origin - NowNs());
    m_lateness.packets += packets;
    m_lateness.total += late * static_cast<hoststack::TimeNs>(packets);
    m_lateness.longest = std::max(m_lateness.longest, late);
    if (write(m_descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    {
        ++m_refused;
    }
}

} // namespace ns3
