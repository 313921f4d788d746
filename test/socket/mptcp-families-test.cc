// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-mptcp-socket.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>

using namespace ns3;

namespace
{

Ptr<HoststackMptcpSocket>
Make(TwoHosts& hosts, std::uint32_t host)
{
    return DynamicCast<HoststackMptcpSocket>(
        HoststackHelper::GetMptcp(hosts.nodes.Get(host))->CreateSocket());
}

hoststack::IpAddress
AddressOf(const TwoHosts& hosts, std::uint32_t host, bool v6)
{
    if (!v6)
    {
        return hoststack::IpAddress::V4(hosts.ipv4.GetAddress(host).Get());
    }
    std::array<std::uint8_t, 16> bytes{};
    hosts.ipv6.GetAddress(host, 1).GetBytes(bytes.data());
    return hoststack::IpAddress::V6(bytes);
}

} // namespace

TEST_CASE("one connection can have subflows of both IP versions, each with its own MSS",
          "[socket][mptcp]")
{
    const bool firstIsV6 = GENERATE(false, true);
    const auto wire = GENERATE(Wire::Ours, Wire::PointToPoint);
    CAPTURE(firstIsV6);
    TwoHosts hosts(wire);
    auto listener = Make(hosts, 1);
    listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), 80));
    listener->Listen();
    std::uint32_t received = 0;
    const Callback<void, Ptr<Socket>> read([&](Ptr<Socket> from) {
        while (auto packet = from->Recv())
        {
            received += packet->GetSize();
        }
    });
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>(
            [&](Ptr<Socket> server, const Address&) { server->SetRecvCallback(read); }));
    auto client = Make(hosts, 0);
    // Duplicate address detection takes the first second of IPv6.
    Simulator::Schedule(Seconds(2), [&] {
        CHECK(client->Connect(hosts.At(1, 80, firstIsV6)) == 0);
        client->Send(Create<Packet>(1000));
    });
    Simulator::Schedule(Seconds(2.5), [&] {
        hoststack::mptcp::LocalEndpoint local;
        local.address = AddressOf(hosts, 0, !firstIsV6);
        CHECK(client->JoinFrom(local, {AddressOf(hosts, 1, !firstIsV6), 80}) != 0);
    });
    Simulator::Schedule(Seconds(3), [&] { client->Send(Create<Packet>(2'000'000)); });
    Simulator::Stop(Seconds(10));
    Simulator::Run();
    CHECK(received == 2'001'000);
    const auto info = client->GetMptcpInfo();
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.subflows[0].local.address.family != info.subflows[1].local.address.family);
    for (const auto& subflow : info.subflows)
    {
        CHECK(subflow.established);
        CHECK(subflow.dataBytesSent > 100'000);
    }
    const auto v4 = firstIsV6 ? 1 : 0;
    CHECK(info.subflows[v4].tcp.mss == info.subflows[1 - v4].tcp.mss + 20);
}
