// SPDX-License-Identifier: GPL-2.0-only

#include "hpts-host.h"
#include "ns3/hs-registry.h"

#include <catch2/catch.hpp>
#include <deque>

using namespace hoststack;
using hoststack::test::HptsHost;
using hoststack::test::HptsVisitor;

namespace
{

constexpr TimeNs kUs = kMicrosecond;

} // namespace

TEST_CASE("minsleep is the shortest sleep of a wheel with few connections", "[pacing]")
{
    for (const std::int32_t us : {250, 1000})
    {
        HptsHost host("14.0");
        host.RunFor(kMillisecond);
        REQUIRE(host.hpts.SetSysctl("min_sleep", us).empty());
        HptsVisitor first(host);
        HptsVisitor second(host);
        first.In(100);
        second.In(100); // finds the wheel overdue and wakes it, so that it chooses its sleep
        host.RunFor(2 * kMillisecond);
        CHECK(first.LateUs() == us - 100);
    }
    HptsHost host("14.0");
    CHECK(host.hpts.MinSleepTimeUs() == 260);
}

TEST_CASE("maxsleep is how long an empty wheel sleeps", "[pacing]")
{
    for (const std::int32_t slots : {51200, 1000})
    {
        HptsHost host("14.0");
        REQUIRE(host.hpts.SetSysctl("maxsleep", slots).empty());
        host.RunFor(kSecond);
        const auto before = host.runs;
        host.RunFor(10'240 * kMillisecond);
        CHECK(host.runs - before == 1'024'000 / static_cast<std::uint64_t>(slots));
    }
}

TEST_CASE("from cnt_thresh connections on nobody who asks brings the timer forward", "[pacing]")
{
    const auto latest = [](std::int32_t threshold) {
        HptsHost host("14.0");
        host.hpts.SetSysctl("cnt_thresh", threshold);
        std::deque<HptsVisitor> others;
        for (int i = 0; i < 50; ++i)
        {
            others.emplace_back(host);
            others.back().In(1'000'000);
        }
        host.RunFor(600 * kMillisecond);
        std::int64_t most = 0;
        for (int i = 0; i < 50; ++i)
        {
            host.RunFor(1234 * kUs);
            HptsVisitor visitor(host);
            visitor.In(1000);
            host.RunFor(6 * kMillisecond);
            REQUIRE(visitor.calls == 1);
            most = std::max(most, visitor.LateUs());
        }
        return most;
    };
    CHECK(latest(100) <= 250);
    const auto over = latest(50);
    CHECK(over > 3000);
    CHECK(over <= 5000);
}

TEST_CASE("nowake_over_thresh keeps insertions from waking a full wheel", "[pacing]")
{
    for (const std::int32_t isSet : {1, 0})
    {
        HptsHost host("14.0");
        REQUIRE(host.hpts.SetSysctl("no_wake_over_thresh", isSet).empty());
        REQUIRE(host.hpts.SetSysctl("cnt_thresh", 1).empty());
        HptsVisitor visitor(host);
        visitor.In(1000); // in the slot of the last run: overdue
        CHECK(host.wakeUps == (isSet != 0 ? 0 : 1));
    }
}

TEST_CASE("less_sleep and more_sleep move the dynamic sleep between its bounds", "[pacing]")
{
    HptsHost host("14.0");
    host.hpts.SetSysctl("cnt_thresh", 1);
    HptsVisitor visitor(host, 2000);
    visitor.In(2000);
    const auto sleepWith = [&](std::int32_t less, std::int32_t more) {
        host.hpts.SetSysctl("less_sleep", less);
        host.hpts.SetSysctl("more_sleep", more);
        host.RunFor(kSecond);
        return host.Wheel().GetState().mySleepUs;
    };
    // Each run that serves somebody reports 102,399 slots.
    CHECK(sleepWith(1000, 100) == 250);
    CHECK(sleepWith(200'000, 200'000) == 5000);
    CHECK(sleepWith(200'000, 100) == 5000);
    CHECK(sleepWith(1000, 100) == 250);
}

TEST_CASE("dyn_maxsleep and dyn_minsleep are the bounds of the dynamic sleep", "[pacing]")
{
    const auto sleepAfter = [](const char* name, std::int32_t us, std::int32_t more) {
        HptsHost host("14.0");
        host.hpts.SetSysctl("cnt_thresh", 1);
        host.hpts.SetSysctl("more_sleep", more);
        host.hpts.SetSysctl(name, us);
        HptsVisitor visitor(host, 20'000);
        visitor.In(20'000);
        host.RunFor(kSecond);
        return host.Wheel().GetState().mySleepUs;
    };
    CHECK(sleepAfter("dyn_maxsleep", 5000, 200'000) == 5000);
    CHECK(sleepAfter("dyn_maxsleep", 1000, 200'000) == 1000);
    CHECK(sleepAfter("dyn_minsleep", 400, 0) == 400);
}

TEST_CASE("loopmax bounds the passes of a thread that cannot catch up in 14.0, and not later",
          "[pacing]")
{
    class Slow : public HptsVisitor
    {
      public:
        using HptsVisitor::HptsVisitor;

        bool OnOutput(const HptsWheel& wheel) override
        {
            HptsVisitor::OnOutput(wheel);
            host.now += calls < 100 ? 15 * kUs : 0;
            return true;
        }
    };

    const auto passesWith = [](const char* version, std::int32_t loops) {
        HptsHost host(version);
        host.hpts.SetSysctl("loop_max", loops);
        Slow slow(host, 1);
        slow.In(1000);
        host.RunFor(260 * kUs); // the thread finds nothing due yet
        std::uint32_t most = 0;
        while (slow.calls < 50)
        {
            host.RunFor(100 * kUs);
            most = std::max(most, host.lastRun.passes);
        }
        return most;
    };
    CHECK(passesWith("14.0", 10) == 12);
    CHECK(passesWith("14.0", 2) == 4);
    CHECK(passesWith("15-usec", 2) > 90);
}

TEST_CASE("use_irq puts a connection on the wheel of the CPU that LRO learned", "[pacing]")
{
    HptsTopology topology;
    topology.cpus = 4;
    HptsHost host("14.0", topology);
    HptsVisitor visitor(host);
    visitor.isCpuSet = false;
    visitor.hasFlowId = true;
    visitor.flowId = 6;
    REQUIRE(host.hpts.SetSysctl("use_irq", 1).empty());
    visitor.cpu = 3;
    host.hpts.SetCpu(visitor);
    CHECK(visitor.cpu == 0); // nothing learned yet: wheel 0, and asked again
    CHECK_FALSE(visitor.isCpuSet);
    visitor.lroCpu = 1;
    host.hpts.SetCpu(visitor);
    CHECK(visitor.cpu == 1);
    CHECK(visitor.isCpuSet);
}

TEST_CASE("without use_irq a flow's hash chooses the wheel, inside its memory domain", "[pacing]")
{
    HptsTopology topology;
    topology.cpus = 8;
    topology.domains = 2;
    HptsHost host("14.0", topology);
    const auto cpuOf = [&](bool hasFlowId, std::uint32_t flowId, std::int16_t domain) {
        HptsVisitor visitor(host);
        visitor.isCpuSet = false;
        visitor.hasFlowId = hasFlowId;
        visitor.flowId = flowId;
        visitor.domain = domain;
        host.hpts.SetCpu(visitor);
        return visitor.cpu;
    };
    CHECK(cpuOf(true, 13, HptsEntry::kNoDomain) == 5);
    CHECK(cpuOf(true, 13, 0) == 1);
    CHECK(cpuOf(true, 13, 1) == 5);
    host.random = 70'002; // its 16 low bits count
    CHECK(cpuOf(false, 13, 0) == (70'002 % 65'536) % 8);
}

TEST_CASE("sysctls refuse what the kernel refuses and say what is allowed", "[pacing]")
{
    const auto& version = HptsVersionByName("14.0");
    HptsSettings settings(version);
    const auto refusal = SetHptsSysctl(settings, version, "minsleep", 49);
    CHECK(refusal.find("at least 50") != std::string::npos);
    CHECK(settings.minSleep == 250);
    CHECK(SetHptsSysctl(settings, version, "minsleep", 50).empty());
    CHECK_FALSE(SetHptsSysctl(settings, version, "maxsleep", 24).empty());
    CHECK(SetHptsSysctl(settings, version, "maxsleep", 25).empty());
    CHECK_FALSE(SetHptsSysctl(settings, version, "maxsleep", 51'201).empty());
    CHECK_FALSE(SetHptsSysctl(settings, version, "maxsleep", -1).empty());
    // The floor follows dyn_minsleep.
    CHECK(SetHptsSysctl(settings, version, "dyn_minsleep", 2000).empty());
    CHECK_FALSE(SetHptsSysctl(settings, version, "maxsleep", 199).empty());
    const auto& binary = HptsVersionByName("64-usec");
    HptsSettings other(binary);
    CHECK_FALSE(SetHptsSysctl(other, binary, "maxsleep", 249).empty());
    CHECK(SetHptsSysctl(other, binary, "maxsleep", 500'000).empty());
    try
    {
        SetHptsSysctl(settings, version, "min_slep", 100);
        FAIL("an unknown name was taken");
    }
    catch (const UnknownName& error)
    {
        CHECK(error.Nearest() == "min_sleep");
    }
}

TEST_CASE("precision lets the timer of a wheel go off later, by a share of its time", "[pacing]")
{
    for (const std::int32_t code : {120, 1})
    {
        HptsHost host("14.0");
        REQUIRE(host.hpts.SetSysctl("precision", code).empty());
        host.RunFor(kSecond);
        const auto before = host.runs;
        host.RunFor(15'360 * kMillisecond); // 30 sleeps of 512 ms
        CHECK(host.runs - before == (code == 120 ? 30 : 20));
    }
}

TEST_CASE("logging makes a record of each connection that a run serves", "[pacing]")
{
    for (const std::int32_t isSet : {0, 1})
    {
        HptsHost host("14.0");
        REQUIRE(host.hpts.SetSysctl("logging", isSet).empty());
        HptsVisitor visitor(host, 2000);
        visitor.In(2000);
        host.RunFor(100 * kMillisecond);
        CHECK(visitor.calls > 40);
        CHECK(host.hpts.Counters().logged ==
              (isSet != 0 ? static_cast<std::uint64_t>(visitor.calls) : 0));
    }
}

TEST_CASE("the article's names are aliases of the real ones", "[pacing]")
{
    for (const auto& sysctl : HptsSysctls())
    {
        CHECK(&HptsSysctlByName(sysctl.name) == &sysctl);
        if (sysctl.alias != nullptr)
        {
            CHECK(&HptsSysctlByName(sysctl.alias) == &sysctl);
        }
    }
    CHECK_THROWS_AS(HptsVersionByName("13.0"), UnknownName);
}

TEST_CASE("loader tunables of the slots that are no power of two give the defaults", "[pacing]")
{
    const auto& binary = HptsVersionByName("64-usec");
    CHECK(WithHptsTunables(binary, 16, 1 << 20).slots == 65'536);
    CHECK(WithHptsTunables(binary, 60, 1 << 20).slotUs == 64);
    CHECK(WithHptsTunables(binary, 0, 1 << 20).slotUs == 64);
    CHECK(WithHptsTunables(binary, 64, 1'000'000).slots == 16'384);
    CHECK(WithHptsTunables(binary, 65'536, 1 << 20).slots == 16);
}
