// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <catch2/catch.hpp>

// ADD_ADDR, REMOVE_ADDR, MP_PRIO, MP_FAIL, MP_FASTCLOSE, MP_TCPRST, DATA_FIN.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

std::vector<const MultiPath::Sent*>
With(const MultiPath& net, int from, MptcpSubtype subtype)
{
    std::vector<const MultiPath::Sent*> found;
    for (const auto& s : net.Log())
    {
        if (s.from == from && s.options.Has(subtype))
        {
            found.push_back(&s);
        }
    }
    return found;
}

void
FlipOneByte(TcpSegment& s)
{
    std::vector<std::uint8_t> bytes(s.payload.Length());
    s.payload.CopyTo(bytes.data());
    bytes[bytes.size() / 2] ^= 0x40;
    s.payload = Payload::Copy(bytes.data(), s.payload.Length());
}

} // namespace

TEST_CASE("an announced address is echoed and joined, one announcement at a time", "[mptcp]")
{
    auto client = TestConfig();
    client.addAddrAccepted = 2;
    MultiPath net(client, TestConfig(), Paths(3));
    net.record = true;
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(1));
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(2));
    Transfer transfer(net, 1, 2000000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    const auto announced = With(net, 1, MptcpSubtype::AddAddress);
    const auto echoes = With(net, 0, MptcpSubtype::AddAddress);
    REQUIRE(announced.size() == 2);
    REQUIRE(echoes.size() == 2);
    CHECK(announced[0]->options.addAddress.addressId == 2);
    CHECK(announced[1]->options.addAddress.addressId == 3);
    CHECK(announced[1]->time > echoes[0]->time);
    // It displaces the DSS and travels on a pure ACK.
    CHECK_FALSE(announced[0]->options.Has(MptcpSubtype::Dss));
    CHECK(announced[0]->segment.payload.Length() == 0);
    CHECK(echoes[0]->options.addAddress.echo);
    CHECK(net.InfoOf(0).subflows.size() == 3);
    CHECK(net.InfoOf(1).addAddrEchoed == 2);
}

TEST_CASE("an announcement is repeated until its echo comes, three times at most", "[mptcp]")
{
    const bool adaptive = GENERATE(false, true);
    auto server = TestConfig();
    server.addAddrAdaptive = adaptive;
    MultiPath net(TestConfig(), server, Paths(2));
    net.record = true;
    net.hosts[1].filter = [](int, TcpSegment& s) {
        MptcpOptions options;
        ParseMptcp(s, options);
        return !options.Has(MptcpSubtype::AddAddress);
    };
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(1));
    Transfer transfer(net, 1, 1000);
    transfer.closes = false;
    net.Start();
    net.Run(1000 * kSecond);
    const auto sent = With(net, 1, MptcpSubtype::AddAddress);
    REQUIRE(sent.size() == 4);
    const auto first = ToSeconds(sent[1]->time - sent[0]->time);
    if (adaptive)
    {
        CHECK(first < 3);
        CHECK(ToSeconds(sent[2]->time - sent[1]->time) == Approx(2 * first).epsilon(0.3));
    }
    else
    {
        CHECK(first == Approx(120).margin(9)); // the timer wheel's grain there is 8 s
    }
}

