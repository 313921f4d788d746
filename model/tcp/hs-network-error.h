// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NETWORK_ERROR_H
#define HS_NETWORK_ERROR_H

#include "ns3/hs-sequence.h"

#include <cstdint>

namespace hoststack::tcp
{

/// What an ICMP message says about a segment of ours, in the words of both IP versions.
enum class NetworkFault : std::uint8_t
{
    None,
    NetUnreachable,
    HostUnreachable,
    ProtocolUnreachable,
    PortUnreachable,
    Prohibited,
    TimeExceeded,
    ParameterProblem,
};

/// "net-unreachable", "host-unreachable", ...
const char* ToString(NetworkFault fault);

/// One such message (RFC 1122 section 4.2.3.9, RFC 5927; Linux tcp_v4_err, tcp_v6_err).
struct NetworkError
{
    NetworkFault fault{NetworkFault::None};
    Seq32 sequence;             ///< of the segment that it is about
    bool endsHandshake{false};  ///< ends a passive open whose third segment has not come
    bool revertsBackoff{false}; ///< takes one doubling of the time-out back (RFC 6069)
};

} // namespace hoststack::tcp

#endif // HS_NETWORK_ERROR_H
