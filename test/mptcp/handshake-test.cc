// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"
#include "ns3/hs-mptcp-crypto.h"

#include <catch2/catch.hpp>

// MP_CAPABLE, MP_JOIN and what happens when their options or segments are lost.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

/// The n-th segment (from 0) of a host on a path, of those that satisfy \p which.
const MultiPath::Sent*
Nth(const MultiPath& net,
    int from,
    int path,
    std::size_t n,
    const std::function<bool(const MultiPath::Sent&)>& which = nullptr)
{
    for (const auto& s : net.Log())
    {
        if (s.from == from && s.path == path && (!which || which(s)) && n-- == 0)
        {
            return &s;
        }
    }
    return nullptr;
}

bool
IsJoin(const MultiPath::Sent& s)
{
    return s.options.Has(MptcpSubtype::Join);
}

bool
HasData(const MultiPath::Sent& s)
{
    return s.segment.payload.Length() > 0;
}

std::size_t
Count(const MultiPath& net, const std::function<bool(const MultiPath::Sent&)>& which)
{
    return static_cast<std::size_t>(std::count_if(net.Log().begin(), net.Log().end(), which));
}

} // namespace

TEST_CASE("the first handshake carries the keys as Linux does", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    net.record = true;
    Transfer transfer(net, 0, 5000);
    net.Start();
    net.Run(10 * kSecond, [&] { return transfer.Complete(); });
    REQUIRE(transfer.Complete());
    const auto* syn = Nth(net, 0, 0, 0);
    const auto* synAck = Nth(net, 1, 0, 0);
    const auto* ack = Nth(net, 0, 0, 1);
    const auto* data = Nth(net, 0, 0, 0, HasData);
    REQUIRE((syn && synAck && ack && data));
    CHECK(syn->options.capable.form == MptcpCapable::Form::Syn);
    CHECK(synAck->options.capable.form == MptcpCapable::Form::SynAck);
    CHECK(ack->options.capable.form == MptcpCapable::Form::Ack);
    CHECK(ack->options.capable.receiverKey == synAck->options.capable.senderKey);
    CHECK(data->options.capable.form == MptcpCapable::Form::Data);
    CHECK(data->options.capable.length == 4096); // the first write
    // Each wire segment of the burst that begins right after the SYN has it; the next one has a
    // DSS.
    const auto* second = Nth(net, 0, 0, 1, HasData);
    REQUIRE(second);
    CHECK(second->options.capable.form == MptcpCapable::Form::Data);
    CHECK(second->options.capable.length == 4096);
    const auto* next = Nth(net, 0, 0, 3, HasData);
    REQUIRE(next);
    CHECK_FALSE(next->options.Has(MptcpSubtype::Capable));
    REQUIRE(next->options.Has(MptcpSubtype::Dss));
    CHECK(next->options.dss.subflowSequence == 4097);
    const auto idsn = DigestMptcpKey(ack->options.capable.senderKey).initialSequence;
    CHECK(next->options.dss.dataSequence == idsn.Value() + 4097);
}

TEST_CASE("DATA_ACKs take 64 bits once 64-bit sequence numbers have come", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    net.record = true;
    Transfer transfer(net, 1, 100000);
    net.Start();
    net.Run(10 * kSecond, [&] { return transfer.Complete(); });
    bool sender64 = false;
    bool receiver64 = false;
    std::uint32_t full = 0;
    for (const auto& s : net.Log())
    {
        const bool has = s.options.Has(MptcpSubtype::Dss) && s.options.dss.hasAck;
        sender64 = sender64 || (has && s.from == 1 && HasData(s) && s.options.dss.ack64);
        receiver64 = receiver64 || (has && s.from == 0 && s.options.dss.ack64);
        full = s.from == 1 ? std::max(full, s.segment.payload.Length()) : full;
    }
    CHECK_FALSE(sender64);
    CHECK(receiver64);
    // 12 bytes of timestamps and 24 of DSS leave 1424 of 1460.
    CHECK(full == 1424);
    // TCP_INFO says what TCP alone would leave (tcpi_snd_mss is mss_cache).
    CHECK(net.InfoOf(1).subflows.front().tcp.mss == 1448);
}

