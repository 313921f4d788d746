// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-mptcp-socket.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>

using namespace ns3;
using hoststack::Readiness;

namespace
{

const Readiness kNew{false, true, false, true, false};
const Readiness kOpen{false, true, false, false, false};
const Readiness kNothing;

struct Pair : public TwoHosts
{
    explicit Pair(bool multipath)
    {
        const auto make = [&](std::uint32_t host) {
            return multipath ? DynamicCast<HoststackTcpSocket>(
                                   HoststackHelper::GetMptcp(nodes.Get(host))->CreateSocket())
                             : Socket(host);
        };
        client = make(0);
        listener = make(1);
        listener->SetAttribute("AcceptByCall", BooleanValue(true));
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 9));
    }

    Readiness At(double seconds, Ptr<HoststackTcpSocket>& socket)
    {
        Until(seconds);
        return socket->Poll();
    }

    void Until(double seconds)
    {
        Simulator::Stop(Seconds(seconds) - Simulator::Now());
        Simulator::Run();
    }

    Ptr<HoststackTcpSocket> client;
    Ptr<HoststackTcpSocket> listener;
    Ptr<HoststackTcpSocket> server;
};

} // namespace

TEST_CASE("sockets and listeners poll as Linux' do, from their making to their end", "[socket]")
{
    const bool multipath = GENERATE(false, true);
    Pair net(multipath);
    CHECK(net.client->Poll() == kNew);
    net.listener->Listen();
    CHECK(net.listener->Poll() == kNothing);
    net.client->Connect(net.TwoHosts::At(1, 9));
    CHECK(net.client->Poll() == kNothing);
    CHECK(net.At(1, net.client) == kOpen);
    CHECK(net.listener->Poll() == Readiness{true, false, false, false, false});
    net.server = net.listener->Accept();
    CHECK(net.listener->Poll() == kNothing);
    CHECK(net.server->Poll() == kOpen);

    net.client->Send(Create<Packet>(1000));
    CHECK(net.At(2, net.server).readable);
    net.server->Recv();
    CHECK(net.server->Poll() == kOpen);

    net.client->ShutdownSend();
    CHECK(net.At(3, net.server) == Readiness{true, true, true, false, false});
    net.server->Close();
    CHECK(net.server->Poll().closed);
    CHECK(net.At(4, net.client) == Readiness{true, true, true, true, false});
    CHECK(net.client->TakeError() == Socket::ERROR_NOTERROR);
}

TEST_CASE("a socket says once with what error its connection has ended", "[socket]")
{
    const bool multipath = GENERATE(false, true);
    Pair net(multipath); // nobody listens
    net.client->Connect(net.TwoHosts::At(1, 9));
    CHECK(net.At(1, net.client) == Readiness{true, true, true, true, true});
    CHECK(net.client->TakeError() == Socket::ERROR_NOTCONN);
    CHECK(net.client->Poll() == Readiness{true, true, true, true, false});
    CHECK(net.client->TakeError() == Socket::ERROR_NOTERROR);
}

TEST_CASE("a socket that has taken a packet whole is not writable until its rest is in the buffer",
          "[socket]")
{
    Pair net(false);
    net.listener->Listen();
    net.client->SetAttribute("SndBufSize", UintegerValue(20'000));
    net.client->Connect(net.TwoHosts::At(1, 9));
    net.Until(1);
    CHECK(net.client->Send(Create<Packet>(1'000'000)) == 1'000'000);
    CHECK_FALSE(net.client->Poll().writable);
    CHECK(net.client->GetTxAvailable() == 0);
    net.client->ShutdownSend(); // from now on a write fails, so it does not wait
    CHECK(net.client->Poll().writable);
}

TEST_CASE("who polls a full socket is told when it has room, though no write was refused",
          "[socket]")
{
    const bool multipath = GENERATE(false, true);
    const bool polls = GENERATE(false, true);
    Pair net(multipath);
    net.listener->Listen();
    net.client->SetAttribute("SndBufSize", UintegerValue(20'000));
    net.client->Connect(net.TwoHosts::At(1, 9));
    net.Until(1);
    bool told = false;
    net.client->SetSendCallback(Callback<void, Ptr<Socket>, std::uint32_t>(
        [&](Ptr<Socket>, std::uint32_t) { told = true; }));
    while (const auto room = net.client->GetTxAvailable())
    {
        REQUIRE(net.client->Send(Create<Packet>(room)) == static_cast<int>(room));
    }
    if (polls)
    {
        CHECK_FALSE(net.client->Poll().writable);
    }
    net.Until(2);
    CHECK(net.client->GetTxAvailable() > 0);
    // Without a poll who has left the rest of a packet to the socket is told, and nobody else.
    CHECK(told == (polls || !multipath));
}

TEST_CASE("memory pressure reaches a multipath connection and its subflows, told before or after "
          "it opens",
          "[socket][mptcp]")
{
    const bool before = GENERATE(false, true);
    Pair net(true);
    // Without the fix e226d9259dc4 pressure alone makes a reader's socket readable.
    const auto client = DynamicCast<HoststackMptcpSocket>(net.client);
    auto config = *HoststackHelper::GetMptcp(net.nodes.Get(0))->GetConfig();
    config.wakeNeedsData = false;
    client->SetMptcpConfig(std::make_shared<const hoststack::mptcp::Config>(config));
    net.listener->Listen();
    if (before)
    {
        client->SetMemoryPressure(true);
    }
    client->Connect(net.TwoHosts::At(1, 9));
    net.Until(1);
    CHECK(client->Poll().readable == before);
    client->SetMemoryPressure(true);
    CHECK(client->Poll().readable);
    client->SetMemoryPressure(false);
    CHECK_FALSE(client->Poll().readable);
}
