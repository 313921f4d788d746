// SPDX-License-Identifier: GPL-2.0-only

#include "fake-stream.h"
#include "ns3/hs-content-queue.h"
#include "ns3/hs-relay.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <utility>

using namespace hoststack;
using test::FakeStream;

namespace
{

/// A relay between two such streams.
struct Between
{
    explicit Between(const RelaySettings& settings,
                     std::shared_ptr<SealedTunnel> nearTunnel = nullptr,
                     std::shared_ptr<SealedTunnel> farTunnel = nullptr)
        : relay(std::make_shared<Relay>(
              settings,
              tally,
              [this](std::unique_ptr<Program> program) { onward = std::move(program); })),
          accepted(Relay::MakeNear(relay))
    {
        relay->SetNearTunnel(std::move(nearTunnel));
        relay->SetFarTunnel(std::move(farTunnel));
        accepted->Step(client, Ready::Connected);
    }

    void Connect()
    {
        REQUIRE(onward);
        onward->Step(server, Ready::Connected);
    }

    RelayTally tally;
    std::unique_ptr<Program> onward;
    std::shared_ptr<Relay> relay;
    std::unique_ptr<Program> accepted;
    FakeStream client;
    FakeStream server;
};

constexpr Sealing kSealing{1000, 34, 70, 32};

} // namespace

TEST_CASE("a relay reads no more than its buffer while the other side takes nothing",
          "[program][relay]")
{
    Between between({1000, 0});
    between.client.arrived = 10000;
    between.server.room = 0;
    between.Connect();
    CHECK(between.client.GetRecord().bytesRead == 1000);
    CHECK(between.tally.heldMost == 1000);

    between.server.room = 2500;
    between.onward->Step(between.server, Ready::Writable);
    CHECK(between.server.GetRecord().bytesWritten == 2500);
    CHECK(between.client.GetRecord().bytesRead == 3000);

    between.server.room = ProgramIo::kAll;
    between.onward->Step(between.server, Ready::Writable);
    CHECK(between.server.GetRecord().bytesWritten == 10000);
    CHECK(between.tally.copied == 10000);
    CHECK(between.tally.reads == 10);
}

TEST_CASE("a relay waits for its onward connection before it reads", "[program][relay]")
{
    Between between({1000, 0});
    between.client.arrived = 500;
    between.accepted->Step(between.client, Ready::Readable);
    CHECK(between.client.arrived == 500);
    between.Connect();
    CHECK(between.server.GetRecord().bytesWritten == 500);
}

TEST_CASE("the end of one side of a relay ends only the writing to the other", "[program][relay]")
{
    Between between({1000, 0});
    between.Connect();
    between.client.arrived = 1500;
    between.client.EndFromPeer();
    between.accepted->Step(between.client, Ready::Ended);
    CHECK(between.server.GetRecord().bytesWritten == 1500);
    CHECK(between.server.sendClosed);
    CHECK_FALSE(between.client.closed);

    between.server.arrived = 700;
    between.onward->Step(between.server, Ready::Readable);
    CHECK(between.client.GetRecord().bytesWritten == 700);
    CHECK_FALSE(between.client.sendClosed);

    between.server.EndFromPeer();
    between.onward->Step(between.server, Ready::Ended);
    CHECK(between.client.sendClosed);
    CHECK(between.client.closed);
    CHECK(between.server.closed);
    CHECK(between.client.IsFinished());
    CHECK(between.tally.failed == 0);
}

TEST_CASE("a side of a relay that fails closes the other one", "[program][relay]")
{
    const bool isNear = GENERATE(true, false);
    Between between({1000, 0});
    between.Connect();
    (isNear ? between.accepted : between.onward)
        ->HandleFailure(isNear ? between.client : between.server);
    const auto& other = isNear ? between.server : between.client;
    CHECK(other.closed);
    CHECK(other.GetRecord().failed);
    CHECK(between.tally.failed == 1);
}

TEST_CASE("a relay whose client has gone closes the onward connection when it comes about",
          "[program][relay]")
{
    Between between({1000, 0});
    between.accepted->HandleFailure(between.client);
    between.Connect();
    CHECK(between.server.closed);
    CHECK(between.server.GetRecord().failed);
}

TEST_CASE("a relay seals its onward connection in chunks, and says first where it leads",
          "[program][relay]")
{
    auto tunnel = std::make_shared<SealedTunnel>(kSealing);
    Between between({1000, 50}, nullptr, tunnel);
    between.client.arrived = 1500;
    between.Connect();
    CHECK(between.server.GetRecord().bytesWritten == 70 + 2 * 34 + 1500);
    CHECK(between.tally.sealed == 1500);
    CHECK(between.tally.seals == 2);
}

TEST_CASE("without bytes of the client a relay says where it leads after its wait",
          "[program][relay]")
{
    auto tunnel = std::make_shared<SealedTunnel>(kSealing);
    Between between({1000, 50}, nullptr, tunnel);
    between.Connect();
    CHECK(between.server.GetRecord().bytesWritten == 0);
    REQUIRE(between.client.wakeAt == 50);
    between.client.now = 50;
    between.accepted->Step(between.client, Ready::Timer);
    CHECK(between.server.GetRecord().bytesWritten == 70);

    between.client.arrived = 10;
    between.accepted->Step(between.client, Ready::Readable);
    CHECK(between.server.GetRecord().bytesWritten == 70 + 34 + 10);
}

TEST_CASE("a relay that is called over a tunnel opens chunks only when they are whole",
          "[program][relay]")
{
    auto tunnel = std::make_shared<SealedTunnel>(kSealing);
    Between between({100, 0}, tunnel);
    CHECK_FALSE(between.onward);

    const auto wire = tunnel->up.Seal(600).wire;
    between.client.arrived = wire - 1;
    between.accepted->Step(between.client, Ready::Readable);
    CHECK_FALSE(between.onward);
    between.client.arrived += 1;
    between.accepted->Step(between.client, Ready::Readable);
    between.Connect();
    CHECK(between.server.GetRecord().bytesWritten == 600);
    CHECK(between.tally.unsealed == 600);

    between.server.arrived = 100;
    between.onward->Step(between.server, Ready::Readable);
    CHECK(between.client.GetRecord().bytesWritten == 32 + 34 + 100);
    CHECK(tunnel->down.Next().plain == 100);
}

TEST_CASE("a relay whose tunnel ends before a request gives up", "[program][relay]")
{
    Between between({100, 0}, std::make_shared<SealedTunnel>(kSealing));
    between.client.EndFromPeer();
    between.accepted->Step(between.client, Ready::Ended);
    CHECK(between.client.closed);
    CHECK(between.client.GetRecord().failed);
    CHECK_FALSE(between.onward);
}

TEST_CASE("content that passes a queue keeps its order among virtual bytes", "[program][relay]")
{
    ContentQueue queue;
    queue.AppendVirtual(3);
    const std::uint8_t bytes[] = {1, 2, 3, 4};
    queue.Append(Payload::Copy(bytes, 4));
    queue.AppendVirtual(2);
    CHECK(queue.Length() == 9);
    queue.Drop(4);
    ContentQueue other;
    other.AppendVirtual(1);
    queue.MoveTo(other, 4);
    CHECK(queue.Length() == 1);
    CHECK(queue.Front(10).IsVirtual());
    REQUIRE(other.Length() == 5);
    other.Drop(1);
    const auto front = other.Front(10);
    REQUIRE(front.Length() == 3);
    REQUIRE_FALSE(front.IsVirtual());
    CHECK(front.Data()[0] == 2);
    CHECK(front.Data()[2] == 4);
}
