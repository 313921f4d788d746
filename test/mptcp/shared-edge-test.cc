// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <catch2/catch.hpp>
#include <functional>

// The sender's shared edge is the DATA_ACK plus the subflow's window, which a sibling has raised:
// it can lie beyond what the receiver takes.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

mptcp::Config
Kernel()
{
    auto config = TestConfig();
    config.subflowWindowShrinks = true;
    config.tuneWithoutMargin = true;
    return With(config, [](tcp::Config& t) {
        t.receiveBuffer = 2 * 1048576;
        t.receiveBufferLocked = true;
        t.sendBuffer = 2 * 4194304;
        t.sendBufferLocked = true;
    });
}

/// A path whose packets wait for slots of 5 ms, in both directions.
LinkConfig
Slotted(double megabits, double milliseconds, TimeNs phase)
{
    auto link = MultiPath::Link(megabits, milliseconds, 2000);
    LinkBehaviourConfig gate;
    gate.kind = "slot-gate";
    gate.parameters.SetDuration("slot", 5 * kMillisecond);
    gate.parameters.SetDuration("phase", phase);
    link.behaviours.push_back(gate);
    return link;
}

} // namespace

TEST_CASE("data beyond what the receiver takes is dropped, and the data-level timer sends it again",
          "[mptcp]")
{
    // Both ends send, and one reads every 50 ms: ACKs of different age raise and lower the windows
    // of two unequal paths.
    const auto config = With(Kernel(), [](tcp::Config& t) { t.receiveBuffer = 524288; });
    MultiPath net(config, config, {Slotted(50, 10, 0), Slotted(20, 80, kMillisecond)});
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 8000000);
    transfer.closes = false;
    const auto read = net.hosts[0].onEvents;
    TimeNs next = 0;
    bool armed = false;
    const std::function<void()> readAll = [&] {
        armed = false;
        next = net.Now() + 50 * kMillisecond;
        read(net.Now(), tcp::kReadable);
    };
    net.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if ((events & tcp::kConnected) != 0)
        {
            net.hosts[0].connection->Send(now, Payload::Virtual(3000000));
        }
        if (now >= next)
        {
            readAll();
        }
        else if (!armed)
        {
            armed = true;
            net.At(next, readAll);
        }
    };
    net.Start();
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    // Nothing was lost on the way: what the receiver dropped is what came again.
    CHECK(net.CountersOf(0).beyondWindow > 0);
    CHECK(net.InfoOf(1).timeouts > 0);
    CHECK(net.InfoOf(1).bytesReinjected > 0);
    for (const auto& s : net.InfoOf(1).subflows)
    {
        CHECK(s.tcp.retransmissions == 0);
    }
}

TEST_CASE("both ends may write until nothing fits while neither reads", "[mptcp]")
{
    const std::uint32_t kilobytes = GENERATE(16, 64, 256);
    const auto config = With(Kernel(), [&](tcp::Config& t) {
        t.receiveBuffer = 2048 * kilobytes;
        t.sendBuffer = 2048 * kilobytes;
    });
    MultiPath net(config, config, {MultiPath::Link(50, 5), MultiPath::Link(20, 20)});
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    std::uint64_t written[2] = {0, 0};
    std::uint64_t read[2] = {0, 0};
    bool reads = false;
    for (int i = 0; i < 2; ++i)
    {
        net.hosts[i].onEvents = [&, i](TimeNs now, std::uint32_t) {
            auto& c = *net.hosts[i].connection;
            constexpr std::uint64_t kAll = 2000000;
            while (written[i] < kAll && c.GetState() >= tcp::State::Established)
            {
                const auto n = c.Send(now, Payload::Virtual(4096));
                written[i] += n;
                if (n < 4096)
                {
                    break;
                }
            }
            if (reads)
            {
                read[i] += c.Read(now, 1u << 30, nullptr);
            }
        };
    }
    net.Start();
    net.Run(10 * kSecond);
    const auto asleep = written[0] + written[1];
    CHECK(asleep < 2 * 2000000);
    std::uint64_t sent = 0;
    net.watch = [&](const MultiPath::Sent& s) { sent += s.segment.payload.Length() > 1 ? 1 : 0; };
    net.Run(60 * kSecond);
    CHECK(written[0] + written[1] == asleep);
    CHECK(sent <= 20); // ever more rarely: a segment that found no room, on each of two subflows
    reads = true;
    net.At(60 * kSecond, [&] {
        for (auto& host : net.hosts)
        {
            host.onEvents(net.Now(), 0);
        }
    });
    net.Run(200 * kSecond, [&] { return read[0] >= 2000000 && read[1] >= 2000000; });
    CHECK(read[0] >= 2000000);
    CHECK(read[1] >= 2000000);
}

