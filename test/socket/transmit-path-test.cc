// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "ns3/hs-receive-path.h"
#include "ns3/hs-transmit-path.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>
#include <optional>

using namespace ns3;
using hoststack::kMillisecond;
using hoststack::NicSettings;
using hoststack::TimeNs;

namespace
{

/// A NIC whose interrupts come at once, with the queue discipline \p queue.
NicSettings
Nic(const std::string& queue)
{
    NicSettings settings;
    settings.transmit.queue = queue;
    return settings;
}

/// An upload over 10 Mbit/s and 5 ms from host 0, whose NIC is \p nic.
struct Upload
{
    explicit Upload(const std::optional<NicSettings>& nic,
                    std::uint32_t bytes = 2'000'000,
                    bool directPath = true,
                    std::uint32_t connections = 1)
        : hosts(Wire::Ours, directPath)
    {
        device = DynamicCast<HoststackNetDevice>(hosts.devices.Get(0));
        if (nic)
        {
            device->SetNic(*nic);
        }
        const auto factory = HoststackHelper::SocketFactory();
        const auto sink = DynamicCast<PacketSink>(
            PacketSinkHelper(factory, hosts.At(1, 9)).Install(hosts.nodes.Get(1)).Get(0));
        BulkSendHelper source(factory, hosts.At(1, 9));
        source.SetAttribute("MaxBytes", UintegerValue(bytes / connections));
        source.SetAttribute("SendSize", UintegerValue(100'000));
        for (std::uint32_t i = 0; i < connections; ++i)
        {
            source.Install(hosts.nodes.Get(0));
        }
        sink->TraceConnectWithoutContext("Rx",
                                         Callback<void, Ptr<const Packet>, const Address&>(
                                             [this](Ptr<const Packet>, const Address&) {
                                                 last = Simulator::Now().GetNanoSeconds();
                                             }));
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        received = sink->GetTotalRx();
        link = device->GetHoststackChannel()->Direction(device->GetSide()).Counters();
        if (device->TransmitPath())
        {
            sent = device->TransmitPath()->GetCounters();
            byteLimit = device->TransmitPath()->ByteLimit().Limit();
        }
        Simulator::Destroy();
    }

    TwoHosts hosts;
    Ptr<HoststackNetDevice> device;
    TimeNs last{0};
    std::uint64_t received{0};
    hoststack::LinkCounters link;
    HoststackTransmitPath::Counters sent;
    std::uint64_t byteLimit{0};
};

} // namespace

TEST_CASE("a NIC without queue discipline sends as one without settings", "[socket][offload]")
{
    const Upload bare(std::nullopt, 200'000);
    const Upload none(Nic("none"), 200'000);
    CHECK(bare.received == 200'000);
    CHECK(none.last == bare.last);
    CHECK(none.device->TransmitPath() == nullptr);
}

TEST_CASE("a NIC as fast as its link adds no delay, and the queue is the host's",
          "[socket][offload]")
{
    const Upload bare(std::nullopt, 14'480); // the first window
    const Upload queued(Nic("pfifo"), 14'480);
    CHECK(queued.received == 14'480);
    CHECK(queued.last == bare.last);
    CHECK(bare.link.maxWaitingPackets >= 8);
    CHECK(queued.link.maxWaitingPackets <= 1);
}

TEST_CASE("small queues leave little of a connection in its host's device", "[socket][offload]")
{
    const std::string queue = GENERATE("pfifo", "fq-codel", "fq");
    INFO(queue);
    const Upload bare(std::nullopt);
    const Upload queued(Nic(queue));
    CHECK(queued.received == 2'000'000);
    // Without a device that tells, the window lies in the link's queue.
    CHECK(bare.link.maxWaitingPackets >= 10);
    CHECK(queued.link.maxWaitingPackets <= 1);
    CHECK(queued.sent.mostWaiting <= 4);
    CHECK(queued.sent.longestWait < 20 * kMillisecond);
    CHECK(queued.sent.wakeUps > 100);
    CHECK(queued.sent.lost == 0);
    // It keeps its wire busy all the same.
    CHECK(queued.last <= bare.last + bare.last / 100);
}

TEST_CASE("over fq a sender is paced by its device, over other queues it sends its windows at once",
          "[socket][offload]")
{
    auto nic = Nic("pfifo");
    nic.transmit.rate = 1'000'000'000;
    const Upload burst(nic, 400'000);
    nic.transmit.queue = "fq";
    const Upload paced(nic, 400'000);
    CHECK(paced.received == 400'000);
    // Two segments at twice the rate that ACKs come at: 1.2 ms, of which half may be made up for.
    constexpr TimeNs half = kMillisecond / 2;
    CHECK(burst.sent.longestWait < half);
    CHECK(paced.sent.longestWait > half);
    CHECK(paced.sent.lost == 0);
    CHECK(paced.sent.units == paced.sent.left);
}

TEST_CASE("what is handed down is freed once it was sent, whoever cuts it", "[socket][offload]")
{
    auto nic = Nic("pfifo");
    const Upload whole(nic);
    nic.transmit.segments = false;
    const Upload cut(nic);
    for (const auto* upload : {&whole, &cut})
    {
        CHECK(upload->received == 2'000'000);
        CHECK(upload->sent.units == upload->sent.left);
        CHECK(upload->sent.frames == upload->link.offeredPackets);
    }
    CHECK(whole.sent.completed == whole.sent.units);
    CHECK(whole.sent.units < whole.sent.frames);
    CHECK(cut.sent.completed == cut.sent.frames);
    CHECK(cut.sent.interrupts > whole.sent.interrupts);
}

TEST_CASE("completion interrupts that come late make the byte limit grow, not the wire idle",
          "[socket][offload]")
{
    auto nic = Nic("pfifo");
    const Upload atOnce(nic);
    nic.transmit.moderation = "fixed";
    nic.transmit.moderationSettings.delay = 10 * kMillisecond;
    const Upload late(nic);
    CHECK(late.received == 2'000'000);
    CHECK(late.sent.interrupts * 3 < atOnce.sent.interrupts);
    CHECK(late.byteLimit >= atOnce.byteLimit);
    CHECK(late.last <= atOnce.last + atOnce.last / 20);
}

TEST_CASE("without byte limits all that waits lies in the ring, where no discipline sees it",
          "[socket][offload]")
{
    auto nic = Nic("fq-codel");
    nic.transmit.limitsBytes = false;
    const Upload upload(nic);
    CHECK(upload.received == 2'000'000);
    CHECK(upload.sent.mostWaiting <= 1);
    CHECK(upload.sent.stops == 0);
    CHECK(upload.sent.longestWait == 0);
    nic.transmit.ring = 1;
    const Upload narrow(nic);
    CHECK(narrow.received == 2'000'000);
    CHECK(narrow.sent.stops > 0);
}

TEST_CASE("a queue discipline drops what finds no room, and the connections repair it",
          "[socket][offload]")
{
    auto nic = Nic("pfifo");
    nic.transmit.queueSettings.packets = 2;
    nic.transmit.segments = false;
    const Upload upload(nic, 800'000, true, 8);
    CHECK(upload.received == 800'000);
    CHECK(upload.sent.lost > 0);
    CHECK(upload.link.Dropped(hoststack::LinkDrop::Queue) == 0);
}

TEST_CASE("packets of ns-3's IP pass through the device's queue, too", "[socket][offload]")
{
    const Upload upload(Nic("pfifo"), 200'000, false);
    CHECK(upload.received == 200'000);
    CHECK(upload.sent.units == upload.sent.frames);
    CHECK(upload.sent.frames == upload.link.offeredPackets);
    CHECK(upload.link.maxWaitingPackets <= 1);
}

TEST_CASE("a NIC faster than its link leaves the queue to the link", "[socket][offload]")
{
    auto nic = Nic("pfifo");
    nic.transmit.rate = 1'000'000'000;
    const Upload upload(nic);
    CHECK(upload.received == 2'000'000);
    CHECK(upload.link.maxWaitingPackets >= 8);
    CHECK(upload.sent.longestWait < kMillisecond);
}
