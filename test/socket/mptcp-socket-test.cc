// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-net-device.h"

#include <ns3/boolean.h>
#include <ns3/bulk-send-helper.h>
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv6-address-helper.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/object-vector.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/tcp-socket-factory.h>
#include <ns3/uinteger.h>

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

using namespace ns3;
using hoststack::kMillisecond;

namespace
{

/// A client and a server with two links of 10 Mbit/s, 10 and 20 ms; the second is an endpoint.
struct TwoLinks
{
    explicit TwoLinks(bool directPath = true, bool hoststackServer = true, bool v6 = false)
        : v6(v6)
    {
        nodes.Create(2);
        InternetStackHelper().Install(nodes);
        HoststackHelper stack;
        stack.SetAttribute("DirectPath", BooleanValue(directPath));
        stack.Install(nodes.Get(0));
        if (hoststackServer)
        {
            stack.Install(nodes.Get(1));
        }
        for (int i = 0; i < 2; ++i)
        {
            hoststack::LinkConfig link;
            link.rate = 10'000'000;
            link.delay = (10 + 10 * i) * kMillisecond;
            link.queue.packets = 100;
            devices[i] = links.Install(nodes.Get(0), nodes.Get(1), link);
            const auto number = std::to_string(i + 1);
            ipv4[i] = Ipv4AddressHelper(("10.0." + number + ".0").c_str(), "255.255.255.0")
                          .Assign(devices[i]);
            if (v6)
            {
                // The second subflow comes in beside the interface that has the server's address.
                nodes.Get(1)->GetObject<Ipv6L3Protocol>()->SetAttribute("StrongEndSystemModel",
                                                                        BooleanValue(false));
                ipv6[i] = Ipv6AddressHelper(Ipv6Address(("2001:db8:" + number + "::").c_str()),
                                            Ipv6Prefix(64))
                              .Assign(devices[i]);
            }
        }
    }

    ~TwoLinks()
    {
        Simulator::Destroy();
    }

    void AddEndpoint(const std::string& flags)
    {
        const auto node = nodes.Get(0);
        if (v6)
        {
            HoststackHelper::AddEndpoint(node, ipv6[1].GetAddress(0, 1), flags);
            HoststackHelper::AddSourceRoute(node,
                                            ipv6[1].GetAddress(0, 1),
                                            ipv6[1].GetLinkLocalAddress(1));
        }
        else
        {
            HoststackHelper::AddEndpoint(node, ipv4[1].GetAddress(0), flags);
            HoststackHelper::AddSourceRoute(node, ipv4[1].GetAddress(0), ipv4[1].GetAddress(1));
        }
    }

    Address Server() const
    {
        return v6 ? Address(Inet6SocketAddress(ipv6[0].GetAddress(1, 1), 80))
                  : Address(InetSocketAddress(ipv4[0].GetAddress(1), 80));
    }

    void Transfer(std::uint64_t bytes, const std::string& sinkFactory)
    {
        const Address any = v6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), 80))
                               : Address(InetSocketAddress(Ipv4Address::GetAny(), 80));
        sink = DynamicCast<PacketSink>(
            PacketSinkHelper(sinkFactory, any).Install(nodes.Get(1)).Get(0));
        BulkSendHelper source(HoststackHelper::MptcpSocketFactory(), Server());
        source.SetAttribute("MaxBytes", UintegerValue(bytes));
        source.SetAttribute("SendSize", UintegerValue(65536));
        // Duplicate address detection takes the first second of IPv6.
        source.Install(nodes.Get(0)).Start(Seconds(v6 ? 2 : 0));
        sink->TraceConnectWithoutContext("Rx", MakeCallback(&TwoLinks::Note, this));
    }

    void Note(Ptr<const Packet> /* packet */, const Address& /* from */)
    {
        lastRead = Simulator::Now();
    }

    Ptr<HoststackMptcpSocket> Sender() const
    {
        ObjectVectorValue sockets;
        HoststackHelper::Get(nodes.Get(0))->GetAttribute("SocketList", sockets);
        return sockets.GetN() > 0 ? DynamicCast<HoststackMptcpSocket>(sockets.Get(0)) : nullptr;
    }

    hoststack::mptcp::Info Run(double seconds)
    {
        // Once closed, the connection has only this reference.
        Ptr<HoststackMptcpSocket> socket;
        Simulator::Schedule(Seconds(v6 ? 2.001 : 0.001), [&] { socket = Sender(); });
        Simulator::Stop(Seconds(seconds));
        Simulator::Run();
        REQUIRE(socket);
        return socket->GetMptcpInfo();
    }

    NodeContainer nodes;
    HoststackLinkHelper links;
    NetDeviceContainer devices[2];
    Ipv4InterfaceContainer ipv4[2];
    Ipv6InterfaceContainer ipv6[2];
    Ptr<PacketSink> sink;
    Time lastRead;
    bool v6;
};

