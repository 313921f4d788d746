// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tunnel-header.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint8_t kMagic[] = {'h', 's', 1};
constexpr std::uint8_t kIpv4 = 1;
constexpr std::uint8_t kIpv6 = 4;
constexpr std::uint32_t kMostPlain = 0xffff; // the length of a chunk has two bytes

std::uint8_t*
Write(std::uint32_t value, int bytes, std::uint8_t* out)
{
    for (int i = bytes - 1; i >= 0; --i)
    {
        *out++ = static_cast<std::uint8_t>(value >> (8 * i));
    }
    return out;
}

std::uint32_t
Read(int bytes, const std::uint8_t*& in)
{
    std::uint32_t value = 0;
    for (int i = 0; i < bytes; ++i)
    {
        value = value << 8 | *in++;
    }
    return value;
}

} // namespace

void
WriteTunnelRequest(const TunnelRequest& request, std::uint8_t* out)
{
    const auto& address = request.target.address;
    const auto& sealing = request.sealing;
    out = std::copy(std::begin(kMagic), std::end(kMagic), out);
    *out++ = address.family == IpFamily::V6 ? kIpv6 : kIpv4;
    out = std::copy(address.bytes.begin(), address.bytes.end(), out);
    out = Write(request.target.port, 2, out);
    out = Write(sealing.firstUp, 2, out);
    out = Write(sealing.firstDown, 2, out);
    out = Write(sealing.overhead, 2, out);
    Write(sealing.mostPlain, 4, out);
}

std::optional<TunnelRequest>
ReadTunnelRequest(const std::uint8_t* bytes)
{
    const auto* in = bytes;
    const bool isOurs = std::equal(std::begin(kMagic), std::end(kMagic), in);
    in += sizeof kMagic;
    const auto type = *in++;
    TunnelRequest request;
    request.target.address.family = type == kIpv6 ? IpFamily::V6 : IpFamily::V4;
    auto& address = request.target.address.bytes;
    std::copy(in, in + address.size(), address.begin());
    in += address.size();
    request.target.port = static_cast<std::uint16_t>(Read(2, in));
    request.sealing.firstUp = Read(2, in);
    request.sealing.firstDown = Read(2, in);
    request.sealing.overhead = Read(2, in);
    request.sealing.mostPlain = Read(4, in);
    const auto& sealing = request.sealing;
    const bool hasRoom = sealing.firstUp >= kTunnelRequestSize &&
                         sealing.firstDown >= kLeastHeader && sealing.overhead >= kLeastHeader;
    const bool isKnown = type == kIpv4 || type == kIpv6;
    const bool hasPayload = sealing.mostPlain > 0 && sealing.mostPlain <= kMostPlain;
    return isOurs && isKnown && hasRoom && hasPayload ? std::optional(request) : std::nullopt;
}

void
WriteChunkLength(std::uint32_t plain, std::uint8_t* out)
{
    Write(plain, 2, out);
}

std::uint32_t
ReadChunkLength(const std::uint8_t* bytes)
{
    return Read(2, bytes);
}

} // namespace hoststack
