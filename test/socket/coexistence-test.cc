// SPDX-License-Identifier: GPL-2.0-only

#include "two-hosts.h"

#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/tcp-l4-protocol.h>

#include <catch2/catch.hpp>

using namespace ns3;

namespace
{

Ptr<PacketSink>
Transfer(Ptr<Node> from, Ptr<Node> to, const Address& there, const char* writer, const char* reader)
{
    BulkSendHelper bulk(writer, there);
    bulk.SetAttribute("MaxBytes", UintegerValue(500'000));
    bulk.Install(from).Start(Seconds(2));
    PacketSinkHelper sink(reader, there);
    return DynamicCast<PacketSink>(sink.Install(to).Get(0));
}

constexpr const char* kOurs = "ns3::HoststackTcpSocketFactory";
constexpr const char* kTheirs = "ns3::TcpSocketFactory";

/// What became of a Connect.
struct Attempt
{
    bool succeeded{false};
    bool failed{false};
    double at{0};

    explicit Attempt(Ptr<Socket> socket)
    {
        socket->SetConnectCallback(MakeCallback(&Attempt::Succeeded, this),
                                   MakeCallback(&Attempt::Failed, this));
    }

    void Succeeded(Ptr<Socket>)
    {
        succeeded = true;
    }

    void Failed(Ptr<Socket>)
    {
        failed = true;
        at = Simulator::Now().GetSeconds();
    }
};

} // namespace

TEST_CASE("both stacks work on the same nodes and with each other", "[socket]")
{
    const auto wire = GENERATE(Wire::Ours, Wire::PointToPoint);
    const auto v6 = GENERATE(false, true);
    TwoHosts hosts(wire);
    const auto a = hosts.nodes.Get(0);
    const auto b = hosts.nodes.Get(1);
    const auto ours = Transfer(a, b, hosts.At(1, 1, v6), kOurs, kOurs);
    const auto theirs = Transfer(a, b, hosts.At(1, 2, v6), kTheirs, kTheirs);
    const auto up = Transfer(b, a, hosts.At(0, 3, v6), kOurs, kTheirs);
    const auto down = Transfer(b, a, hosts.At(0, 4, v6), kTheirs, kOurs);
    Simulator::Stop(Seconds(8));
    Simulator::Run();
    CHECK(ours->GetTotalRx() == 500'000);
    CHECK(theirs->GetTotalRx() == 500'000);
    CHECK(up->GetTotalRx() == 500'000);
    CHECK(down->GetTotalRx() == 500'000);
}

TEST_CASE("a transfer crosses an ns-3 router and leaves to a node with ns-3's TCP alone",
          "[socket]")
{
    NodeContainer nodes(3);
    InternetStackHelper().Install(nodes);
    HoststackHelper().Install(nodes.Get(0));
    PointToPointHelper helper;
    helper.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
    helper.SetChannelAttribute("Delay", StringValue("5ms"));
    HoststackLinkHelper links;
    const auto first = links.Install(nodes.Get(0), nodes.Get(1), TwoHosts::Default());
    const auto second = helper.Install(nodes.Get(1), nodes.Get(2));
    Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(first);
    const auto there = Ipv4AddressHelper("10.0.2.0", "255.255.255.0").Assign(second).GetAddress(1);
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();
    const auto sink =
        Transfer(nodes.Get(0), nodes.Get(2), InetSocketAddress(there, 9), kOurs, kTheirs);
    Simulator::Stop(Seconds(4));
    Simulator::Run();
    CHECK(sink->GetTotalRx() == 500'000);
    Simulator::Destroy();
}

TEST_CASE("a closed port answers with a RST, with and without ns-3's TCP behind ours", "[socket]")
{
    const auto alone = GENERATE(false, true);
    TwoHosts hosts;
    if (alone)
    {
        // A node whose only TCP is ours: take ns-3's away before ours comes.
        hosts.nodes.Create(1);
        const auto node = hosts.nodes.Get(2);
        InternetStackHelper().Install(node);
        const auto ip = node->GetObject<Ipv4L3Protocol>();
        ip->Remove(node->GetObject<TcpL4Protocol>());
        HoststackHelper().Install(node);
        const auto extra = hosts.links.Install(hosts.nodes.Get(0), node, TwoHosts::Default());
        hosts.ipv4 = Ipv4AddressHelper("10.0.9.0", "255.255.255.0").Assign(extra);
    }
    auto socket = hosts.Socket(0);
    Attempt attempt(socket);
    Simulator::Schedule(Seconds(1), [&] { socket->Connect(hosts.At(1, 4242)); });
    Simulator::Stop(Seconds(3));
    Simulator::Run();
    CHECK(attempt.failed);
    CHECK_FALSE(attempt.succeeded);
    CHECK(attempt.at == Approx(1.01).margin(0.0005));
    CHECK(hosts.Stack(0)->ConnectionCount() == 0);
}

TEST_CASE("no route makes Connect fail at once", "[socket]")
{
    TwoHosts hosts;
    auto socket = hosts.Socket(0);
    CHECK(socket->Connect(InetSocketAddress(Ipv4Address("192.0.2.1"), 80)) == -1);
    CHECK(socket->GetErrno() == Socket::ERROR_NOROUTETOHOST);
}

TEST_CASE("nobody answers: the connection fails when its SYNs are used up", "[socket]")
{
    TwoHosts hosts;
    auto socket = hosts.Socket(0);
    socket->SetAttribute("ConnCount", UintegerValue(2));
    Attempt attempt(socket);
    Simulator::Schedule(Seconds(1),
                        [&] { socket->Connect(InetSocketAddress(Ipv4Address("10.0.0.99"), 1)); });
    Simulator::Stop(Seconds(60));
    Simulator::Run();
    CHECK(attempt.failed);
    CHECK(hosts.Stack(0)->ConnectionCount() == 0);
}
