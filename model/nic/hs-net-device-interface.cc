// SPDX-License-Identifier: GPL-2.0-only
//
// HoststackNetDevice: what ns-3 asks of any device.

#include "ns3/hs-net-device.h"

#include <ns3/node.h>

namespace ns3
{

bool
HoststackNetDevice::SendFrom(Ptr<Packet> /* packet */,
                             const Address& /* source */,
                             const Address& /* dest */,
                             std::uint16_t /* protocol */)
{
    return false;
}

void
HoststackNetDevice::SetIfIndex(const std::uint32_t index)
{
    m_ifIndex = index;
}

Ptr<Channel>
HoststackNetDevice::GetChannel() const
{
    return m_channel;
}

void
HoststackNetDevice::SetAddress(Address address)
{
    m_address = Mac48Address::ConvertFrom(address);
}

Address
HoststackNetDevice::GetAddress() const
{
    return m_address;
}

bool
HoststackNetDevice::SetMtu(const std::uint16_t mtu)
{
    constexpr std::uint16_t kLeast = 68; // RFC 791 section 3.2
    if (mtu < kLeast)
    {
        return false;
    }
    m_mtu = mtu;
    return true;
}

bool
HoststackNetDevice::IsLinkUp() const
{
    return m_channel != nullptr;
}

void
HoststackNetDevice::AddLinkChangeCallback(Callback<void> callback)
{
    m_linkChange.ConnectWithoutContext(callback);
}

bool
HoststackNetDevice::IsBroadcast() const
{
    return true;
}

Address
HoststackNetDevice::GetBroadcast() const
{
    return Mac48Address::GetBroadcast();
}

bool
HoststackNetDevice::IsMulticast() const
{
    return true;
}

Address
HoststackNetDevice::GetMulticast(Ipv4Address multicastGroup) const
{
    return Mac48Address::GetMulticast(multicastGroup);
}

Address
HoststackNetDevice::GetMulticast(Ipv6Address address) const
{
    return Mac48Address::GetMulticast(address);
}

bool
HoststackNetDevice::IsBridge() const
{
    return false;
}

bool
HoststackNetDevice::IsPointToPoint() const
{
    return true;
}

Ptr<Node>
HoststackNetDevice::GetNode() const
{
    return m_node;
}

void
HoststackNetDevice::SetNode(Ptr<Node> node)
{
    m_node = node;
}

bool
HoststackNetDevice::NeedsArp() const
{
    return false;
}

void
HoststackNetDevice::SetReceiveCallback(ReceiveCallback callback)
{
    m_receive = callback;
}

void
HoststackNetDevice::SetPromiscReceiveCallback(PromiscReceiveCallback callback)
{
    m_promiscReceive = callback;
}

bool
HoststackNetDevice::SupportsSendFrom() const
{
    return false;
}

} // namespace ns3
