// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-ns3-clock.h"

#include <ns3/data-rate.h>
#include <ns3/node.h>
#include <ns3/simulator.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

using namespace ns3;
using namespace hoststack;

namespace
{

/// Two devices; what arrives at either is written down.
struct Pair
{
    struct Arrival
    {
        TimeNs at;
        std::uint32_t size;
    };

    Ptr<Node> a{CreateObject<Node>()};
    Ptr<Node> b{CreateObject<Node>()};
    Ptr<HoststackNetDevice> left;
    Ptr<HoststackNetDevice> right;
    std::vector<Arrival> atRight;
    std::vector<Arrival> atLeft;
    std::uint32_t refused{0};
    std::uint32_t lost{0};

    explicit Pair(const LinkConfig& forward, const LinkConfig& backward = LinkConfig())
    {
        HoststackLinkHelper helper;
        const auto devices = helper.Install(a, b, forward, backward, "test");
        left = DynamicCast<HoststackNetDevice>(devices.Get(0));
        right = DynamicCast<HoststackNetDevice>(devices.Get(1));
        right->SetReceiveCallback(MakeCallback(&Pair::AtRight, this));
        left->SetReceiveCallback(MakeCallback(&Pair::AtLeft, this));
        left->TraceConnectWithoutContext("MacTxDrop", MakeCallback(&Pair::Refused, this));
        right->TraceConnectWithoutContext("PhyRxDrop", MakeCallback(&Pair::Lost, this));
    }

    ~Pair()
    {
        Simulator::Destroy();
    }

    bool AtRight(Ptr<NetDevice>, Ptr<const Packet> p, std::uint16_t protocol, const Address& from)
    {
        CHECK(protocol == 0x1234);
        CHECK(from == left->GetAddress());
        atRight.push_back({NowNs(), p->GetSize()});
        return true;
    }

    bool AtLeft(Ptr<NetDevice>, Ptr<const Packet> p, std::uint16_t, const Address&)
    {
        atLeft.push_back({NowNs(), p->GetSize()});
        return true;
    }

    void Refused(Ptr<const Packet>)
    {
        ++refused;
    }

    void Lost(Ptr<const Packet>)
    {
        ++lost;
    }

    bool Send(std::uint32_t size)
    {
        return left->Send(Create<Packet>(size), left->GetBroadcast(), 0x1234);
    }

    Ptr<HoststackChannel> Channel() const
    {
        return left->GetHoststackChannel();
    }
};

LinkConfig
Slow()
{
    LinkConfig config;
    config.rate = 8'000'000; // 1 byte per microsecond
    config.delay = 5 * kMillisecond;
    return config;
}

} // namespace

TEST_CASE("packets arrive after serialisation and delay, one event each", "[nic]")
{
    Pair p(Slow());
    std::uint64_t before = 0;
    Simulator::Schedule(TimeStep(1), [&before] { before = Simulator::GetEventCount(); });
    p.Send(1000);
    p.Send(500);
    Simulator::Run();
    REQUIRE(p.atRight.size() == 2);
    CHECK(p.atRight[0].at == 6 * kMillisecond);
    CHECK(p.atRight[1].at == 6 * kMillisecond + 500 * kMicrosecond);
    CHECK(p.atRight[1].size == 500);
    CHECK(Simulator::GetEventCount() - before == 2);
}

TEST_CASE("the two directions of a channel do not disturb each other", "[nic]")
{
    Pair p(Slow(), LinkConfig());
    p.Send(1000);
    p.right->Send(Create<Packet>(100), p.right->GetBroadcast(), 0x1234);
    Simulator::Run();
    REQUIRE(p.atLeft.size() == 1);
    CHECK(p.atLeft[0].at == 1); // unlimited rate, rounded up to a nanosecond
    CHECK(p.atRight[0].at == 6 * kMillisecond);
}

TEST_CASE("a full queue refuses the packet, and Send and trace say so", "[nic]")
{
    auto config = Slow();
    config.queue.packets = 1;
    Pair p(config);
    CHECK(p.Send(1000));       // in service
    CHECK(p.Send(1000));       // waits
    CHECK_FALSE(p.Send(1000)); // no room
    Simulator::Run();
    CHECK(p.atRight.size() == 2);
    CHECK(p.refused == 1);
    CHECK(p.Channel()->Direction(0).Counters().Dropped(LinkDrop::Queue) == 1);
}