TEST_CASE("a lost third ACK is made good by the data that carries both keys", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    int acks = 0;
    net.hosts[0].filter = [&](int, TcpSegment& s) {
        const bool third = !s.Has(kSyn) && s.payload.Length() == 0 && acks++ == 0;
        return !third;
    };
    Transfer transfer(net, 0, 20000);
    net.Start();
    net.Run(10 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK_FALSE(net.InfoOf(0).fallback);
    CHECK_FALSE(net.InfoOf(1).fallback);
}

TEST_CASE("SYNs go without the option after the third, and the connection is plain TCP", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    net.record = true;
    net.hosts[0].filter = [&](int, TcpSegment& s) {
        return !(s.Has(kSyn) && s.options.otherLength > 0); // such SYNs are dropped on the way
    };
    Transfer transfer(net, 1, 50000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(net.InfoOf(0).fallback);
    const auto* plain = Nth(net, 0, 0, 3);
    REQUIRE(plain);
    CHECK(plain->options.present == 0);
    CHECK(ToSeconds(plain->time) == Approx(3.0).margin(0.3)); // facts sheet linux.md 4.3.1
}

TEST_CASE("a join proves itself with HMACs and carries data after the fourth message", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 0, 300000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    const auto* syn = Nth(net, 0, 1, 0, IsJoin);
    const auto* synAck = Nth(net, 1, 1, 0, IsJoin);
    const auto* ack = Nth(net, 0, 1, 1, IsJoin);
    const auto* fourth = Nth(net, 1, 1, 1);
    const auto* data = Nth(net, 0, 1, 0, HasData);
    REQUIRE((syn && synAck && ack && fourth && data));
    CHECK(syn->options.join.token == net.hosts[1].connection->Token());
    CHECK(syn->options.join.addressId == 2);
    CHECK(ack->options.join.form == MptcpJoin::Form::Ack);
    CHECK_FALSE(synAck->options.join.backup);
    CHECK(fourth->options.Has(MptcpSubtype::Dss));
    CHECK(data->time > fourth->time + 9 * kMillisecond);
    CHECK(data->options.Has(MptcpSubtype::Dss));
    CHECK((net.hosts[0].seen & mptcp::kSubflowAdded) != 0);
}

TEST_CASE("the third ACK of a join is repeated until the fourth message comes", "[mptcp]")
{
    const int lost = GENERATE(0, 1);
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.record = true;
    int seen = 0;
    // Either the third or the fourth message is lost once.
    net.hosts[lost].filter = [&](int path, TcpSegment& s) {
        const bool target = path == 1 && !s.Has(kSyn);
        return !(target && seen++ == 0);
    };
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 0, 1000000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    const auto thirdAcks = Count(net, [](const MultiPath::Sent& s) {
        return IsJoin(s) && s.options.join.form == MptcpJoin::Form::Ack;
    });
    CHECK(thirdAcks >= 2);
    CHECK(net.InfoOf(0).subflows.at(1).established);
    CHECK(net.InfoOf(0).subflows.at(1).dataBytesSent > 0);
}

TEST_CASE("a join with a wrong HMAC is reset with a reason", "[mptcp]")
{
    const int forger = GENERATE(0, 1);
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    net.hosts[forger].filter = [&](int path, TcpSegment& s) {
        MptcpOptions options;
        ParseMptcp(s, options);
        const auto wanted = forger == 0 ? MptcpJoin::Form::Ack : MptcpJoin::Form::SynAck;
        if (path == 1 && options.Has(MptcpSubtype::Join) && options.join.form == wanted)
        {
            StripMptcp(s.options);
            options.join.shortHmac ^= 1;
            options.join.hmac[5] ^= 1;
            AppendMptcp(options.join, s.options);
        }
        return true;
    };
    Transfer transfer(net, 0, 300000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(net.InfoOf(1 - forger).joinsRejected == 1);
    const auto* reset =
        Nth(net, 1 - forger, 1, 0, [](const MultiPath::Sent& s) { return s.segment.Has(kRst); });
    REQUIRE(reset);
    CHECK(reset->options.reset.reason == MptcpResetReason::MptcpError);
    CHECK(net.InfoOf(0).subflows.at(1).closed);
}

TEST_CASE("joins beyond the limit are refused", "[mptcp]")
{
    MultiPath net(TestConfig(7), TestConfig(1), Paths(4));
    for (int p = 1; p < 4; ++p)
    {
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(p));
    }
    Transfer transfer(net, 0, 300000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    const auto subflows = net.InfoOf(1).subflows;
    CHECK(std::count_if(subflows.begin(), subflows.end(), [](const auto& s) {
              return s.established;
          }) == 2);
    CHECK(net.InfoOf(1).joinsRejected == 2);
}

TEST_CASE("eight subflows join the first, as many as the limits of Linux allow", "[mptcp]")
{
    MultiPath net(TestConfig(8), TestConfig(8), Paths(9));
    for (int p = 1; p < 9; ++p)
    {
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(p));
    }
    Transfer transfer(net, 1, 3000000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    const auto subflows = net.InfoOf(1).subflows;
    CHECK(subflows.size() == 9);
    CHECK(std::all_of(subflows.begin(), subflows.end(), [](const auto& s) {
        return s.established && s.dataBytesSent > 0;
    }));
    CHECK(net.InfoOf(1).joinsRejected == 0);
}

TEST_CASE("nobody joins the initial address when the C flag forbids it", "[mptcp]")
{
    auto server = TestConfig();
    server.allowJoinInitialAddress = false;
    auto client = TestConfig();
    client.addAddrAccepted = 2;
    MultiPath net(client, server, Paths(3));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(2));
    Transfer transfer(net, 1, 300000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    for (const auto& s : net.InfoOf(0).subflows)
    {
        CHECK((s.id == 1 || s.remote.address == MultiPath::ServerAddress(2)));
    }
    CHECK(net.InfoOf(0).subflows.size() > 1);
}

TEST_CASE("the backup flag of a join keeps the subflow idle until the other one is gone", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, true));
    Transfer transfer(net, 1, 4000000);
    net.Start();
    net.Run(2 * kSecond);
    CHECK(net.InfoOf(1).subflows.at(1).backup);
    CHECK(net.InfoOf(1).subflows.at(1).dataBytesSent == 0);
    net.hosts[0].connection->CloseSubflow(net.Now(), 1);
    net.Dispatch(0);
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
}

TEST_CASE("an address nobody configured gets an implicit id", "[mptcp]")
{
    auto client = TestConfig();
    client.addAddrAccepted = 1;
    MultiPath net(client, TestConfig(), Paths(2));
    // The server's second address has no endpoint there; the client joins it on its own.
    net.At(200 * kMillisecond, [&] {
        mptcp::LocalEndpoint own;
        own.address = MultiPath::ClientAddress(0);
        net.hosts[0].connection->OpenSubflow(net.Now(), own, {MultiPath::ServerAddress(1), 5001});
    });
    Transfer transfer(net, 1, 1000000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    REQUIRE(net.InfoOf(1).subflows.size() == 2);
    CHECK(net.InfoOf(1).subflows.at(1).localId == 1);
    CHECK(net.InfoOf(0).subflows.at(1).remoteId == 1);
    CHECK(net.InfoOf(0).subflows.at(1).localId == 0);
}

TEST_CASE("options that vanish in mid-transfer leave plain TCP with all of the data right",
          "[mptcp]")
{
    // A middlebox begins to strip in one direction or in both, while one end sends and the other
    // has only ACKs. Whoever notices first, nothing that travels twice is taken for new data.
    const auto sender = GENERATE(0, 1);
    const auto stripped = GENERATE(1, 2, 3); // bit 0: what the sender sends, bit 1: the ACKs
    const auto checksum = GENERATE(false, true);
    const bool deep = GENERATE(false, true); // so that data-level timers run out during the queue
    auto config = TestConfig();
    config.checksum = checksum;
    MultiPath net(config,
                  config,
                  {deep ? MultiPath::Link(4, 10, 300) : MultiPath::Link(20, 10, 60)});
    for (int host = 0; host < 2; ++host)
    {
        const bool isSender = host == sender;
        if ((stripped & (isSender ? 1 : 2)) != 0)
        {
            net.hosts[host].filter = [&net](int /* path */, TcpSegment& s) {
                if (net.Now() >= 300 * kMillisecond)
                {
                    StripMptcp(s.options);
                }
                return true;
            };
        }
    }
    Transfer transfer(net, sender, 2000000);
    net.Start();
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CAPTURE(sender, stripped, checksum, deep);
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(net.InfoOf(1 - sender).fallback);
    CHECK(net.InfoOf(sender).bytesReinjected == 0);
}
