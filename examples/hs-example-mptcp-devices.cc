// SPDX-License-Identifier: GPL-2.0-only
//
// Multipath TCP over ns-3's own devices: one path through a point-to-point link, one through a CSMA
// network with a router. ns-3's applications, devices and IP are as they are; only the sockets are
// hoststack's.
//
//   client 10.1.1.1 --- PointToPoint 10 Mbit/s, 10 ms ----------------- 10.1.1.2 server
//          10.1.2.1 --- CSMA 100 Mbit/s --- router --- PointToPoint --- 10.1.3.2
//                                                      20 Mbit/s, 15 ms
//
// Try: --pcap, and tshark -r hs-example-mptcp-devices-0-0.pcap -Y mptcp

#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-mptcp-socket.h"

#include <ns3/bulk-send-helper.h>
#include <ns3/command-line.h>
#include <ns3/csma-helper.h>
#include <ns3/data-rate.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/object-vector.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <cstdio>

using namespace ns3;

namespace
{

NetDeviceContainer
PointToPoint(Ptr<Node> a, Ptr<Node> b, const char* rate, const char* delay, bool pcap)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue(rate));
    link.SetChannelAttribute("Delay", StringValue(delay));
    const auto devices = link.Install(a, b);
    if (pcap)
    {
        link.EnablePcap("hs-example-mptcp-devices", devices.Get(0));
    }
    return devices;
}

void
PrintSubflows(Ptr<HoststackTcpProtocol> stack)
{
    ObjectVectorValue sockets;
    stack->GetAttribute("SocketList", sockets);
    for (auto it = sockets.Begin(); it != sockets.End(); ++it)
    {
        const auto socket = DynamicCast<HoststackMptcpSocket>(it->second);
        for (const auto& subflow : socket->GetMptcpInfo().subflows)
        {
            std::printf("  subflow %u from %s: %.1f MB, RTT %.1f ms\n",
                        subflow.id,
                        subflow.local.address.ToString().c_str(),
                        static_cast<double>(subflow.dataBytesSent) / 1e6,
                        static_cast<double>(subflow.tcp.srtt) / 1e6);
        }
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    bool pcap = false;
    CommandLine cmd(__FILE__);
    cmd.AddValue("pcap", "write hs-example-mptcp-devices-*.pcap", pcap);
    cmd.Parse(argc, argv);

    NodeContainer hosts(2);
    const auto client = hosts.Get(0);
    const auto server = hosts.Get(1);
    const auto router = CreateObject<Node>();
    HoststackHelper().Install(hosts);
    InternetStackHelper().Install(router); // it only forwards

    const auto direct = PointToPoint(client, server, "10Mbps", "10ms", pcap);
    CsmaHelper lan;
    lan.SetChannelAttribute("DataRate", DataRateValue(DataRate("100Mbps")));
    const auto around = lan.Install(NodeContainer(client, router));
    if (pcap)
    {
        lan.EnablePcap("hs-example-mptcp-devices", around.Get(0));
    }
    const auto far = PointToPoint(router, server, "20Mbps", "15ms", false);
    const auto first = Ipv4AddressHelper("10.1.1.0", "255.255.255.0").Assign(direct);
    const auto second = Ipv4AddressHelper("10.1.2.0", "255.255.255.0").Assign(around);
    Ipv4AddressHelper("10.1.3.0", "255.255.255.0").Assign(far);
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    // Subflows from the second address leave through the router, whatever the routing table says.
    HoststackHelper::AddEndpoint(client, second.GetAddress(0), "subflow");
    HoststackHelper::AddSourceRoute(client, second.GetAddress(0), second.GetAddress(1));

    PacketSinkHelper sink(HoststackHelper::MptcpSocketFactory(),
                          InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto received = DynamicCast<PacketSink>(sink.Install(server).Get(0));
    BulkSendHelper source(HoststackHelper::MptcpSocketFactory(),
                          InetSocketAddress(first.GetAddress(1), 80));
    source.SetAttribute("MaxBytes", UintegerValue(0));
    source.SetAttribute("SendSize", UintegerValue(65536));
    source.Install(client);

    constexpr double kSeconds = 10;
    Simulator::Schedule(Seconds(kSeconds), &PrintSubflows, HoststackHelper::Get(client));
    Simulator::Stop(Seconds(kSeconds) + NanoSeconds(1));
    Simulator::Run();
    std::printf("%.2f Mbit/s over both paths\n",
                static_cast<double>(received->GetTotalRx()) * 8e-6 / kSeconds);
    Simulator::Destroy();
    return 0;
}
