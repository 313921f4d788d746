// SPDX-License-Identifier: GPL-2.0-only

#include "bench-network.h"

#include "ns3/hs-channel.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-tcp-protocol.h"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/data-rate.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/node-container.h>
#include <ns3/nstime.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/queue-size.h>
#include <ns3/string.h>
#include <ns3/tcp-cubic.h>
#include <ns3/tcp-linux-reno.h>
#include <ns3/traffic-control-helper.h>
#include <ns3/type-id.h>
#include <ns3/uinteger.h>

namespace hoststack::bench
{

using namespace ns3;

namespace
{

/// No run drops a packet: the comparison is of equal work without loss.
constexpr std::uint32_t kQueuePackets = 1'000'000;

/// One way of the empty path.
constexpr TimeNs kOneWay = 10 * kMillisecond;

/**
 * Receive buffer that makes hoststack's Linux window policy offer \p window bytes: a full segment
 * of 1448 bytes takes 2304 bytes of memory (TruesizeModel), and SO_RCVBUF is doubled.
 */
std::uint32_t
ReceiveBufferFor(std::uint32_t window)
{
    return static_cast<std::uint32_t>(std::uint64_t{window} * 2304 / kSegment / 2);
}

void
SetNs3TcpDefaults(const BenchCase& run)
{
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(kSegment));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(run.window));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(run.window));
    Config::SetDefault("ns3::TcpL4Protocol::SocketType",
                       TypeIdValue(run.cubic ? TcpCubic::GetTypeId() : TcpLinuxReno::GetTypeId()));
}

void
InstallHoststack(const Ptr<Node>& node, const BenchCase& run)
{
    auto protocol = CreateObject<HoststackTcpProtocol>();
    protocol->SetAttribute("CongestionControl", StringValue(run.cubic ? "cubic" : "reno"));
    protocol->SetAttribute("RcvBufSize", UintegerValue(ReceiveBufferFor(run.window)));
    protocol->SetAttribute("SndBufMax", UintegerValue(1U << 30));
    protocol->SetAttribute("DirectPath", BooleanValue(run.carrier != Carrier::DirectOff));
    node->AggregateObject(protocol);
}

/// The two sides of one HoststackChannel.
NetDeviceContainer
JoinDirect(const Ptr<Node>& a, const Ptr<Node>& b, std::uint64_t rate, TimeNs delay)
{
    NetDeviceContainer devices;
    for (const auto& node : {a, b})
    {
        auto device = CreateObject<HoststackNetDevice>();
        node->AddDevice(device);
        devices.Add(device);
    }
    HoststackChannel::DirectionConfig direction;
    direction.link.rate = rate;
    direction.link.delay = delay;
    direction.name = "links/bench";
    CreateObject<HoststackChannel>()->Connect(DynamicCast<HoststackNetDevice>(devices.Get(0)),
                                              DynamicCast<HoststackNetDevice>(devices.Get(1)),
                                              direction,
                                              direction,
                                              1);
    return devices;
}

PointToPointHelper
Wire(std::uint64_t rate)
{
    PointToPointHelper wire;
    wire.SetDeviceAttribute("DataRate", DataRateValue(DataRate(rate)));
    wire.SetChannelAttribute("Delay", TimeValue(NanoSeconds(kOneWay / 2)));
    wire.SetQueue("ns3::DropTailQueue<Packet>",
                  "MaxSize",
                  QueueSizeValue(QueueSize(QueueSizeUnit::PACKETS, kQueuePackets)));
    return wire;
}

InternetStackHelper
Stack()
{
    InternetStackHelper stack;
    Ipv4StaticRoutingHelper routing;
    stack.SetRoutingHelper(routing);
    stack.SetIpv6StackInstall(false);
    return stack;
}

void
AddDefaultRoute(const Ptr<Node>& node, const Ipv4Address& through)
{
    Ipv4StaticRoutingHelper()
        .GetStaticRouting(node->GetObject<Ipv4>())
        ->SetDefaultRoute(through, 1);
}

Ipv4InterfaceContainer
Number(const NetDeviceContainer& devices, const char* network)
{
    return Ipv4AddressHelper(network, "255.255.255.0").Assign(devices);
}

/// A wire with addresses; ns-3 puts a FqCoDel on it unless told otherwise.
Ipv4InterfaceContainer
JoinRouted(const Ptr<Node>& a, const Ptr<Node>& b, const BenchCase& run, const char* network)
{
    const auto devices = Wire(run.rate).Install(a, b);
    const auto interfaces = Number(devices, network);
    if (!run.queueDisc)
    {
        TrafficControlHelper().Uninstall(devices);
    }
    return interfaces;
}

} // namespace

const std::vector<std::pair<std::string, Carrier>>&
CarrierNames()
{
    static const std::vector<std::pair<std::string, Carrier>> names{
        {"ns3-tcp", Carrier::Ns3Tcp},
        {"direct", Carrier::Direct},
        {"direct-off", Carrier::DirectOff},
        {"p2p", Carrier::Routed},
        {"ns3-udp", Carrier::Ns3Udp},
    };
    return names;
}

const std::string&
NameOf(Carrier carrier)
{
    return CarrierNames()[static_cast<std::size_t>(carrier)].first;
}

BenchNetwork
BuildNetwork(const BenchCase& run)
{
    const bool direct = run.carrier == Carrier::Direct || run.carrier == Carrier::DirectOff;
    const bool ours = direct || run.carrier == Carrier::Routed;
    SetNs3TcpDefaults(run);
    BenchNetwork result;
    result.socketFactory = ours ? "ns3::HoststackTcpSocketFactory" : "ns3::TcpSocketFactory";
    NodeContainer nodes;
    nodes.Create(direct ? 2 : 3);
    Stack().Install(nodes);
    result.sender = nodes.Get(0);
    result.receiver = nodes.Get(nodes.GetN() - 1);
    if (direct)
    {
        const auto devices = JoinDirect(result.sender, result.receiver, run.rate, kOneWay);
        result.server = Number(devices, "10.0.0.0").GetAddress(1);
    }
    else
    {
        const auto left = JoinRouted(nodes.Get(0), nodes.Get(1), run, "10.0.0.0");
        const auto right = JoinRouted(nodes.Get(1), nodes.Get(2), run, "10.0.1.0");
        AddDefaultRoute(result.sender, left.GetAddress(1));
        AddDefaultRoute(result.receiver, right.GetAddress(0));
        result.server = right.GetAddress(1);
    }
    if (ours)
    {
        InstallHoststack(result.sender, run);
        InstallHoststack(result.receiver, run);
    }
    return result;
}

} // namespace hoststack::bench
