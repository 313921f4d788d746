// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FORWARDING_H
#define HS_FORWARDING_H

#include "ns3/hs-flow.h"
#include "ns3/hs-ip-traces.h"
#include "ns3/hs-packet-input.h"

#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv6-interface.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/ptr.h>

#include <vector>

namespace ns3
{

class HoststackNetDevice;

/**
 * A router's way from device to device for segments on the direct path: a frame stays a frame.
 * ns-3's routing is asked once for each flow (a flow lives as long as its sender's route, so at
 * most RouteLifetime); everything that is not a plain way out of another device of ours is left to
 * ns-3's IP: addresses of the node, no route, a time to live that ends here, a segment longer than
 * the next MTU, a queue disc, an interface that is down, and all packets while IP is traced.
 */
class HoststackForwarding final : public HoststackPacketInput::Stage
{
  public:
    /// \p node holds it and lives longer.
    explicit HoststackForwarding(Node& node);
    ~HoststackForwarding();

    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) override;

    void Forget();

  private:
    /// Where a flow that comes in by a device goes.
    struct Way
    {
        Ptr<const HoststackFlow> flow;
        const HoststackNetDevice* from{nullptr};
        Ptr<HoststackNetDevice> to; ///< not set: to IP
        Ptr<Ipv4L3Protocol> ipv4;   ///< of the two, that of the flow's family
        Ptr<Ipv6L3Protocol> ipv6;
        Ptr<Ipv4Interface> in4;
        Ptr<Ipv4Interface> out4;
        Ptr<Ipv6Interface> in6;
        Ptr<Ipv6Interface> out6;

        bool IsUp() const
        {
            return in4 ? in4->IsUp() && out4->IsUp() : in6->IsUp() && out6->IsUp();
        }

        bool IsTracedNow() const
        {
            return ipv4 ? IsTraced(*ipv4) : IsTraced(*ipv6);
        }
    };

    /// nullptr: IP's
    const Way* Find(HoststackNetDevice& device, const Ptr<const HoststackFlow>& flow);
    void FindIpv4(HoststackNetDevice& device, Way& way) const;
    void FindIpv6(HoststackNetDevice& device, Way& way) const;
    Ptr<HoststackNetDevice> Suitable(const Ptr<NetDevice>& out) const;

    Node& m_node;
    std::vector<Way> m_ways; ///< by the flow's hash; made at the first frame that goes on
};

} // namespace ns3

#endif // HS_FORWARDING_H
