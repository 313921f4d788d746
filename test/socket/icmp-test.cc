// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-icmp-error.h"
#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-path-mtu-cache.h"
#include "two-hosts.h"

#include <ns3/icmpv4-l4-protocol.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/ipv6-static-routing-helper.h>

#include <catch2/catch.hpp>

using namespace ns3;
using hoststack::kSecond;
using hoststack::tcp::NetworkFault;
using hoststack::tcp::State;

namespace
{

using SocketPtr = Ptr<HoststackTcpSocket>;
using Created = Callback<void, Ptr<Socket>, const Address&>;

/// Client, router and server; the MTU behind the router is smaller.
struct ThreeHosts
{
    explicit ThreeHosts(bool multipath, bool v6, bool directPath, std::uint16_t mtu)
        : multipath(multipath),
          v6(v6)
    {
        nodes.Create(3);
        InternetStackHelper().Install(nodes);
        HoststackHelper stack;
        stack.SetAttribute("DirectPath", BooleanValue(directPath));
        stack.Install(nodes.Get(0));
        stack.Install(nodes.Get(2));
        hoststack::LinkConfig link;
        link.rate = 10'000'000;
        link.delay = 5 * hoststack::kMillisecond;
        near = links.Install(nodes.Get(0), nodes.Get(1), link);
        far = links.Install(nodes.Get(1), nodes.Get(2), link);
        far.Get(0)->SetMtu(mtu);
        ipv4[0] = Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(near);
        ipv4[1] = Ipv4AddressHelper("10.0.2.0", "255.255.255.0").Assign(far);
        Ipv4StaticRoutingHelper four;
        four.GetStaticRouting(nodes.Get(0)->GetObject<Ipv4>())
            ->SetDefaultRoute(ipv4[0].GetAddress(1), 1);
        four.GetStaticRouting(nodes.Get(2)->GetObject<Ipv4>())
            ->SetDefaultRoute(ipv4[1].GetAddress(0), 1);
        // Not 2001:db8::/32: routers of ns-3 do not forward what goes to documentation addresses.
        ipv6[0] = Ipv6AddressHelper(Ipv6Address("2001:1::"), Ipv6Prefix(64)).Assign(near);
        ipv6[1] = Ipv6AddressHelper(Ipv6Address("2001:2::"), Ipv6Prefix(64)).Assign(far);
        nodes.Get(1)->GetObject<Ipv6>()->SetAttribute("IpForward", BooleanValue(true));
        Ipv6StaticRoutingHelper six;
        six.GetStaticRouting(nodes.Get(0)->GetObject<Ipv6>())
            ->SetDefaultRoute(ipv6[0].GetAddress(1, 1), 1);
        six.GetStaticRouting(nodes.Get(2)->GetObject<Ipv6>())
            ->SetDefaultRoute(ipv6[1].GetAddress(0, 1), 1);
        listener = Make(2);
        listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 80));
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    Created([this](Ptr<Socket> s, const Address&) {
                                        server = s;
                                        server->SetRecvCallback(
                                            MakeCallback(&ThreeHosts::Read, this));
                                    }));
        client = Make(0);
    }

    ~ThreeHosts()
    {
        Simulator::Destroy();
    }

    SocketPtr Make(std::uint32_t host)
    {
        return DynamicCast<HoststackTcpSocket>(
            multipath ? HoststackHelper::GetMptcp(nodes.Get(host))->CreateSocket()
                      : HoststackHelper::Get(nodes.Get(host))->CreateSocket());
    }

    Address Server() const
    {
        return v6 ? Address(Inet6SocketAddress(ipv6[1].GetAddress(1, 1), 80))
                  : Address(InetSocketAddress(ipv4[1].GetAddress(1), 80));
    }

    void Read(Ptr<Socket> from)
    {
        while (auto packet = from->Recv())
        {
            received += packet->GetSize();
        }
    }

    /// ICMP of IPv4 about the client's connection, from the router.
    void Tell(std::uint8_t type, std::uint8_t code, std::uint32_t info, std::uint32_t sequence)
    {
        Address local;
        client->GetSockName(local);
        const auto port = InetSocketAddress::ConvertFrom(local).GetPort();
        const std::uint8_t quoted[8] = {static_cast<std::uint8_t>(port >> 8),
                                        static_cast<std::uint8_t>(port),
                                        0,
                                        80,
                                        static_cast<std::uint8_t>(sequence >> 24),
                                        static_cast<std::uint8_t>(sequence >> 16),
                                        static_cast<std::uint8_t>(sequence >> 8),
                                        static_cast<std::uint8_t>(sequence)};
        Ptr<IpL4Protocol> protocol = HoststackHelper::Get(nodes.Get(0));
        protocol->ReceiveIcmp(ipv4[0].GetAddress(1),
                              64,
                              type,
                              code,
                              info,
                              ipv4[0].GetAddress(0),
                              ipv4[1].GetAddress(1),
                              quoted);
    }

    void RunUntil(double seconds)
    {
        Simulator::Stop(Seconds(seconds) - Simulator::Now());
        Simulator::Run();
    }

    NodeContainer nodes;
    HoststackLinkHelper links;
    NetDeviceContainer near;
    NetDeviceContainer far;
    Ipv4InterfaceContainer ipv4[2];
    Ipv6InterfaceContainer ipv6[2];
    SocketPtr listener;
    SocketPtr client;
    Ptr<Socket> server;
    std::uint32_t received{0}; ///< bytes that the server has read
    bool multipath;
    bool v6;
};

