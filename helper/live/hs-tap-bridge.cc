// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tap-bridge.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-ns3-clock.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace ns3
{

namespace
{

constexpr std::size_t kHeader = 14; // IEEE 802.3: two addresses and a type
constexpr std::size_t kTypeAt = 12; // ... the type
constexpr std::size_t kLongestFrame = 65536 + kHeader;
/// Of the other end of every link; locally administered.
constexpr std::array<std::uint8_t, 6> kPeerMac{0x02, 0x68, 0x73, 0xff, 0xff, 0xff};

} // namespace

TapBridge::TapBridge(int descriptor, const std::string& mac, Ptr<HoststackNetDevice> device)
    : m_descriptor(descriptor),
      m_device(device),
      m_room(kLongestFrame)
{
    std::array<unsigned, 6> bytes{};
    std::sscanf(mac.c_str(),
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
    m_device->SetReceiveCallback(MakeCallback(&TapBridge::Receive, this));
}

TapBridge::~TapBridge()
{
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
    if (m_taken <= kHeader)
    {
        return;
    }
    const auto type = static_cast<std::uint16_t>(m_room[kTypeAt] << 8 | m_room[kTypeAt + 1]);
    const bool isGroup = (m_room[0] & 1) != 0; // IEEE 802: first bit on the wire
    if ((type != kEtherTypeIpv4 && type != kEtherTypeIpv6) || isGroup)
    {
        return;
    }
    const auto packet =
        Create<Packet>(m_room.data() + kHeader, static_cast<std::uint32_t>(m_taken - kHeader));
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
    ToBytes(m_frame, m_packet);
    m_frame.packet = nullptr;
    m_bytes.resize(kHeader);
    std::copy(m_mac.begin(), m_mac.end(), m_bytes.begin());
    std::copy(kPeerMac.begin(), kPeerMac.end(), m_bytes.begin() + m_mac.size());
    m_bytes[kTypeAt] = static_cast<std::uint8_t>(protocol >> 8);
    m_bytes[kTypeAt + 1] = static_cast<std::uint8_t>(protocol);
    m_bytes.insert(m_bytes.end(), m_packet.begin(), m_packet.end());
    const auto late =
        std::max<hoststack::TimeNs>(0, hoststack::MonotonicNow() - m_origin - NowNs());
    ++m_lateness.packets;
    m_lateness.total += late;
    m_lateness.longest = std::max(m_lateness.longest, late);
    if (write(m_descriptor, m_bytes.data(), m_bytes.size()) != static_cast<ssize_t>(m_bytes.size()))
    {
        ++m_refused;
    }
    return true;
}

} // namespace ns3
