// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-option-filter.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-option-layout.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace ns3;
using hoststack::TcpSegment;

namespace
{

constexpr std::uint8_t kMptcp = 30; // RFC 8684 section 3

/// With an option of kind 30 between two others, and 100 bytes.
TcpSegment
Segment(std::uint16_t flags)
{
    TcpSegment segment;
    segment.flags = flags;
    segment.options.hasTimestamps = true;
    segment.options.timestampValue = 77;
    const std::uint8_t first[] = {253, 4, 1, 2};
    const std::uint8_t mptcp[] = {kMptcp, 8, 0x20, 1, 9, 9, 9, 9};
    const std::uint8_t last[] = {254, 4, 3, 4};
    segment.options.AppendOther(first, sizeof first);
    segment.options.AppendOther(mptcp, sizeof mptcp);
    segment.options.AppendOther(last, sizeof last);
    std::vector<std::uint8_t> data(100, 0x5a);
    segment.payload = hoststack::Payload::Copy(data.data(), 100);
    return segment;
}

HoststackFrame
PacketFrame(const TcpSegment& segment, bool isIpv6)
{
    hoststack::IpHeader ip;
    const auto address = [&](const char* v4, const char* v6) {
        return *hoststack::IpAddress::Parse(isIpv6 ? v6 : v4);
    };
    ip.source = address("10.0.0.1", "fd00::1");
    ip.destination = address("10.0.0.2", "fd00::2");
    ip.protocol = hoststack::kIpProtocolTcp;
    ip.payloadLength =
        static_cast<std::uint32_t>(hoststack::TcpHeaderLength(segment)) + segment.payload.Length();
    std::vector<std::uint8_t> bytes(60 + ip.payloadLength);
    const auto written = hoststack::EncodeIpHeader(ip, bytes.data(), bytes.size());
    const auto tcp = hoststack::EncodeTcp(segment,
                                          {ip.source, ip.destination},
                                          bytes.data() + written,
                                          bytes.size() - written);
    HoststackFrame frame;
    frame.packet = Create<Packet>(bytes.data(), static_cast<std::uint32_t>(written + tcp));
    frame.protocol = isIpv6 ? kEtherTypeIpv6 : kEtherTypeIpv4;
    return frame;
}

/// What arrives; the IP header must be right.
TcpSegment
Parsed(const HoststackFrame& frame)
{
    std::vector<std::uint8_t> bytes(frame.packet->GetSize());
    frame.packet->CopyData(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    hoststack::IpHeader ip;
    const auto decoded = hoststack::DecodeIpHeader(bytes.data(), bytes.size(), ip);
    REQUIRE(decoded);
    REQUIRE(decoded.headerLength + ip.payloadLength == bytes.size());
    if (frame.protocol == kEtherTypeIpv4)
    {
        hoststack::InternetChecksum sum;
        sum.Add(bytes.data(), decoded.headerLength);
        CHECK(sum.Value() == 0);
    }
    TcpSegment segment;
    const auto header =
        hoststack::DecodeTcpHeader(bytes.data() + decoded.headerLength, ip.payloadLength, segment);
    REQUIRE(header);
    segment.payload = hoststack::Payload::Copy(
        bytes.data() + decoded.headerLength + header.headerLength,
        static_cast<std::uint32_t>(ip.payloadLength - header.headerLength));
    return segment;
}

} // namespace

TEST_CASE("a filter takes its option out of the segments it is meant for, and only that", "[nic]")
{
    struct Case
    {
        HoststackOptionFilter filter;
        std::uint16_t flags;
        bool strips;
    };

    using namespace hoststack;
    const Case cases[] = {
        {{kMptcp, true, false, false}, kSyn, true},
        {{kMptcp, true, false, false}, kSyn | kAck, false},
        {{kMptcp, true, false, false}, kAck, false},
        {{kMptcp, false, true, false}, kSyn, false},
        {{kMptcp, false, true, false}, kSyn | kAck, true},
        {{kMptcp, false, false, true}, kAck | kPsh, true},
        {{kMptcp, false, false, true}, kRst, true},
        {{kMptcp, false, false, true}, kSyn, false},
        {{99, true, true, true}, kAck, false},
    };
    for (const auto& c : cases)
    {
        const auto before = Segment(c.flags);
        auto expected = before;
        if (c.strips)
        {
            expected.options.otherLength = 0;
            const std::uint8_t first[] = {253, 4, 1, 2};
            const std::uint8_t last[] = {254, 4, 3, 4};
            expected.options.AppendOther(first, sizeof first);
            expected.options.AppendOther(last, sizeof last);
        }
        auto direct = before;
        CHECK(c.filter.Strip(direct) == c.strips);
        CHECK(direct == expected);
        for (const bool isIpv6 : {false, true})
        {
            auto frame = PacketFrame(before, isIpv6);
            c.filter.Strip(frame);
            CHECK(Parsed(frame) == expected);
            CHECK(frame.packet->GetSize() == PacketFrame(expected, isIpv6).packet->GetSize());
        }
    }
}

TEST_CASE("a filter leaves alone what is no whole TCP segment", "[nic]")
{
    const HoststackOptionFilter filter{kMptcp, true, true, true};
    auto frame = PacketFrame(Segment(hoststack::kAck), false);
    std::vector<std::uint8_t> bytes(frame.packet->GetSize());
    const auto size = static_cast<std::uint32_t>(bytes.size());
    frame.packet->CopyData(bytes.data(), size);
    const auto passes = [&](std::size_t at, std::uint8_t value) {
        auto changed = bytes;
        changed[at] = value;
        HoststackFrame other;
        other.protocol = kEtherTypeIpv4;
        other.packet = Create<Packet>(changed.data(), size);
        filter.Strip(other);
        std::vector<std::uint8_t> after(other.packet->GetSize());
        other.packet->CopyData(after.data(), static_cast<std::uint32_t>(after.size()));
        return after == changed;
    };
    CHECK(passes(9, 17));         // UDP
    CHECK(passes(6, 0x20));       // the first of several fragments
    CHECK(passes(20 + 12, 0xf0)); // a header longer than its options say
    CHECK(passes(20 + 12, 0x10)); // a header shorter than it can be
    CHECK_FALSE(passes(1, 0));
}

TEST_CASE("a filter leaves the same header of a segment as of the packet that holds it", "[nic]")
{
    using namespace hoststack;
    // An option of kind 30 of every length, beside others; where there is little room the layout
    // before has no padding, and that after has.
    const std::uint8_t kind = GENERATE(kMptcp,
                                       std::uint8_t{kOptionTimestamps},
                                       std::uint8_t{kOptionSack},
                                       std::uint8_t{kOptionSackPermitted},
                                       std::uint8_t{kOptionMss},
                                       std::uint8_t{kOptionWindowScale});
    const HoststackOptionFilter filter{kind, true, true, true};
    for (std::size_t length = 4; length <= 28; ++length)
    {
        for (std::uint8_t sacks = 0; sacks < 3; ++sacks)
        {
            TcpSegment segment;
            segment.flags = kAck;
            segment.payload = Payload::Virtual(100);
            auto& options = segment.options;
            options.hasTimestamps = sacks > 0;
            options.timestampValue = 7;
            options.hasMss = options.hasWindowScale = options.sackPermitted = sacks == 0;
            options.mss = 1460;
            options.sackCount = sacks;
            for (std::uint8_t i = 0; i < sacks; ++i)
            {
                options.sack[i] = {Seq32(100u * i), Seq32(100u * i + 50)};
            }
            std::vector<std::uint8_t> other(length, 1);
            other[0] = kMptcp;
            other[1] = static_cast<std::uint8_t>(length);
            options.AppendOther(other.data(), length);
            if (!TcpOptionsFit(options))
            {
                continue;
            }
            auto frame = PacketFrame(segment, false);
            filter.Strip(frame);
            auto direct = segment;
            filter.Strip(direct);
            CHECK(Parsed(frame) == direct);
            CHECK(frame.packet->GetSize() == PacketFrame(direct, false).packet->GetSize());
        }
    }
}
