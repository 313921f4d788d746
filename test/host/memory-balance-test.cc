// SPDX-License-Identifier: GPL-2.0-only

#include "../base/test-clock.h"
#include "../mptcp/multi-path.h"
#include "../tcp/two-ends.h"
#include "ns3/hs-host-memory.h"

#include <catch2/catch.hpp>
#include <memory>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

constexpr std::uint32_t kTotal = 400'000;

std::shared_ptr<host::HostMemory>
HostOf(const Clock& clock, const host::MemoryLimits& limits, double failures = 0)
{
    host::MemorySettings settings;
    settings.limits = limits;
    settings.failureShare = failures;
    return std::make_shared<host::HostMemory>(clock, settings, 1, "host");
}

LinkConfig
Line(double loss)
{
    LinkConfig line;
    line.rate = 20'000'000;
    line.delay = 5 * kMillisecond;
    line.loss = loss;
    return line;
}

/// A transfer to a reader that begins late; both hosts have little memory.
struct LateTransfer
{
    LateTransfer(const host::MemoryLimits& limits, double loss, double failures = 0)
        : memory{HostOf(clock, limits, failures), HostOf(clock, limits, failures)},
          ends({}, {}, Line(loss), Line(loss), 1)
    {
        for (int i = 0; i < 2; ++i)
        {
            ends.hosts[i].connection->UseMemory(*memory[i]);
        }
        ends.hosts[0].onEvents = [this](TimeNs now, std::uint32_t) {
            sent += ends.hosts[0].connection->Send(now, Payload::Virtual(kTotal - sent));
        };
        ends.hosts[1].onEvents = [this](TimeNs now, std::uint32_t) { Read(now); };
        ends.Start();
        ends.At(2 * kSecond, [this] { Read(ends.Now()); });
        ends.Run(300 * kSecond, [this] { return read == kTotal; });
    }

    void Read(TimeNs now)
    {
        if (now >= 2 * kSecond)
        {
            read += ends.hosts[1].connection->Read(now, 1 << 30, nullptr);
        }
    }

    TestClock clock;
    std::shared_ptr<host::HostMemory> memory[2];
    TwoEnds ends;
    std::uint32_t sent{0};
    std::uint32_t read{0};
};

} // namespace

TEST_CASE("charges of both ends balance to zero when all is acknowledged and read", "[host]")
{
    for (const double loss : {0.0, 0.03})
    {
        CAPTURE(loss);
        LateTransfer run({3000, 4000, 6000}, loss);
        REQUIRE(run.read == kTotal);
        CHECK(run.memory[0]->GetCounts().mostPages > 4);
        CHECK(run.memory[1]->GetCounts().mostPages > 20);
        CHECK(run.memory[0]->GetCounts().refusals == 0);
        run.ends.Run(run.ends.Now() + kSecond); // the last ACK
        CHECK(run.memory[0]->Pages() == 0);
        CHECK(run.memory[1]->Pages() == 0);
    }
}

TEST_CASE("memory pressure slows a transfer down and loses no data", "[host]")
{
    LateTransfer run({8, 12, 16}, 0);
    REQUIRE(run.read == kTotal);
    CHECK(run.memory[1]->GetCounts().pressures > 0);
    // Only what must go on goes beyond the hard limit.
    CHECK(run.memory[1]->GetCounts().mostPages < 24);
    run.ends.Run(run.ends.Now() + kSecond);
    CHECK(run.memory[0]->Pages() == 0);
    CHECK(run.memory[1]->Pages() == 0);
}

TEST_CASE("a host on which requests for memory fail at random loses no data", "[host]")
{
    LateTransfer run({3000, 4000, 6000}, 0, 0.2);
    REQUIRE(run.read == kTotal);
    CHECK(run.memory[1]->GetCounts().failures > 0);
    run.ends.Run(run.ends.Now() + kSecond);
    CHECK(run.memory[0]->Pages() == 0);
    CHECK(run.memory[1]->Pages() == 0);
}

TEST_CASE("charges of a multipath connection balance at both levels", "[host]")
{
    TestClock clock;
    const auto link = MultiPath::Link(20, 5);
    mptcp::Config config;
    config.tcp = std::make_shared<tcp::Config>();
    MultiPath net(config, config, {link, link});
    std::shared_ptr<host::HostMemory> memory[2];
    std::uint32_t sent = 0;
    std::uint32_t read = 0;
    for (int i = 0; i < 2; ++i)
    {
        memory[i] = HostOf(clock, {3000, 4000, 6000});
        net.hosts[i].connection->UseMemory(*memory[i]);
    }
    net.hosts[0].onEvents = [&](TimeNs now, std::uint32_t) {
        sent += net.hosts[0].connection->Send(now, Payload::Virtual(kTotal - sent));
    };
    const auto look = [&] {
        if (net.Now() >= kSecond)
        {
            read += net.hosts[1].connection->Read(net.Now(), 1 << 30, nullptr);
        }
    };
    net.hosts[1].onEvents = [&](TimeNs, std::uint32_t) { look(); };
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    net.Start();
    net.At(kSecond, look);
    net.Run(100 * kSecond, [&] { return read == kTotal; });
    REQUIRE(read == kTotal);
    CHECK(memory[0]->GetCounts().mostPages > 8);
    CHECK(memory[1]->GetCounts().mostPages > 20);
    net.Run(net.Now() + kSecond);
    CHECK(memory[0]->Pages() == 0);
    CHECK(memory[1]->Pages() <= 2); // what each subflow keeps in hand
}