TEST_CASE("an announcement with a wrong HMAC is ignored", "[mptcp]")
{
    auto client = TestConfig();
    client.addAddrAccepted = 1;
    MultiPath net(client, TestConfig(), Paths(2));
    net.hosts[1].filter = [](int, TcpSegment& s) {
        MptcpOptions options;
        ParseMptcp(s, options);
        if (options.Has(MptcpSubtype::AddAddress))
        {
            StripMptcp(s.options);
            options.addAddress.hmac ^= 4;
            AppendMptcp(options.addAddress, s.options);
        }
        return true;
    };
    net.hosts[1].connection->AddEndpoint(0, MultiPath::SignalOn(1));
    Transfer transfer(net, 1, 500000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(net.InfoOf(0).addAddrRefused == 1);
    CHECK(net.InfoOf(0).addAddrReceived == 0);
    CHECK(net.InfoOf(0).subflows.size() == 1);
}

TEST_CASE("a removed address takes its subflow along on both hosts", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 4000000);
    net.Start();
    net.At(kSecond, [&] { net.hosts[0].connection->RemoveEndpoint(net.Now(), 2); });
    net.Run(2 * kSecond);
    const auto removals = With(net, 0, MptcpSubtype::RemoveAddress);
    REQUIRE(removals.size() == 1);
    CHECK(removals[0]->options.removeAddress.ids[0] == 2);
    CHECK(removals[0]->options.Has(MptcpSubtype::Dss));
    CHECK(net.InfoOf(0).subflows.at(1).closed);
    CHECK(net.InfoOf(1).subflows.at(1).closed);
    // A configured address that comes back is used again.
    net.At(2 * kSecond,
           [&] { net.hosts[0].connection->AddEndpoint(net.Now(), MultiPath::SubflowOn(1)); });
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    REQUIRE(net.InfoOf(0).subflows.size() == 3);
    CHECK(net.InfoOf(0).subflows.at(2).dataBytesReceived > 0);
}

TEST_CASE("the first subflow's address can be removed while others stay", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 2000000);
    net.Start();
    net.At(500 * kMillisecond, [&] { net.hosts[0].connection->RemoveEndpoint(net.Now(), 0); });
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(net.InfoOf(0).subflows.at(0).closed);
    CHECK(net.InfoOf(1).subflows.at(0).closed);
}

TEST_CASE("a peer that takes back its initial address takes all joins to it along, and nothing "
          "joins again",
          "[mptcp]")
{
    // mptcp_pm_rm_addr_or_subflow: subflows of that remote id; the endpoints stay used.
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 2000000);
    net.Start();
    net.At(500 * kMillisecond, [&] {
        REQUIRE(net.InfoOf(0).subflows.size() == 2);
        net.hosts[1].connection->RemoveEndpoint(net.Now(), 0);
    });
    net.Run(10 * kSecond, [&] { return transfer.Complete(); });
    CHECK_FALSE(transfer.Complete());
    CHECK(net.InfoOf(0).subflows.size() == 2);
    CHECK(net.InfoOf(0).subflows.at(0).closed);
    CHECK(net.InfoOf(0).subflows.at(1).closed);
}

TEST_CASE("MP_PRIO moves the peer's traffic off a subflow and back", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 6000000);
    net.Start();
    net.Run(kSecond);
    net.hosts[0].connection->SetBackup(net.Now(), 2, true);
    net.Run(1500 * kMillisecond);
    CHECK(net.InfoOf(1).subflows.at(1).backup);
    CHECK(net.InfoOf(1).priorityReceived == 1);
    net.Run(2 * kSecond); // what was queued there drains
    const auto before = net.InfoOf(1).subflows.at(1).dataBytesSent;
    net.Run(2500 * kMillisecond);
    CHECK(net.InfoOf(1).subflows.at(1).dataBytesSent == before);
    net.hosts[0].connection->SetBackup(net.Now(), 2, false);
    net.Run(3500 * kMillisecond);
    CHECK(net.InfoOf(1).subflows.at(1).dataBytesSent > before + 200000);
}

TEST_CASE("several signals at once all arrive, each on an ACK of its own", "[mptcp]")
{
    auto client = TestConfig();
    MultiPath net(client, TestConfig(), Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 1000000);
    net.Start();
    net.At(300 * kMillisecond, [&] {
        auto& c = *net.hosts[0].connection;
        c.SetBackup(net.Now(), 1, true);
        c.SetBackup(net.Now(), 1, false);
        mptcp::LocalEndpoint signal;
        signal.address = IpAddress::V4(0x0a090001);
        signal.id = 9;
        signal.signal = true;
        c.AddEndpoint(net.Now(), signal);
    });
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(net.InfoOf(1).priorityReceived == 2);
    CHECK(net.InfoOf(1).addAddrReceived == 1);
    CHECK_FALSE(net.InfoOf(1).subflows.at(0).backup);
}

