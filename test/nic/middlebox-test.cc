// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame-codec.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-middlebox.h"
#include "ns3/hs-packet-content.h"
#include "ns3/hs-tcp-codec.h"

#include <ns3/boolean.h>
#include <ns3/flow-id-tag.h>
#include <ns3/global-value.h>

#include <catch2/catch.hpp>
#include <numeric>

using namespace ns3;

namespace
{

using hoststack::TcpSegment;

/// A segment with an MP_JOIN (subtype 1), or a DSS (2), or an ADD_ADDR (3).
HoststackFrame
Direct(std::uint8_t subtype, std::uint16_t flags, std::uint32_t payload = 0)
{
    HoststackFrame frame;
    auto flow = Create<HoststackFlow>();
    flow->source = *hoststack::IpAddress::Parse("10.0.0.1");
    flow->destination = *hoststack::IpAddress::Parse("10.0.0.2");
    frame.flow = flow;
    frame.segment.flags = flags;
    const std::uint8_t option[] = {30, 8, static_cast<std::uint8_t>(subtype << 4), 1, 2, 3, 4, 5};
    frame.segment.options.AppendOther(option, sizeof(option));
    std::vector<std::uint8_t> bytes(payload);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    frame.segment.payload = hoststack::Payload::Copy(bytes.data(), payload);
    return frame;
}

/// The same as an IP packet.
HoststackFrame
Packed(const HoststackFrame& direct)
{
    HoststackFrame frame;
    std::vector<std::uint8_t> bytes;
    ToBytes(direct, bytes);
    frame.packet = Create<Packet>(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    frame.protocol = kEtherTypeIpv4;
    return frame;
}

/// The payload's bytes, however the frame carries them.
std::vector<std::uint8_t>
PayloadOf(const HoststackFrame& frame)
{
    std::vector<std::uint8_t> bytes;
    ToBytes(frame, bytes);
    hoststack::IpHeader ip;
    const auto decoded = hoststack::DecodeIpHeader(bytes.data(), bytes.size(), ip);
    TcpSegment segment;
    const auto tcp = hoststack::DecodeTcpHeader(bytes.data() + decoded.headerLength,
                                                bytes.size() - decoded.headerLength,
                                                segment);
    return {bytes.begin() + static_cast<std::ptrdiff_t>(decoded.headerLength + tcp.headerLength),
            bytes.end()};
}

constexpr std::uint16_t kJoins = 1 << 1;

} // namespace

TEST_CASE("a middlebox swallows segments by their multipath option and kind, so many of them",
          "[nic]")
{
    const bool packed = GENERATE(false, true);
    HoststackMiddlebox box;
    CHECK_FALSE(box.IsActive());
    HoststackSegmentDrop drop;
    drop.subtypes = kJoins;
    drop.synAck = drop.later = false;
    drop.count = 2;
    box.SetDrop(drop);
    REQUIRE(box.IsActive());
    const auto pass = [&](std::uint8_t subtype, std::uint16_t flags) {
        auto frame = Direct(subtype, flags);
        if (packed)
        {
            frame = Packed(frame);
        }
        return box.Pass(frame);
    };
    CHECK(pass(0, hoststack::kSyn));
    CHECK(pass(1, hoststack::kSyn | hoststack::kAck));
    CHECK(pass(1, hoststack::kAck));
    CHECK_FALSE(pass(1, hoststack::kSyn));
    CHECK(pass(3, hoststack::kAck));
    CHECK_FALSE(pass(1, hoststack::kSyn));
    CHECK(pass(1, hoststack::kSyn));
    CHECK(box.Dropped() == 2);
    CHECK_FALSE(box.IsActive());
}

TEST_CASE("a middlebox changes one byte of the payload of the segments that are due", "[nic]")
{
    const bool packed = GENERATE(false, true);
    HoststackMiddlebox box;
    box.SetRewrite({150, 1});
    std::vector<std::uint8_t> first;
    for (int i = 0; i < 4; ++i)
    {
        auto frame = Direct(2, hoststack::kAck, 100);
        if (packed)
        {
            frame = Packed(frame);
        }
        REQUIRE(box.Pass(frame));
        const auto payload = PayloadOf(frame);
        REQUIRE(payload.size() == 100);
        first.push_back(payload[0]);
        CHECK(payload[1] == 2);
        CHECK(payload[99] == 100);
    }
    // The second segment holds byte 150.
    CHECK(first == std::vector<std::uint8_t>{1, 0xfe, 1, 1});
    CHECK(box.Rewritten() == 1);
}

TEST_CASE("virtual payload becomes real bytes when a middlebox changes it", "[nic]")
{
    HoststackMiddlebox box;
    box.SetRewrite({0, 1});
    auto frame = Direct(2, hoststack::kAck);
    frame.segment.payload = hoststack::Payload::Virtual(10);
    REQUIRE(box.Pass(frame));
    CHECK(PayloadOf(frame) == std::vector<std::uint8_t>{0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a packet says that its payload counts once a middlebox has changed it", "[nic]")
{
    HoststackMiddlebox box;
    box.SetRewrite({0, 1});
    auto frame = Packed(Direct(2, hoststack::kAck, 100));
    CHECK_FALSE(CarriesContent(*frame.packet));
    frame.packet->AddByteTag(FlowIdTag(5));
    frame.packet->AddPacketTag(FlowIdTag(6));
    REQUIRE(box.Pass(frame));
    CHECK(CarriesContent(*frame.packet));
    CHECK(CarriesContent(*frame.packet->CreateFragment(60, 20)));
    FlowIdTag tag;
    REQUIRE(frame.packet->FindFirstMatchingByteTag(tag));
    CHECK(tag.GetFlowId() == 5);
    REQUIRE(frame.packet->PeekPacketTag(tag));
    CHECK(tag.GetFlowId() == 6);
    // Nothing is changed any more, and nothing said.
    auto next = Packed(Direct(2, hoststack::kAck, 100));
    REQUIRE(box.Pass(next));
    CHECK_FALSE(CarriesContent(*next.packet));
}

TEST_CASE("a middlebox makes the checksum anew where ns-3 computes checksums", "[nic]")
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    HoststackMiddlebox box;
    box.SetRewrite({0, 1});
    auto frame = Packed(Direct(2, hoststack::kAck, 100));
    REQUIRE(box.Pass(frame));
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    std::vector<std::uint8_t> bytes(frame.packet->GetSize());
    frame.packet->CopyData(bytes.data(), frame.packet->GetSize());
    const auto before = bytes;
    FillChecksums(bytes);
    CHECK(bytes == before);
}
