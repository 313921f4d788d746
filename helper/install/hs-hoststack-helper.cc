// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hoststack-helper.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-bridge.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"

#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-static-routing-helper.h>
#include <ns3/ipv6.h>
#include <ns3/node.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

namespace
{

/// Behind every route that a routing helper makes, before none.
constexpr std::uint32_t kSourceRouteMetric = 1000;

template <class Address>
std::uint8_t
AddEndpointOf(Ptr<Node> node, Address address, const std::string& flags)
{
    const auto host = HoststackHelper::GetMptcp(node);
    if (!host)
    {
        throw std::invalid_argument("AddEndpoint: the node has no hoststack; install it first");
    }
    return host->AddEndpoint(MakeMptcpEndpoint(FromNs3(address), flags));
}

template <class Ip, class Address>
std::uint32_t
InterfaceOf(const Ptr<Ip>& ip, const Address& address)
{
    const auto interface = ip ? ip->GetInterfaceForAddress(address) : -1;
    if (interface < 0)
    {
        std::ostringstream text;
        text << "AddSourceRoute: no interface of the node has the address " << address
             << "; assign addresses first";
        throw std::invalid_argument(text.str());
    }
    return static_cast<std::uint32_t>(interface);
}

} // namespace

HoststackHelper::HoststackHelper()
{
    m_factory.SetTypeId(HoststackTcpProtocol::GetTypeId());
    m_mptcpFactory.SetTypeId(HoststackMptcpHost::GetTypeId());
}

void
HoststackHelper::SetMptcpAttribute(const std::string& name, const AttributeValue& value)
{
    m_mptcpFactory.Set(name, value);
}

void
HoststackHelper::SetMptcpConfig(std::shared_ptr<const hoststack::mptcp::Config> config)
{
    m_mptcpConfig = std::move(config);
}

std::uint8_t
HoststackHelper::AddEndpoint(Ptr<Node> node, Ipv4Address address, const std::string& flags)
{
    return AddEndpointOf(node, address, flags);
}

std::uint8_t
HoststackHelper::AddEndpoint(Ptr<Node> node, Ipv6Address address, const std::string& flags)
{
    return AddEndpointOf(node, address, flags);
}

void
HoststackHelper::AddSourceRoute(Ptr<Node> node, Ipv4Address source, Ipv4Address nextHop)
{
    const auto ip = node->GetObject<Ipv4>();
    const auto interface = InterfaceOf(ip, source);
    Ipv4StaticRoutingHelper().GetStaticRouting(ip)->SetDefaultRoute(nextHop,
                                                                    interface,
                                                                    kSourceRouteMetric + interface);
}

void
HoststackHelper::AddSourceRoute(Ptr<Node> node, Ipv6Address source, Ipv6Address nextHop)
{
    const auto ip = node->GetObject<Ipv6>();
    const auto interface = InterfaceOf(ip, source);
    Ipv6StaticRoutingHelper().GetStaticRouting(ip)->SetDefaultRoute(nextHop,
                                                                    interface,
                                                                    Ipv6Address::GetZero(),
                                                                    kSourceRouteMetric + interface);
}

void
HoststackHelper::Bridge(Ptr<Node> node)
{
    std::vector<Ptr<HoststackNetDevice>> ports;
    const auto ipv4 = node->GetObject<Ipv4>();
    const auto ipv6 = node->GetObject<Ipv6>();
    for (std::uint32_t i = 0; i < node->GetNDevices(); ++i)
    {
        if (const auto device = DynamicCast<HoststackNetDevice>(node->GetDevice(i)))
        {
            ports.push_back(device);
            if ((ipv4 && ipv4->GetInterfaceForDevice(device) >= 0) ||
                (ipv6 && ipv6->GetInterfaceForDevice(device) >= 0))
            {
                throw std::invalid_argument("Bridge: IP of the node uses a device that is to be a "
                                            "port; give addresses to the hosts beyond only");
            }
        }
    }
    if (ports.size() != 2)
    {
        throw std::invalid_argument("Bridge: the node has " + std::to_string(ports.size()) +
                                    " devices of hoststack's; a bridge joins two");
    }
    auto& bridge = HoststackMachine::Of(node)->MakeBridge();
    for (const auto& port : ports)
    {
        bridge.AddPort(port);
    }
}

Ptr<HoststackMptcpHost>
HoststackHelper::GetMptcp(Ptr<Node> node)
{
    return node->GetObject<HoststackMptcpHost>();
}

const char*
HoststackHelper::MptcpSocketFactory()
{
    return "ns3::HoststackMptcpSocketFactory";
}

void
HoststackHelper::SetAttribute(const std::string& name, const AttributeValue& value)
{
    m_factory.Set(name, value);
}

void
HoststackHelper::SetConfig(std::shared_ptr<const HoststackTcpConfig> config)
{
    m_config = std::move(config);
}

void
HoststackHelper::Install(const NodeContainer& nodes) const
{
    for (auto it = nodes.Begin(); it != nodes.End(); ++it)
    {
        Install(*it);
    }
}

void
HoststackHelper::Install(Ptr<Node> node) const
{
    if (Get(node))
    {
        return;
    }
    if (!node->GetObject<Ipv4>() && !node->GetObject<Ipv6>())
    {
        InternetStackHelper().Install(node);
    }
    auto protocol = m_factory.Create<HoststackTcpProtocol>();
    if (m_config)
    {
        protocol->SetConfig(m_config);
    }
    node->AggregateObject(protocol);
    auto multipath = m_mptcpFactory.Create<HoststackMptcpHost>();
    if (m_mptcpConfig)
    {
        multipath->SetConfig(m_mptcpConfig);
    }
    node->AggregateObject(multipath);
}

Ptr<HoststackTcpProtocol>
HoststackHelper::Get(Ptr<Node> node)
{
    return node->GetObject<HoststackTcpProtocol>();
}

const char*
HoststackHelper::SocketFactory()
{
    return "ns3::HoststackTcpSocketFactory";
}

} // namespace ns3
