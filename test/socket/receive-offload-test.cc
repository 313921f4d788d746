// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "ns3/hs-receive-path.h"
#include "two-hosts.h"
#include "wiretap.h"

#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/udp-socket-factory.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace ns3;
using hoststack::kMillisecond;
using hoststack::kSecond;
using hoststack::NicSettings;
using hoststack::TimeNs;

namespace
{

NicSettings
Nic(const std::string& offload, TimeNs period = 0)
{
    NicSettings settings;
    settings.offload = offload;
    settings.moderation = period > 0 ? "grid" : "none";
    settings.moderationSettings.delay = period;
    return settings;
}

/// A download of 1 MB over 10 Mbit/s to host 1, whose NIC is \p nic (nullptr: none is set).
struct Download
{
    explicit Download(const NicSettings* nic, std::uint32_t bytes = 1'000'000)
    {
        device = DynamicCast<HoststackNetDevice>(hosts.devices.Get(1));
        device->AddCapture(acks);
        if (nic != nullptr)
        {
            device->SetNic(*nic);
        }
        const auto factory = HoststackHelper::SocketFactory();
        const auto sink = DynamicCast<PacketSink>(
            PacketSinkHelper(factory, hosts.At(1, 9)).Install(hosts.nodes.Get(1)).Get(0));
        BulkSendHelper source(factory, hosts.At(1, 9));
        source.SetAttribute("MaxBytes", UintegerValue(bytes));
        source.SetAttribute("SendSize", UintegerValue(100'000));
        source.Install(hosts.nodes.Get(0));
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        received = sink->GetTotalRx();
    }

    TwoHosts hosts;
    Ptr<HoststackNetDevice> device;
    std::shared_ptr<Wiretap> acks{std::make_shared<Wiretap>(hoststack::CaptureDirection::Outbound)};
    std::uint64_t received{0};
};

/// What came into a router and what it has sent on, but for TTL and header checksum.
struct Routed
{
    /// \p mtu: behind the router
    explicit Routed(const std::string& offload, std::uint16_t mtu = 1500)
    {
        NodeContainer nodes;
        nodes.Create(3);
        InternetStackHelper().Install(nodes);
        HoststackHelper stack;
        stack.Install(nodes.Get(0));
        stack.Install(nodes.Get(2));
        HoststackLinkHelper links;
        NetDeviceContainer devices[2];
        Ipv4InterfaceContainer addresses[2];
        for (std::uint32_t i : {0U, 1U})
        {
            devices[i] = links.Install(nodes.Get(i), nodes.Get(i + 1), TwoHosts::Default());
            const auto network = "10.0." + std::to_string(i) + ".0";
            addresses[i] = Ipv4AddressHelper(network.c_str(), "255.255.255.0").Assign(devices[i]);
        }
        devices[1].Get(0)->SetMtu(mtu);
        devices[1].Get(1)->SetMtu(mtu);
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
        const auto in = DynamicCast<HoststackNetDevice>(devices[0].Get(1));
        in->SetNic(Nic(offload, 10 * kMillisecond));
        const auto before = std::make_shared<Wiretap>(hoststack::CaptureDirection::Inbound);
        const auto after = std::make_shared<Wiretap>(hoststack::CaptureDirection::Outbound);
        in->AddCapture(before);
        DynamicCast<HoststackNetDevice>(devices[1].Get(0))->AddCapture(after);

        const InetSocketAddress to(addresses[1].GetAddress(1), 9);
        const auto factory = HoststackHelper::SocketFactory();
        const auto sink =
            DynamicCast<PacketSink>(PacketSinkHelper(factory, to).Install(nodes.Get(2)).Get(0));
        BulkSendHelper source(factory, to);
        source.SetAttribute("MaxBytes", UintegerValue(500'000));
        source.SetAttribute("SendSize", UintegerValue(100'000));
        source.Install(nodes.Get(0));
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        received = sink->GetTotalRx();
        last = after->times.empty() ? 0 : after->times.back();
        units = in->ReceivePath()->OffloadCounters().units;
        packets = in->ReceivePath()->OffloadCounters().packets;
        tooLarge = in->ReceivePath()->GetCounters().tooLarge;
        for (const auto& [tap, list] : {std::pair(before, &came), std::pair(after, &left)})
        {
            for (auto packet : tap->packets)
            {
                packet[8] = 0;
                packet[10] = packet[11] = 0;
                list->push_back(packet);
            }
        }
    }

    ~Routed()
    {
        Simulator::Destroy();
    }

    std::vector<Bytes> came;
    std::vector<Bytes> left;
    std::uint64_t received{0};
    std::uint64_t units{0};
    std::uint64_t packets{0};
    std::uint64_t tooLarge{0};
    TimeNs last{0}; ///< when it sent on the last packet
};

} // namespace

TEST_CASE("a NIC without offload and moderation changes nothing", "[socket][offload]")
{
    const Download bare(nullptr);
    std::vector<TimeNs> times = bare.acks->times;
    auto packets = bare.acks->packets;
    CHECK(bare.received == 1'000'000);
    const auto none = Nic("none");
    Simulator::Destroy();
    const Download with(&none);
    CHECK(with.acks->times == times);
    CHECK(with.acks->packets.size() == packets.size());
    // Nor does GRO, if each frame is a poll of its own.
    const auto gro = Nic("gro");
    Simulator::Destroy();
    const Download merged(&gro);
    CHECK(merged.acks->times == times);
    CHECK(merged.device->ReceivePath()->OffloadCounters().units ==
          merged.device->ReceivePath()->OffloadCounters().packets);
}

TEST_CASE("with interrupt moderation GRO hands up trains, and the receiver answers less often",
          "[socket][offload]")
{
    std::size_t acks = 0;
    std::uint64_t interrupts = 0;
    {
        const auto none = Nic("none", 20 * kMillisecond);
        const Download alone(&none);
        CHECK(alone.received == 1'000'000);
        acks = alone.acks->packets.size();
        interrupts = alone.device->ReceivePath()->GetCounters().interrupts;
    }
    const auto gro = Nic("gro", 20 * kMillisecond);
    const Download merged(&gro);
    CHECK(merged.received == 1'000'000);
    const auto& offload = merged.device->ReceivePath()->OffloadCounters();
    // A burst at this rate is two segments, the second with PSH, and PSH ends a unit.
    CHECK(offload.packets >= 2 * offload.units);
    CHECK(offload.reasons[static_cast<std::size_t>(hoststack::FlushReason::Push)] >
          offload.units / 2);
    CHECK(merged.acks->packets.size() < acks);
    CHECK(interrupts < acks);
}

TEST_CASE("what GRO has merged leaves a router as it came", "[socket][offload]")
{
    const std::string name = GENERATE("none", "gro", "gro-list");
    INFO(name);
    const Routed routed(name);
    CHECK(routed.received == 500'000);
    // Bursts at this rate are 1.56 segments (reference/tso), and some are split between two polls.
    INFO(routed.units << " units of " << routed.packets << " packets");
    CHECK((name == "none" || routed.units * 5 < routed.packets * 4));
    CHECK(routed.tooLarge == 0);
    CHECK(routed.came == routed.left);
}

TEST_CASE("what LRO has merged is too large for a router's next link, and is lost there",
          "[socket][offload]")
{
    const std::string name = GENERATE("lro", "lro-hardware", "lro-freebsd");
    INFO(name);
    const Routed routed(name);
    CHECK(routed.tooLarge > 0);
    CHECK(routed.came.size() > routed.left.size());
    CHECK(routed.last > 2 * kSecond); // where half a second would do
}

TEST_CASE("what LRO has merged leaves a router as one packet where the next link takes it",
          "[socket][offload]")
{
    const std::string name = GENERATE("lro", "lro-freebsd");
    INFO(name);
    const Routed routed(name, 65'000);
    CHECK(routed.received == 500'000);
    CHECK(routed.tooLarge == 0);
    CHECK(routed.left.size() < routed.came.size());
    const auto longest =
        std::max_element(routed.left.begin(),
                         routed.left.end(),
                         [](const Bytes& a, const Bytes& b) { return a.size() < b.size(); });
    CHECK(longest->size() > 1500);
}

TEST_CASE("frames for which the ring has no room are lost and counted", "[socket][offload]")
{
    auto nic = Nic("gro", 20 * kMillisecond);
    nic.ring = 4;
    nic.offloadSettings.weight = 4;
    const Download download(&nic, 100'000);
    CHECK(download.received == 100'000);
    CHECK(download.device->RingDrops() > 0);
    CHECK(download.device->ReceivePath()->GetCounters().lost == download.device->RingDrops());
}

TEST_CASE(
    "a driver that takes each frame in an interrupt of its own changes nothing on a host whose "
    "work takes no time",
    "[socket][offload]")
{
    const Download bare(nullptr);
    const auto times = bare.acks->times;
    auto nic = Nic("none");
    nic.polls = false;
    Simulator::Destroy();
    const Download early(&nic);
    CHECK(early.received == 1'000'000);
    CHECK(early.acks->times == times);
    const auto& counters = early.device->ReceivePath()->GetCounters();
    CHECK(counters.interrupts == counters.frames);
}

TEST_CASE("a held unit goes up by the timer when nothing follows", "[socket][offload]")
{
    auto nic = Nic("gro");
    nic.offloadSettings.flushTimeout = 2 * kMillisecond;
    const Download download(&nic, 100'000);
    CHECK(download.received == 100'000);
    auto hardware = Nic("lro-hardware");
    Simulator::Destroy();
    const Download other(&hardware, 100'000);
    CHECK(other.received == 100'000);
}

TEST_CASE("fragments and headers that are none go up in order, whatever merges beside them",
          "[socket][offload]")
{
    for (const auto& name : hoststack::ReceiveOffloads().Names())
    {
        INFO(name);
        std::vector<std::uint16_t> seen;
        const TwoHosts hosts(Wire::Ours, false);
        const auto device = DynamicCast<HoststackNetDevice>(hosts.devices.Get(1));
        device->SetNic(Nic(name, 2 * kMillisecond));
        const Ipv4Address stranger("10.0.0.77");
        hosts.nodes.Get(1)->RegisterProtocolHandler(
            [&](Ptr<NetDevice>,
                Ptr<const Packet> packet,
                std::uint16_t,
                const ns3::Address&,
                const ns3::Address&,
                NetDevice::PacketType) {
                Ipv4Header ip;
                packet->PeekHeader(ip);
                if (ip.GetSource() == stranger)
                {
                    seen.push_back(ip.GetIdentification());
                }
            },
            0x0800,
            device);
        const auto sink = DynamicCast<PacketSink>(
            PacketSinkHelper(HoststackHelper::SocketFactory(), hosts.At(1, 9))
                .Install(hosts.nodes.Get(1))
                .Get(0));
        BulkSendHelper source(HoststackHelper::SocketFactory(), hosts.At(1, 9));
        source.SetAttribute("MaxBytes", UintegerValue(300'000));
        source.Install(hosts.nodes.Get(0));
        std::vector<std::uint16_t> sent;
        for (std::uint16_t i = 0; i < 60; ++i)
        {
            sent.push_back(i);
            Simulator::Schedule(MilliSeconds(4 * i), [&, i] {
                // Zeroes: a TCP header of offset 0, or too little for one.
                const auto packet = Create<Packet>(i % 4 == 0 ? 8 : i % 4 == 1 ? 20 : 40);
                Ipv4Header ip;
                ip.SetSource(stranger);
                ip.SetDestination(hosts.ipv4.GetAddress(1));
                ip.SetProtocol(6);
                ip.SetTtl(64);
                ip.SetIdentification(i);
                ip.SetPayloadSize(static_cast<std::uint16_t>(packet->GetSize()));
                ip.SetFragmentOffset(i % 4 == 3 ? 800 : 0);
                i % 4 == 2 ? ip.SetMoreFragments() : ip.SetLastFragment();
                packet->AddHeader(ip);
                hosts.devices.Get(0)->Send(packet, device->GetAddress(), 0x0800);
            });
        }
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        CHECK(seen == sent);
        CHECK(sink->GetTotalRx() == 300'000);
    }
}

TEST_CASE("what waits in a modem for a buffer comes as soon as the driver has given one back",
          "[offload]")
{
    NodeContainer nodes;
    nodes.Create(2);
    InternetStackHelper internet;
    internet.SetIpv6StackInstall(false); // nothing arrives but the datagrams
    internet.Install(nodes);
    HoststackHelper().Install(nodes);
    HoststackLinkHelper links;
    const auto devices = links.Install(nodes.Get(0), nodes.Get(1), TwoHosts::Default());
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    // One buffer of two pages, in which two packets fit.
    NicSettings nic;
    nic.aggregates.bytes = 3008;
    nic.aggregates.period = kSecond;
    nic.aggregates.bufferBytes = 4096;
    nic.aggregates.retry = kSecond;
    const auto device = DynamicCast<HoststackNetDevice>(devices.Get(1));
    device->SetNic(nic);
    hoststack::host::MemorySettings memory;
    memory.ram = 64 << 20;
    const auto machine = HoststackMachine::Of(nodes.Get(1));
    machine->SetMemory(memory, 1, "test");
    REQUIRE(machine->Memory()->TakeForDriver(*machine->Memory()->FreePages()));
    Simulator::Schedule(MilliSeconds(500), [&] { machine->Memory()->GiveBackOfDriver(3); });
    const auto sender = Socket::CreateSocket(nodes.Get(0), UdpSocketFactory::GetTypeId());
    sender->Connect(InetSocketAddress(addresses.GetAddress(1), 9));
    for (int i = 0; i < 6; ++i)
    {
        Simulator::Schedule(MilliSeconds(1), [&] { sender->Send(Create<Packet>(1472)); });
    }
    Simulator::Stop(Seconds(1.5));
    Simulator::Run();
    // At the second attempt of the driver, and no arrival after it.
    CHECK(device->ReceivePath()->GetCounters().frames == 6);
    const auto aggregates = device->ReceivePath()->AggregateCounters();
    CHECK(aggregates->transfers == 3);
    CHECK(aggregates->lost == 0);
    Simulator::Destroy();
}
