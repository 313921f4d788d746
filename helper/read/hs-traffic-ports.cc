// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-ports.h"

#include <set>
#include <utility>

namespace hoststack
{

namespace
{

using Pointer = nlohmann::json::json_pointer;
using Used = std::set<std::pair<std::size_t, std::uint16_t>>;

constexpr std::uint16_t kFirstPort = 5001;

/// \return 0 if there is none left
std::uint16_t
FreePort(Used& used, std::size_t host)
{
    for (std::uint32_t port = kFirstPort; port < 65536; ++port)
    {
        if (used.emplace(host, static_cast<std::uint16_t>(port)).second)
        {
            return static_cast<std::uint16_t>(port);
        }
    }
    return 0;
}

void
Claim(Used& used,
      std::size_t host,
      std::uint16_t port,
      const std::string& traffic,
      const char* fault,
      IssueCollector& issues)
{
    if (port != 0 && !used.emplace(host, port).second)
    {
        issues.Add(Pointer("/traffic") / traffic / "port",
                   fault,
                   "a port of its own, or none to get one");
    }
}

/// \return the port of its own
std::uint16_t
Give(Used& used, std::size_t host, const std::string& traffic, IssueCollector& issues)
{
    const auto port = FreePort(used, host);
    if (port == 0)
    {
        issues.Add(Pointer("/traffic") / traffic, "no port is left for it", "");
    }
    return port;
}

} // namespace

void
AssignPorts(Scenario& scenario, IssueCollector& issues)
{
    Used tcp;
    Used udp;
    for (const auto& traffic : scenario.traffic)
    {
        for (const auto& leg : traffic.legs)
        {
            Claim(tcp,
                  leg.server.host,
                  leg.port,
                  traffic.name,
                  "another traffic listens on this port of the same host",
                  issues);
        }
    }
    for (const auto& datagrams : scenario.datagrams)
    {
        Claim(udp,
              datagrams.to,
              datagrams.port,
              datagrams.name,
              "another traffic has this port of the same host",
              issues);
    }
    for (auto& datagrams : scenario.datagrams)
    {
        datagrams.port =
            datagrams.port != 0 ? datagrams.port : Give(udp, datagrams.to, datagrams.name, issues);
    }
    for (auto& traffic : scenario.traffic)
    {
        for (auto& leg : traffic.legs)
        {
            leg.port = leg.port != 0 ? leg.port : Give(tcp, leg.server.host, traffic.name, issues);
        }
    }
}

} // namespace hoststack
