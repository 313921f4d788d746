// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-stage.h"
#include "ns3/hs-dispatch-study.h"
#include "ns3/hs-random.h"
#include "ns3/hs-time-lock.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;

namespace
{

DispatchFigures
Growth(const std::string& stage, std::uint64_t sockets, DispatchStudySettings settings = {})
{
    settings.stages = {stage};
    settings.sockets = {sockets};
    return DispatchStudies().Create("growth")->Run(settings, 1).front();
}

/// What a machine was measured to need, and what the model says; ns.
struct Measured
{
    const char* what;
    double measured;
    double model;
};

void
CheckWithin(const std::vector<Measured>& rows, double factor)
{
    for (const auto& row : rows)
    {
        CAPTURE(row.what, row.measured, row.model);
        CHECK(row.model < factor * row.measured);
        CHECK(row.measured < factor * row.model);
    }
}

} // namespace

TEST_CASE("a poll of smoltcp costs what it was measured to cost, from 1 to 100,000 sockets",
          "[host][dispatch]")
{
    const auto cost = [](std::uint64_t n) { return *Growth("smoltcp", n).cost; };
    // poll() with one segment of 64 bytes in and its ACK out: smoltcp 0.13.1
    CheckWithin({{"1", 152, cost(1)},
                 {"10", 360, cost(10)},
                 {"100", 2060, cost(100)},
                 {"1,000", 18871, cost(1000)},
                 {"10,000", 298956, cost(10000)},
                 {"100,000", 3771218, cost(100000)}},
                1.3);
}

TEST_CASE("Linux takes a segment and answers it in the time that was measured", "[host][dispatch]")
{
    const auto cost = [](std::uint64_t n) { return *Growth("linux", n).cost; };
    // 64 bytes, answered at once (quickack), a random connection of many: Linux 6.18 behind TUN
    CheckWithin({{"1", 1172, cost(1)},
                 {"10", 1207, cost(10)},
                 {"100", 1218, cost(100)},
                 {"1,000", 1239, cost(1000)},
                 {"3,000", 1529, cost(3000)},
                 {"10,000", 2148, cost(10000)},
                 {"30,000", 2946, cost(30000)},
                 {"50,000", 3273, cost(50000)}},
                1.3);
}

TEST_CASE("walks over many buckets and over two cost what those of the structures cost",
          "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.answered = false;
    const auto walks = [&](const char* stage, std::uint64_t n) {
        return *Growth(stage, n, settings).notification;
    };
    const auto lookup = [&](const char* stage, std::uint64_t n) {
        return *Growth(stage, n, settings).lookup;
    };
    // three walks over a flag of each socket; look-ups of random connections
    CheckWithin({{"8192 buckets, 1", 16480, walks("asterinas-s2", 1)},
                 {"8192 buckets, 1,000", 19790, walks("asterinas-s2", 1000)},
                 {"8192 buckets, 10,000", 76110, walks("asterinas-s2", 10000)},
                 {"8192 buckets, 100,000", 2310000, walks("asterinas-s2", 100000)},
                 {"2 buckets, 1,000", 2172, walks("asterinas-s2b", 1000)},
                 {"2 buckets, 10,000", 21660, walks("asterinas-s2b", 10000)},
                 {"2 buckets, 100,000", 2145000, walks("asterinas-s2b", 100000)},
                 {"B-tree, 1,000", 3 * 1522, walks("asterinas-s1", 1000)},
                 {"B-tree, 10,000", 3 * 15850, walks("asterinas-s1", 10000)},
                 {"B-tree, 100,000", 3 * 556056, walks("asterinas-s1", 100000)},
                 {"look-up in 2 buckets, 1,000", 185, lookup("asterinas-s2b", 1000)},
                 {"look-up in 2 buckets, 10,000", 2412, lookup("asterinas-s2b", 10000)},
                 {"look-up in 8192 buckets, 1,000", 9.2, lookup("asterinas-s2", 1000)},
                 {"look-up in 8192 buckets, 10,000", 29.5, lookup("asterinas-s2", 10000)}},
                1.3);
}

TEST_CASE("with few sockets many buckets are dearer than two, with many and busy polls cheaper",
          "[host][dispatch]")
{
    DispatchStudySettings settings;
    CHECK(*Growth("asterinas-s2", 100, settings).cost >
          3 * *Growth("asterinas-s2b", 100, settings).cost);
    settings.packetsPerPoll = 64;
    CHECK(*Growth("asterinas-s2", 10000, settings).cost <
          *Growth("asterinas-s2b", 10000, settings).cost);
}

TEST_CASE("sockets touched per packet fall from all of them to about one", "[host][dispatch]")
{
    const auto visits = [](const char* stage) { return *Growth(stage, 10000).visits; };
    CHECK(visits("asterinas-s0") > 4 * 10000);
    CHECK(visits("asterinas-s1") > 3 * 10000);
    CHECK(visits("asterinas-s2b") > 3 * 10000);
    CHECK(visits("asterinas-s4") < 4);
    CHECK(visits("asterinas-head") < 4);
    CHECK(visits("linux") < 1.5);
}

