// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-device-queue-fq.h"
#include "ns3/hs-device-queue.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace hoststack;

namespace
{

/// A queue discipline, with what it has dropped.
struct Queue
{
    explicit Queue(const std::string& name, std::uint32_t packets = 0)
        : queue(DeviceQueues().Create(name, {packets, 1500}))
    {
    }

    void Put(std::uint32_t flow,
             std::uint64_t cookie,
             std::uint32_t bytes = 1500,
             TimeNs earliest = 0)
    {
        LinkPacket packet;
        packet.flow = flow;
        packet.bytes = bytes;
        packet.cookie = cookie;
        queue->Enqueue(now, {packet, now, false, earliest}, lost);
    }

    /// \return false: none
    bool Get(LinkPacket& packet)
    {
        LinkQueued next;
        const bool any = queue->Dequeue(now, next, lost);
        packet = next.packet;
        return any;
    }

    std::unique_ptr<LinkFlowQueue> queue;
    std::vector<LinkLost> lost;
    TimeNs now{0};
};

constexpr std::uint32_t kSmall = 0x10000000;
constexpr std::uint32_t kLarge = 0xe0000000;

} // namespace

TEST_CASE("a device without queue is one of the disciplines by name only", "[offload]")
{
    CHECK(DeviceQueues().Create("none", {}) == nullptr);
    CHECK_THROWS_AS(DeviceQueues().Create("fq_codel", {}), UnknownName);
}

TEST_CASE("each queue discipline gives out what it took, in the order of each flow", "[offload]")
{
    const std::string name = GENERATE("pfifo", "fq-codel", "fq");
    INFO(name);
    Queue queue(name);
    for (std::uint64_t i = 0; i < 60; ++i)
    {
        queue.Put(i % 3 == 0 ? kSmall : kLarge, i, i % 5 == 0 ? 60000 : 100);
    }
    CHECK(queue.queue->OldestArrival() == 0);
    std::map<std::uint32_t, std::uint64_t> last;
    LinkPacket packet;
    int count = 0;
    while (queue.Get(packet))
    {
        ++count;
        CHECK((last.count(packet.flow) == 0 || last[packet.flow] < packet.cookie));
        last[packet.flow] = packet.cookie;
    }
    CHECK(count == 60);
    CHECK(queue.lost.empty());
    CHECK(queue.queue->OldestArrival() == kNever);
}

TEST_CASE("beyond the limit of a queue discipline something is dropped, and counted once",
          "[offload]")
{
    const std::string name = GENERATE("pfifo", "fq-codel", "fq");
    INFO(name);
    Queue queue(name, 8);
    for (std::uint64_t i = 0; i < 20; ++i)
    {
        queue.Put(kSmall, i);
    }
    std::size_t left = 0;
    for (LinkPacket packet; queue.Get(packet);)
    {
        ++left;
    }
    CHECK(left <= 8);
    CHECK(left + queue.lost.size() == 20);
}

TEST_CASE("fq lets no flow have more than a hundred packets", "[offload]")
{
    Queue queue("fq");
    for (std::uint64_t i = 0; i < 150; ++i)
    {
        queue.Put(kLarge, i);
    }
    queue.Put(kSmall, 150);
    CHECK(queue.lost.size() == 50);
}

TEST_CASE("a fair queue lets a small flow pass a large one; first in, first out does not",
          "[offload]")
{
    const std::string name = GENERATE("pfifo", "fq-codel", "fq");
    INFO(name);
    Queue queue(name);
    LinkPacket packet;
    for (std::uint64_t i = 0; i < 90; ++i)
    {
        queue.Put(kLarge, i, 45000);
    }
    REQUIRE(queue.Get(packet)); // the large flow is no new one any more
    queue.Put(kSmall, 90, 100);
    int before = 0;
    while (queue.Get(packet) && packet.flow != kSmall)
    {
        ++before;
    }
    CHECK(before == (name == "pfifo" ? 89 : 0));
}

