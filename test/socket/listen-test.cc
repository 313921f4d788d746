// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-payload.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

// What listeners drop and count was observed on Linux 6.18 with raw segments: backlog N has room
// for N + 1 half-open and N + 1 complete connections; a third segment without room is dropped, and
// the SYN/ACK is repeated after 1 and 3 s.

using namespace ns3;
using hoststack::Payload;
using hoststack::tcp::State;

namespace
{

using SocketPtr = Ptr<HoststackTcpSocket>;

struct Listening
{
    TwoHosts hosts;
    bool multipath;
    SocketPtr listener;
    std::vector<SocketPtr> clients;

    Listening(bool multipath, std::uint32_t backlog)
        : multipath(multipath)
    {
        listener = Make(1);
        listener->SetAttribute("AcceptByCall", BooleanValue(true));
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
        CHECK(listener->Listen(backlog) == 0);
    }

    SocketPtr Make(std::uint32_t host)
    {
        return multipath ? DynamicCast<HoststackTcpSocket>(
                               HoststackHelper::GetMptcp(hosts.nodes.Get(host))->CreateSocket())
                         : hosts.Socket(host);
    }

    void Connect(double at)
    {
        clients.push_back(Make(0));
        const auto client = clients.back();
        Simulator::Schedule(Seconds(at), [this, client] { client->Connect(hosts.At(1, 80)); });
    }

    /// The SYN of the third comes before the queue for two is full, its third segment after.
    void ConnectThree()
    {
        Connect(0);
        Connect(0.5);
        Connect(0.5001);
    }

    std::size_t Established() const
    {
        std::size_t count = 0;
        for (const auto& client : clients)
        {
            count += client->GetInfo().state == State::Established ? 1 : 0;
        }
        return count;
    }

    void RunUntil(double seconds)
    {
        Simulator::Stop(Seconds(seconds) - Simulator::Now());
        Simulator::Run();
    }

    std::uint64_t Overflows() const
    {
        return hosts.Stack(1)->GetListenCounts().listenOverflows;
    }

    std::uint64_t Drops() const
    {
        return hosts.Stack(1)->GetListenCounts().listenDrops;
    }
};

} // namespace

TEST_CASE("an accept queue has room for one connection more than the backlog", "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    const std::uint32_t backlog = GENERATE(0, 1, 3);
    CAPTURE(multipath, backlog);
    Listening network(multipath, backlog);
    for (int i = 0; i < 7; ++i)
    {
        network.Connect(0.1 * i);
    }
    network.RunUntil(0.9);
    CHECK(network.Established() == backlog + 1);
    CHECK(network.listener->GetAcceptQueueLength() == backlog + 1);
    CHECK(network.Overflows() == 6 - backlog);
    CHECK(network.Drops() == 6 - backlog);
}

TEST_CASE("a SYN that found no room is repeated and accepted once there is some",
          "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    Listening network(multipath, 0);
    network.Connect(0);
    network.Connect(0.1);
    network.RunUntil(0.5);
    CHECK(network.Established() == 1);
    CHECK(network.listener->Accept());
    CHECK_FALSE(network.listener->Accept());
    CHECK(network.listener->GetErrno() == Socket::ERROR_AGAIN);
    network.RunUntil(1.5); // the SYN's first repetition comes after 1 s
    CHECK(network.Established() == 2);
}

TEST_CASE("a SYN queue has room for one half-open connection more than the backlog",
          "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    const std::uint32_t backlog = GENERATE(0, 1, 3);
    CAPTURE(multipath, backlog);
    Listening network(multipath, backlog);
    for (int i = 0; i < 8; ++i)
    {
        network.Connect(0.0001 * i); // all before the first third segment
    }
    network.RunUntil(0.05);
    CHECK(network.Drops() == 7 - backlog);
    CHECK(network.Overflows() == 0);
    CHECK(network.Established() == backlog + 1);
}

TEST_CASE(
    "a third segment without room is dropped, and the SYN/ACK is repeated until there is some",
    "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    CAPTURE(multipath);
    Listening network(multipath, 1);
    network.ConnectThree();
    network.RunUntil(0.6);
    CHECK(network.listener->GetAcceptQueueLength() == 2);
    CHECK(network.Overflows() == 1);
    CHECK(network.Drops() == 1);
    network.RunUntil(1.4);
    CHECK(network.Overflows() == 1);
    network.RunUntil(1.7); // the SYN/ACK again, and its answer
    CHECK(network.Overflows() == 2);
    network.listener->Accept();
    network.RunUntil(4);
    CHECK(network.Overflows() == 2);
    CHECK(network.listener->GetAcceptQueueLength() == 2);
}

TEST_CASE("data for a connection that found no room arrives once it is accepted",
          "[socket][listen]")
{
    Listening network(false, 1);
    network.ConnectThree();
    network.RunUntil(0.6);
    CHECK(network.Established() == 3); // the client cannot know
    network.clients[2]->Send(Create<Packet>(5));
    network.RunUntil(0.7);
    network.listener->Accept();
    network.RunUntil(4);
    network.listener->Accept();
    const auto third = network.listener->Accept();
    REQUIRE(third);
    CHECK(third->GetRxAvailable() == 5);
}

