// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TUNNEL_APPLICATION_H
#define HS_TUNNEL_APPLICATION_H

#include "ns3/hs-application.h"

#include <memory>

namespace hoststack
{

/// Datagrams in a stream, as a VPN over TCP carries them.
std::unique_ptr<Application> ReadVpnDatagrams(TrafficBlock& block, TrafficSpec& traffic);
nlohmann::ordered_json VpnDatagramsKeys();

} // namespace hoststack

#endif // HS_TUNNEL_APPLICATION_H
