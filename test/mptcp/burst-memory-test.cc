// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"

#include <catch2/catch.hpp>

// What a segment that a receive offload has merged costs: TCP and multipath TCP count the same.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr std::uint16_t kMss = 1428;
constexpr std::uint32_t kPieces = 44;
constexpr std::uint32_t kLength = kPieces * kMss;
constexpr std::uint32_t kFew = 100; // bytes of the segment that closes a hole
// A block of 2 KB for each piece, and one head of 256 bytes (TruesizeModel, skb_gro_receive).
constexpr std::uint32_t kFewCost = 576 + 256;
constexpr std::uint32_t kMergedCost = kPieces * 2048 + 256;

/// In which order the segments of a case come.
enum class Order
{
    Alone, ///< the merged one
    Hole,  ///< the merged one before another, for which it waits
};

mptcp::Config
Host()
{
    return MeasuredHost("tun", 1500, 65536);
}

class Sink : public tcp::SegmentSink
{
  public:
    void Transmit(TcpSegment&& segment) override
    {
        last = std::move(segment);
    }

    TcpSegment last;
};

std::uint32_t
TcpMemory(Order order, std::uint32_t truesize)
{
    Sink sink;
    tcp::Connection connection(Host().tcp, sink, 80, 40000, Seq32(1));
    TimeNs now = kSecond;
    const auto deliver = [&](std::uint16_t flags,
                             std::uint32_t offset,
                             std::uint32_t length,
                             HandMadePeer::Merged merged) {
        TcpSegment segment;
        segment.sourcePort = 40000;
        segment.destinationPort = 80;
        segment.flags = flags;
        segment.seq = Seq32(1001 + offset);
        segment.ack = Seq32(2);
        segment.window = 512;
        segment.options.hasTimestamps = true;
        segment.options.timestampEcho = sink.last.options.timestampValue;
        segment.payload = Payload::Virtual(length);
        segment.mss = merged.mss;
        now += kMillisecond;
        connection.OnSegment(now, {segment, merged.truesize});
    };
    TcpSegment syn;
    syn.sourcePort = 40000;
    syn.destinationPort = 80;
    syn.flags = kSyn;
    syn.seq = Seq32(1000);
    syn.options.hasMss = syn.options.sackPermitted = syn.options.hasTimestamps = true;
    syn.options.mss = 1460;
    connection.AcceptSyn(now, syn);
    deliver(kAck, 0, 0, {});
    const std::uint32_t hole = order == Order::Hole ? kFew : 0;
    deliver(kAck | kPsh, hole, kLength, {kMss, truesize});
    if (hole > 0)
    {
        deliver(kAck | kPsh, 0, hole, {});
    }
    CHECK(connection.Available() == hole + kLength);
    return connection.ReceiveMemory();
}

/// \param onSubflow the hole is in the subflow, too, not only in the data
std::uint32_t
MultipathMemory(Order order, std::uint32_t truesize, bool onSubflow = false)
{
    HandMadePeer peer(Host(), 2, 1460);
    const std::uint32_t hole = order == Order::Hole ? kFew : 0;
    peer.Move(0, onSubflow ? hole : 0);
    peer.merged = {kMss, truesize};
    peer.Data(0, hole, kLength);
    peer.merged = {};
    if (hole > 0)
    {
        peer.Move(0, onSubflow ? -std::int64_t{hole + kLength} : 0);
        peer.Data(onSubflow ? 0 : 1, 0, hole);
    }
    CHECK(peer.connection->Available() == hole + kLength);
    return peer.connection->ReceiveMemory();
}

} // namespace

TEST_CASE("a merged segment costs a multipath connection what it costs TCP", "[mptcp][memory]")
{
    CHECK(TcpMemory(Order::Alone, 0) == kMergedCost); // 90,368
    CHECK(MultipathMemory(Order::Alone, 0) == kMergedCost);
    CHECK(TcpMemory(Order::Hole, 0) == kMergedCost + kFewCost);
    CHECK(MultipathMemory(Order::Hole, 0) == kMergedCost + kFewCost);
    CHECK(MultipathMemory(Order::Hole, 0, true) == kMergedCost + kFewCost);
}

TEST_CASE("what driver and offload say of a segment's memory is what it costs", "[mptcp][memory]")
{
    constexpr std::uint32_t told = 70000;
    CHECK(TcpMemory(Order::Alone, told) == told);
    CHECK(MultipathMemory(Order::Alone, told) == told);
    CHECK(TcpMemory(Order::Hole, told) == told + kFewCost);
    CHECK(MultipathMemory(Order::Hole, told) == told + kFewCost);
    CHECK(MultipathMemory(Order::Hole, told, true) == told + kFewCost);
}