/// The first number of the segments that \p socket sends.
struct FirstSequence
{
    explicit FirstSequence(const SocketPtr& socket)
    {
        socket->TraceConnectWithoutContext("Tx", MakeCallback(&FirstSequence::Note, this));
    }

    void Note(Ptr<const Packet> /* payload */, const TcpHeader& header, Ptr<const Socket>)
    {
        value = known ? value : header.GetSequenceNumber().GetValue();
        known = true;
    }

    bool known{false};
    std::uint32_t value{0};
};

} // namespace

TEST_CASE("a router's \"packet too big\" makes the path's connections send smaller segments",
          "[socket][icmp]")
{
    const bool multipath = GENERATE(false, true);
    const bool directPath = GENERATE(false, true);
    CAPTURE(multipath, directPath);
    ThreeHosts network(multipath, true, directPath, 1400);
    Simulator::Schedule(Seconds(2), [&] {
        CHECK(network.client->Connect(network.Server()) == 0);
        network.client->Send(Create<Packet>(300'000));
    });
    network.RunUntil(2.2);
    REQUIRE(network.server);
    CHECK(network.client->GetInfo().mss <= 1400 - 60 - 12);
    network.RunUntil(10);
    CHECK(network.received == 300'000);
    CHECK(network.client->GetInfo().timeouts == 0);
    // The next connection to the same destination knows.
    auto second = network.Make(0);
    CHECK(second->Connect(network.Server()) == 0);
    network.RunUntil(10.5);
    CHECK(second->GetInfo().state == State::Established);
    CHECK(second->GetInfo().mss <= 1400 - 60 - 12);
}

TEST_CASE("ICMP's fragmentation needed is believed only about what is in flight, down to 552 bytes",
          "[socket][icmp]")
{
    const bool multipath = GENERATE(false, true);
    CAPTURE(multipath);
    ThreeHosts network(multipath, false, true, 1500);
    FirstSequence numbers(network.client);
    Simulator::Schedule(Seconds(1), [&] { network.client->Connect(network.Server()); });
    network.RunUntil(1.5);
    const auto before = network.client->GetInfo().mss;
    const auto next = numbers.value + 1;
    network.Tell(3, 4, 600, next - 10);
    CHECK(network.client->GetInfo().mss == before);
    network.Tell(3, 4, 1500, next);
    CHECK(network.client->GetInfo().mss == before);
    network.Tell(3, 4, 1000, next);
    CHECK(network.client->GetInfo().mss == before - 500);
    network.Tell(3, 4, 68, next);
    CHECK(network.client->GetInfo().mss == before - (1500 - 552));
    network.client->Send(Create<Packet>(100'000));
    network.RunUntil(3);
    REQUIRE(network.server);
    CHECK(network.received == 100'000);
    CHECK(network.client->GetInfo().timeouts == 0);
}

TEST_CASE("ICMP errors end a connection that is not open, and are remembered by one that is",
          "[socket][icmp]")
{
    const bool multipath = GENERATE(false, true);
    const auto type = GENERATE(std::uint8_t{3}, std::uint8_t{11}, std::uint8_t{12});
    CAPTURE(multipath, type);
    ThreeHosts network(multipath, false, true, 1500);
    FirstSequence numbers(network.client);
    bool hasFailed = false;
    network.client->SetConnectCallback(
        MakeNullCallback<void, Ptr<Socket>>(),
        Callback<void, Ptr<Socket>>([&](Ptr<Socket>) { hasFailed = true; }));
    Simulator::Schedule(Seconds(1), [&] {
        network.client->Connect(network.Server());
        network.Tell(type, 1, 0, numbers.value + 5);
        CHECK(network.client->GetInfo().state == State::SynSent);
        network.Tell(type, 1, 0, numbers.value);
        CHECK(network.client->GetInfo().state == State::Closed);
        CHECK(hasFailed);
        CHECK(network.client->GetErrno() == Socket::ERROR_NOROUTETOHOST);
    });
    network.RunUntil(1.5);
    network.client = network.Make(0);
    FirstSequence others(network.client);
    network.client->Connect(network.Server());
    network.RunUntil(2);
    CHECK(network.client->GetInfo().state == State::Established);
    network.Tell(type, 1, 0, others.value + 1);
    CHECK(network.client->GetInfo().state == State::Established);
}

TEST_CASE("what ICMP codes mean to TCP is what Linux makes of them", "[socket][icmp]")
{
    CHECK(ReadIcmp4Error(3, 0)->revertsBackoff);
    CHECK(ReadIcmp4Error(3, 1)->endsHandshake);
    CHECK(ReadIcmp4Error(3, 3)->fault == NetworkFault::PortUnreachable);
    CHECK_FALSE(ReadIcmp4Error(3, 3)->endsHandshake);
    CHECK_FALSE(ReadIcmp4Error(3, 13)->revertsBackoff);
    CHECK(ReadIcmp4Error(11, 0)->endsHandshake);
    CHECK_FALSE(ReadIcmp4Error(3, 16));
    CHECK_FALSE(ReadIcmp4Error(4, 0)); // source quench
    CHECK_FALSE(ReadIcmp4Error(5, 0)); // redirect
    CHECK(ReadIcmp6Error(1, 0)->revertsBackoff);
    CHECK_FALSE(ReadIcmp6Error(1, 3)->revertsBackoff);
    CHECK(ReadIcmp6Error(1, 4)->endsHandshake);
    CHECK_FALSE(ReadIcmp6Error(3, 0)->endsHandshake);
    CHECK(ReadIcmp6Error(4, 0)->fault == NetworkFault::ParameterProblem);
    CHECK_FALSE(ReadIcmp6Error(137, 0));
}

TEST_CASE("a path's MTU is forgotten after ten minutes, and its memory is bounded",
          "[socket][icmp]")
{
    const auto four = hoststack::IpAddress::V4(0x0a000001);
    hoststack::IpAddress six = hoststack::IpAddress::V6({0x20});
    CHECK(HoststackPathMtuCache::Believe(four, 100, 1500) == 552);
    CHECK(HoststackPathMtuCache::Believe(four, 100, 500) == 500);
    CHECK(HoststackPathMtuCache::Believe(six, 1279, 1500) == 1500);
    CHECK(HoststackPathMtuCache::Believe(six, 1280, 1500) == 1280);
    HoststackPathMtuCache cache;
    cache.Learn(four, 1400, 0);
    CHECK(cache.Limit(four, 1500, 599 * kSecond) == 1400);
    CHECK(cache.Limit(four, 1300, 599 * kSecond) == 1300);
    CHECK(cache.Limit(four, 1500, 600 * kSecond) == 1500);
    CHECK(cache.Limit(six, 1500, 0) == 1500);
    for (std::uint32_t i = 0; i < 1024; ++i)
    {
        cache.Learn(hoststack::IpAddress::V4(i), 1000, kSecond);
    }
    CHECK(cache.Limit(four, 1500, kSecond) == 1500);
}
