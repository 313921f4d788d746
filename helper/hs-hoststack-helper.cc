// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hoststack-helper.h"

#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6.h>
#include <ns3/node.h>
#include <utility>

namespace ns3
{

HoststackHelper::HoststackHelper()
{
    m_factory.SetTypeId(HoststackTcpProtocol::GetTypeId());
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
