// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-icmp-error.h"

namespace ns3
{

using hoststack::tcp::NetworkError;
using hoststack::tcp::NetworkFault;

namespace
{

// RFC 792
constexpr std::uint8_t kUnreachable4 = 3;
constexpr std::uint8_t kTimeExceeded4 = 11;
constexpr std::uint8_t kParameterProblem4 = 12;
constexpr std::uint8_t kLastUnreachable4 = 15; // NR_ICMP_UNREACH
// RFC 4443
constexpr std::uint8_t kUnreachable6 = 1;
constexpr std::uint8_t kTimeExceeded6 = 3;
constexpr std::uint8_t kParameterProblem6 = 4;

NetworkError
Make(NetworkFault fault, bool endsHandshake, bool revertsBackoff = false)
{
    NetworkError error;
    error.fault = fault;
    error.endsHandshake = endsHandshake;
    error.revertsBackoff = revertsBackoff;
    return error;
}

/// icmp_err_convert
NetworkFault
Unreachable4(std::uint8_t code)
{
    switch (code)
    {
    case 0:
    case 6:
    case 9:
    case 11:
        return NetworkFault::NetUnreachable;
    case 2:
        return NetworkFault::ProtocolUnreachable;
    case 3:
        return NetworkFault::PortUnreachable;
    case 13:
    case 14:
    case 15:
        return NetworkFault::Prohibited;
    default:
        return NetworkFault::HostUnreachable;
    }
}

} // namespace

std::optional<NetworkError>
ReadIcmp4Error(std::uint8_t type, std::uint8_t code)
{
    switch (type)
    {
    case kUnreachable4:
        if (code > kLastUnreachable4)
        {
            return std::nullopt;
        }
        return Make(Unreachable4(code), code <= 1, code <= 1);
    case kTimeExceeded4:
        return Make(NetworkFault::TimeExceeded, true);
    case kParameterProblem4:
        return Make(NetworkFault::ParameterProblem, true);
    default:
        return std::nullopt; // redirects, source quench
    }
}

std::optional<NetworkError>
ReadIcmp6Error(std::uint8_t type, std::uint8_t code)
{
    switch (type)
    {
    case kUnreachable6:
        switch (code)
        {
        case 0:
            return Make(NetworkFault::NetUnreachable, false, true);
        case 1:
        case 5:
        case 6:
            return Make(NetworkFault::Prohibited, true);
        case 4:
            return Make(NetworkFault::PortUnreachable, true);
        default:
            return Make(NetworkFault::HostUnreachable, false);
        }
    case kTimeExceeded6:
        return Make(NetworkFault::TimeExceeded, false);
    case kParameterProblem6:
        return Make(NetworkFault::ParameterProblem, true);
    default:
        return std::nullopt;
    }
}

} // namespace ns3
