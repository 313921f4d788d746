// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ip-codec.h"

#include "ns3/hs-byte-order.h"
#include "ns3/hs-internet-checksum.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>

namespace hoststack
{

namespace
{

// RFC 791 section 3.1: flags and offset share 16 bits.
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1fff;
constexpr std::uint32_t kFlowLabelMask = 0xfffff;
constexpr std::size_t kIpv4ChecksumAt = 10;

std::uint8_t
TrafficClass(const IpHeader& h)
{
    return static_cast<std::uint8_t>(h.dscp << 2 | static_cast<std::uint8_t>(h.ecn));
}

void
SetTrafficClass(IpHeader& h, std::uint8_t value)
{
    h.dscp = value >> 2;
    h.ecn = static_cast<Ecn>(value & 3);
}

void
EncodeV4(const IpHeader& h, std::uint8_t* out)
{
    out[0] = 0x45;
    out[1] = TrafficClass(h);
    StoreBig16(out + 2, static_cast<std::uint16_t>(kIpv4Header + h.payloadLength));
    StoreBig16(out + 4, h.identification);
    StoreBig16(out + 6,
               static_cast<std::uint16_t>((h.dontFragment ? kDontFragment : 0) |
                                          (h.moreFragments ? kMoreFragments : 0) |
                                          (h.fragmentOffset & kOffsetMask)));
    out[8] = h.timeToLive;
    out[9] = h.protocol;
    StoreBig16(out + kIpv4ChecksumAt, 0);
    std::copy_n(h.source.bytes.begin(), 4, out + 12);
    std::copy_n(h.destination.bytes.begin(), 4, out + 16);
    InternetChecksum sum;
    sum.Add(out, kIpv4Header);
    StoreBig16(out + kIpv4ChecksumAt, sum.Value());
}

void
EncodeV6(const IpHeader& h, std::uint8_t* out)
{
    const std::uint32_t trafficClass = TrafficClass(h);
    StoreBig32(out, 6U << 28 | trafficClass << 20 | (h.flowLabel & kFlowLabelMask));
    StoreBig16(out + 4, static_cast<std::uint16_t>(h.payloadLength));
    out[6] = h.protocol;
    out[7] = h.timeToLive;
    std::copy_n(h.source.bytes.begin(), 16, out + 8);
    std::copy_n(h.destination.bytes.begin(), 16, out + 24);
}

IpDecodeResult
DecodeV4(const std::uint8_t* bytes, std::size_t length, IpHeader& header)
{
    if (length < kIpv4Header)
    {
        return {IpDecodeError::TooShort, 0};
    }
    const std::size_t headerLength = static_cast<std::size_t>(bytes[0] & 15) * 4;
    const std::size_t totalLength = LoadBig16(bytes + 2);
    if (headerLength < kIpv4Header)
    {
        return {IpDecodeError::HeaderLengthTooLow, 0};
    }
    if (totalLength < headerLength)
    {
        return {IpDecodeError::TotalLengthTooLow, 0};
    }
    if (totalLength > length)
    {
        return {IpDecodeError::Truncated, 0};
    }
    IpHeader h;
    SetTrafficClass(h, bytes[1]);
    h.payloadLength = static_cast<std::uint32_t>(totalLength - headerLength);
    h.identification = LoadBig16(bytes + 4);
    const std::uint16_t fragment = LoadBig16(bytes + 6);
    h.dontFragment = (fragment & kDontFragment) != 0;
    h.moreFragments = (fragment & kMoreFragments) != 0;
    h.fragmentOffset = fragment & kOffsetMask;
    h.timeToLive = bytes[8];
    h.protocol = bytes[9];
    h.source = IpAddress::V4(LoadBig32(bytes + 12));
    h.destination = IpAddress::V4(LoadBig32(bytes + 16));
    header = h;
    return {IpDecodeError::None, static_cast<std::uint8_t>(headerLength)};
}

IpDecodeResult
DecodeV6(const std::uint8_t* bytes, std::size_t length, IpHeader& header)
{
    if (length < kIpv6Header)
    {
        return {IpDecodeError::TooShort, 0};
    }
    const std::uint32_t first = LoadBig32(bytes);
    IpHeader h;
    SetTrafficClass(h, static_cast<std::uint8_t>(first >> 20));
    h.flowLabel = first & kFlowLabelMask;
    h.payloadLength = LoadBig16(bytes + 4);
    if (kIpv6Header + h.payloadLength > length)
    {
        return {IpDecodeError::Truncated, 0};
    }
    h.protocol = bytes[6];
    h.timeToLive = bytes[7];
    h.dontFragment = true;
    h.source.family = h.destination.family = IpFamily::V6;
    std::copy_n(bytes + 8, 16, h.source.bytes.begin());
    std::copy_n(bytes + 24, 16, h.destination.bytes.begin());
    header = h;
    return {IpDecodeError::None, kIpv6Header};
}

} // namespace

bool
operator==(const IpHeader& a, const IpHeader& b)
{
    return a.source == b.source && a.destination == b.destination && a.protocol == b.protocol &&
           a.timeToLive == b.timeToLive && a.dscp == b.dscp && a.ecn == b.ecn &&
           a.identification == b.identification && a.dontFragment == b.dontFragment &&
           a.moreFragments == b.moreFragments && a.fragmentOffset == b.fragmentOffset &&
           a.flowLabel == b.flowLabel && a.payloadLength == b.payloadLength;
}

std::string_view
Describe(IpDecodeError error)
{
    switch (error)
    {
    case IpDecodeError::None:
        return "an IP packet";
    case IpDecodeError::TooShort:
        return "shorter than an IP header of its version";
    case IpDecodeError::UnknownVersion:
        return "IP version is neither 4 nor 6";
    case IpDecodeError::HeaderLengthTooLow:
        return "IPv4 header length below 5, the header's own 20 bytes";
    case IpDecodeError::TotalLengthTooLow:
        return "IPv4 total length is less than its header";
    case IpDecodeError::Truncated:
        return "the IP header announces more bytes than there are";
    }
    return "unknown error";
}

std::size_t
EncodeIpHeader(const IpHeader& header, std::uint8_t* out, std::size_t capacity)
{
    assert(header.source.family == header.destination.family);
    const bool v4 = header.source.family == IpFamily::V4;
    const std::size_t length = IpHeaderLength(header.source.family);
    if (capacity < length)
    {
        throw std::length_error("IP header of " + std::to_string(length) +
                                " bytes does not fit in a buffer of " + std::to_string(capacity));
    }
    const std::size_t limit = 65535 - (v4 ? kIpv4Header : 0);
    if (header.payloadLength > limit)
    {
        throw std::length_error("IP payload of " + std::to_string(header.payloadLength) +
                                " bytes is longer than the " + std::to_string(limit) +
                                " its length field can say: cut the segment first");
    }
    v4 ? EncodeV4(header, out) : EncodeV6(header, out);
    return length;
}

IpDecodeResult
DecodeIpHeader(const std::uint8_t* bytes, std::size_t length, IpHeader& header)
{
    if (length == 0)
    {
        return {IpDecodeError::TooShort, 0};
    }
    switch (bytes[0] >> 4)
    {
    case 4:
        return DecodeV4(bytes, length, header);
    case 6:
        return DecodeV6(bytes, length, header);
    default:
        return {IpDecodeError::UnknownVersion, 0};
    }
}

bool
VerifyIpv4Checksum(const std::uint8_t* bytes, std::size_t headerLength)
{
    InternetChecksum sum;
    sum.Add(bytes, headerLength);
    return sum.Value() == 0;
}

} // namespace hoststack
