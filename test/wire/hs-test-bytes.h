// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TEST_BYTES_H
#define HS_TEST_BYTES_H

#include "ns3/hs-tcp-codec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hoststack::test
{

using Bytes = std::vector<std::uint8_t>;

/// "0a0B 01" to bytes; blanks are skipped.
inline Bytes
FromHex(const std::string& text)
{
    Bytes bytes;
    std::string pair;
    for (char c : text)
    {
        if (c == ' ')
        {
            continue;
        }
        pair += c;
        if (pair.size() == 2)
        {
            bytes.push_back(static_cast<std::uint8_t>(std::stoi(pair, nullptr, 16)));
            pair.clear();
        }
    }
    return bytes;
}

inline IpEndpoints
EndpointsV4()
{
    return {*IpAddress::Parse("10.0.0.1"), *IpAddress::Parse("192.168.7.9")};
}

inline IpEndpoints
EndpointsV6()
{
    return {*IpAddress::Parse("2001:db8::1"), *IpAddress::Parse("2001:db8:0:7::9")};
}

inline Bytes
Encode(const TcpSegment& segment, const IpEndpoints& endpoints)
{
    Bytes bytes(TcpHeaderLength(segment) + segment.payload.Length());
    bytes.resize(EncodeTcp(segment, endpoints, bytes.data(), bytes.size()));
    return bytes;
}

/// A header without payload whose options are \p options, which must be a multiple of 4 bytes.
inline Bytes
HeaderWithOptions(const Bytes& options)
{
    Bytes bytes(kTcpMinHeader);
    bytes[12] = static_cast<std::uint8_t>((kTcpMinHeader + options.size()) / 4 << 4);
    bytes[13] = kAck;
    bytes.insert(bytes.end(), options.begin(), options.end());
    return bytes;
}

inline Bytes
OtherBytes(const TcpOptions& options)
{
    return Bytes(options.other.begin(), options.other.begin() + options.otherLength);
}

} // namespace hoststack::test

#endif // HS_TEST_BYTES_H