TEST_CASE("fq holds a packet until it is to leave, and others pass it meanwhile", "[offload]")
{
    Queue fq("fq");
    CHECK(fq.queue->HoldsDepartures());
    fq.Put(kSmall, 1, 1500, 3 * kMillisecond);
    fq.Put(kSmall, 2, 1500, 2 * kMillisecond); // behind the first, whatever it says
    fq.Put(kLarge, 3);
    LinkPacket packet;
    REQUIRE(fq.Get(packet));
    CHECK(packet.cookie == 3);
    CHECK_FALSE(fq.Get(packet));
    CHECK(fq.queue->ReleaseAt() == 3 * kMillisecond);
    fq.now = 3 * kMillisecond - 1;
    CHECK_FALSE(fq.Get(packet));
    fq.now = 3 * kMillisecond;
    for (const std::uint64_t cookie : {1, 2})
    {
        REQUIRE(fq.Get(packet));
        CHECK(packet.cookie == cookie);
    }
    CHECK_FALSE(fq.Get(packet));
    CHECK(fq.queue->ReleaseAt() == 0);
    CHECK(fq.lost.empty());
}

TEST_CASE("fq forgets flows that have had nothing for three seconds, not one that has", "[offload]")
{
    FairDeviceQueue fq({});
    std::vector<LinkLost> lost;
    LinkQueued out;
    LinkPacket packet;
    packet.bytes = 1500;
    packet.flow = 0;
    fq.Enqueue(0, {packet, 0, false, 9 * kSecond}, lost); // held all the time
    std::size_t most = 0;
    constexpr std::uint32_t kFlows = 8000; // one each millisecond: 3,001 of them are young
    for (std::uint32_t i = 1; i <= kFlows; ++i)
    {
        const TimeNs now = i * kMillisecond;
        packet.flow = i;
        fq.Enqueue(now, {packet, now, false, now}, lost);
        REQUIRE(fq.Dequeue(now, out, lost));
        REQUIRE(out.packet.flow == i);
        most = std::max(most, fq.Flows());
    }
    CHECK(most >= 3002);
    CHECK(most <= 3600); // 8 are looked at for one that comes: 3,000 places take 375 packets
    CHECK(lost.empty());
    CHECK_FALSE(fq.Dequeue(9 * kSecond - 1, out, lost));
    REQUIRE(fq.Dequeue(9 * kSecond, out, lost));
    CHECK(out.packet.flow == 0);
}

TEST_CASE("fq remembers as many flows as come while they have something", "[offload]")
{
    FairDeviceQueue fq({});
    std::vector<LinkLost> lost;
    LinkPacket packet;
    packet.bytes = 1500;
    for (std::uint32_t i = 0; i < 4000; ++i)
    {
        packet.flow = i;
        fq.Enqueue(i * kMillisecond, {packet, i * kMillisecond, false, 0}, lost);
    }
    CHECK(fq.Flows() == 4000);
    CHECK(lost.empty());
}

TEST_CASE("a flow of fq gets new credit after 40 ms without packets, not before", "[offload]")
{
    const auto pause = GENERATE(40 * kMillisecond, 41 * kMillisecond);
    INFO(pause);
    Queue fq("fq");
    LinkPacket packet;
    const auto next = [&] {
        REQUIRE(fq.Get(packet));
        return packet.cookie;
    };
    // The first credit is 10 packets of 1,514 bytes; a turn adds 2 of them.
    fq.Put(kSmall, 0, 15140 + 2000);
    REQUIRE(next() == 0); // 2,000 bytes too much
    fq.Put(kLarge, 1, 20000);
    REQUIRE(next() == 1); // the small flow has 1,028 bytes now and is an old one
    fq.Put(kLarge, 2, 100);
    REQUIRE(next() == 2); // so is the large one: the small one was found without packets
    fq.now += pause;
    fq.Put(kSmall, 3, 1514);
    fq.Put(kSmall, 4, 1514);
    fq.Put(kSmall + 1, 5, 1514);
    CHECK(next() == 3);
    CHECK(next() == (pause > 40 * kMillisecond ? 4U : 5U));
}

TEST_CASE("fq drops what is to leave more than ten seconds from now", "[offload]")
{
    Queue fq("fq");
    fq.Put(kSmall, 1, 1500, 10 * kSecond);
    CHECK(fq.lost.empty());
    fq.Put(kSmall, 2, 1500, 10 * kSecond + 1);
    REQUIRE(fq.lost.size() == 1);
    CHECK(fq.lost[0].packet.cookie == 2);
}

TEST_CASE("other queue disciplines know nothing of departures", "[offload]")
{
    const std::string name = GENERATE("pfifo", "fq-codel");
    Queue queue(name);
    CHECK_FALSE(queue.queue->HoldsDepartures());
    queue.Put(kSmall, 1, 1500, kSecond);
    LinkPacket packet;
    CHECK(queue.Get(packet));
}
