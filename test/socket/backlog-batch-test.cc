// SPDX-License-Identifier: GPL-2.0-only

// Segments that a receive offload has queued together, for a socket that a thread has.

#include "../host/host-test-tools.h"
#include "ns3/hs-channel.h"
#include "ns3/hs-machine.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <vector>

using namespace ns3;
using hoststack::BatchPlace;
using hoststack::kMicrosecond;
using hoststack::kMillisecond;
using hoststack::TimeNs;
using hoststack::host::Context;
using hoststack::host::Operation;

namespace
{

constexpr std::uint32_t kMss = 1448;

struct Arrival
{
    std::uint32_t segments; ///< that the ACK acknowledges
    BatchPlace place;
    std::uint32_t truesize;
};

/// A sender whose first ten segments are lost; a thread is in a call of its for 4 ms, and ACKs come
/// meanwhile.
struct BusySender : public TwoHosts
{
    explicit BusySender(const std::vector<Arrival>& arrivals)
    {
        const auto machine = HoststackMachine::Of(nodes.Get(0));
        hoststack::host::SmpConfig config;
        config.prices[Operation::ReceiveAck] = 10 * kMicrosecond;
        config.prices[Operation::ReceiveCompressed] = 10 * kMicrosecond;
        auto owned = std::make_unique<hoststack::host::SmpProcessor>(machine->Clock(), config);
        auto& processor = *owned;
        machine->SetProcessor(std::move(owned));
        const auto listener = Listener(1, 9);
        socket = Socket(0);
        socket->SetAttribute("Timestamp", BooleanValue(false));
        socket->TraceConnectWithoutContext("Tx", MakeCallback(&BusySender::Note, this));
        socket->Connect(At(1, 9));
        Until(kMillisecond * 1000);
        DynamicCast<HoststackChannel>(devices.Get(0)->GetChannel())->SetDown(0, true);
        const auto first = next;
        socket->Send(Create<Packet>(60'000));
        times.clear();
        hoststack::test::Doing call([&](Context& context) {
            socket->Send(Create<Packet>(1));
            context.Spend(4 * kMillisecond);
        });
        hoststack::test::Doing poll([&](Context& context) {
            for (const auto& arrival : arrivals)
            {
                hoststack::TcpSegment ack;
                ack.sourcePort = 9;
                ack.destinationPort = port;
                ack.seq = hoststack::Seq32(answer);
                ack.ack = hoststack::Seq32(first + arrival.segments * kMss);
                ack.flags = hoststack::kAck;
                ack.window = 65535;
                socket->OnSegment(context, {ack, arrival.truesize, arrival.place});
            }
        });
        auto& thread = processor.Spawn({}, call);
        processor.Wake(NowNs(), thread);
        Until(1001 * kMillisecond);
        processor.RaiseSoftIrq(NowNs(), 0, hoststack::host::SoftIrq::Receive, poll);
        Until(1010 * kMillisecond); // before anything is repeated
        processor.End(thread);
        REQUIRE(poll.runs == 1);
        drops = Stack(0)->GetListenCounts().backlogDrops;
    }

    void Note(Ptr<const Packet> payload, const TcpHeader& header, Ptr<const ns3::Socket>)
    {
        next = header.GetSequenceNumber().GetValue() + payload->GetSize() +
               ((header.GetFlags() & TcpHeader::SYN) != 0 ? 1 : 0);
        answer = header.GetAckNumber().GetValue();
        port = header.GetSourcePort();
        times.insert(NowNs());
        ++segments;
    }

    static void Until(TimeNs at)
    {
        Simulator::Stop(NanoSeconds(at) - Simulator::Now());
        Simulator::Run();
    }

    Ptr<HoststackTcpSocket> socket;
    std::uint32_t next{0};
    std::uint32_t answer{0};
    std::uint16_t port{0};
    std::set<TimeNs> times; ///< at which something has left since the ten segments
    std::uint64_t segments{0};
    std::uint64_t drops{0};
};

struct Outcome
{
    std::size_t times; ///< at which something has left since the ten segments
    std::uint64_t segments;
    std::uint64_t drops;
};

Outcome
AfterwardsOf(const std::vector<Arrival>& arrivals)
{
    const BusySender sender(arrivals);
    return {sender.times.size(), sender.segments, sender.drops};
}

} // namespace

TEST_CASE("a batch that waits in a socket's backlog is answered at its end", "[socket][batch]")
{
    const auto batch = AfterwardsOf(
        {{2, BatchPlace::First, 0}, {4, BatchPlace::Middle, 0}, {6, BatchPlace::Last, 0}});
    CHECK(batch.times == 1);
    const auto single = AfterwardsOf(
        {{2, BatchPlace::None, 0}, {4, BatchPlace::None, 0}, {6, BatchPlace::None, 0}});
    CHECK(single.times == 3);
    CHECK(batch.segments == single.segments);
    CHECK(batch.drops == 0);
}

TEST_CASE("a batch whose last segment the backlog refuses is answered where it ends",
          "[socket][batch]")
{
    constexpr std::uint32_t kMuch = 100 << 20;
    const auto refused = AfterwardsOf({{2, BatchPlace::First, kMuch}, {4, BatchPlace::Last, 0}});
    CHECK(refused.drops == 1);
    CHECK(refused.times == 1);
    const auto middle = AfterwardsOf(
        {{2, BatchPlace::First, 0}, {4, BatchPlace::Middle, kMuch}, {6, BatchPlace::Last, 0}});
    CHECK(middle.drops == 1);
    CHECK(middle.times == 1);
}
