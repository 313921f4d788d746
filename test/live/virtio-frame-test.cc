// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-byte-order.h"
#include "ns3/hs-offload-frame.h"
#include "ns3/hs-tcp-segment.h"
#include "ns3/hs-virtio-frame.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>

using namespace hoststack;

namespace
{

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kIp = 14;
constexpr std::size_t kTcp = kIp + 20;
constexpr std::size_t kPayload = kTcp + 20;

/// Ethernet, IPv4 and TCP without options; its TCP checksum is the pseudo header's, as a kernel
/// leaves it to the device.
Bytes
PartialFrame(std::size_t payload, std::uint8_t flags)
{
    Bytes frame(kPayload + payload);
    frame[12] = 0x08;
    auto* ip = frame.data() + kIp;
    ip[0] = 0x45;
    StoreBig16(ip + 2, static_cast<std::uint16_t>(frame.size() - kIp));
    StoreBig16(ip + 4, 700);
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = 6;
    StoreBig32(ip + 12, 0x0a000001);
    StoreBig32(ip + 16, 0x0a000002);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 20; i += 2)
    {
        sum += LoadBig16(ip + i);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    StoreBig16(ip + 10, static_cast<std::uint16_t>(~sum));
    auto* tcp = frame.data() + kTcp;
    StoreBig16(tcp, 1000);
    StoreBig16(tcp + 2, 2000);
    StoreBig32(tcp + 4, 0xfffffff0);
    StoreBig32(tcp + 8, 42);
    tcp[12] = 0x50;
    tcp[13] = flags;
    StoreBig16(tcp + 14, 500);
    std::iota(frame.begin() + kPayload, frame.end(), std::uint8_t{1});
    StoreBig16(tcp + 16, PseudoHeaderSum(ip, static_cast<std::uint32_t>(frame.size() - kTcp), 6));
    return frame;
}

VirtioHeader
Segmented(std::uint16_t size)
{
    VirtioHeader header{};
    header.flags = VirtioHeader::kNeedsChecksum;
    header.gsoType = VirtioHeader::TcpV4;
    header.headerLength = kPayload;
    header.segmentSize = size;
    header.checksumStart = kTcp;
    header.checksumOffset = 16;
    return header;
}

Bytes
Behind(const VirtioHeader& header, const Bytes& frame)
{
    Bytes whole(sizeof header);
    std::memcpy(whole.data(), &header, sizeof header);
    whole.insert(whole.end(), frame.begin(), frame.end());
    return whole;
}

bool
Cut(const VirtioHeader& header, const Bytes& frame, std::vector<Bytes>& frames)
{
    const auto whole = Behind(header, frame);
    return CutVirtioFrame(whole.data(), whole.size(), frames);
}

/// As a receiver reads it: a wrong checksum is a fault.
OffloadFrame
Read(const Bytes& frame)
{
    OffloadFrame out;
    OffloadFrameReader().Read(frame, 0, 0, out);
    return out;
}

} // namespace

TEST_CASE("virtio: a frame without offload is the frame", "[live]")
{
    std::vector<Bytes> frames;
    const auto frame = PartialFrame(10, kAck);
    REQUIRE(Cut(VirtioHeader{}, frame, frames));
    REQUIRE(frames.size() == 1);
    CHECK(frames[0] == frame);
}

TEST_CASE("virtio: a checksum that the kernel left out is filled in", "[live]")
{
    auto header = Segmented(0);
    header.gsoType = VirtioHeader::None;
    const auto frame = PartialFrame(11, kAck);
    CHECK(Read(frame).packet.fault == OffloadFault::Passes);
    std::vector<Bytes> frames;
    REQUIRE(Cut(header, frame, frames));
    REQUIRE(frames.size() == 1);
    CHECK(Read(frames[0]).packet.fault == OffloadFault::None);
}