TEST_CASE("when a dead path closes and a backup is all that is left, the data goes there at once",
          "[mptcp]")
{
    const bool outstanding = GENERATE(true, false); // or all of it was acknowledged
    auto server = Kernel();
    server.staleLossCount = 0; // nobody notices that the path is dead
    MultiPath net(Kernel(), server, {MultiPath::Link(50, 10), MultiPath::Link(20, 10)});
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, true));
    Transfer transfer(net, 1, outstanding ? 40000000 : 1000000);
    transfer.closes = false;
    net.Start();
    net.Run(2 * kSecond);
    REQUIRE(net.InfoOf(1).subflows.size() == 2);
    CHECK(net.InfoOf(0).subflows[1].dataBytesReceived == 0);
    REQUIRE(transfer.Complete() == !outstanding);
    net.SetDown(0, true);
    std::uint64_t more = 0;
    if (!outstanding)
    {
        net.At(2 * kSecond,
               [&] { more = net.hosts[1].connection->Send(net.Now(), Payload::Virtual(10000)); });
    }
    // Before a second data-level time-out, after which the backup repeats what is outstanding.
    constexpr TimeNs kClose = 2 * kSecond + 300 * kMillisecond;
    net.Run(kClose);
    CHECK(net.InfoOf(0).subflows[1].dataBytesReceived == 0);
    const auto before = net.InfoOf(0).bytesReceived;
    std::uint64_t sent = 0;
    net.watch = [&](const MultiPath::Sent& x) {
        sent += x.from == 1 && x.path == 1 ? x.segment.payload.Length() : 0;
    };
    net.At(kClose, [&] { net.hosts[1].connection->CloseSubflow(net.Now(), 1); });
    net.Run(kClose + 30 * kMillisecond);
    CHECK(sent >= (outstanding ? 30000 : 10000));
    CHECK((outstanding || net.InfoOf(0).bytesReceived == before + more));
}

TEST_CASE("windows by the RFCs: all subflows together promise no more than the buffer holds",
          "[mptcp]")
{
    // RFC 8684 section 3.3.1. What is missing then always finds room.
    const auto client = With(TestConfig(), [](tcp::Config& tcp) {
        tcp.window = "rfc1122";
        tcp.receiveBuffer = tcp.receiveBufferMax = 65535;
        tcp.truesize = {};
        tcp.truesize.head = tcp.truesize.overhead = 0;
    });
    const auto seed = static_cast<std::uint64_t>(GENERATE(1, 2, 3, 4));
    MultiPath net(
        client,
        TestConfig(),
        {MultiPath::Link(50, 0, 1000), MultiPath::Lossy(MultiPath::Link(50, 1, 1000), 0.05)},
        seed);
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 3000000);
    std::uint32_t most = 0;
    net.Start();
    net.Run(100 * kSecond, [&] {
        most = std::max(most, net.hosts[0].connection->ReceiveMemory());
        return transfer.Complete();
    });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(most <= 65535);
    CHECK(most > 20000);
}
