// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <catch2/catch.hpp>

// Path management over a whole connection: refused and half-open joins, what a peer can make us
// keep, and the memory of paths that swallow SYNs with MP_CAPABLE.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

mptcp::Config
Limits(std::uint32_t subflows, std::uint32_t accepted = 0, const char* manager = "kernel")
{
    mptcp::Config config;
    config.tcp = std::make_shared<tcp::Config>();
    config.extraSubflows = subflows;
    config.addAddrAccepted = accepted;
    config.pathManager = manager;
    return config;
}

std::size_t
OpenJoins(const mptcp::Info& info)
{
    return static_cast<std::size_t>(
        std::count_if(info.subflows.begin(), info.subflows.end(), [](const auto& s) {
            return s.id != 1 && !s.closed && s.established;
        }));
}

bool
IsJoinAnswer(const TcpSegment& segment)
{
    return segment.Has(kSyn) && segment.Has(kAck);
}

} // namespace

TEST_CASE("a path manager that opens again what has died gives up after two refusals in a row",
          "[mptcp]")
{
    const auto* manager = GENERATE("fullmesh", "ndiffports");
    MultiPath net(Limits(4, 4, manager), Limits(1), Paths(3));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(2));
    Transfer transfer(net, 1, 8000000);
    net.Start();
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    CHECK(transfer.Complete());
    CHECK(OpenJoins(net.InfoOf(0)) == 1);
    // At first as many as the limit allows, then each pair once more.
    CHECK(net.CountersOf(0).joinSynTx <= 8);
    CHECK(net.CountersOf(1).joinRejected >= 1);
}

TEST_CASE("a subflow that carried data and died is opened again by fullmesh", "[mptcp]")
{
    MultiPath net(Limits(1, 0, "fullmesh"), Limits(1), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 20000000);
    net.Start();
    for (int i = 1; i <= 5; ++i)
    {
        net.At(i * kSecond, [&] {
            for (const auto& s : net.InfoOf(0).subflows)
            {
                if (s.id != 1 && !s.closed)
                {
                    net.hosts[0].connection->CloseSubflow(net.Now(), s.id);
                }
            }
        });
    }
    net.Run(6 * kSecond);
    CHECK(OpenJoins(net.InfoOf(0)) == 1);
    CHECK(net.CountersOf(0).joinSynTx == 6);
}

TEST_CASE("thousands of refused joins leave nothing behind", "[mptcp]")
{
    MultiPath net(Limits(8), Limits(0), Paths(2));
    Transfer transfer(net, 1, 3000);
    transfer.closes = false;
    net.Start();
    net.Run(kSecond);
    mptcp::LocalEndpoint own;
    own.address = MultiPath::ClientAddress(1);
    own.id = 2;
    for (int i = 0; i < 3000; ++i)
    {
        auto& client = *net.hosts[0].connection;
        REQUIRE(client.OpenSubflow(net.Now(), own, {MultiPath::ServerAddress(0), 5001}) != 0);
        net.Run(net.Now() + 60 * kMillisecond);
    }
    CHECK(net.CountersOf(1).joinRejected == 3000);
    CHECK(net.InfoOf(0).subflows.size() <= 1 + 32 + 1);
    CHECK(net.InfoOf(1).subflows.size() <= 2);
    CHECK(net.hosts[0].connection->GetState() == tcp::State::Established);
}

