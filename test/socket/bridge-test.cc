// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bridge.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-receive-path.h"
#include "two-hosts.h"
#include "wiretap.h"

#include <ns3/config.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace ns3;
using hoststack::kMillisecond;
using hoststack::kSecond;
using hoststack::NicSettings;
using hoststack::TimeNs;

namespace
{

constexpr std::uint8_t kIcmp = 1;

/// What a row of hosts with bridges between is to be.
struct Plan
{
    std::string offload{"none"}; ///< of the NICs of the first bridge
    bool queues{false};          ///< they have a queue, and the kernel cuts what leaves
    bool directPath{true};
    bool bursts{true};
    bool detectsBlackHoles{false};
    std::uint16_t mtu{1500}; ///< of the link between the bridges
};

/// An upload of 500 kB from host 0 over bridges 1 and 2 to host 3.
struct Bridged
{
    explicit Bridged(const Plan& plan)
    {
        nodes.Create(4);
        for (const auto end : {0U, 3U})
        {
            InternetStackHelper().Install(nodes.Get(end));
            HoststackHelper stack;
            stack.SetAttribute("DirectPath", BooleanValue(plan.directPath));
            stack.Install(nodes.Get(end));
            auto config = std::make_shared<HoststackTcpConfig>(
                *HoststackHelper::Get(nodes.Get(end))->GetConfig());
            config->detectsBlackHoles = plan.detectsBlackHoles;
            HoststackHelper::Get(nodes.Get(end))->SetConfig(config);
        }
        Config::SetDefault("ns3::HoststackChannel::Bursts", BooleanValue(plan.bursts));
        for (std::uint32_t i = 0; i < 3; ++i)
        {
            links[i] = helper.Install(nodes.Get(i), nodes.Get(i + 1), TwoHosts::Default());
        }
        Config::SetDefault("ns3::HoststackChannel::Bursts", BooleanValue(true));
        links[1].Get(0)->SetMtu(plan.mtu);
        links[1].Get(1)->SetMtu(plan.mtu);
        NicSettings nic;
        nic.offload = plan.offload;
        nic.moderation = "grid";
        nic.moderationSettings.delay = 10 * kMillisecond;
        nic.transmit.queue = plan.queues ? "fq-codel" : "none";
        nic.transmit.segments = false;
        At(0, 1)->SetNic(nic);
        At(1, 0)->SetNic(nic);
        NetDeviceContainer ends(links[0].Get(0));
        ends.Add(links[2].Get(1));
        const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(ends);
        for (const auto middle : {1U, 2U})
        {
            HoststackHelper::Bridge(nodes.Get(middle));
        }
        At(0, 1)->AddCapture(came);
        At(1, 0)->AddCapture(left);
        At(0, 0)->AddCapture(answers);

        const InetSocketAddress to(addresses.GetAddress(1), 9);
        const auto factory = HoststackHelper::SocketFactory();
        const auto sink =
            DynamicCast<PacketSink>(PacketSinkHelper(factory, to).Install(nodes.Get(3)).Get(0));
        BulkSendHelper source(factory, to);
        source.SetAttribute("MaxBytes", UintegerValue(500'000));
        source.SetAttribute("SendSize", UintegerValue(100'000));
        source.Install(nodes.Get(0));
        Simulator::Stop(Seconds(30));
        Simulator::Run();
        received = sink->GetTotalRx();
        const auto& offload = At(0, 1)->ReceivePath()->OffloadCounters();
        units = offload.units;
        packets = offload.packets;
        lostByLro = At(0, 1)->ReceivePath()->GetCounters().tooLarge;
        counters = HoststackMachine::Of(nodes.Get(1))->Bridge()->GetCounters();
    }

    ~Bridged()
    {
        Simulator::Destroy();
    }

    Ptr<HoststackNetDevice> At(std::uint32_t link, std::uint32_t end) const
    {
        return DynamicCast<HoststackNetDevice>(links[link].Get(end));
    }

    NodeContainer nodes;
    HoststackLinkHelper helper;
    NetDeviceContainer links[3];
    std::shared_ptr<Wiretap> came{std::make_shared<Wiretap>(hoststack::CaptureDirection::Inbound)};
    std::shared_ptr<Wiretap> left{std::make_shared<Wiretap>(hoststack::CaptureDirection::Outbound)};
    std::shared_ptr<Wiretap> answers{
        std::make_shared<Wiretap>(hoststack::CaptureDirection::Inbound)};
    std::uint64_t received{0};
    std::uint64_t units{0};
    std::uint64_t packets{0};
    std::uint64_t lostByLro{0};
    HoststackBridge::Counters counters;
};

} // namespace

TEST_CASE("what comes to a bridge leaves it byte for byte, its time to live included",
          "[socket][bridge]")
{
    Plan plan;
    plan.offload = GENERATE("none", "gro", "gro-list");
    plan.directPath = GENERATE(true, false);
    INFO(plan.offload << (plan.directPath ? " direct" : " packets"));
    const Bridged bridged(plan);
    CHECK(bridged.received == 500'000);
    CHECK((plan.offload == "none" || bridged.units * 5 < bridged.packets * 4));
    CHECK(bridged.came->packets == bridged.left->packets);
    CHECK(bridged.counters.tooLong == 0);
    const auto& first = bridged.left->packets.front();
    CHECK(first[8] == 64);
    // And back: the answers, too, have crossed both bridges.
    CHECK(bridged.counters.frames ==
          bridged.left->packets.size() + bridged.answers->packets.size());
    CHECK(bridged.answers->packets.front()[8] == 64);
}

TEST_CASE("a bridge sends on at the same times whether it gets values or packets, bursts or not, "
          "through a queue or not",
          "[socket][bridge]")
{
    Plan plan;
    plan.offload = GENERATE("none", "gro");
    plan.queues = GENERATE(false, true);
    INFO(plan.offload << (plan.queues ? " queue" : " none"));
    std::vector<TimeNs> times;
    std::vector<Bytes> packets;
    {
        const Bridged direct(plan);
        CHECK(direct.received == 500'000);
        times = direct.left->times;
        packets = direct.left->packets;
    }
    {
        auto single = plan;
        single.bursts = false;
        const Bridged bridged(single);
        CHECK(bridged.left->times == times);
        CHECK(bridged.left->packets == packets);
    }
    plan.directPath = false;
    const Bridged bridged(plan);
    CHECK(bridged.left->times == times);
    CHECK(bridged.left->packets.size() == packets.size());
}

TEST_CASE("what LRO has merged does not fit behind a bridge, and is lost there",
          "[socket][bridge][offload]")
{
    Plan plan;
    plan.offload = GENERATE("lro", "lro-freebsd");
    INFO(plan.offload);
    const Bridged bridged(plan);
    CHECK(bridged.lostByLro > 0);
    CHECK(bridged.came->packets.size() > bridged.left->packets.size());
    CHECK(bridged.counters.frames ==
          bridged.left->packets.size() + bridged.answers->packets.size());
}

TEST_CASE("a frame too long for the link behind a bridge is lost, and nobody is told",
          "[socket][bridge][mtu]")
{
    Plan plan;
    plan.mtu = 1400;
    plan.offload = GENERATE("none", "gro");
    plan.directPath = GENERATE(true, false);
    INFO(plan.offload << (plan.directPath ? " direct" : " packets"));
    const Bridged bridged(plan);
    CHECK(bridged.received == 0);
    CHECK(bridged.counters.tooLong > 10);
    for (const auto& packet : bridged.answers->packets)
    {
        CHECK(packet[9] != kIcmp);
    }
    for (const auto& packet : bridged.left->packets)
    {
        CHECK(packet.size() <= 1404);
    }
}

TEST_CASE("a bridge lets pass what is longer than the MTU by a VLAN tag", "[socket][bridge][mtu]")
{
    Plan plan;
    plan.mtu = GENERATE(std::uint16_t{1496}, std::uint16_t{1495});
    const Bridged bridged(plan);
    CHECK(bridged.received == (plan.mtu == 1496 ? 500'000 : 0));
}

TEST_CASE("black-hole detection survives a bridge that swallows what is too long",
          "[socket][bridge][mtu]")
{
    Plan plan;
    plan.mtu = 1400;
    plan.detectsBlackHoles = true;
    const Bridged bridged(plan);
    CHECK(bridged.received == 500'000);
    CHECK(bridged.left->times.back() > 3 * kSecond);
    CHECK(bridged.left->times.back() < 12 * kSecond);
}

TEST_CASE("a bridge joins two devices that IP does not use", "[socket][bridge]")
{
    NodeContainer nodes(4);
    InternetStackHelper().Install(nodes);
    HoststackLinkHelper links;
    const auto link = [&](std::uint32_t a, std::uint32_t b) {
        return links.Install(nodes.Get(a), nodes.Get(b), TwoHosts::Default());
    };
    link(0, 1);
    CHECK_THROWS_AS(HoststackHelper::Bridge(nodes.Get(1)), std::invalid_argument);
    const auto second = link(1, 2);
    CHECK_NOTHROW(HoststackHelper::Bridge(nodes.Get(1)));
    link(1, 3);
    CHECK_THROWS_AS(HoststackHelper::Bridge(nodes.Get(1)), std::invalid_argument);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(NetDeviceContainer(second.Get(1)));
    link(2, 3);
    CHECK_THROWS_AS(HoststackHelper::Bridge(nodes.Get(2)), std::invalid_argument);
    Simulator::Destroy();
}
