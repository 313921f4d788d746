// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TEST_TWO_HOSTS_H
#define HS_TEST_TWO_HOSTS_H

#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/boolean.h>
#include <ns3/bulk-send-helper.h>
#include <ns3/csma-helper.h>
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv6-address-helper.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <string>

enum class Wire
{
    Ours,
    PointToPoint,
    Csma,
};

/// Two nodes with ns-3's internet stack and hoststack's TCP, joined by one link of 10 Mbit/s and
/// 5 ms (CSMA: 10 microseconds).
struct TwoHosts
{
    explicit TwoHosts(Wire wire = Wire::Ours,
                      bool directPath = true,
                      hoststack::LinkConfig link = Default())
    {
        using namespace ns3;
        nodes.Create(2);
        InternetStackHelper internet;
        internet.Install(nodes);
        internet.AssignStreams(nodes, 1); // IPv6's jitter, the same in every run
        HoststackHelper stack;
        stack.SetAttribute("DirectPath", BooleanValue(directPath));
        stack.Install(nodes);
        if (wire == Wire::Ours)
        {
            devices = links.Install(nodes.Get(0), nodes.Get(1), link);
        }
        else if (wire == Wire::PointToPoint)
        {
            PointToPointHelper helper;
            helper.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
            helper.SetChannelAttribute("Delay", StringValue("5ms"));
            devices = helper.Install(nodes);
        }
        else
        {
            CsmaHelper helper;
            helper.SetChannelAttribute("DataRate", StringValue("10Mbps"));
            // The bus is busy for as long as a frame travels on it.
            helper.SetChannelAttribute("Delay", StringValue("10us"));
            devices = helper.Install(nodes);
        }
        ipv4 = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
        ipv6 = Ipv6AddressHelper(Ipv6Address("2001:db8::"), Ipv6Prefix(64)).Assign(devices);
    }

    ~TwoHosts()
    {
        ns3::Simulator::Destroy();
    }

    TwoHosts(const TwoHosts&) = delete;
    TwoHosts& operator=(const TwoHosts&) = delete;

    static hoststack::LinkConfig Default()
    {
        hoststack::LinkConfig link;
        link.rate = 10'000'000;
        link.delay = 5 * hoststack::kMillisecond;
        return link;
    }

    /// Address of a host with a port.
    ns3::Address At(std::uint32_t host, std::uint16_t port, bool v6 = false) const
    {
        using namespace ns3;
        if (v6)
        {
            return Inet6SocketAddress(ipv6.GetAddress(host, 1), port);
        }
        return InetSocketAddress(ipv4.GetAddress(host), port);
    }

    ns3::Ptr<ns3::HoststackTcpProtocol> Stack(std::uint32_t host) const
    {
        return ns3::HoststackHelper::Get(nodes.Get(host));
    }

    ns3::Ptr<ns3::HoststackTcpSocket> Socket(std::uint32_t host) const
    {
        return ns3::DynamicCast<ns3::HoststackTcpSocket>(Stack(host)->CreateSocket());
    }

    /// A socket that listens on \p host.
    ns3::Ptr<ns3::HoststackTcpSocket> Listener(std::uint32_t host, std::uint16_t port) const
    {
        auto socket = Socket(host);
        socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
        socket->Listen();
        return socket;
    }

    ns3::NodeContainer nodes;
    ns3::NetDeviceContainer devices;
    ns3::HoststackLinkHelper links;
    ns3::Ipv4InterfaceContainer ipv4;
    ns3::Ipv6InterfaceContainer ipv6;
};

#endif // HS_TEST_TWO_HOSTS_H
