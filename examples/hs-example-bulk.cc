// SPDX-License-Identifier: GPL-2.0-only

// A bulk transfer over one link: ns-3's BulkSend and PacketSink on hoststack's TCP.
//
//   server ======== 50 Mbit/s down, 10 Mbit/s up, 15 ms each way, queue of 100 ms ======== client
//
// Prints what the sender's kernel would show in tcp_info.

#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/bulk-send-helper.h>
#include <ns3/command-line.h>
#include <ns3/inet-socket-address.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-interface-container.h>
#include <ns3/object-vector.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <iostream>

using namespace ns3;

namespace
{

void
Report(Ptr<Node> server)
{
    const auto stack = HoststackHelper::Get(server);
    ObjectVectorValue sockets;
    stack->GetAttribute("SocketList", sockets);
    for (auto it = sockets.Begin(); it != sockets.End(); ++it)
    {
        const auto socket = DynamicCast<HoststackTcpSocket>(it->second);
        const auto info = socket->GetInfo();
        std::cout << Simulator::Now().GetSeconds() << " s  " << hoststack::tcp::ToString(info.state)
                  << "  cwnd " << info.cwnd << "  rtt " << hoststack::ToSeconds(info.srtt) * 1e3
                  << " ms  acked " << info.bytesAcked << " bytes  retransmitted "
                  << info.retransmissions << " segments\n";
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string congestion = "cubic";
    bool pcap = false;
    CommandLine command(__FILE__);
    command.AddValue("congestion",
                     "congestion control (cubic, bbr, ns3:TcpVegas, ...)",
                     congestion);
    command.AddValue("pcap", "write hs-example-bulk-*.pcap", pcap);
    command.Parse(argc, argv);

    NodeContainer nodes(2);
    HoststackHelper stack;
    stack.SetAttribute("CongestionControl", StringValue(congestion));
    stack.Install(nodes);

    hoststack::LinkConfig down;
    down.rate = 50'000'000;
    down.delay = 15 * hoststack::kMillisecond;
    down.queue.time = 100 * hoststack::kMillisecond;
    hoststack::LinkConfig up = down;
    up.rate = 10'000'000;
    HoststackLinkHelper link;
    const auto devices = link.Install(nodes.Get(0), nodes.Get(1), down, up, "links/access");
    if (pcap)
    {
        link.EnablePcap("hs-example-bulk", devices);
    }
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

    const InetSocketAddress client(addresses.GetAddress(1), 9);
    BulkSendHelper bulk(HoststackHelper::SocketFactory(), client);
    bulk.SetAttribute("MaxBytes", UintegerValue(0));
    bulk.Install(nodes.Get(0)).Start(Seconds(1));
    PacketSinkHelper reader(HoststackHelper::SocketFactory(), client);
    auto sink = DynamicCast<PacketSink>(reader.Install(nodes.Get(1)).Get(0));

    for (int second = 2; second <= 6; ++second)
    {
        Simulator::Schedule(Seconds(second), &Report, nodes.Get(0));
    }
    Simulator::Stop(Seconds(6.001));
    Simulator::Run();
    std::cout << "goodput " << sink->GetTotalRx() * 8 / 5.0 / 1e6 << " Mbit/s\n";
    Simulator::Destroy();
    return 0;
}