TEST_CASE("a new rate counts for the packet in service at once", "[nic]")
{
    Pair p(Slow());
    p.Send(1000);
    // Half of it has left; the rest takes a tenth of the time.
    Simulator::Schedule(MicroSeconds(500), [&p] { p.Channel()->SetRate(0, 80'000'000); });
    Simulator::Run();
    REQUIRE(p.atRight.size() == 1);
    CHECK(p.atRight[0].at == 5 * kMillisecond + 550 * kMicrosecond);
}

TEST_CASE("rate and delay of a device are attributes that can change while it runs", "[nic]")
{
    Pair p(Slow());
    Simulator::Schedule(MilliSeconds(1), [&p] {
        p.left->SetAttribute("DataRate", DataRateValue(DataRate("80Mbps")));
        p.left->SetAttribute("Delay", TimeValue(MilliSeconds(1)));
        p.Send(1000);
    });
    Simulator::Run();
    REQUIRE(p.atRight.size() == 1);
    CHECK(p.atRight[0].at == 2 * kMillisecond + 100 * kMicrosecond);
    DataRateValue rate;
    p.left->GetAttribute("DataRate", rate);
    CHECK(rate.Get().GetBitRate() == 80'000'000);
}

TEST_CASE("an outage loses what is on its way and what is sent meanwhile", "[nic]")
{
    Pair p(Slow());
    p.Send(1000);
    Simulator::Schedule(MilliSeconds(2), [&p] { p.Channel()->SetDown(0, true); });
    Simulator::Schedule(MilliSeconds(3), [&p] { p.Send(1000); });
    Simulator::Schedule(MilliSeconds(20), [&p] { p.Channel()->SetDown(0, false); });
    Simulator::Schedule(MilliSeconds(30), [&p] { p.Send(1000); });
    Simulator::Run();
    REQUIRE(p.atRight.size() == 1);
    CHECK(p.atRight[0].at == 36 * kMillisecond);
    CHECK(p.lost == 2);
    CHECK(p.left->IsLinkUp());
}

TEST_CASE("a held link keeps its packets and goes on when it returns", "[nic]")
{
    Pair p(Slow());
    Simulator::Schedule(MilliSeconds(1), [&p] {
        p.Channel()->SetDown(0, true, LinkDirection::Outage::Hold);
        p.Send(1000);
    });
    Simulator::Schedule(MilliSeconds(40), [&p] { p.Channel()->SetDown(0, false); });
    Simulator::Run();
    REQUIRE(p.atRight.size() == 1);
    CHECK(p.atRight[0].at == 46 * kMillisecond);
}

TEST_CASE("random loss is the same in every run with the same seed", "[nic]")
{
    auto run = [] {
        auto config = Slow();
        config.loss = 0.3;
        Pair p(config);
        for (int i = 0; i < 200; ++i)
        {
            p.Send(100);
        }
        Simulator::Run();
        CHECK(p.lost + p.atRight.size() == 200);
        return p.lost;
    };
    const auto first = run();
    CHECK(first > 30);
    CHECK(first < 90);
    CHECK(run() == first);
}

TEST_CASE("a device without a channel drops and says that its link is down", "[nic]")
{
    auto device = CreateObject<HoststackNetDevice>();
    CHECK_FALSE(device->IsLinkUp());
    CHECK_FALSE(device->Send(Create<Packet>(10), device->GetBroadcast(), 0x0800));
    CHECK(device->IsPointToPoint());
    CHECK_FALSE(device->NeedsArp());
    CHECK(device->IsBroadcast());
}

TEST_CASE("a device refuses an MTU that IP has no use for", "[nic]")
{
    auto device = CreateObject<HoststackNetDevice>();
    CHECK_FALSE(device->SetMtu(67));
    CHECK(device->GetMtu() == 1500);
    CHECK(device->SetMtu(68));
    CHECK(device->GetMtu() == 68);
}

TEST_CASE("a NIC without room for a frame is refused, and so is a poll that takes none", "[nic]")
{
    Pair p{LinkConfig()};
    NicSettings ring;
    ring.ring = 0;
    CHECK_THROWS_AS(p.left->SetNic(ring), std::invalid_argument);
    NicSettings transmit;
    transmit.transmit.ring = 0;
    CHECK_THROWS_AS(p.left->SetNic(transmit), std::invalid_argument);
    NicSettings weight;
    weight.offloadSettings.weight = 0;
    CHECK_THROWS_AS(p.left->SetNic(weight), std::invalid_argument);
    CHECK_NOTHROW(p.left->SetNic(NicSettings()));
}
