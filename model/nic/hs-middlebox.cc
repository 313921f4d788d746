// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-middlebox.h"

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-packet-content.h"
#include "ns3/hs-tcp-codec.h"

#include <ns3/node.h>

#include <vector>

namespace ns3
{

namespace
{

constexpr std::uint8_t kMptcp = 30;      // RFC 8684 section 3
constexpr std::uint8_t kEnd = 0;         // RFC 9293 section 3.2
constexpr std::uint8_t kNoOperation = 1; // RFC 9293 section 3.2

/// One bit per MPTCP subtype among the options.
std::uint16_t
SubtypesIn(const hoststack::TcpOptions& options)
{
    std::uint16_t found = 0;
    const auto& bytes = options.other;
    for (std::size_t at = 0; at < options.otherLength && bytes[at] != kEnd;)
    {
        if (bytes[at] == kNoOperation)
        {
            ++at;
            continue;
        }
        const std::size_t length = at + 1 < options.otherLength ? bytes[at + 1] : 0;
        if (length < 2 || at + length > options.otherLength)
        {
            break;
        }
        if (bytes[at] == kMptcp && length > 2)
        {
            found = static_cast<std::uint16_t>(found | 1U << (bytes[at + 2] >> 4));
        }
        at += length;
    }
    return found;
}

hoststack::Payload
Changed(const hoststack::Payload& payload)
{
    std::vector<std::uint8_t> bytes(payload.Length());
    payload.CopyTo(bytes.data());
    bytes[0] = static_cast<std::uint8_t>(~bytes[0]);
    return hoststack::Payload::Copy(bytes.data(), payload.Length());
}

} // namespace

void
HoststackMiddlebox::SetDrop(const HoststackSegmentDrop& drop)
{
    m_drop = drop;
    m_drops = drop.subtypes != 0 && drop.count > 0;
}

void
HoststackMiddlebox::SetRewrite(const HoststackPayloadRewrite& rewrite)
{
    m_rewrite = rewrite;
    m_rewrites = rewrite.count > 0;
}

bool
HoststackMiddlebox::Swallows(const hoststack::TcpSegment& segment)
{
    const bool isSyn = (segment.flags & hoststack::kSyn) != 0;
    const bool isAck = (segment.flags & hoststack::kAck) != 0;
    const bool applies = !isSyn ? m_drop.later : isAck ? m_drop.synAck : m_drop.syn;
    if (!m_drops || !applies || (SubtypesIn(segment.options) & m_drop.subtypes) == 0)
    {
        return false;
    }
    ++m_dropped;
    if (m_drop.count != HoststackSegmentDrop::kAlways)
    {
        m_drops = --m_drop.count > 0;
    }
    return true;
}

bool
HoststackMiddlebox::IsToBeChanged(std::uint32_t payload)
{
    if (!m_rewrites || payload == 0)
    {
        return false;
    }
    if (payload <= m_rewrite.after)
    {
        m_rewrite.after -= payload;
        return false;
    }
    m_rewrite.after = 0;
    ++m_rewritten;
    m_rewrites = --m_rewrite.count > 0;
    return true;
}

bool
HoststackMiddlebox::Pass(HoststackFrame& frame)
{
    if (frame.flow)
    {
        if (Swallows(frame.segment))
        {
            return false;
        }
        if (IsToBeChanged(frame.segment.payload.Length()))
        {
            frame.segment.payload = Changed(frame.segment.payload);
        }
        return true;
    }
    std::vector<std::uint8_t> bytes(frame.packet->GetSize());
    frame.packet->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    hoststack::IpHeader ip;
    const auto decoded = hoststack::DecodeIpHeader(bytes.data(), bytes.size(), ip);
    if (!decoded || ip.protocol != hoststack::kIpProtocolTcp || ip.moreFragments ||
        ip.fragmentOffset != 0)
    {
        return true;
    }
    hoststack::TcpSegment segment;
    const auto tcp = hoststack::DecodeTcpHeader(bytes.data() + decoded.headerLength,
                                                bytes.size() - decoded.headerLength,
                                                segment);
    if (!tcp || ip.payloadLength < tcp.headerLength)
    {
        return true;
    }
    if (Swallows(segment))
    {
        return false;
    }
    const auto payload = ip.payloadLength - static_cast<std::uint32_t>(tcp.headerLength);
    if (IsToBeChanged(payload))
    {
        const auto headers = decoded.headerLength + tcp.headerLength;
        bytes[headers] = static_cast<std::uint8_t>(~bytes[headers]);
        if (Node::ChecksumEnabled())
        {
            FillChecksums(bytes);
        }
        const auto front = headers + 1;
        frame.packet =
            ReplaceFront(*frame.packet, static_cast<std::uint32_t>(front), bytes.data(), front);
        MarkContent(*frame.packet);
    }
    return true;
}

} // namespace ns3
