// SPDX-License-Identifier: GPL-2.0-only
//
// One transfer over two links at once. ns-3's own applications, BulkSend and PacketSink, use
// multipath sockets of hoststack; nothing in them knows of it.
//
//   client 10.1.1.1 --- lte  40 Mbit/s, 25 ms --- 10.1.1.2 server
//          10.1.2.1 --- wifi 25 Mbit/s,  5 ms --- 10.1.2.2
//
// Try: --scheduler=bpf_rr, --backup (the second link waits), --single (one link only).

#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-mptcp-socket.h"

#include <ns3/bulk-send-helper.h>
#include <ns3/command-line.h>
#include <ns3/inet-socket-address.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/node-container.h>
#include <ns3/object-vector.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <cstdio>
#include <string>

using namespace ns3;

namespace
{

hoststack::LinkConfig
Link(double megabits, std::int64_t milliseconds)
{
    hoststack::LinkConfig link;
    link.rate = static_cast<hoststack::BitsPerSecond>(megabits * 1e6);
    link.delay = milliseconds * hoststack::kMillisecond;
    link.queue.packets = 150;
    return link;
}

void
PrintSubflows(Ptr<HoststackTcpProtocol> stack)
{
    ObjectVectorValue sockets;
    stack->GetAttribute("SocketList", sockets);
    for (auto it = sockets.Begin(); it != sockets.End(); ++it)
    {
        const auto socket = DynamicCast<HoststackMptcpSocket>(it->second);
        const auto info = socket ? socket->GetMptcpInfo() : hoststack::mptcp::Info();
        for (const auto& subflow : info.subflows)
        {
            std::printf("  subflow %u from %s%s: %.1f MB, RTT %.1f ms, cwnd %u, %llu sent again\n",
                        subflow.id,
                        subflow.local.address.ToString().c_str(),
                        subflow.backup ? " (backup)" : "",
                        static_cast<double>(subflow.dataBytesSent) / 1e6,
                        static_cast<double>(subflow.tcp.srtt) / 1e6,
                        subflow.tcp.cwnd,
                        static_cast<unsigned long long>(subflow.tcp.retransmissions));
        }
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string scheduler = "default";
    bool backup = false;
    bool single = false;
    CommandLine cmd(__FILE__);
    cmd.AddValue("scheduler", "which subflow sends what (hoststack list schedulers)", scheduler);
    cmd.AddValue("backup", "use the second link only when the first is gone", backup);
    cmd.AddValue("single", "do not use the second link", single);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    HoststackHelper stack;
    stack.SetMptcpAttribute("Scheduler", StringValue(scheduler));
    stack.Install(nodes);
    const auto client = nodes.Get(0);

    HoststackLinkHelper links;
    const auto lte = links.Install(client, nodes.Get(1), Link(40, 25));
    const auto wifi = links.Install(client, nodes.Get(1), Link(25, 5));
    const auto first = Ipv4AddressHelper("10.1.1.0", "255.255.255.0").Assign(lte);
    const auto second = Ipv4AddressHelper("10.1.2.0", "255.255.255.0").Assign(wifi);
    if (!single)
    {
        HoststackHelper::AddEndpoint(client,
                                     second.GetAddress(0),
                                     backup ? "subflow backup" : "subflow");
        HoststackHelper::AddSourceRoute(client, second.GetAddress(0), second.GetAddress(1));
    }

    PacketSinkHelper sink(HoststackHelper::MptcpSocketFactory(),
                          InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto received = DynamicCast<PacketSink>(sink.Install(nodes.Get(1)).Get(0));
    BulkSendHelper source(HoststackHelper::MptcpSocketFactory(),
                          InetSocketAddress(first.GetAddress(1), 80));
    source.SetAttribute("MaxBytes", UintegerValue(0));
    source.SetAttribute("SendSize", UintegerValue(65536));
    source.Install(client);

    constexpr double kSeconds = 10;
    Simulator::Schedule(Seconds(kSeconds), &PrintSubflows, HoststackHelper::Get(client));
    Simulator::Stop(Seconds(kSeconds) + NanoSeconds(1));
    Simulator::Run();
    std::printf("%.2f Mbit/s over %s\n",
                static_cast<double>(received->GetTotalRx()) * 8 / kSeconds / 1e6,
                single ? "one link" : "both links");
    Simulator::Destroy();
    return 0;
}
