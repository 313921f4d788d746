// SPDX-License-Identifier: GPL-2.0-only

#include "bench-network.h"

#include "ns3/hs-channel.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-tcp-protocol.h"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/data-rate.h>
#include <ns3/global-value.h>
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

#include <algorithm>
#include <stdexcept>
#include <string>

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

std::uint32_t
Paths(const BenchCase& run)
{
    return std::max(run.subflows, 1U);
}

std::uint64_t
RateOfPath(const BenchCase& run)
{
    return run.rate / Paths(run);
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
    if (run.subflows > 0)
    {
        auto multipath = CreateObject<HoststackMptcpHost>();
        multipath->SetAttribute("ExtraSubflows", UintegerValue(run.subflows - 1));
        node->AggregateObject(multipath);
    }
}

bool
IsDirect(Carrier carrier)
{
    return carrier == Carrier::Direct || carrier == Carrier::DirectOff ||
           carrier == Carrier::Offload;
}

/// As scenarios/profiles/nic/mlx5.json receives.
hoststack::NicSettings
OffloadingNic()
{
    hoststack::NicSettings settings;
    settings.offload = "gro";
    settings.moderation = "packets-or-time";
    settings.moderationSettings.delay = 16 * kMicrosecond;
    settings.moderationSettings.packets = 32;
    return settings;
}

/// The two sides of one HoststackChannel.
NetDeviceContainer
JoinDirect(const Ptr<Node>& a, const Ptr<Node>& b, const BenchCase& run, std::uint32_t path)
{
    NetDeviceContainer devices;
    for (const auto& node : {a, b})
    {
        auto device = CreateObject<HoststackNetDevice>();
        node->AddDevice(device);
        devices.Add(device);
        if (run.carrier == Carrier::Offload)
        {
            device->SetNic(OffloadingNic());
        }
    }
    HoststackChannel::DirectionConfig direction;
    direction.link.rate = RateOfPath(run);
    direction.link.delay = kOneWay;
    direction.name = "links/bench-" + std::to_string(path);
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
AddDefaultRoute(const Ptr<Node>& node, const Ipv4Address& through, std::uint32_t interface)
{
    Ipv4StaticRoutingHelper()
        .GetStaticRouting(node->GetObject<Ipv4>())
        ->SetDefaultRoute(through, interface);
}

Ipv4InterfaceContainer
Number(const NetDeviceContainer& devices, std::uint32_t network)
{
    const auto base = "10.0." + std::to_string(network) + ".0";
    return Ipv4AddressHelper(base.c_str(), "255.255.255.0").Assign(devices);
}

/// A wire with addresses; ns-3 puts a FqCoDel on it unless told otherwise.
Ipv4InterfaceContainer
JoinRouted(const Ptr<Node>& a, const Ptr<Node>& b, const BenchCase& run, std::uint32_t network)
{
    const auto devices = Wire(RateOfPath(run)).Install(a, b);
    const auto interfaces = Number(devices, network);
    if (!run.queueDisc)
    {
        TrafficControlHelper().Uninstall(devices);
    }
    return interfaces;
}

/// One end of a path and who is asked to reach the other one.
struct PathEnd
{
    Ipv4Address own;
    Ipv4Address nextHop;
};

struct PathEnds
{
    PathEnd sender;
    PathEnd receiver;
};

PathEnds
BuildPath(const BenchNetwork& network, const BenchCase& run, std::uint32_t path)
{
    if (IsDirect(run.carrier))
    {
        const auto ends = Number(JoinDirect(network.sender, network.receiver, run, path), path);
        return {{ends.GetAddress(0), ends.GetAddress(1)}, {ends.GetAddress(1), ends.GetAddress(0)}};
    }
    const auto router = CreateObject<Node>();
    Stack().Install(router);
    const auto left = JoinRouted(network.sender, router, run, 2 * path);
    const auto right = JoinRouted(router, network.receiver, run, 2 * path + 1);
    if (path > 0)
    {
        // To the address of the first path, over the second interface after the loopback.
        AddDefaultRoute(router, right.GetAddress(1), 2);
    }
    return {{left.GetAddress(0), left.GetAddress(1)}, {right.GetAddress(1), right.GetAddress(0)}};
}

/// The first path is the default of both, the others are taken back to where they come from.
void
AddRoutes(const BenchNetwork& network, const PathEnds& ends, std::uint32_t path)
{
    if (path == 0)
    {
        AddDefaultRoute(network.sender, ends.sender.nextHop, 1);
        AddDefaultRoute(network.receiver, ends.receiver.nextHop, 1);
        return;
    }
    const Ipv4Mask mask("255.255.255.0");
    const auto ip = network.receiver->GetObject<Ipv4>();
    Ipv4StaticRoutingHelper().GetStaticRouting(ip)->AddNetworkRouteTo(
        ends.sender.own.CombineMask(mask),
        mask,
        ends.receiver.nextHop,
        static_cast<std::uint32_t>(ip->GetInterfaceForAddress(ends.receiver.own)));
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
        {"wheel", Carrier::Wheel},
        {"offload", Carrier::Offload},
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
    const bool direct = IsDirect(run.carrier);
    const bool ours = direct || run.carrier == Carrier::Routed;
    if (run.subflows > 0 && !ours)
    {
        throw std::invalid_argument(NameOf(run.carrier) + " knows no subflows");
    }
    SetNs3TcpDefaults(run);
    if (ours && !run.ns3Loop)
    {
        GlobalValue::Bind("SimulatorImplementationType",
                          StringValue("ns3::HoststackSimulatorImpl"));
    }
    BenchNetwork result;
    result.socketFactory = !ours               ? "ns3::TcpSocketFactory"
                           : run.subflows == 0 ? HoststackHelper::SocketFactory()
                                               : HoststackHelper::MptcpSocketFactory();
    NodeContainer nodes;
    nodes.Create(2);
    Stack().Install(nodes);
    result.sender = nodes.Get(0);
    result.receiver = nodes.Get(1);
    if (ours)
    {
        InstallHoststack(result.sender, run);
        InstallHoststack(result.receiver, run);
    }
    for (std::uint32_t path = 0; path < Paths(run); ++path)
    {
        const auto ends = BuildPath(result, run, path);
        if (path == 0)
        {
            result.server = ends.receiver.own;
        }
        else
        {
            HoststackHelper::AddEndpoint(result.sender, ends.sender.own, "subflow");
            HoststackHelper::AddSourceRoute(result.sender, ends.sender.own, ends.sender.nextHop);
        }
        if (!direct)
        {
            AddRoutes(result, ends, path);
        }
    }
    return result;
}

} // namespace hoststack::bench