TEST_CASE("two MPTCP options and SACK never exceed the option space", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    std::size_t most = 0;
    net.watch = [&](const MultiPath::Sent& s) {
        most = std::max<std::size_t>(most, TcpHeaderLength(s.segment) - 20);
        if (s.segment.options.sackCount > 0 && s.options.Has(MptcpSubtype::Dss) &&
            s.options.dss.ack64)
        {
            CHECK(s.segment.options.sackCount == 1); // facts sheet linux.md 5.1.3
        }
    };
    net.hosts[1].filter = [n = 0](int, TcpSegment& s) mutable {
        return s.payload.Length() == 0 || ++n % 20 != 0;
    };
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 800000);
    net.Start();
    for (int i = 1; i < 20; ++i)
    {
        net.At(i * 50 * kMillisecond,
               [&net, i] { net.hosts[0].connection->SetBackup(net.Now(), 1 + i % 2, i % 4 == 0); });
    }
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Intact());
    CHECK(most == 40);
}

TEST_CASE("a checksum that fails on the first mapping means plain TCP at once", "[mptcp]")
{
    auto config = TestConfig();
    config.checksum = true;
    MultiPath net(config, config, Paths(1));
    net.hosts[1].filter = [](int, TcpSegment& s) {
        if (s.payload.Length() > 0)
        {
            FlipOneByte(s);
        }
        return true;
    };
    Transfer transfer(net, 1, 100000);
    net.Start();
    net.Run(30 * kSecond, [&] { return transfer.Complete(); });
    CHECK(net.InfoOf(0).fallback);
    CHECK(net.InfoOf(0).checksumErrors == 1);
    CHECK(net.InfoOf(0).bytesReceived > 0);
    CHECK_FALSE(transfer.Intact()); // the middlebox did alter it
}

TEST_CASE("a later checksum failure is told with MP_FAIL and answered by the infinite mapping",
          "[mptcp]")
{
    auto config = TestConfig();
    config.checksum = true;
    MultiPath net(config, config, Paths(1));
    net.record = true;
    int segments = 0;
    net.hosts[1].filter = [&](int, TcpSegment& s) {
        if (s.payload.Length() > 0 && ++segments == 60)
        {
            FlipOneByte(s);
        }
        return true;
    };
    Transfer transfer(net, 1, 900000);
    net.Start();
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(net.InfoOf(0).checksumErrors == 1);
    CHECK(With(net, 0, MptcpSubtype::Fail).size() == 1);
    CHECK(With(net, 1, MptcpSubtype::Fail).size() == 1);
    CHECK(net.InfoOf(1).infiniteMapSent == 1);
    CHECK(net.InfoOf(0).infiniteMapReceived >= 1);
    CHECK(net.InfoOf(0).fallback);
    CHECK(net.InfoOf(1).fallback);
}

