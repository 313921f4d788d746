// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_IP_ADDRESS_H
#define HS_IP_ADDRESS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace hoststack
{

enum class IpFamily : std::uint8_t
{
    V4 = 4,
    V6 = 6,
};

/// An IPv4 or IPv6 address as it stands on the wire. An IPv4 address uses the first four bytes;
/// the others stay 0.
struct IpAddress
{
    IpFamily family{IpFamily::V4};
    std::array<std::uint8_t, 16> bytes{};

    /// From the number a dotted quad stands for: 0x0a000001 is 10.0.0.1.
    static IpAddress V4(std::uint32_t address);
    static IpAddress V6(const std::array<std::uint8_t, 16>& address);
    /// From "10.0.0.1" or "2001:db8::1"; nothing if \p text is neither.
    static std::optional<IpAddress> Parse(const std::string& text);

    /// Bytes on the wire: 4 or 16.
    std::size_t Size() const
    {
        return family == IpFamily::V4 ? 4 : 16;
    }

    /// The usual text form; RFC 5952 for IPv6.
    std::string ToString() const;

    friend bool operator==(const IpAddress& a, const IpAddress& b)
    {
        return a.family == b.family && a.bytes == b.bytes;
    }

    friend bool operator!=(const IpAddress& a, const IpAddress& b)
    {
        return !(a == b);
    }

    /// IPv4 before IPv6, then by bytes.
    friend bool operator<(const IpAddress& a, const IpAddress& b)
    {
        return a.family != b.family ? a.family < b.family : a.bytes < b.bytes;
    }
};

/// The two addresses of a packet, of one family; what the TCP checksum covers besides the segment.
struct IpEndpoints
{
    IpAddress source;
    IpAddress destination;
};

} // namespace hoststack

#endif // HS_IP_ADDRESS_H
