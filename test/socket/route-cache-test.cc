// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "two-hosts.h"

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-static-routing-helper.h>

#include <catch2/catch.hpp>

using namespace ns3;

namespace
{

/// A second link between the hosts, and a steady flow from host 0 to host 1's first address.
struct TwoWays : public TwoHosts
{
    explicit TwoWays(bool directPath)
        : TwoHosts(Wire::Ours, directPath)
    {
        second = links.Install(nodes.Get(0), nodes.Get(1), Default());
        Ipv4AddressHelper("10.0.8.0", "255.255.255.0").Assign(second);
        listener = Listener(1, 80);
        listener->ShutdownRecv(); // reads and drops
        sender = Socket(0);
        for (int ms = 1000; ms < 6000; ms += 10)
        {
            Simulator::Schedule(MilliSeconds(ms), [this, ms] {
                if (ms == 1000)
                {
                    sender->Connect(At(1, 80));
                }
                sender->Send(Create<Packet>(1000));
            });
        }
    }

    std::uint64_t Over(const NetDeviceContainer& link) const
    {
        const auto device = DynamicCast<HoststackNetDevice>(link.Get(0));
        return device->GetHoststackChannel()->Direction(0).Counters().offeredPackets;
    }

    /// Host 1's first address by way of the second link.
    void Redirect() const
    {
        const auto ipv4 = nodes.Get(0)->GetObject<Ipv4L3Protocol>();
        Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddHostRouteTo(Ipv4Address("10.0.0.2"),
                                                                         Ipv4Address("10.0.8.2"),
                                                                         2);
    }

    std::uint64_t OverSecondAfter(double from, double until)
    {
        std::uint64_t before = 0;
        Simulator::Schedule(Seconds(from), [&] { before = Over(second); });
        Simulator::Stop(Seconds(until));
        Simulator::Run();
        return Over(second) - before;
    }

    NetDeviceContainer second;
    Ptr<HoststackTcpSocket> listener;
    Ptr<HoststackTcpSocket> sender;
};

} // namespace

TEST_CASE("a new route is taken when the lifetime of the old one is over", "[socket]")
{
    TwoWays hosts(GENERATE(true, false));
    Simulator::Schedule(Seconds(2.001), [&] { hosts.Redirect(); });
    CHECK(hosts.OverSecondAfter(3.1, 4) >= 85);
}

TEST_CASE("a new route is taken at once when routes are flushed", "[socket]")
{
    TwoWays hosts(GENERATE(true, false));
    Simulator::Schedule(Seconds(2.001), [&] {
        hosts.Redirect();
        hosts.Stack(0)->FlushRoutes();
    });
    CHECK(hosts.OverSecondAfter(2.002, 2.5) >= 45);
}

TEST_CASE("an interface that goes down moves its connections to another route at once", "[socket]")
{
    TwoWays hosts(GENERATE(true, false));
    Simulator::Schedule(Seconds(1.5), [&] {
        // As a backup that is worse than the connected network.
        const auto ipv4 = hosts.nodes.Get(0)->GetObject<Ipv4L3Protocol>();
        Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->AddNetworkRouteTo(
            Ipv4Address("10.0.0.0"),
            Ipv4Mask("255.255.255.0"),
            Ipv4Address("10.0.8.2"),
            2,
            10);
    });
    Simulator::Schedule(Seconds(2.001),
                        [&] { hosts.nodes.Get(0)->GetObject<Ipv4L3Protocol>()->SetDown(1); });
    // Full segments of what is written, until the window is full: ACKs still come to the interface
    // that is down.
    CHECK(hosts.OverSecondAfter(2.002, 2.06) >= 3);
}