TEST_CASE("with a second subflow a checksum failure resets the one that is to blame", "[mptcp]")
{
    auto config = TestConfig();
    config.checksum = true;
    MultiPath net(config, config, Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    bool isAltered = false; // once: changes of two segments of a mapping can cancel each other out
    net.hosts[1].filter = [&](int path, TcpSegment& s) {
        if (path == 1 && s.payload.Length() > 0 && !isAltered)
        {
            isAltered = true;
            FlipOneByte(s);
        }
        return true;
    };
    Transfer transfer(net, 1, 1000000);
    net.Start();
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK_FALSE(net.InfoOf(0).fallback);
    CHECK(net.InfoOf(0).subflows.at(1).closed);
    const auto fails = With(net, 0, MptcpSubtype::Fail);
    REQUIRE(fails.size() == 1);
    CHECK(fails[0]->segment.Has(kRst));
    CHECK(fails[0]->options.reset.reason == MptcpResetReason::Middlebox);
    CHECK(net.InfoOf(1).subflows.at(1).resetReason ==
          static_cast<std::uint8_t>(MptcpResetReason::Middlebox));
}

TEST_CASE("an unanswered MP_FAIL ends in a reset after two minutes", "[mptcp]")
{
    auto config = TestConfig();
    config.checksum = true;
    MultiPath net(config, config, Paths(1));
    int segments = 0;
    net.hosts[0].filter = [](int, TcpSegment& s) {
        MptcpOptions options;
        ParseMptcp(s, options);
        return !options.Has(MptcpSubtype::Fail);
    };
    net.hosts[1].filter = [&](int, TcpSegment& s) {
        if (s.payload.Length() > 0 && ++segments == 60)
        {
            FlipOneByte(s);
        }
        return true;
    };
    Transfer transfer(net, 1, 200000);
    transfer.closes = false;
    net.Start();
    net.Run(60 * kSecond);
    CHECK_FALSE(net.InfoOf(0).subflows.at(0).closed);
    net.Run(160 * kSecond);
    CHECK(net.InfoOf(0).subflows.at(0).closed);
}

TEST_CASE("aborting sends MP_FASTCLOSE with the peer's key, beside a reason, on every subflow",
          "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 4000000);
    net.Start();
    net.Run(kSecond);
    net.hosts[0].connection->Abort(net.Now());
    net.Dispatch(0);
    net.Run(2 * kSecond);
    const auto closes = With(net, 0, MptcpSubtype::FastClose);
    REQUIRE(closes.size() == 2);
    CHECK(closes[0]->segment.Has(kRst));
    CHECK(closes[0]->options.Has(MptcpSubtype::Reset));
    CHECK(net.hosts[0].connection->GetState() == tcp::State::Closed);
    CHECK(net.hosts[1].connection->GetState() == tcp::State::Closed);
    CHECK((net.hosts[1].seen & tcp::kReset) != 0);
    CHECK(net.InfoOf(1).fastCloseReceived == 1);
}

TEST_CASE("closing with unread data is a fast close", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    net.record = true;
    Transfer transfer(net, 1, 100000);
    net.hosts[0].onEvents = nullptr;
    net.Start();
    net.Run(kSecond);
    REQUIRE(net.hosts[0].connection->Available() > 0);
    net.hosts[0].connection->Close(net.Now());
    CHECK(With(net, 0, MptcpSubtype::FastClose).size() == 1);
}

TEST_CASE("a DATA_FIN goes on every subflow, is repeated twice at once and then backs off",
          "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 300000);
    transfer.closes = false;
    net.Start();
    net.Run(5 * kSecond);
    REQUIRE(transfer.Complete());
    net.record = true;
    net.SetDown(0, true);
    net.SetDown(1, true);
    net.hosts[1].connection->CloseSend(net.Now());
    net.Dispatch(1);
    const auto start = net.Now();
    net.Run(start + 5 * kSecond);
    std::vector<double> times;
    for (const auto* s : With(net, 1, MptcpSubtype::Dss))
    {
        if (s->path == 0 && s->options.dss.dataFin)
        {
            CHECK(s->options.dss.length == 1);
            CHECK(s->options.dss.subflowSequence == 0);
            times.push_back(ToSeconds(s->time - start));
        }
    }
    REQUIRE(times.size() >= 5);
    CHECK(times[0] == 0);
    CHECK(times[1] < 0.005);
    CHECK(times[2] < 0.009); // reference measurements: twice within 8 ms
    // The timer wheel's grain is 32 ms there.
    CHECK(times[3] - times[2] == Approx(0.42).margin(0.04));
    CHECK(times[4] - times[3] == Approx(0.83).margin(0.07));
}

TEST_CASE("a repeated last mapping carries the DATA_FIN as one more number", "[mptcp]")
{
    const bool checksum = GENERATE(false, true);
    auto config = TestConfig();
    config.checksum = checksum;
    MultiPath net(config, config, Paths(1));
    net.record = true;
    bool dropped = false;
    net.hosts[1].filter = [&](int, TcpSegment& s) {
        MptcpOptions o;
        ParseMptcp(s, o);
        const bool last = s.payload.Length() > 0 && s.payload.Length() < 1000;
        const bool drop = last && !dropped;
        dropped = dropped || drop;
        return !drop;
    };
    Transfer transfer(net, 1, 3100);
    transfer.closes = false;
    net.Start();
    net.At(45 * kMillisecond, [&] { net.hosts[1].connection->CloseSend(net.Now()); });
    net.Run(10 * kSecond);
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    bool onMapping = false;
    for (const auto* s : With(net, 1, MptcpSubtype::Dss))
    {
        onMapping = onMapping || (s->options.dss.dataFin && s->segment.payload.Length() > 0 &&
                                  s->options.dss.length == 3101);
    }
    CHECK(onMapping);
    CHECK(net.hosts[1].connection->GetState() >= tcp::State::FinWait2);
    CHECK(net.InfoOf(0).checksumErrors == 0);
}

TEST_CASE("the FIN carries a DATA_ACK and follows both DATA_FINs", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.record = true;
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 300000);
    net.Start();
    net.Run(100 * kSecond);
    TimeNs lastDataFin[2] = {0, 0};
    int fins = 0;
    for (const auto& s : net.Log())
    {
        if (s.options.Has(MptcpSubtype::Dss) && s.options.dss.dataFin && lastDataFin[s.from] == 0)
        {
            lastDataFin[s.from] = s.time;
        }
        if (s.segment.Has(kFin))
        {
            ++fins;
            CHECK(s.options.Has(MptcpSubtype::Dss));
            CHECK(s.options.dss.hasAck);
            CHECK(lastDataFin[0] > 0);
            CHECK(lastDataFin[1] > 0);
        }
    }
    CHECK(fins == 4);
    CHECK(net.hosts[0].connection->GetState() == tcp::State::Closed);
    CHECK(net.hosts[1].connection->GetState() == tcp::State::Closed);
    CHECK((net.hosts[0].seen & tcp::kClosed) != 0);
}

