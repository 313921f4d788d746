// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_GRO_RULES_H
#define HS_GRO_RULES_H

#include "ns3/hs-offload-packet.h"

#include <optional>

namespace hoststack
{

/// gro_max_size of an IPv4 device: an IP packet stays below it.
constexpr std::uint32_t kGroMaxSize = 65536;
/// UDP_GRO_CNT_MAX, and the most of a chain.
constexpr std::uint32_t kGroMaxCount = 64;

/// Why \p next of the same flow may not be put behind \p unit; nothing: it may. The first rule that
/// forbids it, in the order of tcp_gro_receive() and gro_receive_network_flush() of Linux 6.18.
std::optional<FlushReason> WhyNotMergedTcp(const OffloadUnit& unit, const OffloadPacket& next);

/// The same of udp_gro_receive_segment().
std::optional<FlushReason> WhyNotMergedUdp(const OffloadUnit& unit, const OffloadPacket& next);

/// Why a TCP packet ends its unit, be it merged or alone; nothing: more may come. \p whole: payload
/// below which it ends it.
std::optional<FlushReason> WhyCompleteTcp(const OffloadPacket& packet, std::uint32_t whole);

} // namespace hoststack

#endif // HS_GRO_RULES_H
