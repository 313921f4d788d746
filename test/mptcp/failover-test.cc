// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <vector>

// How long a dead path holds up the data: the data-level timer and what its interval is.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

struct Failover
{
    TimeNs gap{0};                ///< longest wait of the reader after the path has died
    std::vector<TimeNs> expiries; ///< of the data-level timer, since then, up to the stale subflow
    std::uint64_t staleEvents{0};
    bool complete{false};
};

/// The reference case mp_50_20+50_20_fail5s: path 0 of two dies after 5 s, buffers of 4 MiB.
Failover
LoseThePath(TimeNs at)
{
    const auto large = [](tcp::Config& t) {
        t.receiveBuffer = 2 * 4194304;
        t.receiveBufferLocked = true;
        t.sendBuffer = 2 * 4194304;
        t.sendBufferLocked = true;
    };
    auto client = With(TestConfig(), large);
    client.subflowWindowShrinks = true;
    MultiPath net(client,
                  With(TestConfig(), large),
                  std::vector<LinkConfig>(2, MultiPath::Link(50, 10, 84)));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 70000000);
    Failover result;
    TimeNs last = 0;
    const auto read = net.hosts[0].onEvents;
    net.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if ((events & tcp::kReadable) != 0)
        {
            result.gap = now > at ? std::max(result.gap, now - last) : 0;
            last = now;
        }
        read(now, events);
    };
    net.Start();
    net.At(at, [&] { net.SetDown(0, true); });
    net.Run(at);
    auto timeouts = net.InfoOf(1).timeouts;
    while (net.InfoOf(1).staleEvents == 0 && net.Now() < at + 3 * kSecond)
    {
        net.Run(net.Now() + kMillisecond);
        if (net.InfoOf(1).timeouts > timeouts)
        {
            timeouts = net.InfoOf(1).timeouts;
            result.expiries.push_back(net.Now() - at);
        }
    }
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    result.staleEvents = net.InfoOf(1).staleEvents;
    result.complete = transfer.Intact();
    return result;
}

} // namespace

TEST_CASE("with the window used up the data-level timer keeps the interval it had", "[mptcp]")
{
    // By the millisecond in which the path dies. Each ACK of the healthy path that asked the
    // scheduler in spite of the closed window made it 500 or 710 ms.
    constexpr std::array<TimeNs, 5> kernel{467, 469, 670, 673, 678};
    for (const TimeNs at : {5000, 5003, 5006})
    {
        const auto result = LoseThePath(at * kMillisecond);
        REQUIRE(result.complete);
        CHECK(result.staleEvents == 1);
        const auto gap = result.gap / kMillisecond;
        INFO(gap << " ms");
        CHECK(std::any_of(kernel.begin(), kernel.end(), [gap](TimeNs measured) {
            return 20 * std::abs(gap - measured) <= measured; // 5 %
        }));
        // Two round trips and a tick, 200 ms with both subflows under suspicion, by turns.
        REQUIRE(result.expiries.size() == 5);
        CHECK(result.expiries[1] - result.expiries[0] < 100 * kMillisecond);
        CHECK(result.expiries[2] - result.expiries[1] >= 200 * kMillisecond);
        CHECK(result.expiries[3] - result.expiries[2] < 100 * kMillisecond);
        CHECK(result.expiries[4] - result.expiries[3] >= 200 * kMillisecond);
    }
}
