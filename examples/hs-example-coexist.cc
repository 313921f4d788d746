// SPDX-License-Identifier: GPL-2.0-only

// hoststack's TCP and ns-3's on the same two nodes, at the same time, through an ordinary ns-3
// router over ns-3's own point-to-point devices.
//
//   a ---- 100 Mbit/s, 1 ms ---- router ---- 20 Mbit/s, 10 ms ---- b

#include "ns3/hs-hoststack-helper.h"

#include <ns3/bulk-send-helper.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/simulator.h>
#include <ns3/string.h>

#include <iostream>

using namespace ns3;

namespace
{

NetDeviceContainer
Join(Ptr<Node> a, Ptr<Node> b, const char* rate, const char* delay)
{
    PointToPointHelper helper;
    helper.SetDeviceAttribute("DataRate", StringValue(rate));
    helper.SetChannelAttribute("Delay", StringValue(delay));
    return helper.Install(a, b);
}

Ptr<PacketSink>
Transfer(Ptr<Node> from, Ptr<Node> to, Ipv4Address address, std::uint16_t port, const char* factory)
{
    BulkSendHelper bulk(factory, InetSocketAddress(address, port));
    bulk.SetAttribute("MaxBytes", UintegerValue(0));
    bulk.Install(from).Start(Seconds(1));
    PacketSinkHelper sink(factory, InetSocketAddress(Ipv4Address::GetAny(), port));
    return DynamicCast<PacketSink>(sink.Install(to).Get(0));
}

} // namespace

int
main()
{
    NodeContainer nodes(3);
    InternetStackHelper().Install(nodes);
    HoststackHelper stack;
    stack.Install(nodes.Get(0)); // the router needs no TCP of ours
    stack.Install(nodes.Get(2));

    const auto left = Join(nodes.Get(0), nodes.Get(1), "100Mbps", "1ms");
    const auto right = Join(nodes.Get(1), nodes.Get(2), "20Mbps", "10ms");
    Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(left);
    const auto b = Ipv4AddressHelper("10.0.2.0", "255.255.255.0").Assign(right).GetAddress(1);
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    const auto ours =
        Transfer(nodes.Get(0), nodes.Get(2), b, 5001, HoststackHelper::SocketFactory());
    const auto theirs = Transfer(nodes.Get(0), nodes.Get(2), b, 5002, "ns3::TcpSocketFactory");

    Simulator::Stop(Seconds(11));
    Simulator::Run();
    std::cout << "hoststack: " << ours->GetTotalRx() * 8 / 10.0 / 1e6 << " Mbit/s\n"
              << "ns-3:      " << theirs->GetTotalRx() * 8 / 10.0 / 1e6 << " Mbit/s\n";
    Simulator::Destroy();
    return 0;
}