TEST_CASE("joins without a third message keep no honest one out and are bounded", "[mptcp]")
{
    MultiPath net(Limits(8), Limits(8), Paths(2));
    Transfer transfer(net, 1, 3000);
    transfer.closes = false;
    bool hides = true;
    net.Start();
    net.hosts[1].filter = [&](int path, TcpSegment& s) {
        return !(hides && path == 1 && IsJoinAnswer(s));
    };
    net.Run(kSecond);
    mptcp::LocalEndpoint own;
    own.address = MultiPath::ClientAddress(1);
    own.id = 2;
    auto& client = *net.hosts[0].connection;
    for (int i = 0; i < 200; ++i)
    {
        const auto id = client.OpenSubflow(net.Now(), own, {MultiPath::ServerAddress(0), 5001});
        REQUIRE(id != 0);
        net.Run(net.Now() + 25 * kMillisecond);
        // The client forgets it at once; its RST is lost.
        net.hosts[0].filter = [](int, TcpSegment& s) { return !s.Has(kRst); };
        client.CloseSubflow(net.Now(), id);
        net.hosts[0].filter = nullptr;
    }
    CHECK(net.InfoOf(1).subflows.size() <= 1 + 64 + 1);
    hides = false;
    client.OpenSubflow(net.Now(), own, {MultiPath::ServerAddress(0), 5001});
    net.Run(net.Now() + 200 * kMillisecond);
    CHECK(OpenJoins(net.InfoOf(0)) == 1);
    CHECK(OpenJoins(net.InfoOf(1)) == 1);
}

TEST_CASE("however many addresses a peer announces, a full mesh remembers eight of them", "[mptcp]")
{
    MultiPath net(Limits(8, 8, "fullmesh"), Limits(20), Paths(20));
    Transfer transfer(net, 1, 3000);
    transfer.closes = false;
    for (int p = 1; p < 20; ++p)
    {
        net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(p));
    }
    net.Start();
    net.Run(5 * kSecond);
    CHECK(net.InfoOf(0).addAddrReceived == 19);
    CHECK(OpenJoins(net.InfoOf(0)) == 8);
}

TEST_CASE(
    "an accepted announcement is joined from where routing points, not from the first address",
    "[mptcp]")
{
    MultiPath net(Limits(2, 1), Limits(2), Paths(2));
    Transfer transfer(net, 1, 3000000);
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(1));
    net.Start();
    net.Run(20 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    const auto info = net.InfoOf(0);
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.subflows[1].local.address == MultiPath::ClientAddress(1));
    CHECK(info.subflows[1].remote.address == MultiPath::ServerAddress(1));
    CHECK(info.subflows[1].dataBytesReceived > 1000000);
}

TEST_CASE("a host remembers that SYNs with MP_CAPABLE vanished where a plain one was answered",
          "[mptcp]")
{
    auto config = Limits(2);
    MultiPath net(config, Limits(2), Paths(1));
    net.hosts[0].filter = [](int, TcpSegment& s) {
        MptcpOptions options;
        ParseMptcp(s, options);
        return !options.Has(MptcpSubtype::Capable);
    };
    Transfer transfer(net, 1, 10000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(net.CountersOf(0).capableSynTxDrop == 1);
    CHECK(net.CountersOf(0).blackhole == 1);
    CHECK(net.BlackholesOf(0) == 1);
}

TEST_CASE("a plain SYN that is lost, too, is no black hole", "[mptcp]")
{
    MultiPath net(Limits(2), Limits(2), Paths(1));
    int plain = 0;
    net.hosts[0].filter = [&plain](int, TcpSegment& s) {
        MptcpOptions options;
        ParseMptcp(s, options);
        const bool first = s.Has(kSyn) && !options.Has(MptcpSubtype::Capable) && ++plain == 1;
        return !options.Has(MptcpSubtype::Capable) && !first;
    };
    Transfer transfer(net, 1, 10000);
    net.Start();
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(net.CountersOf(0).capableSynTxDrop == 1);
    CHECK(net.CountersOf(0).blackhole == 0);
    CHECK(net.BlackholesOf(0) == 0);
}

TEST_CASE("while a host takes the way for a black hole it opens plain TCP", "[mptcp]")
{
    MultiPath net(Limits(2), Limits(2), Paths(1));
    net.SetBlackholed(0, true);
    net.record = true;
    Transfer transfer(net, 1, 10000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    CHECK(transfer.Complete());
    CHECK(net.InfoOf(0).fallback);
    CHECK(net.CountersOf(0).capableSynTxDisabled == 1);
    CHECK(net.CountersOf(0).capableSynTx == 0);
    REQUIRE_FALSE(net.Log().empty());
    CHECK_FALSE(net.Log().front().options.Has(MptcpSubtype::Capable));
}
