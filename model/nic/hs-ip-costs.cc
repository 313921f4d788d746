// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ip-costs.h"

#include "ns3/hs-ip-codec.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-transit.h"

#include <ns3/udp-l4-protocol.h>

#include <utility>

namespace ns3
{

using hoststack::host::Context;
using hoststack::host::Operation;

HoststackIpCosts::HoststackIpCosts(HoststackMachine& machine)
    : m_machine(machine)
{
}

bool
HoststackIpCosts::Charge(Context& context,
                         const HoststackNetDevice& device,
                         const HoststackFrame& frame)
{
    if (context.GetFrame() == nullptr || m_machine.Bridge() != nullptr)
    {
        return false;
    }
    const auto passage = PassageOf(*device.GetNode(), frame);
    const bool isFurther = m_isInUnit && std::exchange(m_isBegun, true);
    if (passage.out)
    {
        context.Charge(isFurther ? Operation::TransmitSegment : Operation::Forward);
        const auto own = DynamicCast<HoststackNetDevice>(passage.out);
        context.Charge(Operation::Segment, m_isInUnit && own && own->CutsInSoftware() ? 1 : 0);
        return true;
    }
    if (passage.protocol != hoststack::kIpProtocolTcp && !isFurther)
    {
        context.Charge(Operation::ReceiveIp);
        context.Charge(Operation::FindSocket,
                       passage.protocol == UdpL4Protocol::PROT_NUMBER ? 1 : 0);
    }
    return false;
}

bool
HoststackIpCosts::Take(Context& /* context */,
                       HoststackNetDevice& /* device */,
                       const HoststackFrame& /* frame */)
{
    return false;
}

void
HoststackIpCosts::OpenUnit()
{
    m_isInUnit = true;
    m_isBegun = false;
}

void
HoststackIpCosts::CloseUnit(Context& /* context */)
{
    m_isInUnit = false;
}

} // namespace ns3