TEST_CASE("UDP is found along a vector to this day", "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.protocol = SocketProtocol::Udp;
    const auto few = *Growth("asterinas-head", 100, settings).cost;
    const auto many = *Growth("asterinas-head", 100000, settings).cost;
    CHECK(many > 1000 * few);
    const auto tcpFew = *Growth("asterinas-head", 100).cost;
    CHECK(*Growth("asterinas-head", 100000).cost < 6 * tcpFew);
}

TEST_CASE("one lock for all polls lets cores do what one can do, and hand-overs make it less",
          "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.stages = {"asterinas-s0", "asterinas-head", "linux"};
    settings.sockets = {1000};
    settings.cores = {1, 2, 4, 8};
    settings.polls = 300;
    const auto rows = DispatchStudies().Create("scaling")->Run(settings, 1);
    for (const auto& row : rows)
    {
        CAPTURE(row.stage, row.at);
        if (row.bound)
        {
            CHECK(*row.rate <= *row.bound * 1.0000001);
        }
        CHECK(*row.lockWaited + *row.lockHeld <= 1.0000001);
        if (row.stage == "linux")
        {
            CHECK(*row.speedup > 0.95 * std::stod(row.at.substr(5)));
        }
        else
        {
            CHECK(*row.speedup <= 1.0000001);
        }
    }
    settings.stages = {"asterinas-head"};
    settings.interfaces = 8;
    const auto spread = DispatchStudies().Create("scaling")->Run(settings, 1);
    CHECK(*spread.back().speedup == Approx(8).epsilon(0.02));
}

TEST_CASE("two cores at one lock are as slow together as was measured", "[host][dispatch]")
{
    // Each works outside, then under the lock; in all period ns. Over one core: ticket lock.
    struct Row
    {
        TimeNs period;
        double share;
        double speedup;
    };

    for (const auto& row : {Row{1000, 0.5, 1.69},
                            Row{1000, 0.75, 1.19},
                            Row{1000, 1.0, 0.92},
                            Row{5000, 0.75, 1.28},
                            Row{5000, 1.0, 0.98},
                            Row{20000, 0.75, 1.33},
                            Row{20000, 0.9, 1.11},
                            Row{20000, 1.0, 0.99}})
    {
        const auto under = static_cast<TimeNs>(static_cast<double>(row.period) * row.share);
        TimeLock lock(110);
        std::vector<TimeNs> free{0, row.period / 3};
        constexpr int turns = 2000;
        for (int i = 0; i < turns; ++i)
        {
            const auto core = static_cast<std::uint32_t>(free[1] < free[0]);
            free[core] = lock.Take(free[core] + row.period - under, under, core).until;
        }
        const auto speedup = turns * static_cast<double>(row.period) /
                             static_cast<double>(std::max(free[0], free[1]));
        CAPTURE(row.period, row.share, row.speedup, speedup);
        CHECK(speedup < 1.3 * row.speedup);
        CHECK(row.speedup < 1.3 * speedup);
    }
}

TEST_CASE("a lock in time is never held twice, and what was waited and held is what was spent",
          "[host][dispatch]")
{
    RandomStream random(1, "lock");
    TimeLock lock(20);
    std::vector<TimeLock::Hold> holds;
    std::vector<TimeNs> free(4, 0);
    TimeNs waited = 0;
    for (int i = 0; i < 2000; ++i)
    {
        const auto core =
            static_cast<std::size_t>(std::min_element(free.begin(), free.end()) - free.begin());
        const auto wants = free[core] + static_cast<TimeNs>(random.Uniform() * 300);
        const auto duration = 1 + static_cast<TimeNs>(random.Uniform() * 100);
        const auto hold = lock.Take(wants, duration, static_cast<std::uint32_t>(core));
        REQUIRE(hold.from >= wants);
        REQUIRE(hold.until - hold.from == duration);
        waited += hold.from - wants;
        free[core] = hold.until;
        holds.push_back(hold);
        if (i % 100 == 0)
        {
            lock.Forget(*std::min_element(free.begin(), free.end()));
        }
    }
    std::sort(holds.begin(), holds.end(), [](const auto& a, const auto& b) {
        return a.from < b.from;
    });
    TimeNs held = 0;
    for (std::size_t i = 0; i < holds.size(); ++i)
    {
        held += holds[i].until - holds[i].from;
        REQUIRE((i == 0 || holds[i].from >= holds[i - 1].until));
    }
    CHECK(lock.Waited() == waited);
    CHECK(lock.Held() == held);
    CHECK(lock.Takes() == 2000);
    CHECK(lock.Contended() > 0);
}

