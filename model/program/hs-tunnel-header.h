// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TUNNEL_HEADER_H
#define HS_TUNNEL_HEADER_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-relay-settings.h"

#include <cstdint>
#include <optional>

/**
 * \file
 * What stands in the headers of a tunnel between two proxies. Nothing is encrypted: the headers
 * have the lengths of the packaged programs (hs-proxy-kinds.h), in which this has room. All numbers
 * are big-endian.
 *
 * A request, the first bytes of who opened the connection: "hs", 1 (the version), the address as
 * RFC 1928 section 5 and shadowsocks have it (type 1: IPv4, 4: IPv6; but always 16 bytes), port,
 * lengths of request and answer (2 each), overhead of a chunk (2), payload of one at most (4),
 * payload of the first one (2); 0: the request came alone. Each chunk and the answer's first bytes
 * begin with the payload of the chunk (2).
 */
namespace hoststack
{

/// Where a connection shall lead.
struct TunnelTarget
{
    IpAddress address;
    std::uint16_t port{0};
};

struct TunnelRequest
{
    TunnelTarget target;
    Sealing sealing;
};

/// With the length of the first chunk, which is its end.
constexpr std::uint32_t kTunnelRequestSize = 34;
/// A header of each other kind has at least the length of a chunk.
constexpr std::uint32_t kLeastHeader = 2;

/// All but the last two bytes of kTunnelRequestSize.
void WriteTunnelRequest(const TunnelRequest& request, std::uint8_t* out);
/// \param bytes kTunnelRequestSize \return nothing: it is no request, or its lengths have no room
/// for headers
std::optional<TunnelRequest> ReadTunnelRequest(const std::uint8_t* bytes);

void WriteChunkLength(std::uint32_t plain, std::uint8_t* out);
std::uint32_t ReadChunkLength(const std::uint8_t* bytes);

} // namespace hoststack

#endif // HS_TUNNEL_HEADER_H
