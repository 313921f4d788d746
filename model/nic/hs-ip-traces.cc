// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ip-traces.h"

#include "ns3/hs-reveal.h"

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv6-l3-protocol.h>

namespace ns3
{

namespace
{

HOSTSTACK_REVEAL(Sending4, &Ipv4L3Protocol::m_sendOutgoingTrace);
HOSTSTACK_REVEAL(Forwarding4, &Ipv4L3Protocol::m_unicastForwardTrace);
HOSTSTACK_REVEAL(Delivering4, &Ipv4L3Protocol::m_localDeliverTrace);
HOSTSTACK_REVEAL(Tx4, &Ipv4L3Protocol::m_txTrace);
HOSTSTACK_REVEAL(Rx4, &Ipv4L3Protocol::m_rxTrace);
HOSTSTACK_REVEAL(Sending6, &Ipv6L3Protocol::m_sendOutgoingTrace);
HOSTSTACK_REVEAL(Forwarding6, &Ipv6L3Protocol::m_unicastForwardTrace);
HOSTSTACK_REVEAL(Delivering6, &Ipv6L3Protocol::m_localDeliverTrace);
HOSTSTACK_REVEAL(Tx6, &Ipv6L3Protocol::m_txTrace);
HOSTSTACK_REVEAL(Rx6, &Ipv6L3Protocol::m_rxTrace);

template <class Ip, class... Tags>
bool
AnyTraced(const Ip& ip, Tags... tags)
{
    return (... || !(ip.*Revealed(tags)).IsEmpty());
}

} // namespace

bool
IsTraced(const Ipv4L3Protocol& ipv4)
{
    return AnyTraced(ipv4, Tx4(), Rx4(), Sending4(), Delivering4(), Forwarding4());
}

bool
IsTraced(const Ipv6L3Protocol& ipv6)
{
    return AnyTraced(ipv6, Tx6(), Rx6(), Sending6(), Delivering6(), Forwarding6());
}

} // namespace ns3
