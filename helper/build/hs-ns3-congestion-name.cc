// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-congestion-name.h"

#include <ns3/tcp-congestion-ops.h>
#include <ns3/type-id.h>

namespace hoststack
{

namespace
{

bool
IsCongestion(const std::string& type)
{
    ns3::TypeId id;
    // TcpCubic of ns-3.37 names the wrong parent.
    return ns3::TypeId::LookupByNameFailSafe(type, &id) && id.HasConstructor() &&
           (id.IsChildOf(ns3::TcpCongestionOps::GetTypeId()) || type == "ns3::TcpCubic");
}

} // namespace

std::optional<std::string>
Ns3CongestionName(const std::string& name)
{
    const std::string prefix = "ns3:";
    std::string type;
    if (name == "reno")
    {
        type = "ns3::TcpLinuxReno";
    }
    else if (name.rfind("cubic", 0) == 0)
    {
        type = "ns3::TcpCubic";
    }
    else if (name == "bbr")
    {
        type = "ns3::TcpBbr";
    }
    else if (name.rfind("ns3::", 0) == 0)
    {
        type = name;
    }
    else if (name.rfind(prefix, 0) == 0)
    {
        type = "ns3::" + name.substr(prefix.size());
    }
    return IsCongestion(type) ? std::optional<std::string>(type) : std::nullopt;
}

std::vector<std::string>
Ns3CongestionTypes()
{
    std::vector<std::string> names;
    for (std::uint16_t i = 0; i < ns3::TypeId::GetRegisteredN(); ++i)
    {
        const auto name = ns3::TypeId::GetRegistered(i).GetName();
        if (IsCongestion(name))
        {
            names.push_back(name.substr(5));
        }
    }
    return names;
}

} // namespace hoststack
