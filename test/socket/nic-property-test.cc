// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-channel.h"
#include "ns3/hs-ns3-clock.h"
#include "ns3/hs-random.h"
#include "ns3/hs-receive-path.h"
#include "ns3/hs-transmit-path.h"
#include "two-hosts.h"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/string.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;
using hoststack::kMicrosecond;
using hoststack::kMillisecond;
using hoststack::NicSettings;
using hoststack::RandomStream;

namespace
{

constexpr char kEventLoop[] = "SimulatorImplementationType";

std::uint32_t
Below(RandomStream& random, std::uint32_t most)
{
    return static_cast<std::uint32_t>(random.Uniform() * most);
}

std::string
OneOf(RandomStream& random, const std::vector<std::string>& names)
{
    return names[Below(random, static_cast<std::uint32_t>(names.size()))];
}

void
ChooseModeration(RandomStream& random, std::string& name, hoststack::ModerationSettings& settings)
{
    name = OneOf(random, hoststack::InterruptModerations().Names());
    settings.delay = (1 + Below(random, 20)) * 100 * kMicrosecond;
    settings.packets = 1 + Below(random, 30);
}

/// Any NIC that a scenario could ask for.
NicSettings
AnyNic(RandomStream& random)
{
    NicSettings nic;
    nic.polls = Below(random, 5) > 0;
    nic.ring = 16 + Below(random, 300);
    nic.offloadSettings.weight = 1 + Below(random, std::min<std::uint32_t>(nic.ring, 64));
    if (nic.polls)
    {
        nic.offload = OneOf(random, hoststack::ReceiveOffloads().Names());
        nic.offloadSettings.sortArray = 1 + Below(random, nic.ring);
        ChooseModeration(random, nic.moderation, nic.moderationSettings);
    }
    auto& transmit = nic.transmit;
    transmit.queue = OneOf(random, hoststack::DeviceQueues().Names());
    transmit.queueSettings.packets = Below(random, 3) == 0 ? 2 + Below(random, 20) : 0;
    transmit.ring = 1 + Below(random, 64);
    transmit.limitsBytes = Below(random, 2) == 0;
    transmit.segments = Below(random, 2) == 0;
    transmit.rate = Below(random, 2) == 0 ? 0 : 5'000'000 + Below(random, 100'000'000);
    ChooseModeration(random, transmit.moderation, transmit.moderationSettings);
    return nic;
}

/// What two connections between two machines saw.
struct Seen
{
    std::vector<std::pair<hoststack::TimeNs, std::uint32_t>> reads; ///< of both, bytes
    std::array<HoststackReceivePath::Counters, 2> received;
    std::array<hoststack::ReceiveOffload::Counters, 2> merged;
    std::array<hoststack::LinkCounters, 2> links;
};

void
NoteRead(Seen* seen, Ptr<const Packet> packet, const Address& /*from*/)
{
    seen->reads.emplace_back(NowNs(), packet->GetSize());
}

/// One round with bursts that cross the link whole, or not; each frame must be accounted for.
Seen
Transfer(int round, bool bursts)
{
    RandomStream random(static_cast<std::uint64_t>(round), "nic");
    // On ns-3's own loop events of one time may change places.
    GlobalValue::Bind(kEventLoop, StringValue("ns3::HoststackSimulatorImpl"));
    Config::SetDefault("ns3::HoststackChannel::Bursts", BooleanValue(bursts));
    TwoHosts hosts(Wire::Ours, Below(random, 4) > 0);
    Config::SetDefault("ns3::HoststackChannel::Bursts", BooleanValue(true));
    std::array<Ptr<HoststackNetDevice>, 2> devices;
    const auto factory = HoststackHelper::SocketFactory();
    std::array<Ptr<PacketSink>, 2> sinks;
    const std::uint32_t bytes = 1 + Below(random, 200'000);
    Seen seen;
    for (std::uint32_t i : {0U, 1U})
    {
        devices[i] = DynamicCast<HoststackNetDevice>(hosts.devices.Get(i));
        devices[i]->SetNic(AnyNic(random));
        sinks[i] = DynamicCast<PacketSink>(
            PacketSinkHelper(factory, hosts.At(i, 9)).Install(hosts.nodes.Get(i)).Get(0));
        sinks[i]->TraceConnectWithoutContext("Rx", MakeBoundCallback(&NoteRead, &seen));
        BulkSendHelper source(factory, hosts.At(i, 9));
        source.SetAttribute("MaxBytes", UintegerValue(bytes));
        source.Install(hosts.nodes.Get(1 - i));
    }
    Simulator::Stop(Seconds(300));
    Simulator::Run();
    for (std::uint32_t i : {0U, 1U})
    {
        CHECK(sinks[i]->GetTotalRx() == bytes);
        const auto& link = devices[1 - i]->GetHoststackChannel()->Direction(1 - i).Counters();
        const auto& received = devices[i]->ReceivePath()->GetCounters();
        CHECK(received.frames + received.lost == link.deliveredPackets);
        if (const auto* path = devices[1 - i]->TransmitPath())
        {
            const auto& sent = path->GetCounters();
            CHECK(sent.frames == link.offeredPackets);
            CHECK(path->ByteLimit().InRing() == 0);
            CHECK(sent.left <= sent.units);
            CHECK((sent.lost > 0 || sent.left == sent.units));
        }
        seen.received[i] = received;
        seen.merged[i] = devices[i]->ReceivePath()->OffloadCounters();
        seen.links[i] = link;
    }
    GlobalValue::Bind(kEventLoop, StringValue("ns3::DefaultSimulatorImpl"));
    return seen;
}

} // namespace

TEST_CASE("whatever the two NICs are, each frame is accounted for and all bytes arrive",
          "[socket][offload][property]")
{
    const int round = PROPERTY_ROUND(40);
    INFO("round " << round);
    const auto whole = Transfer(round, true);
    const auto singly = Transfer(round, false);
    CHECK(whole.reads == singly.reads);
    for (std::size_t i : {0U, 1U})
    {
        CHECK(whole.received[i].interrupts == singly.received[i].interrupts);
        CHECK(whole.received[i].polls == singly.received[i].polls);
        CHECK(whole.received[i].frames == singly.received[i].frames);
        CHECK(whole.received[i].lost == singly.received[i].lost);
        CHECK(whole.merged[i].units == singly.merged[i].units);
        CHECK(whole.merged[i].reasons == singly.merged[i].reasons);
        CHECK(whole.links[i].waitedTime == singly.links[i].waitedTime);
        CHECK(whole.links[i].busyTime == singly.links[i].busyTime);
        CHECK(whole.links[i].dropped == singly.links[i].dropped);
    }
}
