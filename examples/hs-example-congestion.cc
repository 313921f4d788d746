// SPDX-License-Identifier: GPL-2.0-only

// Congestion controls side by side: hoststack's own and ns-3's through the adapter, over IPv6 and
// a link that loses one packet in a thousand. One run each.

#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"

#include <ns3/bulk-send-helper.h>
#include <ns3/command-line.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv6-address-helper.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <iomanip>
#include <iostream>

using namespace ns3;

namespace
{

double
Goodput(const std::string& congestion, double loss, double seconds)
{
    NodeContainer nodes(2);
    HoststackHelper stack;
    stack.SetAttribute("CongestionControl", StringValue(congestion));
    stack.Install(nodes);

    hoststack::LinkConfig path;
    path.rate = 20'000'000;
    path.delay = 20 * hoststack::kMillisecond;
    path.queue.packets = 100;
    auto lossy = path;
    lossy.loss = loss;
    HoststackLinkHelper link;
    const auto devices = link.Install(nodes.Get(0), nodes.Get(1), lossy, path);
    const auto addresses =
        Ipv6AddressHelper(Ipv6Address("2001:db8::"), Ipv6Prefix(64)).Assign(devices);

    const Inet6SocketAddress there(addresses.GetAddress(1, 1), 9);
    BulkSendHelper bulk(HoststackHelper::SocketFactory(), there);
    bulk.SetAttribute("MaxBytes", UintegerValue(0));
    bulk.Install(nodes.Get(0)).Start(Seconds(2)); // after duplicate address detection
    PacketSinkHelper sink(HoststackHelper::SocketFactory(), there);
    const auto reader = DynamicCast<PacketSink>(sink.Install(nodes.Get(1)).Get(0));

    Simulator::Stop(Seconds(2 + seconds));
    Simulator::Run();
    const double rate = reader->GetTotalRx() * 8 / seconds / 1e6;
    Simulator::Destroy();
    return rate;
}

} // namespace

int
main(int argc, char* argv[])
{
    double loss = 0.001;
    double seconds = 20;
    CommandLine command(__FILE__);
    command.AddValue("loss", "probability that a packet is lost", loss);
    command.AddValue("seconds", "length of each run", seconds);
    command.Parse(argc, argv);

    for (const char* name :
         {"reno", "cubic", "bbr", "ns3:TcpNewReno", "ns3:TcpVegas", "ns3:TcpCubic"})
    {
        std::cout << std::left << std::setw(16) << name << std::fixed << std::setprecision(2)
                  << Goodput(name, loss, seconds) << " Mbit/s\n";
    }
    return 0;
}