void
DieAt(TwoLinks& network, int link, double seconds)
{
    Simulator::Schedule(Seconds(seconds), [&network, link] {
        const auto channel =
            DynamicCast<HoststackChannel>(network.devices[link].Get(0)->GetChannel());
        for (std::size_t side = 0; side < 2; ++side)
        {
            channel->SetDown(side, true);
        }
    });
}

} // namespace

TEST_CASE("each subflow's segments fit the link it goes over", "[socket][mptcp]")
{
    // A DSL line with PPPoE beside a path with the usual MTU, either of them first.
    for (const int narrow : {0, 1})
    {
        TwoLinks net;
        net.AddEndpoint("subflow");
        net.devices[narrow].Get(0)->SetMtu(1492);
        net.devices[narrow].Get(1)->SetMtu(1492);
        net.Transfer(2'000'000, HoststackHelper::MptcpSocketFactory());
        const auto info = net.Run(10);
        CHECK(net.sink->GetTotalRx() == 2'000'000);
        REQUIRE(info.subflows.size() == 2);
        // 20 + 20 of headers, 12 of timestamps, 24 of DSS: the peer has sent no data, and its
        // DATA_FIN makes DATA_ACKs no longer.
        CHECK(info.subflows[narrow].tcp.mss == 1440); // less 24 of DSS in segments
        CHECK(info.subflows[1 - narrow].tcp.mss == 1448);
    }
}

TEST_CASE("a bulk transfer of ns-3's applications uses both links", "[socket][mptcp]")
{
    const bool v6 = GENERATE(false, true);
    TwoLinks network(true, true, v6);
    network.AddEndpoint("subflow");
    network.Transfer(10'000'000, HoststackHelper::MptcpSocketFactory());
    const auto info = network.Run(9);
    REQUIRE(network.sink->GetTotalRx() == 10'000'000);
    // One link alone needs 8.4 s; the second begins a few round trips later.
    CHECK(network.lastRead.GetSeconds() - (v6 ? 2 : 0) < 5.5);
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.subflows[0].dataBytesSent > 4'000'000);
    CHECK(info.subflows[1].dataBytesSent > 4'000'000);
    CHECK_FALSE(info.fallback);
}

TEST_CASE("without an endpoint there is one subflow", "[socket][mptcp]")
{
    TwoLinks network;
    network.Transfer(1'000'000, HoststackHelper::MptcpSocketFactory());
    const auto info = network.Run(2);
    CHECK(network.sink->GetTotalRx() == 1'000'000);
    CHECK(info.subflows.size() == 1);
}

TEST_CASE("the direct path and ns-3's IP give the same run", "[socket][mptcp]")
{
    Time last[2];
    std::uint64_t shares[2];
    for (const bool direct : {false, true})
    {
        TwoLinks network(direct);
        network.AddEndpoint("subflow");
        network.Transfer(5'000'000, HoststackHelper::MptcpSocketFactory());
        const auto info = network.Run(6);
        REQUIRE(network.sink->GetTotalRx() == 5'000'000);
        REQUIRE(info.subflows.size() == 2);
        last[direct] = network.lastRead;
        shares[direct] = info.subflows[1].dataBytesSent;
    }
    CHECK(last[0] == last[1]);
    CHECK(shares[0] == shares[1]);
}

TEST_CASE("a peer that speaks plain TCP is served by plain TCP", "[socket][mptcp]")
{
    const bool ns3Server = GENERATE(false, true);
    TwoLinks network(true, !ns3Server);
    network.AddEndpoint("subflow");
    network.Transfer(1'000'000,
                     ns3Server ? "ns3::TcpSocketFactory" : HoststackHelper::SocketFactory());
    const auto info = network.Run(4);
    CHECK(network.sink->GetTotalRx() == 1'000'000);
    CHECK(info.fallback);
    CHECK(info.subflows.size() == 1);
}

