// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-input.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-net-device.h"

#include <ns3/ipv4.h>
#include <ns3/ipv6.h>

#include <utility>

namespace ns3
{

HoststackDispatchInput::HoststackDispatchInput(
    Node& node,
    std::unique_ptr<hoststack::host::HostDispatch> dispatch)
    : m_node(node),
      m_dispatch(std::move(dispatch))
{
}

HoststackDispatchInput::~HoststackDispatchInput() = default;

bool
HoststackDispatchInput::IsOwn(const hoststack::IpAddress& address)
{
    if (address == m_own)
    {
        return true;
    }
    bool isOwn = false;
    if (address.family == hoststack::IpFamily::V4)
    {
        const auto ip = m_node.GetObject<Ipv4>();
        isOwn = ip && ip->GetInterfaceForAddress(ToIpv4(address)) >= 0;
    }
    else
    {
        const auto ip = m_node.GetObject<Ipv6>();
        isOwn = ip && ip->GetInterfaceForAddress(ToIpv6(address)) >= 0;
    }
    m_own = isOwn ? address : m_own;
    return isOwn;
}

bool
HoststackDispatchInput::Take(hoststack::host::Context& context,
                             HoststackNetDevice& device,
                             const HoststackFrame& frame)
{
    const auto& flow = *frame.flow;
    const auto& segment = frame.segment;
    if (IsOwn(flow.destination))
    {
        const bool opens = segment.Has(hoststack::kSyn) && !segment.Has(hoststack::kAck);
        m_dispatch->OnPacket(context,
                             device.GetIfIndex(),
                             {flow.destination,
                              flow.source,
                              segment.destinationPort,
                              segment.sourcePort,
                              hoststack::host::SocketProtocol::Tcp,
                              opens});
    }
    return false;
}

} // namespace ns3
