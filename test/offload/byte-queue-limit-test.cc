// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-byte-queue-limit.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace hoststack;

namespace
{

constexpr std::uint32_t kFrame = 1500;

/// A NIC that sends \p perPoll frames from one completion poll to the next, 1 ms apart, and a
/// driver that always has more and fills the ring as far as it may. Counts polls that found it dry.
struct BusyNic
{
    explicit BusyNic(std::uint32_t frames)
        : perPoll(frames)
    {
        Fill();
    }

    void Fill()
    {
        while (limit.HasRoom())
        {
            limit.OnQueued(kFrame);
        }
    }

    void Poll()
    {
        now += kMillisecond;
        const auto sent = std::min<std::uint64_t>(std::uint64_t{perPoll} * kFrame, limit.InRing());
        dry += sent == limit.InRing() ? 1 : 0;
        limit.OnCompleted(now, sent);
        Fill();
    }

    ByteQueueLimit limit;
    std::uint32_t perPoll;
    TimeNs now{0};
    int dry{0};
};

} // namespace

TEST_CASE("a byte limit begins with one packet, whatever its size", "[offload]")
{
    ByteQueueLimit limit;
    CHECK(limit.HasRoom());
    limit.OnQueued(64 * 1024);
    CHECK_FALSE(limit.HasRoom());
    CHECK(limit.InRing() == 64 * 1024);
    limit.OnCompleted(kMillisecond, 64 * 1024);
    CHECK(limit.HasRoom());
    CHECK(limit.InRing() == 0);
}

TEST_CASE("a byte limit grows until the ring lasts from one poll to the next", "[offload]")
{
    BusyNic nic(20);
    for (int i = 0; i < 50; ++i)
    {
        nic.Poll();
    }
    nic.dry = 0;
    for (int i = 0; i < 500; ++i)
    {
        nic.Poll();
    }
    CHECK(nic.dry == 0);
    CHECK(nic.limit.Limit() >= 20 * kFrame);
    CHECK(nic.limit.Limit() <= 3 * 20 * kFrame);
}

TEST_CASE("a byte limit shrinks a second after polls have become frequent", "[offload]")
{
    BusyNic nic(100);
    for (int i = 0; i < 200; ++i)
    {
        nic.Poll();
    }
    const auto before = nic.limit.Limit();
    CHECK(before >= 100 * kFrame);
    nic.perPoll = 10;
    for (int i = 0; i < 900; ++i)
    {
        nic.Poll();
    }
    CHECK(nic.limit.Limit() > before / 2);
    for (int i = 0; i < 2200; ++i)
    {
        nic.Poll();
    }
    CHECK(nic.limit.Limit() < before / 3);
    nic.dry = 0;
    for (int i = 0; i < 3000; ++i)
    {
        nic.Poll();
    }
    CHECK(nic.dry <= 3); // it tries now and then whether less would do
}