TEST_CASE("with tcp_abort_on_overflow a connection without room is reset", "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    Listening network(multipath, 1);
    network.listener->SetAttribute("AbortOnOverflow", BooleanValue(true));
    network.ConnectThree();
    network.RunUntil(0.6);
    CHECK(network.Established() == 2);
    CHECK(network.clients[2]->GetInfo().state == State::Closed);
}

TEST_CASE("a connection that gives up before its third segment leaves the SYN queue",
          "[socket][listen]")
{
    Listening network(false, 0);
    network.Connect(0);
    Simulator::Schedule(Seconds(0.001), [&] { network.clients[0]->Abort(); });
    network.RunUntil(0.5); // the SYN/ACK is answered with a RST
    network.Connect(0);
    network.RunUntil(1);
    CHECK(network.Established() == 1);
}

TEST_CASE("what nobody has accepted is reset when the listener closes", "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    Listening network(multipath, 3);
    network.Connect(0);
    network.Connect(0);
    network.RunUntil(0.5);
    CHECK(network.Established() == 2);
    network.listener->Close();
    network.RunUntil(1);
    CHECK(network.Established() == 0);
    CHECK_FALSE(network.listener->Accept());
}

TEST_CASE("a connection that was reset before accept cannot be written to", "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    CAPTURE(multipath);
    Listening network(multipath, 3);
    network.Connect(0);
    Simulator::Schedule(Seconds(0.1), [&] {
        auto* own = dynamic_cast<HoststackMptcpSocket*>(PeekPointer(network.clients[0]));
        if (own)
        {
            own->DropSubflow(1);
        }
        else
        {
            network.clients[0]->Abort();
        }
    });
    network.RunUntil(0.5);
    const auto accepted = network.listener->Accept();
    REQUIRE(accepted);
    bool isTold = false;
    accepted->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                Callback<void, Ptr<Socket>>([&](Ptr<Socket>) { isTold = true; }));
    CHECK(accepted->Write(Payload::Virtual(100)) == 0);
    CHECK(accepted->Send(Create<Packet>(100)) == -1);
    network.RunUntil(0.6);
    CHECK(isTold);
    CHECK(accepted->GetInfo().state == State::Closed);
}

TEST_CASE("data that came before accept can be read after it", "[socket][listen]")
{
    const bool multipath = GENERATE(false, true);
    Listening network(multipath, 3);
    network.Connect(0);
    Simulator::Schedule(Seconds(0.1), [&] {
        network.clients[0]->Send(Create<Packet>(3000));
        network.clients[0]->Close();
    });
    network.RunUntil(0.5);
    const auto accepted = network.listener->Accept();
    REQUIRE(accepted);
    std::uint32_t got = 0;
    bool isClosed = false;
    accepted->SetRecvCallback(Callback<void, Ptr<Socket>>([&](Ptr<Socket> s) {
        const auto packet = s->Recv();
        got += packet ? packet->GetSize() : 0;
    }));
    accepted->SetCloseCallbacks(Callback<void, Ptr<Socket>>([&](Ptr<Socket>) { isClosed = true; }),
                                MakeNullCallback<void, Ptr<Socket>>());
    network.RunUntil(1);
    CHECK(got == 3000);
    CHECK(isClosed);
}

TEST_CASE("MSG_MORE and TCP_CORK reach the connection", "[socket]")
{
    constexpr std::uint32_t more = 0x8000; // MSG_MORE
    Listening network(false, 3);
    network.Connect(0);
    network.RunUntil(0.1);
    const auto client = network.clients[0];
    const auto sent = [&] { return client->GetInfo().dataSegmentsSent; };
    client->Send(Create<Packet>(100), more);
    network.RunUntil(0.15);
    CHECK(sent() == 0);
    client->Send(Create<Packet>(100), 0);
    CHECK(sent() == 1);
    client->SetAttribute("TcpCork", BooleanValue(true));
    client->Send(Create<Packet>(100), 0);
    network.RunUntil(0.2);
    CHECK(sent() == 1);
    client->SetAttribute("TcpCork", BooleanValue(false));
    CHECK(sent() == 2);
    CHECK(client->Write(Payload::Virtual(100), true) == 100);
    CHECK(sent() == 2);
}

TEST_CASE("TCP_NODELAY on an open multipath connection sends what Nagle holds", "[socket][mptcp]")
{
    Listening network(true, 3);
    network.Connect(0);
    network.RunUntil(0.1);
    const auto client = network.clients[0];
    client->Send(Create<Packet>(100));
    client->Send(Create<Packet>(100));
    const auto before = client->GetInfo().dataSegmentsSent;
    client->SetAttribute("TcpNoDelay", BooleanValue(true));
    CHECK(client->GetInfo().dataSegmentsSent == before + 1);
}
