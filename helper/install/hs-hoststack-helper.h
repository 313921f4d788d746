// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOSTSTACK_HELPER_H
#define HS_HOSTSTACK_HELPER_H

#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-public.h"
#include "ns3/hs-tcp-configurable.h"
#include "ns3/hs-tcp-protocol.h"

#include <ns3/ipv4-address.h>
#include <ns3/ipv6-address.h>
#include <ns3/node-container.h>
#include <ns3/object-factory.h>

#include <memory>
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
 *
 * Multipath sockets are there as well ("ns3::HoststackMptcpSocketFactory"). A host with several
 * interfaces tells which of its addresses subflows may be opened from, and how to go on from each:
 * \code
 *   HoststackHelper::AddEndpoint(client, "10.2.0.1", "subflow backup");
 *   HoststackHelper::AddSourceRoute(client, "10.2.0.1", "10.2.0.2");
 * \endcode
 */
class HS_PUBLIC HoststackHelper
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

    /// Sets an attribute of HoststackMptcpHost for the nodes installed from now on.
    void SetMptcpAttribute(const std::string& name, const AttributeValue& value);

    /// Gives the nodes installed from now on these multipath settings; attributes that were set are
    /// then ignored.
    void SetMptcpConfig(std::shared_ptr<const hoststack::mptcp::Config> config);

    /**
     * Lets path managers of \p node use \p address, as `ip mptcp endpoint add` does.
     * \param flags "subflow", "signal", "backup", "fullmesh", separated by blanks
     * \return the endpoint's id
     * \throws std::invalid_argument for another flag, or if the node has no multipath
     */
    static std::uint8_t AddEndpoint(Ptr<Node> node, Ipv4Address address, const std::string& flags);
    static std::uint8_t AddEndpoint(Ptr<Node> node, Ipv6Address address, const std::string& flags);

    /**
     * What subflows send from the local address \p source leaves through the interface that has it,
     * to \p nextHop: a default route of that interface, behind all routes that were there.
     * Needs ns-3's static routing. \throws std::invalid_argument if no interface has the address
     */
    static void AddSourceRoute(Ptr<Node> node, Ipv4Address source, Ipv4Address nextHop);
    static void AddSourceRoute(Ptr<Node> node, Ipv6Address source, Ipv6Address nextHop);

    /**
     * Joins the two HoststackNetDevices of a node to a bridge (HoststackBridge), which forwards
     * below IP. They need no addresses; the hosts beyond are in one subnet.
     * \throws std::invalid_argument the node has not two, or its IP uses one of them
     */
    static void Bridge(Ptr<Node> node);

    /// Multipath of a node; nullptr if it has none.
    static Ptr<HoststackMptcpHost> GetMptcp(Ptr<Node> node);

    /// What applications take as "Protocol": "ns3::HoststackMptcpSocketFactory".
    static const char* MptcpSocketFactory();

    /// hoststack's TCP of a node; nullptr if it has none.
    static Ptr<HoststackTcpProtocol> Get(Ptr<Node> node);

    /// What applications take as "Protocol": "ns3::HoststackTcpSocketFactory".
    static const char* SocketFactory();

  private:
    ObjectFactory m_factory;
    std::shared_ptr<const HoststackTcpConfig> m_config;
    ObjectFactory m_mptcpFactory;
    std::shared_ptr<const hoststack::mptcp::Config> m_mptcpConfig;
};

} // namespace ns3

#endif // HS_HOSTSTACK_HELPER_H
