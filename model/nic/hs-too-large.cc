// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-too-large.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"

#include <ns3/icmpv4-l4-protocol.h>
#include <ns3/icmpv4.h>
#include <ns3/ipv4-header.h>
#include <ns3/node.h>

namespace ns3
{

Ptr<Packet>
MakeTooLarge(const HoststackFrame& frame, std::uint32_t mtu)
{
    if (EtherType(frame) != kEtherTypeIpv4)
    {
        return nullptr;
    }
    const auto quoted = ToPacket(frame)->Copy();
    Ipv4Header header;
    quoted->RemoveHeader(header);
    if (header.GetProtocol() == Icmpv4L4Protocol::PROT_NUMBER)
    {
        return nullptr;
    }
    auto answer = Create<Packet>();
    Icmpv4DestinationUnreachable unreachable;
    unreachable.SetNextHopMtu(static_cast<std::uint16_t>(mtu));
    unreachable.SetHeader(header);
    unreachable.SetData(quoted);
    answer->AddHeader(unreachable);
    Icmpv4Header icmp;
    icmp.SetType(Icmpv4Header::ICMPV4_DEST_UNREACH);
    icmp.SetCode(Icmpv4DestinationUnreachable::ICMPV4_FRAG_NEEDED);
    if (Node::ChecksumEnabled())
    {
        icmp.EnableChecksum();
    }
    answer->AddHeader(icmp);
    Ipv4Header ip;
    ip.SetSource(header.GetDestination());
    ip.SetDestination(header.GetSource());
    ip.SetProtocol(Icmpv4L4Protocol::PROT_NUMBER);
    ip.SetTtl(64);
    ip.SetPayloadSize(static_cast<std::uint16_t>(answer->GetSize()));
    if (Node::ChecksumEnabled())
    {
        ip.EnableChecksum();
    }
    answer->AddHeader(ip);
    return answer;
}

} // namespace ns3