TEST_CASE("a connection without subflows waits for a new one, then ends", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    Transfer transfer(net, 1, 5000);
    transfer.closes = false;
    net.Start();
    net.Run(kSecond);
    net.hosts[0].connection->CloseSubflow(net.Now(), 1);
    net.Dispatch(0);
    net.Run(50 * kSecond);
    CHECK(net.hosts[0].connection->GetState() == tcp::State::Established);
    CHECK(net.hosts[1].connection->GetState() == tcp::State::Established);
    net.Run(70 * kSecond);
    CHECK(net.hosts[0].connection->GetState() == tcp::State::Closed);
    CHECK((net.hosts[1].seen & tcp::kTimedOut) != 0);
}

TEST_CASE("a closed application does not wait for a silent peer longer than a minute", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(1));
    Transfer transfer(net, 1, 5000);
    transfer.closes = false;
    net.Start();
    net.Run(kSecond);
    net.SetDown(0, true);
    net.hosts[1].connection->Close(net.Now());
    net.Run(55 * kSecond);
    CHECK(net.hosts[1].connection->GetState() == tcp::State::FinWait1);
    net.Run(65 * kSecond);
    CHECK(net.hosts[1].connection->GetState() == tcp::State::Closed);
}

TEST_CASE("a peer's FIN on one subflow moves its data to the others", "[mptcp]")
{
    MultiPath net(TestConfig(), TestConfig(), Paths(2));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 3000000);
    net.Start();
    // The client's REMOVE_ADDR is lost; its FIN alone tells.
    net.hosts[0].filter = [](int, TcpSegment& s) {
        MptcpOptions o;
        ParseMptcp(s, o);
        return !o.Has(MptcpSubtype::RemoveAddress);
    };
    net.At(500 * kMillisecond, [&] { net.hosts[0].connection->RemoveEndpoint(net.Now(), 2); });
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(net.InfoOf(1).subflows.at(1).closed);
    CHECK(net.InfoOf(1).bytesReinjected > 0);
}
