// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOSTSTACK_HELPER_H
#define HS_HOSTSTACK_HELPER_H

#include "ns3/hs-tcp-configurable.h"
#include "ns3/hs-tcp-protocol.h"

#include <memory>
#include <ns3/node-container.h>
#include <ns3/object-factory.h>
#include <string>

namespace ns3
{

/**
 * Puts hoststack's TCP on nodes, in front of ns-3's own. Applications then name
 * "ns3::HoststackTcpSocketFactory" as their protocol.
 *
 * \code
 *   HoststackHelper stack;
 *   stack.SetAttribute("CongestionControl", StringValue("bbr"));
 *   stack.Install(nodes);
 * \endcode
 */
class HoststackHelper
{
  public:
    HoststackHelper();

    /// Sets an attribute of HoststackTcpProtocol for the nodes installed from now on.
    void SetAttribute(const std::string& name, const AttributeValue& value);

    /// Gives the nodes installed from now on this configuration; attributes of the connection that
    /// were set are then ignored.
    void SetConfig(std::shared_ptr<const HoststackTcpConfig> config);

    /**
     * A node without IPv4 and IPv6 gets ns-3's internet stack first. A node that has hoststack's
     * TCP already keeps it unchanged.
     */
    void Install(const NodeContainer& nodes) const;
    void Install(Ptr<Node> node) const;

    /// hoststack's TCP of a node; nullptr if it has none.
    static Ptr<HoststackTcpProtocol> Get(Ptr<Node> node);

    /// What applications take as "Protocol": "ns3::HoststackTcpSocketFactory".
    static const char* SocketFactory();

  private:
    ObjectFactory m_factory;
    std::shared_ptr<const HoststackTcpConfig> m_config;
};

} // namespace ns3

#endif // HS_HOSTSTACK_HELPER_H
