// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"

#include <catch2/catch.hpp>
#include <functional>
#include <malloc.h>

// Whatever a peer sends, a connection keeps no more than docs/models/mptcp.md says: for each kind
// of flood, twice as much of it leaves no more behind.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

std::int64_t
MemoryInUse()
{
    return static_cast<std::int64_t>(mallinfo2().uordblks);
}

/// What \p step, done 20,000 times more, has left behind when it was done 20,000 times before.
std::int64_t
GrowthOf(HandMadePeer& peer, const std::function<void(std::uint64_t)>& step)
{
    constexpr std::uint64_t kRounds = 20000;
    for (std::uint64_t i = 0; i < kRounds; ++i)
    {
        step(i);
    }
    peer.Wait(kSecond);
    const auto before = MemoryInUse();
    for (std::uint64_t i = kRounds; i < 2 * kRounds; ++i)
    {
        step(i);
    }
    peer.Wait(kSecond);
    return MemoryInUse() - before;
}

constexpr std::int64_t kNothing = 20000; // bytes: a container may double once

HandMadePeer
Victim()
{
    return {MeasuredHost("tun", 1500, 65536), 2, 1460};
}

} // namespace

TEST_CASE("a flood of data in pieces of a byte beyond a hole is bounded by the receive buffer",
          "[mptcp]")
{
    auto peer = Victim();
    const auto growth =
        GrowthOf(peer, [&](std::uint64_t i) { peer.Data(static_cast<int>(i % 2), 1 + 2 * i, 1); });
    CHECK(growth < kNothing);
    CHECK(peer.connection->ReceiveMemory() <= 131072 + 832);
}

TEST_CASE("the same data again and again leaves nothing behind", "[mptcp]")
{
    auto peer = Victim();
    CHECK(GrowthOf(peer, [&](std::uint64_t i) { peer.Data(static_cast<int>(i % 2), 0, 100); }) <
          kNothing);
}

TEST_CASE("data far beyond the window leaves nothing behind", "[mptcp]")
{
    auto peer = Victim();
    CHECK(GrowthOf(peer, [&](std::uint64_t i) {
              peer.Data(static_cast<int>(i % 2), 1u << 30, 100);
              peer.Read();
          }) < kNothing);
    CHECK(peer.connection->ReceiveMemory() == 0);
}

TEST_CASE("announced and withdrawn addresses leave nothing behind", "[mptcp]")
{
    auto peer = Victim();
    CHECK(GrowthOf(peer, [&](std::uint64_t i) {
              const auto id = static_cast<std::uint8_t>(1 + i % 255);
              if (i % 3 == 0)
              {
                  peer.RemoveAddress(0, id);
              }
              else
              {
                  peer.AddAddress(0, id, IpAddress::V4(0x0b000000u + static_cast<unsigned>(i)));
              }
          }) < kNothing);
}

TEST_CASE("joins that are refused or forgotten leave nothing behind", "[mptcp]")
{
    auto peer = Victim();
    CHECK(GrowthOf(peer, [&](std::uint64_t i) { peer.TryToJoin(i % 2 == 0); }) < kNothing);
    CHECK(peer.connection->GetInfo(peer.now).subflows.size() <= 2 + 64 + 32);
}

TEST_CASE("what a join that came to nothing has counted stays counted when its record is freed",
          "[mptcp]")
{
    auto peer = Victim();
    std::uint64_t most = 0;
    for (int i = 0; i < 300; ++i)
    {
        peer.TryToJoin(i % 2 == 0);
        peer.Wait(kSecond); // the SYN/ACK of those that never go on is repeated meanwhile
        const auto info = peer.connection->GetInfo(peer.now);
        auto sum = info.gone->segmentsSent + info.gone->retransmissions;
        for (const auto& s : info.subflows)
        {
            sum += s.tcp.segmentsSent + s.tcp.retransmissions;
        }
        CHECK(sum >= most);
        most = std::max(most, sum);
    }
    CHECK(most > 300);
}

TEST_CASE("DATA_ACKs of data never sent leave the send queue as it is", "[mptcp]")
{
    auto peer = Victim();
    peer.connection->Send(peer.now, Payload::Virtual(5000));
    const auto queued = peer.connection->GetInfo(peer.now).sendQueue;
    REQUIRE(queued == 5000);
    peer.AcknowledgeData(0, 1u << 20);
    CHECK(peer.connection->GetInfo(peer.now).sendQueue == queued);
}

TEST_CASE("data that a full connection leaves in its subflow is always answered, however small its "
          "mappings are",
          "[mptcp]")
{
    auto peer = Victim();
    std::uint64_t offset = 0;
    for (; offset < 400000; offset += 1000)
    {
        peer.Data(0, offset, 1000, false);
    }
    REQUIRE(peer.dataAck < offset);
    offset = peer.dataAck;
    for (int i = 0; i < 2000; ++i)
    {
        peer.Data(1, offset + static_cast<unsigned>(i), 1, false);
        peer.Let(200 * kMillisecond); // a delayed ACK has left by then
        INFO("segment " << i);
        REQUIRE(peer.acks > 0);
    }
}

TEST_CASE("what was refused or pruned leaves no mapping behind that takes the place of others",
          "[mptcp]")
{
    // 2,000 pieces of a byte, each beyond a hole of its own; then all of them in order.
    auto peer = Victim();
    for (unsigned i = 1; i <= 2000; ++i)
    {
        peer.Move(0, 1);
        peer.Data(0, 2 * i - 1, 1);
    }
    peer.Move(0, -4000);
    for (unsigned i = 0; i < 4000; ++i)
    {
        peer.Data(0, i, 1);
        peer.Let(200 * kMillisecond); // a delayed ACK has left by then
        INFO("byte " << i << ", acknowledged up to " << peer.dataAck);
        REQUIRE(peer.acks > 0);
        peer.Read();
    }
    CHECK(peer.dataAck == 4000);
}

TEST_CASE("until a window has been announced in a DSS, data ahead of a hole at the data level is "
          "beyond it and comes again from the peer",
          "[mptcp]")
{
    // mptcp_sk_clone: rcv_wnd_sent begins with the first byte (Linux 6.1).
    HandMadePeer peer{MeasuredHost("tun", 1500, 65536), 1, 1460};
    peer.Data(0, 1000, 1000);
    CHECK(peer.connection->GetInfo(peer.now).beyondWindow == 1);
    peer.Data(0, 2000, 1000);
    peer.Data(0, 0, 1000);
    CHECK(peer.Read() == 1000);
    peer.Data(0, 1000, 1000);
    CHECK(peer.Read() == 2000);
}
