// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ip-address.h"

#include "ns3/hs-byte-order.h"

#include <arpa/inet.h>

namespace hoststack
{

IpAddress
IpAddress::V4(std::uint32_t address)
{
    IpAddress result;
    StoreBig32(result.bytes.data(), address);
    return result;
}

IpAddress
IpAddress::V6(const std::array<std::uint8_t, 16>& address)
{
    return IpAddress{IpFamily::V6, address};
}

std::optional<IpAddress>
IpAddress::Parse(const std::string& text)
{
    IpAddress result;
    if (inet_pton(AF_INET, text.c_str(), result.bytes.data()) == 1)
    {
        return result;
    }
    result.family = IpFamily::V6;
    if (inet_pton(AF_INET6, text.c_str(), result.bytes.data()) == 1)
    {
        return result;
    }
    return std::nullopt;
}

std::string
IpAddress::ToString() const
{
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(family == IpFamily::V4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
}

} // namespace hoststack