TEST_CASE("a poll waits as long as the copy that holds its lock, and not where there is a backlog",
          "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.stages = {"asterinas-s0", "asterinas-head", "linux", "freebsd"};
    settings.copies = {65536, 1048576};
    settings.polls = 5000;
    for (const auto memory : {CopiedMemory::Warm, CopiedMemory::Cold, CopiedMemory::Fault})
    {
        settings.memory = memory;
        for (const auto& row : DispatchStudies().Create("copy-under-lock")->Run(settings, 1))
        {
            CAPTURE(row.stage, row.at);
            if (row.stage[0] == 'a')
            {
                CHECK(*row.pollWait99 == Approx(*row.copyTime).epsilon(0.15));
            }
            else
            {
                CHECK(*row.pollWait99 == 0);
            }
            CHECK((*row.deliveryWait99 > 0) == (row.stage != "freebsd"));
        }
    }
}

TEST_CASE("a copy into fresh pages faults once in each, and takes as long as was measured",
          "[host][dispatch]")
{
    // Medians of locks.json of the measuring machine.
    const std::vector<std::pair<std::uint64_t, double>> measured{{4096, 1658},
                                                                 {16384, 5285},
                                                                 {65536, 21397},
                                                                 {262144, 78018},
                                                                 {1048576, 321348},
                                                                 {4194304, 1372225},
                                                                 {16777216, 5704491}};
    for (const auto& [bytes, time] : measured)
    {
        CAPTURE(bytes);
        const auto faults = PageFault::Of(CopiedMemory::Fault, bytes);
        CHECK(faults == bytes / 4096);
        CHECK(static_cast<double>(CopyTime(CopiedMemory::Fault, bytes)) ==
              Approx(time).epsilon(0.1));
        CHECK(CopyTime(CopiedMemory::Fault, bytes) - CopyTime(CopiedMemory::Cold, bytes) ==
              PageFault::Cost(faults));
    }
    CHECK(PageFault::Of(CopiedMemory::Fault, 4097) == 2);
    CHECK(PageFault::Of(CopiedMemory::Cold, 1 << 20) == 0);
    DispatchStudySettings settings;
    settings.stages = {"asterinas-head"};
    settings.copies = {65536};
    settings.memory = CopiedMemory::Fault;
    const auto row = DispatchStudies().Create("copy-under-lock")->Run(settings, 1).front();
    CHECK(*row.faults == 16);
    CHECK(*row.faultTime > 0.5 * *row.copyTime);
}

TEST_CASE(
    "short connections become dearer while those before are in TIME-WAIT, unless that is dead",
    "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.stages = {"asterinas-s0", "asterinas-s2b", "asterinas-s3", "asterinas-s4", "linux"};
    settings.sockets = {1};
    settings.connections = 2000;
    const auto rows = DispatchStudies().Create("time-wait")->Run(settings, 1);
    for (std::size_t i = 0; i < rows.size(); i += 2)
    {
        const auto growth = *rows[i + 1].cost / *rows[i].cost;
        CAPTURE(rows[i].stage, growth);
        if (rows[i].stage == "asterinas-s0" || rows[i].stage == "asterinas-s2b")
        {
            CHECK(growth > 10);
            CHECK(*rows[i].sockets > 1900);
        }
        else
        {
            CHECK(growth < 2);
        }
        CHECK((rows[i].stage != "asterinas-s3" || *rows[i].sockets < 10));
    }
}

TEST_CASE("studies of socket layers give the same figures each time", "[host][dispatch]")
{
    for (const auto& stage : DispatchStages())
    {
        CHECK(*Growth(stage.name, 500).cost == *Growth(stage.name, 500).cost);
    }
}

TEST_CASE(
    "at one listener epoll wakes the same worker again, accept the next one, and listeners of "
    "their own get even shares",
    "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.stages = {"linux"};
    settings.connections = 800;
    settings.service = 20 * kMicrosecond;
    settings.polls = 5;
    const auto busiest = [&](const char* waiting) {
        settings.waiting = waiting;
        return *DispatchStudies().Create("workers")->Run(settings, 1).front().busiest;
    };
    CHECK(busiest("epoll") > 0.9);
    CHECK(busiest("accept") < 0.14);
    CHECK(busiest("own") < 0.125 + 3 * 0.0117);
    settings.waiting = "epoll";
    settings.service = 100 * kMillisecond; // twelve times what the workers can do
    CHECK(busiest("epoll") < 0.2);
}

TEST_CASE("a program that asks learns of data half a round later, one that is told at once",
          "[host][dispatch]")
{
    DispatchStudySettings settings;
    settings.stages = {"linux"};
    settings.round = 8 * kMillisecond;
    settings.polls = 20000;
    const auto rows = DispatchStudies().Create("readiness")->Run(settings, 1);
    CHECK(*rows[0].seenMean == Approx(4.1e6).epsilon(0.02));
    CHECK(*rows[1].seen99 < 50e3);
    CHECK(*rows[0].checking == Approx(100.0 / 8000));
    CHECK(*rows[1].checking == Approx(2.0 / 8000));
}
