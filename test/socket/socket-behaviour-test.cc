// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-clock.h"
#include "two-hosts.h"

#include <ns3/data-rate.h>
#include <ns3/global-value.h>
#include <ns3/ipv4.h>
#include <ns3/tcp-socket-state.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace ns3;
using hoststack::Payload;
using hoststack::tcp::State;

namespace
{

using Read = Callback<void, Ptr<Socket>>;
using Created = Callback<void, Ptr<Socket>, const Address&>;
using Asked = Callback<bool, Ptr<Socket>, const Address&>;

/// A pair of connected sockets; the accepted one is kept.
struct Pair
{
    TwoHosts hosts;
    Ptr<HoststackTcpSocket> listener;
    Ptr<HoststackTcpSocket> client;
    Ptr<Socket> server;
    std::uint32_t early{0}; ///< bytes to send before the handshake is complete

    explicit Pair(Wire wire = Wire::Ours)
        : hosts(wire)
    {
        listener = hosts.Listener(1, 80);
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    Created([this](Ptr<Socket> s, const Address&) { server = s; }));
        client = hosts.Socket(0);
        Simulator::Schedule(Time(0), [this] {
            client->Connect(hosts.At(1, 80));
            client->Send(Create<Packet>(early));
        });
    }

    void RunUntil(double seconds)
    {
        Simulator::Stop(Seconds(seconds) - Simulator::Now());
        Simulator::Run();
    }
};

} // namespace

TEST_CASE("addresses of both ends are known once they are connected", "[socket]")
{
    Pair pair;
    pair.RunUntil(1);
    REQUIRE(pair.server);
    Address a;
    Address b;
    CHECK(pair.client->GetPeerName(a) == 0);
    CHECK(a == pair.hosts.At(1, 80));
    CHECK(pair.server->GetSockName(b) == 0);
    CHECK(b == a);
    pair.client->GetSockName(a);
    pair.server->GetPeerName(b);
    CHECK(a == b);
    CHECK(InetSocketAddress::ConvertFrom(a).GetPort() >= 32768);
    CHECK(pair.client->GetInfo().state == State::Established);
}

