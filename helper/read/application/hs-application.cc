// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-application.h"

#include "ns3/hs-bulk-application.h"
#include "ns3/hs-dialogue-application.h"
#include "ns3/hs-exchange-application.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-tunnel-application.h"

namespace hoststack
{

const std::vector<ApplicationKind>&
Applications()
{
    static const std::vector<ApplicationKind> kinds{
        {"bulk", "as much as possible, or `bytes`", ReadBulk},
        {"slow-reader", "bulk whose receiver reads as `reader` says", ReadSlowReader},
        {"request-response", "`from` asks, `to` answers, `count` times", ReadExchange},
        {"web-page",
         "`from` loads a document and its objects one by one",
         ReadWebPage,
         WebPageKeys},
        {"ssh-handshake", "`from` logs in at `to`, which speaks first", ReadSshHandshake},
        {"vpn-datagrams",
         "datagrams at `rate` in a stream, as a VPN over TCP carries them",
         ReadVpnDatagrams,
         VpnDatagramsKeys},
    };
    return kinds;
}

std::unique_ptr<Application>
ReadApplication(const std::string& kind, TrafficBlock& block, TrafficSpec& traffic)
{
    std::vector<std::string> known;
    for (const auto& candidate : Applications())
    {
        if (candidate.name == kind)
        {
            return candidate.read(block, traffic);
        }
        known.push_back(candidate.name);
    }
    throw UnknownName("kind of traffic", kind, known);
}

} // namespace hoststack