TEST_CASE("a multipath listener takes plain TCP", "[socket][mptcp]")
{
    TwoLinks network;
    PacketSinkHelper sinks(HoststackHelper::MptcpSocketFactory(),
                           InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto sink = DynamicCast<PacketSink>(sinks.Install(network.nodes.Get(1)).Get(0));
    BulkSendHelper source(HoststackHelper::SocketFactory(), network.Server());
    source.SetAttribute("MaxBytes", UintegerValue(500'000));
    source.Install(network.nodes.Get(0));
    Simulator::Stop(Seconds(3));
    Simulator::Run();
    CHECK(sink->GetTotalRx() == 500'000);
}

TEST_CASE("a transfer goes on when the link of its first subflow dies", "[socket][mptcp]")
{
    TwoLinks network;
    network.AddEndpoint("subflow");
    network.Transfer(5'000'000, HoststackHelper::MptcpSocketFactory());
    DieAt(network, 0, 1);
    const auto info = network.Run(8);
    CHECK(network.sink->GetTotalRx() == 5'000'000);
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.bytesReinjected > 0);
    CHECK(info.subflows[1].dataBytesSent > info.subflows[0].dataBytesSent);
}

TEST_CASE("a backup carries data only once the other link is dead", "[socket][mptcp]")
{
    TwoLinks network;
    network.AddEndpoint("subflow backup");
    network.Transfer(4'000'000, HoststackHelper::MptcpSocketFactory());
    std::uint64_t before = 1;
    Simulator::Schedule(Seconds(1), [&] {
        CHECK(network.Sender()->CongestionWindow() == network.Sender()->GetInfo().cwnd);
        const auto info = network.Sender()->GetMptcpInfo();
        REQUIRE(info.subflows.size() == 2);
        before = info.subflows[1].dataBytesSent;
    });
    DieAt(network, 0, 1.5);
    const auto info = network.Run(8);
    CHECK(before == 0);
    CHECK(network.sink->GetTotalRx() == 4'000'000);
    CHECK(info.subflows[1].dataBytesSent > 1'000'000);
}

TEST_CASE("removing an endpoint closes its subflow, and the other goes on", "[socket][mptcp]")
{
    TwoLinks network;
    network.AddEndpoint("subflow");
    network.Transfer(4'000'000, HoststackHelper::MptcpSocketFactory());
    Simulator::Schedule(Seconds(1), [&] {
        const auto host = HoststackHelper::GetMptcp(network.nodes.Get(0));
        const auto address = host->GetEndpoints().at(0).address;
        CHECK(host->RemoveEndpoint(address));
        CHECK_FALSE(host->RemoveEndpoint(address));
    });
    const auto info = network.Run(6);
    CHECK(network.sink->GetTotalRx() == 4'000'000);
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.subflows[1].closed);
    CHECK_FALSE(info.subflows[0].closed);
}

TEST_CASE("subflows can be traced one by one", "[socket][mptcp]")
{
    TwoLinks network;
    network.AddEndpoint("subflow");
    network.Transfer(2'000'000, HoststackHelper::MptcpSocketFactory());

    struct Seen
    {
        void Cwnd(std::uint32_t id, std::uint32_t /* before */, std::uint32_t now)
        {
            cwnd[id] = now;
        }

        void State(std::uint32_t id,
                   TcpSocket::TcpStates_t /* before */,
                   TcpSocket::TcpStates_t now)
        {
            state[id] = now;
        }

        std::map<std::uint32_t, std::uint32_t> cwnd;
        std::map<std::uint32_t, TcpSocket::TcpStates_t> state;
    } seen;

    Simulator::Schedule(MilliSeconds(1), [&] {
        const auto socket = network.Sender();
        CHECK(socket->TraceConnectWithoutContext("SubflowCongestionWindow",
                                                 MakeCallback(&Seen::Cwnd, &seen)));
        CHECK(
            socket->TraceConnectWithoutContext("SubflowState", MakeCallback(&Seen::State, &seen)));
    });
    network.Run(0.5);
    REQUIRE(seen.cwnd.size() == 2);
    CHECK(seen.cwnd[1] > 10'000);
    CHECK(seen.cwnd[2] > 10'000);
    CHECK(seen.state[1] == TcpSocket::ESTABLISHED);
    CHECK(seen.state[2] == TcpSocket::ESTABLISHED);
}

TEST_CASE("an endpoint flag that does not exist is refused", "[socket][mptcp]")
{
    TwoLinks network;
    CHECK_THROWS_AS(network.AddEndpoint("sublfow"), std::invalid_argument);
}

TEST_CASE("a host's memory of a black hole doubles each time in a row, up to 64 fold",
          "[socket][mptcp]")
{
    TwoLinks network;
    const auto host = HoststackHelper::GetMptcp(network.nodes.Get(0));
    const auto hour = 3600 * hoststack::kSecond;
    CHECK_FALSE(host->IsBlackholed(0, hour));
    host->NoteBlackhole(0);
    CHECK(host->IsBlackholed(hour - 1, hour));
    CHECK_FALSE(host->IsBlackholed(hour, hour));
    host->NoteBlackhole(0);
    CHECK(host->IsBlackholed(2 * hour - 1, hour));
    CHECK_FALSE(host->IsBlackholed(2 * hour, hour));
    for (int i = 0; i < 20; ++i)
    {
        host->NoteBlackhole(0);
    }
    CHECK(host->IsBlackholed(64 * hour - 1, hour));
    CHECK_FALSE(host->IsBlackholed(64 * hour, hour));
    host->NoteMultipath();
    CHECK_FALSE(host->IsBlackholed(0, hour));
}

TEST_CASE("a host has eight endpoints at most, each address once, and their ids count upwards",
          "[socket][mptcp]")
{
    TwoLinks network;
    const auto host = HoststackHelper::GetMptcp(network.nodes.Get(0));
    hoststack::mptcp::LocalEndpoint endpoint;
    endpoint.subflow = true;
    for (std::uint32_t i = 1; i <= 8; ++i)
    {
        endpoint.address = hoststack::IpAddress::V4(0x0a090000 + i);
        CHECK(host->AddEndpoint(endpoint) == i);
        CHECK(host->AddEndpoint(endpoint) == 0);
    }
    endpoint.address = hoststack::IpAddress::V4(0x0a090009);
    CHECK(host->AddEndpoint(endpoint) == 0);
    // Linux looks for a free id from the largest one on.
    CHECK(host->RemoveEndpoint(hoststack::IpAddress::V4(0x0a090003)));
    CHECK(host->AddEndpoint(endpoint) == 9);
}

TEST_CASE("a new connection opens where a subflow is in TIME-WAIT", "[socket][mptcp]")
{
    const bool direct = GENERATE(true, false);
    const bool joined = GENERATE(false, true);
    const bool multipath = GENERATE(false, true);
    TwoLinks network(direct);
    network.AddEndpoint("subflow");
    const auto client = network.nodes.Get(0);
    const auto server = network.nodes.Get(1);
    // The client forgets its ends soon, so that the ports are its to use again.
    HoststackHelper::Get(client)->SetAttribute("TimeWait", TimeValue(MilliSeconds(100)));
    const auto listener = HoststackHelper::GetMptcp(server)->CreateSocket();
    std::vector<Ptr<HoststackMptcpSocket>> accepted;
    listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
    listener->Listen();
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([&](Ptr<Socket> socket, const Address&) {
            accepted.push_back(DynamicCast<HoststackMptcpSocket>(socket));
        }));
    const auto connect = [&](Ptr<Socket> socket, Ipv4Address from, std::uint16_t port) {
        REQUIRE(socket->Bind(InetSocketAddress(from, port)) == 0);
        REQUIRE(socket->Connect(network.Server()) == 0);
        socket->SetCloseCallbacks(
            Callback<void, Ptr<Socket>>([](Ptr<Socket> closed) { closed->Close(); }),
            MakeNullCallback<void, Ptr<Socket>>());
        return DynamicCast<HoststackTcpSocket>(socket);
    };
    Ptr<HoststackTcpSocket> first;
    Ptr<HoststackTcpSocket> second;
    hoststack::mptcp::Endpoint reused;
    Simulator::Schedule(Seconds(0), [&] {
        first = connect(HoststackHelper::GetMptcp(client)->CreateSocket(),
                        network.ipv4[0].GetAddress(0),
                        5000);
    });
    // Joins wait until the handshake is confirmed by data.
    Simulator::Schedule(MilliSeconds(100), [&] { first->Send(Create<Packet>(100)); });
    Simulator::Schedule(MilliSeconds(500), [&] { accepted.at(0)->Recv(); });
    Simulator::Schedule(Seconds(1), [&] {
        const auto info = accepted.at(0)->GetMptcpInfo();
        REQUIRE(info.subflows.size() == 2);
        reused = info.subflows[joined].remote;
        accepted.at(0)->Close();
    });
    Simulator::Schedule(Seconds(2), [&] {
        REQUIRE(first->GetInfo().state == hoststack::tcp::State::Closed);
        first = nullptr;
        const auto stack = HoststackHelper::Get(server);
        REQUIRE(stack->ConnectionCount() == 2); // both subflows in TIME-WAIT
        second = connect(multipath ? HoststackHelper::GetMptcp(client)->CreateSocket()
                                   : HoststackHelper::Get(client)->CreateSocket(),
                         network.ipv4[joined].GetAddress(0),
                         reused.port);
    });
    Simulator::Schedule(Seconds(3), [&] {
        REQUIRE(accepted.size() == 2);
        CHECK(accepted[1]->Send(Create<Packet>(1000)) == 1000);
    });
    Simulator::Stop(Seconds(4));
    Simulator::Run();
    REQUIRE(second);
    CHECK(second->GetRxAvailable() == 1000);
    // The one that gave way is over; what is left of its connection waits on.
    const auto info = accepted[0]->GetMptcpInfo();
    CHECK(info.end == hoststack::tcp::End::Closed);
}
