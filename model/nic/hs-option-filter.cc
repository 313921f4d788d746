// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-option-filter.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-packet-content.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-option-layout.h"

#include <ns3/node.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace ns3
{

namespace
{

constexpr std::uint8_t kEnd = 0;            // RFC 9293 section 3.2
constexpr std::uint8_t kNoOperation = 1;    // RFC 9293 section 3.2
constexpr std::size_t kTcpOffsetAt = 12;    // RFC 9293 section 3.1
constexpr std::size_t kTcpFlagsAt = 13;     // RFC 9293 section 3.1
constexpr std::size_t kIpv4LengthAt = 2;    // RFC 791 section 3.1
constexpr std::size_t kIpv4ChecksumAt = 10; // RFC 791 section 3.1
constexpr std::size_t kIpv6PayloadAt = 4;   // RFC 8200 section 3
constexpr std::size_t kFixedHeader = hoststack::kTcpMinHeader;

/// Bytes of the option at \p at of \p length; 0 if there is none any more.
std::size_t
OptionLength(const std::uint8_t* options, std::size_t at, std::size_t length)
{
    if (at >= length || options[at] == kEnd)
    {
        return 0;
    }
    if (options[at] == kNoOperation)
    {
        return 1;
    }
    const std::size_t size = at + 1 < length ? options[at + 1] : 0;
    return size >= 2 && at + size <= length ? size : 0;
}

/// Takes out all options of \p kind. \return bytes that are left, without padding at the end
std::size_t
Remove(std::uint8_t* options, std::size_t length, std::uint8_t kind)
{
    std::size_t kept = 0;
    std::size_t at = 0;
    while (const auto size = OptionLength(options, at, length))
    {
        if (options[at] != kind)
        {
            std::copy(options + at, options + at + size, options + kept);
            kept += size;
        }
        at += size;
    }
    return kept;
}

/// Whether the options hold \p kind and can be read to their end: what cannot is left alone.
bool
Contains(const std::uint8_t* options, std::size_t length, std::uint8_t kind)
{
    bool isThere = false;
    std::size_t at = 0;
    while (const auto size = OptionLength(options, at, length))
    {
        isThere = isThere || options[at] == kind;
        at += size;
    }
    return isThere && (at == length || options[at] == kEnd);
}

void
Put16(std::uint8_t* at, std::size_t value)
{
    at[0] = static_cast<std::uint8_t>(value >> 8);
    at[1] = static_cast<std::uint8_t>(value);
}

/// Takes \p kind out of options that have been read. \return whether it was there
bool
Forget(hoststack::TcpOptions& options, std::uint8_t kind)
{
    switch (kind)
    {
    case hoststack::kOptionMss:
        return std::exchange(options.hasMss, false);
    case hoststack::kOptionWindowScale:
        return std::exchange(options.hasWindowScale, false);
    case hoststack::kOptionSackPermitted:
        return std::exchange(options.sackPermitted, false);
    case hoststack::kOptionSack:
        return std::exchange(options.sackCount, std::uint8_t{0}) > 0;
    case hoststack::kOptionTimestamps:
        return std::exchange(options.hasTimestamps, false);
    default:
        if (!options.FindOther(kind))
        {
            return false;
        }
        options.otherLength =
            static_cast<std::uint8_t>(Remove(options.other.data(), options.otherLength, kind));
        return true;
    }
}

/**
 * The options \p options of \p length bytes without \p kind, padded. What we or Linux have laid out
 * is laid out anew, so that it is what the direct path would carry; other stacks' order and padding
 * stay.
 */
std::vector<std::uint8_t>
Without(std::uint8_t kind, const std::uint8_t* tcp, std::size_t length)
{
    const auto* options = tcp + kFixedHeader;
    hoststack::TcpSegment segment;
    std::array<std::uint8_t, hoststack::kTcpMaxHeader> again;
    if (hoststack::DecodeTcpHeader(tcp, kFixedHeader + length, segment) &&
        hoststack::EncodeTcpHeader(segment, again.data(), again.size()) == kFixedHeader + length &&
        std::equal(options, options + length, again.data() + kFixedHeader))
    {
        Forget(segment.options, kind);
        const auto written = hoststack::EncodeTcpHeader(segment, again.data(), again.size());
        return {again.data() + kFixedHeader, again.data() + written};
    }
    std::vector<std::uint8_t> left(options, options + length);
    left.resize(Remove(left.data(), length, kind));
    left.resize((left.size() + 3) / 4 * 4, kEnd);
    return left;
}

} // namespace

bool
HoststackOptionFilter::Strip(hoststack::TcpSegment& segment) const
{
    return Applies(segment.flags) && Forget(segment.options, kind);
}

void
HoststackOptionFilter::Strip(HoststackFrame& frame) const
{
    std::vector<std::uint8_t> bytes(frame.packet->GetSize());
    frame.packet->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    hoststack::IpHeader ip;
    const auto decoded = hoststack::DecodeIpHeader(bytes.data(), bytes.size(), ip);
    if (!decoded || ip.protocol != hoststack::kIpProtocolTcp || ip.moreFragments ||
        ip.fragmentOffset != 0 || ip.payloadLength < kFixedHeader)
    {
        return;
    }
    auto* tcp = bytes.data() + decoded.headerLength;
    const std::size_t header = std::size_t{4} * (tcp[kTcpOffsetAt] >> 4);
    auto* options = tcp + kFixedHeader;
    const auto before = header - std::min(header, kFixedHeader);
    if (header > ip.payloadLength || !Applies(tcp[kTcpFlagsAt]) || !Contains(options, before, kind))
    {
        return;
    }
    const auto left = Without(kind, tcp, before);
    std::copy(left.begin(), left.end(), options);
    const auto shorter = before - left.size();
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(decoded.headerLength + header);
    std::copy(from, bytes.end(), from - static_cast<std::ptrdiff_t>(shorter));
    bytes.resize(bytes.size() - shorter);
    tcp = bytes.data() + decoded.headerLength;
    tcp[kTcpOffsetAt] =
        static_cast<std::uint8_t>((header - shorter) / 4 << 4 | (tcp[kTcpOffsetAt] & 0x0f));
    const auto payload = ip.payloadLength - shorter;
    if (ip.source.family == hoststack::IpFamily::V4)
    {
        Put16(&bytes[kIpv4LengthAt], decoded.headerLength + payload);
        Put16(&bytes[kIpv4ChecksumAt], 0);
        hoststack::InternetChecksum sum;
        sum.Add(bytes.data(), decoded.headerLength);
        Put16(&bytes[kIpv4ChecksumAt], sum.Value());
    }
    else
    {
        Put16(&bytes[kIpv6PayloadAt], payload);
    }
    if (Node::ChecksumEnabled())
    {
        FillChecksums(bytes);
    }
    frame.packet = ReplaceFront(*frame.packet,
                                static_cast<std::uint32_t>(decoded.headerLength + header),
                                bytes.data(),
                                decoded.headerLength + header - shorter);
}

} // namespace ns3
