// SPDX-License-Identifier: GPL-2.0-only

#include "two-hosts.h"

#include <ns3/error-model.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/pointer.h>
#include <ns3/traffic-control-helper.h>
#include <ns3/udp-client-server-helper.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

using namespace ns3;

namespace
{

constexpr std::uint16_t kPort = 9;

/// Two hosts over a point-to-point device without a queue disc.
struct WiredHosts : TwoHosts
{
    explicit WiredHosts(bool directPath)
        : TwoHosts(Wire::PointToPoint, directPath)
    {
        TrafficControlHelper().Uninstall(devices);
    }

    Ptr<PacketSink> StartBulk(const std::string& factory, std::uint16_t port)
    {
        const auto sink = PacketSinkHelper(factory, InetSocketAddress(Ipv4Address::GetAny(), port))
                              .Install(nodes.Get(1));
        BulkSendHelper bulk(factory, At(1, port));
        bulk.SetAttribute("MaxBytes", UintegerValue(1'000'000));
        bulk.Install(nodes.Get(0)).Start(Seconds(1));
        return DynamicCast<PacketSink>(sink.Get(0));
    }

    Ptr<Ipv4L3Protocol> Ip(std::uint32_t host) const
    {
        return nodes.Get(host)->GetObject<Ipv4L3Protocol>();
    }

    std::uint64_t ipPackets{0};

    /// Counts what leaves host 0 through IP from now on.
    void TraceIp()
    {
        Ip(0)->TraceConnectWithoutContext("Tx", MakeCallback(&WiredHosts::CountIp, this));
    }

    void CountIp(Ptr<const Packet>, Ptr<Ipv4>, std::uint32_t)
    {
        ++ipPackets;
    }
};

/// Time and size of all IPv4 packets that arrive at a device (IPv6 chatters at random times).
struct Arrivals
{
    explicit Arrivals(const Ptr<NetDevice>& device)
    {
        device->TraceConnectWithoutContext("MacRx", MakeCallback(&Arrivals::Note, this));
    }

    void Note(Ptr<const Packet> packet)
    {
        std::uint8_t ppp[2];
        packet->CopyData(ppp, sizeof ppp);
        constexpr std::uint8_t kIpv4 = 0x21; // protocol number of RFC 1332
        if (ppp[1] != kIpv4)
        {
            return;
        }
        all.emplace_back(Simulator::Now().GetNanoSeconds(), packet->GetSize());
    }

    std::vector<std::pair<std::int64_t, std::uint32_t>> all;
};

std::vector<std::pair<std::int64_t, std::uint32_t>>
ArrivalsOfLossyTransfer(bool directPath)
{
    WiredHosts hosts(directPath);
    const auto sink = hosts.StartBulk(HoststackHelper::SocketFactory(), kPort);
    const auto losses = CreateObject<ReceiveListErrorModel>();
    losses->SetList({40, 41, 300, 301, 302, 500});
    hosts.devices.Get(1)->SetAttribute("ReceiveErrorModel", PointerValue(losses));
    Arrivals there(hosts.devices.Get(1));
    Arrivals back(hosts.devices.Get(0));
    Simulator::Stop(Seconds(10));
    Simulator::Run();
    CHECK(sink->GetTotalRx() == 1'000'000);
    there.all.insert(there.all.end(), back.all.begin(), back.all.end());
    return there.all;
}

} // namespace

TEST_CASE("packets over a point-to-point device are the same with the direct path and without",
          "[socket]")
{
    const auto with = ArrivalsOfLossyTransfer(true);
    CHECK(with.size() > 1000);
    const auto without = ArrivalsOfLossyTransfer(false);
    CHECK(with.size() == without.size());
    CHECK(std::equal(with.begin(), with.end(), without.begin(), without.end()));
}

TEST_CASE("a listener on IP's traces sees every packet from the moment it listens", "[socket]")
{
    WiredHosts hosts(true);
    const auto sink = hosts.StartBulk(HoststackHelper::SocketFactory(), kPort);
    Arrivals there(hosts.devices.Get(1));
    std::size_t before = 0;
    Simulator::Schedule(MilliSeconds(1300), [&] {
        hosts.TraceIp();
        before = there.all.size();
    });
    Simulator::Stop(Seconds(5));
    Simulator::Run();
    CHECK(sink->GetTotalRx() == 1'000'000);
    CHECK(before > 100);
    // What was queued or on the wire at that moment has passed IP unseen.
    CHECK(hosts.ipPackets > 200);
    CHECK(hosts.ipPackets <= there.all.size() - before);
}

TEST_CASE("packets that are not ours still reach the node over a device with a direct path",
          "[socket]")
{
    WiredHosts hosts(true);
    const auto ours = hosts.StartBulk(HoststackHelper::SocketFactory(), kPort);
    const auto theirs = hosts.StartBulk("ns3::TcpSocketFactory", kPort + 1);
    const auto servers = UdpServerHelper(kPort).Install(hosts.nodes.Get(1));
    UdpClientHelper client(hosts.ipv4.GetAddress(1), kPort);
    client.SetAttribute("MaxPackets", UintegerValue(50));
    client.SetAttribute("Interval", TimeValue(MilliSeconds(20)));
    client.Install(hosts.nodes.Get(0)).Start(Seconds(1.5));
    Simulator::Stop(Seconds(20));
    Simulator::Run();
    CHECK(ours->GetTotalRx() == 1'000'000);
    CHECK(theirs->GetTotalRx() == 1'000'000);
    // The two TCPs fill the queue, which may drop a few.
    CHECK(DynamicCast<UdpServer>(servers.Get(0))->GetReceived() > 40);
}

TEST_CASE("an interface that is down lets nothing through on the direct path", "[socket]")
{
    const std::uint32_t host = GENERATE(0, 1);
    CAPTURE(host);
    WiredHosts hosts(true);
    const auto sink = hosts.StartBulk(HoststackHelper::SocketFactory(), kPort);
    std::uint64_t atOnce = 0;
    std::uint64_t later = 0;
    Simulator::Schedule(MilliSeconds(1300), [&] {
        hosts.Ip(host)->SetDown(1);
        atOnce = sink->GetTotalRx();
    });
    Simulator::Schedule(MilliSeconds(1900), [&] {
        later = sink->GetTotalRx();
        hosts.Ip(host)->SetUp(1);
    });
    Simulator::Stop(Seconds(20));
    Simulator::Run();
    CHECK(atOnce > 0);
    // Host 0 down: what is in its device's queue (100 packets) and on the wire still arrives.
    CHECK(later - atOnce <= (host == 0 ? 200'000U : 0U));
    CHECK(later < 1'000'000);
    CHECK(sink->GetTotalRx() == 1'000'000);
}
