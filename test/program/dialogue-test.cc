// SPDX-License-Identifier: GPL-2.0-only

#include "fake-stream.h"
#include "ns3/hs-datagram-tunnel.h"
#include "ns3/hs-dialogue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using namespace hoststack;
using test::FakeStream;

TEST_CASE("both ends of a dialogue speak by turns, and the opener tells how long it took",
          "[program][dialogue]")
{
    auto script = std::make_shared<const DialogueScript>(
        DialogueScript{{false, 40}, {true, 100}, {false, 200}});
    FakeStream client;
    FakeStream server;
    Dialogue opener(script, true);
    Dialogue listener(script, false);
    client.NoteOpened(0);
    opener.Step(client, Ready::Connected);
    CHECK(client.GetRecord().bytesWritten == 0);
    listener.Step(server, Ready::Connected);
    CHECK(server.GetRecord().bytesWritten == 40);

    client.arrived = 39;
    opener.Step(client, Ready::Readable);
    CHECK(client.GetRecord().bytesWritten == 0);
    client.arrived = 1;
    opener.Step(client, Ready::Readable);
    CHECK(client.GetRecord().bytesWritten == 100);

    server.arrived = 100;
    listener.Step(server, Ready::Readable);
    CHECK(server.GetRecord().bytesWritten == 240);

    client.now = 7;
    client.arrived = 200;
    opener.Step(client, Ready::Readable);
    CHECK(client.IsFinished());
    CHECK(client.closed);
    REQUIRE(opener.FindResponseTimes()->size() == 1);
    CHECK(opener.FindResponseTimes()->front() == 7);

    server.EndFromPeer();
    listener.Step(server, Ready::Ended);
    CHECK(server.IsFinished());
}

TEST_CASE("a dialogue that the other end leaves has failed", "[program][dialogue]")
{
    auto script = std::make_shared<const DialogueScript>(DialogueScript{{true, 100}, {false, 200}});
    FakeStream client;
    Dialogue opener(script, true);
    client.NoteOpened(0);
    opener.Step(client, Ready::Connected);
    client.arrived = 100;
    client.EndFromPeer();
    opener.Step(client, Ready::Ended);
    CHECK(client.GetRecord().failed);
    CHECK(client.closed);
}

TEST_CASE(
    "datagrams in a stream are delayed by all that lie before them, and dropped when too many "
    "wait",
    "[program][tunnel]")
{
    TunnelSettings settings;
    settings.size = 100;
    settings.overhead = 10;
    settings.count = 6;
    settings.queueLimit = 2;
    auto ledger = std::make_shared<TunnelLedger>();
    // 800 bits at 800 Mbit/s: one each microsecond.
    TunnelSender sender(settings, MakeConstantRate(800, 800000000), ledger);
    TunnelReceiver receiver(settings, ledger);
    FakeStream router;
    FakeStream vps;
    router.room = 160;
    sender.Step(router, Ready::Connected);
    CHECK(router.GetRecord().bytesWritten == 110);
    for (router.now = 1000; router.now <= 5000; router.now += 1000)
    {
        sender.Step(router, Ready::Timer);
    }
    // The second one is half written, two wait, two found no room.
    CHECK(router.GetRecord().bytesWritten == 160);
    CHECK(ledger->dropped == 2);
    CHECK_FALSE(router.IsFinished());
    router.room = ProgramIo::kAll;
    sender.Step(router, Ready::Writable);
    CHECK(router.GetRecord().bytesWritten == 4 * 110);
    CHECK(router.IsFinished());

    receiver.Step(vps, Ready::Connected);
    vps.now = 9000;
    vps.arrived = 2 * 110 + 109;
    receiver.Step(vps, Ready::Readable);
    REQUIRE(receiver.FindResponseTimes()->size() == 2);
    CHECK((*receiver.FindResponseTimes())[0] == 9000);
    CHECK((*receiver.FindResponseTimes())[1] == 8000);
    vps.arrived = 111;
    vps.EndFromPeer();
    receiver.Step(vps, Ready::Ended);
    CHECK(receiver.FindResponseTimes()->size() == 4);
    CHECK(vps.IsFinished());
}

TEST_CASE("a VPN over a stream of real bytes writes into it when each datagram came",
          "[program][tunnel]")
{
    struct Wire : FakeStream
    {
        std::uint64_t WriteFrom(ContentQueue& from) override
        {
            const auto taken = std::min(from.Length(), room);
            room -= room == kAll ? 0 : taken;
            from.MoveTo(content, taken);
            return taken;
        }

        std::uint64_t ReadInto(ContentQueue& into, std::uint64_t most) override
        {
            const auto got = Read(most);
            content.MoveTo(into, got);
            return got;
        }

        ContentQueue content;
    };

    TunnelSettings settings;
    settings.size = 100;
    settings.overhead = 10;
    settings.count = 3;
    settings.queueLimit = 9;
    settings.isInBand = true;
    TunnelSender sender(settings,
                        MakeConstantRate(800, 800000000),
                        std::make_shared<TunnelLedger>());
    TunnelReceiver receiver(settings, nullptr);
    Wire router;
    Wire vps;
    // A datagram that the stream takes in two parts keeps its time.
    router.room = 113;
    router.now = 5000;
    sender.Step(router, Ready::Connected);
    for (router.now = 6000; router.now <= 7000; router.now += 1000)
    {
        sender.Step(router, Ready::Timer);
    }
    router.room = ProgramIo::kAll;
    router.now = 8000;
    sender.Step(router, Ready::Writable);
    CHECK(router.content.Length() == 330);
    CHECK(router.IsFinished());

    router.content.MoveTo(vps.content, 330);
    vps.now = 9000;
    vps.arrived = 115;
    receiver.Step(vps, Ready::Readable);
    CHECK(*receiver.FindResponseTimes() == std::vector<TimeNs>{4000});
    vps.arrived = 215;
    receiver.Step(vps, Ready::Readable);
    CHECK(*receiver.FindResponseTimes() == std::vector<TimeNs>{4000, 3000, 2000});
    CHECK(*receiver.FindAskTimes() == std::vector<TimeNs>{5000, 6000, 7000});
}
