// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ICMP_ERROR_H
#define HS_ICMP_ERROR_H

#include "ns3/hs-network-error.h"

#include <cstdint>
#include <optional>

namespace ns3
{

/// What an ICMP message of IPv4 means to the TCP connection whose segment it quotes, its sequence
/// number left open; nothing if TCP takes no notice (Linux tcp_v4_err). Not for "fragmentation
/// needed".
std::optional<hoststack::tcp::NetworkError> ReadIcmp4Error(std::uint8_t type, std::uint8_t code);

/// The same for ICMPv6 (tcp_v6_err, icmpv6_err_convert). Not for "packet too big".
std::optional<hoststack::tcp::NetworkError> ReadIcmp6Error(std::uint8_t type, std::uint8_t code);

} // namespace ns3

#endif // HS_ICMP_ERROR_H
