// SPDX-License-Identifier: GPL-2.0-only
//
// A phone uploads over Wi-Fi and LTE at once, leaves the Wi-Fi and comes back: the connection lives
// on. ns-3's own applications on multipath sockets; links that behave as radio does.
//
//   phone 10.1.1.1 --- Wi-Fi --- 10.1.1.2 server     dead from 4 s to 8 s, without a sign
//         10.1.2.1 --- LTE   --- 10.1.2.2
//
// Try: --backup (LTE only while the Wi-Fi is away), --scheduler=redundant.

#include "ns3/hs-channel.h"
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

#include <array>
#include <cstdio>
#include <string>

using namespace ns3;
using hoststack::kMicrosecond;
using hoststack::kMillisecond;

namespace
{

/// A room away from an access point; both directions alike. Numbers are estimates.
hoststack::LinkConfig
Wifi()
{
    hoststack::LinkConfig link;
    link.rate = 60e6;
    link.delay = kMillisecond;
    link.jitter = 2 * kMillisecond;
    link.queue.time = 100 * kMillisecond;
    return link;
}

/// A direction of an LTE cell: slots of 1 ms, retransmissions of the radio, a deep queue. The
/// numbers are those of the link profile lte-cat6.
hoststack::LinkConfig
Lte(double megabits, bool isUplink)
{
    hoststack::LinkConfig link;
    link.rate = megabits * 1e6;
    link.delay = 12200 * kMicrosecond;
    link.queue.time = 400 * kMillisecond;
    hoststack::LinkBehaviourConfig grant{"sr-grant", {}};
    grant.parameters.SetDuration("period", 10 * kMillisecond)
        .SetDuration("shortest", 7 * kMillisecond)
        .SetDuration("longest", 9 * kMillisecond)
        .SetDuration("keep", 10 * kMillisecond);
    hoststack::LinkBehaviourConfig slots{"slot-gate", {}};
    slots.parameters.SetDuration("slot", kMillisecond);
    hoststack::LinkBehaviourConfig harq{"harq", {}};
    harq.parameters.SetProbability("probability", 0.1)
        .SetDuration("round-trip", 8 * kMillisecond)
        .SetCount("retransmissions", 3)
        .SetDuration("block", kMillisecond);
    if (isUplink)
    {
        link.behaviours.push_back(grant);
    }
    link.behaviours.push_back(slots);
    link.behaviours.push_back(harq);
    return link;
}

/// Prints what each link carried since the last line, once per second.
class Table
{
  public:
    Table(Ptr<HoststackTcpProtocol> stack, const hoststack::IpAddress& lte)
        : m_stack(stack),
          m_lte(lte)
    {
        std::printf("  time   Wi-Fi     LTE   Mbit/s\n");
        Simulator::Schedule(Seconds(1), &Table::Line, this);
    }

  private:
    void Line()
    {
        std::array<double, 2> bytes{};
        ObjectVectorValue sockets;
        m_stack->GetAttribute("SocketList", sockets);
        for (auto it = sockets.Begin(); it != sockets.End(); ++it)
        {
            const auto socket = DynamicCast<HoststackMptcpSocket>(it->second);
            for (const auto& subflow : socket->GetMptcpInfo().subflows)
            {
                const bool isLte = subflow.local.address == m_lte;
                bytes[isLte ? 1 : 0] += static_cast<double>(subflow.tcp.bytesAcked);
            }
        }
        std::printf("%4.0f s  %6.1f  %6.1f\n",
                    Simulator::Now().GetSeconds(),
                    (bytes[0] - m_before[0]) * 8e-6,
                    (bytes[1] - m_before[1]) * 8e-6);
        m_before = bytes;
        Simulator::Schedule(Seconds(1), &Table::Line, this);
    }

    Ptr<HoststackTcpProtocol> m_stack;
    hoststack::IpAddress m_lte;
    std::array<double, 2> m_before{};
};

void
SetDown(Ptr<HoststackChannel> channel, bool down)
{
    std::printf("        %s\n", down ? "the phone leaves the Wi-Fi" : "the phone is back");
    channel->SetDown(0, down);
    channel->SetDown(1, down);
}

} // namespace

int
main(int argc, char* argv[])
{
    std::string scheduler = "default";
    bool backup = false;
    CommandLine cmd(__FILE__);
    cmd.AddValue("scheduler", "which subflow sends what (hoststack list schedulers)", scheduler);
    cmd.AddValue("backup", "use LTE only while the Wi-Fi is away", backup);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    HoststackHelper stack;
    stack.SetMptcpAttribute("Scheduler", StringValue(scheduler));
    stack.Install(nodes);
    const auto phone = nodes.Get(0);

    HoststackLinkHelper links;
    const auto wifi = links.Install(phone, nodes.Get(1), Wifi());
    const auto lte = links.Install(phone, nodes.Get(1), Lte(30, true), Lte(60, false));
    const auto first = Ipv4AddressHelper("10.1.1.0", "255.255.255.0").Assign(wifi);
    const auto second = Ipv4AddressHelper("10.1.2.0", "255.255.255.0").Assign(lte);
    HoststackHelper::AddEndpoint(phone,
                                 second.GetAddress(0),
                                 backup ? "subflow backup" : "subflow");
    HoststackHelper::AddSourceRoute(phone, second.GetAddress(0), second.GetAddress(1));

    PacketSinkHelper sink(HoststackHelper::MptcpSocketFactory(),
                          InetSocketAddress(Ipv4Address::GetAny(), 80));
    const auto received = DynamicCast<PacketSink>(sink.Install(nodes.Get(1)).Get(0));
    BulkSendHelper source(HoststackHelper::MptcpSocketFactory(),
                          InetSocketAddress(first.GetAddress(1), 80));
    source.SetAttribute("MaxBytes", UintegerValue(0));
    source.SetAttribute("SendSize", UintegerValue(65536));
    source.Install(phone);

    const auto channel = DynamicCast<HoststackChannel>(wifi.Get(0)->GetChannel());
    Simulator::Schedule(Seconds(4) + NanoSeconds(1), &SetDown, channel, true);
    Simulator::Schedule(Seconds(8) + NanoSeconds(1), &SetDown, channel, false);
    const Table table(HoststackHelper::Get(phone),
                      hoststack::IpAddress::V4(second.GetAddress(0).Get()));
    constexpr double kSeconds = 15;
    Simulator::Stop(Seconds(kSeconds) + NanoSeconds(1));
    Simulator::Run();
    std::printf("%.1f Mbit/s on average\n",
                static_cast<double>(received->GetTotalRx()) * 8e-6 / kSeconds);
    Simulator::Destroy();
    return 0;
}