TEST_CASE("bytes come out as they went in, in any pieces", "[socket]")
{
    const auto wire = GENERATE(Wire::Ours, Wire::PointToPoint);
    TwoHosts hosts(wire);
    for (std::uint32_t i : {0U, 1U})
    {
        hosts.Stack(i)->SetAttribute("VirtualPayload", BooleanValue(false));
    }
    auto listener = hosts.Listener(1, 80);
    std::string received;
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Created([&](Ptr<Socket> s, const Address&) {
            s->SetRecvCallback(Read([&](Ptr<Socket> ready) {
                while (auto packet = ready->Recv(1000, 0))
                {
                    std::string piece(packet->GetSize(), ' ');
                    packet->CopyData(reinterpret_cast<std::uint8_t*>(piece.data()), piece.size());
                    received += piece;
                    if (piece.empty())
                    {
                        break;
                    }
                }
            }));
        }));
    std::string sent;
    for (int i = 0; i < 4000; ++i)
    {
        sent += std::to_string(i) + ";";
    }
    auto client = hosts.Socket(0);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(sent.data());
    Simulator::Schedule(Time(0), [&] {
        CHECK(client->Connect(hosts.At(1, 80)) == 0);
        CHECK(client->Send(bytes, 10'000, 0) == 10'000);
    });
    Simulator::Schedule(Seconds(1), [&] {
        CHECK(client->Send(bytes + 10'000, sent.size() - 10'000, 0) ==
              static_cast<int>(sent.size() - 10'000));
    });
    Simulator::Stop(Seconds(2));
    Simulator::Run();
    CHECK((received == sent));
}

TEST_CASE("Send takes a packet whole or not at all, and the callback says when there is room",
          "[socket]")
{
    Pair pair;
    pair.client->SetAttribute("SndBufSize", UintegerValue(0));
    int calls = 0;
    pair.client->SetSendCallback(
        Callback<void, Ptr<Socket>, std::uint32_t>([&](Ptr<Socket>, std::uint32_t room) {
            ++calls;
            CHECK(room > 0);
        }));
    pair.RunUntil(1);
    const int before = calls;
    std::uint32_t taken = 0;
    int result = 0;
    while ((result = pair.client->Send(Create<Packet>(10'000))) == 10'000)
    {
        taken += 10'000;
    }
    CHECK(result == -1);
    CHECK(pair.client->GetErrno() == Socket::ERROR_AGAIN);
    CHECK(pair.client->GetTxAvailable() == 0);
    CHECK(calls == before);
    pair.RunUntil(3);
    CHECK(calls > before);
    CHECK(pair.client->GetInfo().bytesAcked == taken);
    CHECK(pair.server->GetRxAvailable() == taken);
}

TEST_CASE("a socket that has idled repairs a loss as one that has not", "[socket]")
{
    // The alarm of a socket that idles is given back: the loss comes after 30 s, or 12 ms, of
    // silence.
    const auto repairedAfter = [](double silence) {
        Pair pair;
        pair.RunUntil(1);
        REQUIRE(pair.server);
        hoststack::TimeNs arrived = 0;
        pair.server->SetRecvCallback(Read([&](Ptr<Socket> s) {
            s->Recv();
            arrived = NowNs();
        }));
        pair.client->Send(Create<Packet>(100));
        pair.RunUntil(2 + silence);
        const auto lost = NowNs();
        arrived = 0;
        const auto ip = pair.hosts.nodes.Get(1)->GetObject<Ipv4>();
        ip->SetDown(1);
        pair.client->Send(Create<Packet>(100));
        Simulator::Schedule(MilliSeconds(100), [ip] { ip->SetUp(1); });
        pair.RunUntil(12 + silence);
        return arrived - lost;
    };
    const auto soon = repairedAfter(0.012);
    CHECK(soon > 0);
    CHECK(repairedAfter(30) == soon);
}

TEST_CASE("closing waits for what Send has taken", "[socket]")
{
    Pair pair;
    pair.RunUntil(1);
    CHECK(pair.client->Send(Create<Packet>(300'000)) == 300'000);
    pair.client->Close();
    CHECK(pair.client->Send(Create<Packet>(1)) == -1);
    std::uint32_t received = 0;
    bool ended = false;
    pair.server->SetCloseCallbacks(Read([&](Ptr<Socket>) { ended = true; }), Read());
    pair.server->SetRecvCallback(Read([&](Ptr<Socket> s) { received += s->Recv()->GetSize(); }));
    pair.RunUntil(4);
    CHECK(received == 300'000);
    CHECK(ended);
    const auto last = pair.server->Recv();
    REQUIRE(last);
    CHECK(last->GetSize() == 0); // end of stream
    pair.server->Close();
    pair.RunUntil(5);
    CHECK(pair.hosts.Stack(1)->ConnectionCount() == 0);
    CHECK(pair.client->GetInfo().state == State::TimeWait);
    pair.RunUntil(70);
    CHECK(pair.hosts.Stack(0)->ConnectionCount() == 0);
}

TEST_CASE("a reset is an error close for the other end", "[socket]")
{
    Pair pair;
    pair.RunUntil(1);
    bool error = false;
    pair.server->SetCloseCallbacks(Read([](Ptr<Socket>) { FAIL("no normal close"); }),
                                   Read([&](Ptr<Socket>) { error = true; }));
    pair.client->Abort();
    pair.RunUntil(2);
    CHECK(error);
    CHECK(pair.hosts.Stack(0)->ConnectionCount() == 0);
    CHECK(pair.hosts.Stack(1)->ConnectionCount() == 0);
}

TEST_CASE("a socket may be closed and released inside its own callbacks", "[socket]")
{
    const auto where = GENERATE(0, 1, 2, 3);
    Pair pair;
    pair.listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                     Created([&](Ptr<Socket> s, const Address&) {
                                         if (where == 0)
                                         {
                                             s->Close(); // and nobody keeps it
                                             return;
                                         }
                                         pair.server = s;
                                         s->SetRecvCallback(Read([&](Ptr<Socket> ready) {
                                             if (where == 1)
                                             {
                                                 ready->Close(); // unread data: a RST
                                                 pair.server = nullptr;
                                             }
                                             else if (where == 2)
                                             {
                                                 ready->Recv();
                                                 ready->Send(Create<Packet>(100));
                                                 ready->Close();
                                                 pair.server = nullptr;
                                             }
                                             else
                                             {
                                                 DynamicCast<HoststackTcpSocket>(ready)->Abort();
                                                 pair.server = nullptr;
                                             }
                                         }));
                                     }));
    pair.client->SetConnectCallback(Read([](Ptr<Socket> s) { s->Send(Create<Packet>(50'000)); }),
                                    Read());
    auto release = Read([&](Ptr<Socket> s) {
        s->Close();
        pair.client = nullptr;
    });
    pair.client->SetCloseCallbacks(release, release);
    pair.RunUntil(100);
    CHECK(pair.hosts.Stack(0)->ConnectionCount() == 0);
    CHECK(pair.hosts.Stack(1)->ConnectionCount() == 0);
    CHECK_FALSE(pair.client);
}

TEST_CASE("a listener may refuse, and closing it leaves its connections alone", "[socket]")
{
    Pair pair;
    pair.RunUntil(1);
    REQUIRE(pair.server);
    int asked = 0;
    pair.listener->SetAcceptCallback(Asked([&](Ptr<Socket>, const Address&) {
                                         ++asked;
                                         return false;
                                     }),
                                     Created());
    auto second = pair.hosts.Socket(0);
    second->Connect(pair.hosts.At(1, 80));
    pair.RunUntil(3);
    CHECK(asked >= 2); // the SYN comes again
    CHECK(second->GetInfo().state == State::SynSent);
    pair.listener->Close();
    pair.client->Send(Create<Packet>(1000));
    pair.RunUntil(10);
    CHECK(pair.server->GetRxAvailable() == 1000);
    CHECK(second->GetInfo().state == State::Closed); // refused by a RST now
}

TEST_CASE("ports are bound once, ephemeral ones are distinct and come back", "[socket]")
{
    TwoHosts hosts;
    auto first = hosts.Socket(0);
    auto second = hosts.Socket(0);
    const InetSocketAddress port(Ipv4Address::GetAny(), 80);
    CHECK(first->Bind(port) == 0);
    CHECK(second->Bind(port) == -1);
    CHECK(second->GetErrno() == Socket::ERROR_ADDRINUSE);
    first = nullptr;
    CHECK(second->Bind(port) == 0);
    auto a = hosts.Socket(0);
    auto b = hosts.Socket(0);
    CHECK(a->Bind() == 0);
    CHECK(b->Bind() == 0);
    Address x;
    Address y;
    a->GetSockName(x);
    b->GetSockName(y);
    CHECK(x != y);
}

TEST_CASE("when all local ports are taken a socket says so, and gets the first that is free again",
          "[socket]")
{
    constexpr std::size_t all = 60999 - 32768 + 1; // ip_local_port_range
    TwoHosts hosts;
    std::vector<Ptr<HoststackTcpSocket>> sockets;
    for (std::size_t i = 0; i < all; ++i)
    {
        sockets.push_back(hosts.Socket(0));
        REQUIRE(sockets.back()->Bind() == 0);
    }
    auto another = hosts.Socket(0);
    CHECK(another->Bind() == -1);
    CHECK(another->GetErrno() == Socket::ERROR_ADDRNOTAVAIL);
    CHECK(another->Connect(hosts.At(1, 80)) == -1);
    sockets[all / 2] = nullptr;
    CHECK(another->Bind() == 0);
}

TEST_CASE("a socket tells once that something was done with it", "[socket]")
{
    Pair pair;
    pair.RunUntil(1);
    CHECK(pair.client->WasActive());
    pair.RunUntil(2);
    CHECK_FALSE(pair.client->WasActive());
    pair.client->Send(Create<Packet>(1000));
    CHECK(pair.client->WasActive());
    pair.RunUntil(3);
    CHECK(pair.client->WasActive()); // the ACK
    CHECK_FALSE(pair.client->WasActive());
    CHECK(pair.client->CongestionWindow() > 0);
    CHECK(pair.client->CongestionWindow() == pair.client->GetInfo().cwnd);
}

TEST_CASE("a wildcard listener of IPv6 takes IPv4 under a mapped address", "[socket]")
{
    TwoHosts hosts;
    auto listener = hosts.Socket(1);
    listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 80));
    listener->Listen();
    Address from;
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                Created([&](Ptr<Socket>, const Address& a) { from = a; }));
    auto client = hosts.Socket(0);
    client->Connect(hosts.At(1, 80));
    Simulator::Stop(Seconds(1));
    Simulator::Run();
    REQUIRE(Inet6SocketAddress::IsMatchingType(from));
    CHECK(Inet6SocketAddress::ConvertFrom(from).GetIpv6().GetIpv4MappedAddress() ==
          Ipv4Address("10.0.0.1"));
}

TEST_CASE("a socket bound to a device listens on it alone", "[socket]")
{
    TwoHosts hosts;
    const auto other =
        hosts.links.Install(hosts.nodes.Get(0), hosts.nodes.Get(1), TwoHosts::Default());
    const auto there = Ipv4AddressHelper("10.0.7.0", "255.255.255.0").Assign(other).GetAddress(1);
    auto listener = hosts.Socket(1);
    listener->BindToNetDevice(other.Get(1));
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
    listener->Listen();
    auto right = hosts.Socket(0);
    auto wrong = hosts.Socket(0);
    right->Connect(InetSocketAddress(there, 80));
    wrong->Connect(hosts.At(1, 80));
    Simulator::Stop(Seconds(1));
    Simulator::Run();
    CHECK(right->GetInfo().state == State::Established);
    CHECK(wrong->GetInfo().state == State::Closed);
}

TEST_CASE("attributes of the protocol and of one socket reach the connection", "[socket]")
{
    TwoHosts hosts;
    hosts.Stack(0)->SetAttribute("CongestionControl", StringValue("reno"));
    hosts.Stack(0)->SetAttribute("SegmentSize", UintegerValue(1000));
    auto listener = hosts.Listener(1, 80);
    auto socket = hosts.Socket(0);
    socket->SetAttribute("InitialCwnd", UintegerValue(3));
    CHECK_FALSE(socket->SetAttributeFailSafe("CongestionControl", StringValue("renoo")));
    CHECK_FALSE(socket->SetAttributeFailSafe("UseEcn", StringValue("Maybe")));
    StringValue name;
    socket->GetAttribute("CongestionControl", name);
    CHECK(name.Get() == "reno");
    socket->Connect(hosts.At(1, 80));
    Simulator::Stop(Seconds(1));
    Simulator::Run();
    CHECK(std::string(socket->GetConnection()->Congestion().Name()) == "reno");
    CHECK(socket->GetInfo().mss == 988); // 12 bytes of timestamps
    CHECK(socket->GetInfo().cwnd == 3);
    // The other end keeps its own.
    CHECK(hosts.Stack(1)->GetConfig()->mss == 1460);
}

TEST_CASE("the MSS follows the route's MTU for both IP versions", "[socket]")
{
    TwoHosts hosts;
    for (std::uint32_t i : {0U, 1U})
    {
        hosts.devices.Get(i)->SetMtu(1400);
    }
    auto listener = hosts.Socket(1);
    listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 80));
    listener->Listen();
    auto v4 = hosts.Socket(0);
    auto v6 = hosts.Socket(0);
    v4->Connect(hosts.At(1, 80));
    Simulator::Schedule(Seconds(2), [&] { v6->Connect(hosts.At(1, 80, true)); });
    Simulator::Stop(Seconds(3));
    Simulator::Run();
    CHECK(v4->GetInfo().mss == 1400 - 40 - 12);
    CHECK(v6->GetInfo().mss == 1400 - 60 - 12);
}

TEST_CASE("trace sources follow a connection from SYN to close", "[socket]")
{
    TwoHosts hosts;
    auto listener = hosts.Listener(1, 80);
    listener->ShutdownSend();
    auto socket = hosts.Socket(0);
    using States = std::vector<TcpSocket::TcpStates_t>;
    using StateChange = Callback<void, TcpSocket::TcpStates_t, TcpSocket::TcpStates_t>;
    States states;
    States peerStates;
    std::vector<std::uint32_t> windows;
    std::uint32_t sent = 0;
    std::uint32_t data = 0;
    std::uint32_t acks = 0;
    socket->TraceConnectWithoutContext(
        "State",
        StateChange(
            [&](TcpSocket::TcpStates_t, TcpSocket::TcpStates_t now) { states.push_back(now); }));
    socket->TraceConnectWithoutContext(
        "CongestionWindow",
        Callback<void, std::uint32_t, std::uint32_t>(
            [&](std::uint32_t, std::uint32_t now) { windows.push_back(now); }));
    using Segment = Callback<void, Ptr<const Packet>, const TcpHeader&, Ptr<const Socket>>;
    socket->TraceConnectWithoutContext(
        "Tx",
        Segment([&](Ptr<const Packet> p, const TcpHeader& h, Ptr<const Socket>) {
            ++sent;
            data += p->GetSize();
            CHECK(h.GetDestinationPort() == 80);
        }));
    socket->TraceConnectWithoutContext(
        "Rx",
        Segment([&](Ptr<const Packet>, const TcpHeader& h, Ptr<const Socket>) {
            acks += (h.GetFlags() & TcpHeader::ACK) != 0 ? 1 : 0;
        }));
    std::uint32_t dataSent = 0;
    socket->SetDataSentCallback(Callback<void, Ptr<Socket>, std::uint32_t>(
        [&](Ptr<Socket>, std::uint32_t n) { dataSent += n; }));
    listener->SetRecvCallback(Read([](Ptr<Socket> s) { s->Recv(); }));
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Created([&](Ptr<Socket> s, const Address&) {
            s->SetRecvCallback(Read([](Ptr<Socket> ready) { ready->Recv(); }));
            s->TraceConnectWithoutContext(
                "State",
                StateChange([&](TcpSocket::TcpStates_t, TcpSocket::TcpStates_t now) {
                    peerStates.push_back(now);
                }));
        }));
    socket->Connect(hosts.At(1, 80));
    socket->Send(Create<Packet>(16'000));
    Simulator::Schedule(Seconds(1), [&] { socket->Close(); });
    Simulator::Stop(Seconds(2));
    Simulator::Run();
    // The peer closes as soon as it hears of the end: its FIN comes with the ACK of ours.
    CHECK(states == States{TcpSocket::SYN_SENT,
                           TcpSocket::ESTABLISHED,
                           TcpSocket::FIN_WAIT_1,
                           TcpSocket::FIN_WAIT_2,
                           TcpSocket::TIME_WAIT});
    REQUIRE(peerStates.size() >= 3);
    CHECK(States(peerStates.begin(), peerStates.begin() + 3) ==
          States{TcpSocket::ESTABLISHED, TcpSocket::CLOSE_WAIT, TcpSocket::LAST_ACK});
    CHECK(windows.size() > 2);
    CHECK(windows.back() > windows.front());
    CHECK(data == 16'000);
    CHECK(dataSent == 16'000);
    CHECK(sent == socket->GetInfo().segmentsSent);
    CHECK(acks == socket->GetInfo().segmentsReceived);
}

TEST_CASE("an observer gets events instead of callbacks and reads and writes without packets",
          "[socket]")
{
    struct Echo : public HoststackSocketObserver
    {
        std::uint32_t echoed{0};

        void OnSocketEvents(HoststackTcpSocket& socket, std::uint32_t events) override
        {
            if ((events & hoststack::tcp::kReadable) != 0)
            {
                const auto n = socket.Read(~0U, nullptr);
                echoed += socket.Write(Payload::Virtual(n));
            }
            if ((events & hoststack::tcp::kPeerClosed) != 0)
            {
                socket.Close();
            }
        }
    } echo;

    Pair pair;
    pair.listener->SetObserver(&echo);
    pair.RunUntil(1);
    CHECK(pair.client->Write(Payload::Virtual(5000)) == 5000);
    pair.RunUntil(2);
    CHECK(echo.echoed == 5000);
    CHECK(pair.client->Read(~0U, nullptr) == 5000);
    pair.client->Close();
    pair.RunUntil(3);
    CHECK(pair.hosts.Stack(1)->ConnectionCount() == 0);
}

TEST_CASE("type of service and TTL are in the packets of both paths", "[socket]")
{
    const auto directPath = GENERATE(true, false);
    TwoHosts hosts(Wire::Ours, directPath);
    auto listener = hosts.Listener(1, 80);
    auto socket = hosts.Socket(0);
    socket->SetIpTos(0xb8);
    socket->SetIpTtl(9);
    std::uint32_t seen = 0;
    hosts.devices.Get(1)->TraceConnectWithoutContext(
        "MacRx",
        Callback<void, Ptr<const Packet>>([&](Ptr<const Packet> p) {
            Ipv4Header header;
            p->PeekHeader(header);
            if (header.GetProtocol() == 6)
            {
                ++seen;
                CHECK(header.GetTos() == 0xb8);
                CHECK(header.GetTtl() == 9);
            }
        }));
    socket->Connect(hosts.At(1, 80));
    socket->Send(Create<Packet>(5000));
    Simulator::Stop(Seconds(1));
    Simulator::Run();
    CHECK(seen >= 5); // SYN and four of data
}

TEST_CASE("checksums are right and checked when ns-3's are enabled", "[socket]")
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    {
        Pair pair(Wire::PointToPoint);
        pair.early = 20'000;
        pair.RunUntil(1);
        CHECK(pair.server->GetRxAvailable() == 20'000);
    }
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
}

TEST_CASE("a new connection opens where an old one is in TIME-WAIT", "[socket]")
{
    const bool direct = GENERATE(true, false);
    TwoHosts net(Wire::Ours, direct);
    auto listener = net.Listener(1, 9);
    std::vector<Ptr<Socket>> accepted;
    listener->SetAcceptCallback(Asked(), Created([&](Ptr<Socket> socket, const Address&) {
                                    accepted.push_back(socket);
                                }));
    const auto connect = [&] {
        auto client = net.Socket(0);
        client->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000));
        client->Connect(net.At(1, 9));
        client->SetCloseCallbacks(Read([](Ptr<Socket> socket) { socket->Close(); }), Read());
        return client;
    };
    Ptr<HoststackTcpSocket> first;
    Ptr<HoststackTcpSocket> second;
    Simulator::Schedule(Seconds(0), [&] { first = connect(); });
    Simulator::Schedule(Seconds(1), [&] { accepted.at(0)->Close(); });
    Simulator::Schedule(Seconds(2), [&] { second = connect(); });
    Simulator::Schedule(Seconds(3), [&] {
        REQUIRE(accepted.size() == 2);
        CHECK(accepted[1]->Send(Create<Packet>(1000)) == 1000);
    });
    Simulator::Stop(Seconds(4));
    Simulator::Run();
    REQUIRE(second);
    CHECK(second->GetRxAvailable() == 1000);
}
