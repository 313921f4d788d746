// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_ROUTE_H
#define HS_TCP_ROUTE_H

#include "ns3/hs-flow.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-units.h"
#include "ns3/hs-wire-path.h"

#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-route.h>
#include <ns3/ptr.h>

#include <cstdint>

namespace ns3
{

/// The way out of the host that connections to one address share: how IP sends their packets and,
/// where possible, how to do without.
struct HoststackEgress : public SimpleRefCount<HoststackEgress>
{
    Ptr<Ipv4Route> route4; ///< one of the two is set
    Ptr<Ipv6Route> route6;
    Ptr<Ipv4Interface> egress4; ///< likewise
    Ptr<Ipv6Interface> egress6;
    Ptr<HoststackNetDevice> device;   ///< set: the direct path is open
    HoststackWirePath* wire{nullptr}; ///< set: it is, over a point-to-point device of ns-3
    bool perPacket{false}; ///< ask the routing protocol for each packet (broadcast devices)

    /// Interface of the first hop is up.
    bool IsUp() const
    {
        return egress4 ? egress4->IsUp() : egress6->IsUp();
    }

    /// \p other is the same way.
    bool Is(const HoststackEgress& other) const
    {
        return egress4 == other.egress4 && egress6 == other.egress6 && device == other.device &&
               wire == other.wire && perPacket == other.perPacket && IsSame(route4, other.route4) &&
               IsSame(route6, other.route6);
    }

  private:
    template <class Route>
    static bool IsSame(const Ptr<Route>& a, const Ptr<Route>& b)
    {
        return a == b || (a && b && a->GetDestination() == b->GetDestination() &&
                          a->GetSource() == b->GetSource() && a->GetGateway() == b->GetGateway() &&
                          a->GetOutputDevice() == b->GetOutputDevice());
    }
};

/// A connection's cached route.
struct HoststackTcpRoute : public HoststackFlow
{
    Ptr<const HoststackEgress> egress;
    hoststack::TimeNs freshUntil{0};
    std::uint32_t mtu{0};         ///< of the first hop, IP bytes
    std::uint32_t generation{0};  ///< HoststackTcpProtocol's when this was found
    std::uint8_t trafficClass{0}; ///< what the socket asked for, without ECN
};

} // namespace ns3

#endif // HS_TCP_ROUTE_H
