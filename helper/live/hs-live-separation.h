// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LIVE_SEPARATION_H
#define HS_LIVE_SEPARATION_H

#include "ns3/hs-ip-address.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// An address of the host on another link, which a separate network does not know.
struct StrangeAddress
{
    IpAddress address;
    bool resets{false}; ///< TCP to it is answered by a reset; else by nothing
};

/**
 * `separate` of a link for a kernel's end, which would take what is for any address of its own
 * (RFC 1122 section 3.3.4.2, the weak host model): as HoststackTcpProtocol::Separate.
 *
 * \param packet IPv4 or IPv6
 * \param answer an IP packet to send back over the link; empty: none
 * \return whether \p packet, a TCP segment for one of \p strange, must not reach the kernel
 */
bool IsStrange(const std::vector<StrangeAddress>& strange,
               const std::vector<std::uint8_t>& packet,
               std::vector<std::uint8_t>& answer);

} // namespace hoststack

#endif // HS_LIVE_SEPARATION_H
