// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"
#include "ns3/hs-mptcp-counters.h"

#include <catch2/catch.hpp>
#include <set>

// What nstat shows of multipath TCP.

namespace
{

using namespace hoststack;
using namespace hoststack::test;
using mptcp::Counters;

/// The counters that are not 0, as nstat prints them.
std::string
Shown(const Counters& counters)
{
    std::string text;
    for (const auto& counter : mptcp::CounterCatalogue())
    {
        const auto value = counter.value ? counters.*counter.value : 0;
        if (value != 0)
        {
            text += std::string(counter.name).substr(8) + ' ' + std::to_string(value) + '\n';
        }
    }
    return text;
}

void
StripFrom(MultiPath& net, int host, std::function<bool(const TcpSegment&)> which)
{
    net.hosts[host].filter = [which](int, TcpSegment& segment) {
        if (which(segment))
        {
            StripMptcp(segment.options);
        }
        return true;
    };
}

} // namespace

TEST_CASE("each counter has one name of nstat and one place", "[mptcp]")
{
    std::set<std::string> names;
    std::size_t counted = 0;
    for (const auto& counter : mptcp::CounterCatalogue())
    {
        CHECK(std::string(counter.name).rfind("MPTcpExt", 0) == 0);
        CHECK(names.insert(counter.name).second);
        CHECK_FALSE(std::string(counter.about).empty());
        counted += counter.value ? 1 : 0;
    }
    CHECK(counted == sizeof(Counters) / sizeof(std::uint64_t));
}

TEST_CASE("a join is counted at both ends", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, true));
    Transfer transfer(net, 1, 100000);
    transfer.closes = false;
    net.Start();
    net.Run(5 * kSecond);
    const auto& client = net.CountersOf(0);
    const auto& server = net.CountersOf(1);
    CHECK(client.capableSynTx == 1);
    CHECK(client.capableSynAckRx == 1);
    CHECK(client.joinSynTx == 1);
    CHECK(client.joinSynAckRx == 1);
    CHECK(client.joinSynAckBackupRx == 0); // the server asked for nothing
    CHECK(client.joinSynRx == 0);
    CHECK(server.capableSynRx == 1);
    CHECK(server.capableAckRx == 1);
    CHECK(server.capableFallbackAck == 0);
    CHECK(server.joinSynRx == 1);
    CHECK(server.joinSynBackupRx == 1);
    CHECK(server.joinAckRx == 1);
    CHECK(server.joinRejected == 0);
    CHECK(net.hosts[1].connection->CountsAsEstablished());
}

TEST_CASE("a join beyond the limit is counted as rejected", "[mptcp]")
{
    auto server = TestConfig();
    server.extraSubflows = 0;
    MultiPath net(TestConfig(), server, Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 100000);
    net.Start();
    net.Run(5 * kSecond);
    CHECK(net.CountersOf(1).joinSynRx == 1);
    CHECK(net.CountersOf(1).joinRejected == 1);
    CHECK(net.CountersOf(1).joinAckRx == 0);
}

TEST_CASE("announcements, echoes and removals are counted when they leave and when they arrive",
          "[mptcp]")
{
    auto client = TestConfig();
    client.addAddrAccepted = 2;
    MultiPath net(client, TestConfig(), Paths(3));
    auto withPort = MultiPath::SignalOn(1);
    withPort.port = 5001;
    net.hosts[1].connection->AddEndpoint(0, withPort);
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(2));
    Transfer transfer(net, 1, 4000000);
    net.Start();
    net.At(kSecond, [&] { net.hosts[1].connection->RemoveEndpoint(net.Now(), 3); });
    net.Run(2 * kSecond);
    CHECK(net.CountersOf(1).addAddrTx == 2);
    CHECK(net.CountersOf(0).addAddrRx == 2);
    CHECK(net.CountersOf(0).addAddrPortRx == 1);
    CHECK(net.CountersOf(0).addAddrEchoTx == 2);
    CHECK(net.CountersOf(1).addAddrEchoRx == 2);
    CHECK(net.CountersOf(1).addAddrPortRx == 1); // the echo repeats the port
    CHECK(net.CountersOf(1).removeAddrTx == 1);
    CHECK(net.CountersOf(0).removeAddrRx == 1);
    CHECK(net.CountersOf(1).removedSubflows == 1);
    CHECK(net.CountersOf(0).removedSubflows == 0);
}