TEST_CASE("virtio: a super-segment becomes segments of its size", "[live]")
{
    std::vector<Bytes> frames;
    REQUIRE(Cut(Segmented(1000), PartialFrame(2500, kAck | kPsh | kCwr), frames));
    REQUIRE(frames.size() == 3);
    const std::size_t lengths[] = {1000, 1000, 500};
    for (std::size_t i = 0; i < 3; ++i)
    {
        const auto& packet = Read(frames[i]).packet;
        INFO(i);
        CHECK(packet.fault == OffloadFault::None);
        CHECK(packet.payload == lengths[i]);
        CHECK(packet.identification == 700 + i);
        CHECK(packet.seq == Seq32(static_cast<std::uint32_t>(0xfffffff0 + i * 1000)));
        CHECK(((packet.flags & kPsh) != 0) == (i == 2));
        CHECK(((packet.flags & kCwr) != 0) == (i == 0));
    }
}

TEST_CASE("virtio: what was merged is the super-segment that cutting undoes", "[live]")
{
    std::vector<Bytes> sent;
    REQUIRE(Cut(Segmented(1000), PartialFrame(2500, kAck | kPsh), sent));
    const auto merged = MergedVirtioFrame(sent, 0);
    REQUIRE(merged.size() == kVirtioHeader + kPayload + 2500);
    VirtioHeader header;
    std::memcpy(&header, merged.data(), sizeof header);
    CHECK(header.flags == VirtioHeader::kNeedsChecksum);
    CHECK(header.gsoType == VirtioHeader::TcpV4);
    CHECK(header.segmentSize == 1000);
    CHECK(header.headerLength == kPayload);
    CHECK(header.checksumStart == kTcp);
    CHECK(header.checksumOffset == 16);
    std::vector<Bytes> again;
    REQUIRE(CutVirtioFrame(merged.data(), merged.size(), again));
    CHECK(again == sent);
}

TEST_CASE("virtio: one frame that holds several packets is told as such", "[live]")
{
    auto none = Segmented(0);
    none.gsoType = VirtioHeader::None;
    std::vector<Bytes> whole;
    REQUIRE(Cut(none, PartialFrame(2500, kAck), whole));
    const auto merged = MergedVirtioFrame(whole, 1000);
    std::vector<Bytes> frames;
    REQUIRE(CutVirtioFrame(merged.data(), merged.size(), frames));
    CHECK(frames.size() == 3);
    CHECK(MergedVirtioFrame(whole, 0).empty());
    CHECK(MergedVirtioFrame(whole, 2500).empty());
    CHECK(MergedVirtioFrame({}, 1000).empty());
}

TEST_CASE("virtio: a header that does not fit to its frame is refused", "[live]")
{
    std::vector<Bytes> frames;
    const auto frame = PartialFrame(2500, kAck);
    const auto refuses = [&](auto&& change) {
        auto header = Segmented(1000);
        change(header);
        return !Cut(header, frame, frames) && frames.empty();
    };
    CHECK(refuses([](auto& header) { header.segmentSize = 0; }));
    CHECK(refuses([](auto& header) { header.flags = 0; }));
    CHECK(refuses([](auto& header) { header.checksumOffset = 6; }));
    CHECK(refuses([](auto& header) { header.checksumStart = 13; }));
    CHECK(refuses([](auto& header) { header.checksumStart = 0xfff0; }));
    CHECK(refuses([](auto& header) { header.gsoType = VirtioHeader::TcpV6; }));
    CHECK(refuses([](auto& header) { header.gsoType = 3; }));
    CHECK(refuses([](auto& header) {
        header.gsoType = VirtioHeader::None;
        header.checksumStart = 0xffff;
    }));
    auto longHeader = frame;
    longHeader[kTcp + 12] = 0x40; // shorter than a TCP header
    CHECK_FALSE(Cut(Segmented(1000), longHeader, frames));
    CHECK_FALSE(CutVirtioFrame(frame.data(), kVirtioHeader, frames));
    CHECK_FALSE(CutVirtioFrame(frame.data(), 0, frames));
}