TEST_CASE("a repeated announcement counts each time it is sent", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[1].filter = [](int, TcpSegment& segment) {
        MptcpOptions options;
        ParseMptcp(segment, options);
        return !options.Has(MptcpSubtype::AddAddress);
    };
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(1));
    Transfer transfer(net, 1, 1000);
    transfer.closes = false;
    net.Start();
    net.Run(1000 * kSecond);
    CHECK(net.CountersOf(1).addAddrTx == 4);
    CHECK(net.CountersOf(0).addAddrRx == 0);
}

TEST_CASE("each way of falling back has its counter", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    SECTION("the SYN/ACK comes without the option")
    {
        StripFrom(net, 1, [](const TcpSegment& s) { return s.Has(kSyn); });
        Transfer transfer(net, 1, 100000);
        net.Start();
        net.Run(30 * kSecond, [&] { return transfer.Complete(); });
        CHECK(transfer.Intact());
        CHECK(Shown(net.CountersOf(0)) == "MPCapableSYNTX 1\nMPCapableFallbackSYNACK 1\n");
        CHECK(Shown(net.CountersOf(1)) == "MPCapableSYNRX 1\nMPCapableFallbackACK 1\n");
    }
    SECTION("the SYN comes without it: nothing to fall back from")
    {
        StripFrom(net, 0, [](const TcpSegment& s) { return s.Has(kSyn); });
        Transfer transfer(net, 1, 100000);
        net.Start();
        net.Run(30 * kSecond, [&] { return transfer.Complete(); });
        CHECK(transfer.Intact());
        CHECK(Shown(net.CountersOf(0)) == "MPCapableSYNTX 1\nMPCapableFallbackSYNACK 1\n");
        CHECK(Shown(net.CountersOf(1)).empty());
    }
    SECTION("SYNs with the option get no answer")
    {
        net.hosts[0].filter = [](int, TcpSegment& segment) {
            MptcpOptions options;
            ParseMptcp(segment, options);
            return !segment.Has(kSyn) || !options.Has(MptcpSubtype::Capable);
        };
        Transfer transfer(net, 1, 100000);
        net.Start();
        net.Run(60 * kSecond, [&] { return transfer.Complete(); });
        CHECK(transfer.Intact());
        CHECK(Shown(net.CountersOf(0)) == "MPCapableSYNTX 1\nMPCapableSYNTXDrop 1\nBlackhole 1\n");
    }
    SECTION("the options vanish after the handshake")
    {
        StripFrom(net, 1, [](const TcpSegment& s) { return !s.Has(kSyn); });
        Transfer transfer(net, 1, 100000);
        net.Start();
        net.Run(30 * kSecond, [&] { return transfer.Complete(); });
        CHECK(transfer.Intact());
        CHECK(net.CountersOf(0).capableDataFallback == 1);
        CHECK(net.CountersOf(0).dssFallback == 0);
    }
}

TEST_CASE("an abort is counted as fast close and reset, sent and received", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 4000000);
    net.Start();
    net.At(kSecond, [&] { net.hosts[0].connection->Abort(net.Now()); });
    net.Run(3 * kSecond);
    CHECK(net.CountersOf(0).fastCloseTx == 2);
    CHECK(net.CountersOf(0).resetTx == 2);
    CHECK(net.CountersOf(1).fastCloseRx == 1); // the first one ends the connection
    CHECK(net.CountersOf(1).resetRx == 1);
    CHECK_FALSE(net.hosts[1].connection->CountsAsEstablished());
}

TEST_CASE("a path that dies shows in the counters of stale subflows and repeated data", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 8000000);
    net.Start();
    net.At(kSecond, [&] { net.SetDown(1, true); });
    net.At(5 * kSecond, [&] { net.SetDown(1, false); });
    net.Run(40 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    const auto& sender = net.CountersOf(1);
    CHECK(sender.retransmissions >= 1);
    CHECK(sender.subflowStale >= 1);
    CHECK(sender.subflowStale == net.InfoOf(1).staleEvents);
    CHECK(sender.subflowRecover == net.InfoOf(1).recoverEvents);
    const auto& receiver = net.CountersOf(0);
    CHECK(receiver.outOfOrder > 0);
    CHECK(receiver.outOfOrderMerge <= receiver.outOfOrder);
    CHECK(receiver.outOfOrderTail <= receiver.outOfOrder);
    CHECK(receiver.receiveWindowShared > 0);
}
