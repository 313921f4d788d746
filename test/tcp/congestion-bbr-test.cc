// SPDX-License-Identifier: GPL-2.0-only

#include "congestion-loop.h"
#include "ns3/hs-congestion-bbr.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <vector>

using namespace hoststack;
using namespace hoststack::tcp;
using hoststack::tcp::test::CongestionLoop;
using Mode = BbrCongestion::Mode;

namespace
{

/// A rate in bits per second of whole packets as BBR measures it.
double
BitsPerSecondOf(BbrRate rate)
{
    return static_cast<double>(rate) / kBbrRateUnit * 1e6 * CongestionLoop::kWire * 8;
}

/// What the pacer would send in bits per second of whole packets.
double
PacedBits(const CongestionState& state)
{
    return static_cast<double>(state.PacingRate()) / state.Facts().mss * CongestionLoop::kWire * 8;
}

} // namespace

TEST_CASE("BBR finds the rate and the RTT of the bottleneck and keeps its queue short",
          "[tcp][congestion]")
{
    for (const BitsPerSecond rate : {2'000'000U, 50'000'000U, 400'000'000U})
    {
        INFO(rate);
        BbrCongestion bbr;
        const TimeNs rtt = 40 * kMillisecond;
        CongestionLoop loop(bbr, {rate, rtt, static_cast<std::uint32_t>(rate * 2 / 25 / 12000)});
        loop.RunUntil(3 * kSecond);
        double rttSum = 0;
        std::uint64_t acks = 0;
        loop.onAck = [&](const RateSample& sample) {
            rttSum += ToSeconds(sample.rtt);
            ++acks;
        };
        const auto before = loop.state.Facts().delivered;
        const auto recoveries = loop.recoveries;
        loop.RunUntil(8 * kSecond);
        CHECK(loop.GoodputBits(loop.state.Facts().delivered - before, 5 * kSecond) >
              0.95 * static_cast<double>(rate));
        CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(static_cast<double>(rate)).epsilon(0.02));
        CHECK(bbr.MinRttUs() ==
              (rtt + SerialisationTime(CongestionLoop::kWire, rate)) / kMicrosecond);
        // In flight reaches 5/4 of the BDP and the headroom for bursts, here eight segments at
        // least.
        const double service = 12000.0 / static_cast<double>(rate);
        CHECK(rttSum / static_cast<double>(acks) < 1.25 * (0.04 + service) + 8 * service);
        CHECK(loop.recoveries == recoveries);
        CHECK(bbr.CurrentMode() == Mode::ProbeBw);
    }
}

TEST_CASE("BBR leaves STARTUP after three rounds without 25 percent of growth, then drains",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 1000});
    std::uint64_t roundEnd = 0;
    BbrRate full = 0;
    int flat = 0;
    std::vector<std::string> phases{bbr.Phase()};
    std::uint32_t drainedTo = 0;
    loop.onAck = [&](const RateSample& sample) {
        // The rule, told independently: rounds by `delivered`, growth by the estimate.
        if (bbr.CurrentMode() == Mode::Startup || phases.size() == 1)
        {
            if (sample.delivered >= 0 && sample.priorDelivered >= roundEnd)
            {
                roundEnd = loop.state.Facts().delivered;
                const bool isGrown =
                    static_cast<double>(bbr.Bandwidth()) >= 1.25 * static_cast<double>(full);
                flat = isGrown ? 0 : flat + 1;
                full = isGrown ? bbr.Bandwidth() : full;
            }
            CHECK(bbr.IsPipeFull() == (flat >= 3));
        }
        if (bbr.Phase() != phases.back())
        {
            phases.push_back(bbr.Phase());
            if (phases.back() == "probe-bw")
            {
                drainedTo = loop.state.Facts().inFlight;
            }
        }
    };
    loop.RunUntil(3 * kSecond);
    CHECK(phases == std::vector<std::string>{"startup", "drain", "probe-bw"});
    // In flight is down to the BDP (168) and three bursts (3 x 11 at twice to thrice the rate).
    CHECK(drainedTo > 150);
    CHECK(drainedTo <= 168 + 36);
}

TEST_CASE("BBR's STARTUP loses as much and ends at the threshold that Linux 6.18 was measured to",
          "[tcp][congestion]")
{
    // Case tcp_bbr_50M_40ms of the reference measurements: ssthresh 202, 372 segments dropped.
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 167});
    loop.RunUntil(2 * kSecond);
    CHECK(loop.state.Ssthresh() == Approx(202).margin(2));
    CHECK(loop.state.Facts().lost == Approx(372).epsilon(0.05));
}

TEST_CASE("BBR doubles its rate in every round of STARTUP", "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {1'000'000'000, 100 * kMillisecond, 100000});
    // The first rounds are shorter than an RTT of sending; later ones fill it.
    loop.RunUntil(610 * kMillisecond);
    const auto first = loop.state.PacingRate();
    loop.RunUntil(910 * kMillisecond);
    CHECK(bbr.CurrentMode() == Mode::Startup);
    CHECK(static_cast<double>(loop.state.PacingRate()) / static_cast<double>(first) ==
          Approx(8).epsilon(0.03));
}

TEST_CASE("BBR starts with ten segments per RTT, or per millisecond, times 2.89",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLedger state;
    bbr.Init(state);
    const double gain = 739.0 / 256 * 0.99;
    CHECK(static_cast<double>(state.PacingRate()) ==
          Approx(10 * 1448 / 0.001 * gain).epsilon(1e-4));
    state.Tell().srtt = 50 * kMillisecond;
    bbr.Init(state);
    CHECK(static_cast<double>(state.PacingRate()) == Approx(10 * 1448 / 0.05 * gain).epsilon(5e-4));
    state.Tell().maxPacingRate = 1000;
    bbr.Init(state);
    CHECK(state.PacingRate() == 1000);
}

TEST_CASE("BBR measures a grown RTT after ten seconds with four segments in flight for 200 ms",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 400});
    TimeNs seen = 0;
    loop.onAck = [&](const RateSample& sample) {
        seen = sample.rtt / kMicrosecond <= 40240 ? loop.state.Facts().now : seen;
    };
    loop.RunUntil(2 * kSecond);
    CHECK(bbr.MinRttUs() == 40240);
    loop.path.rtt = 60 * kMillisecond;

    TimeNs entered = 0;
    TimeNs left = 0;
    TimeNs lowSince = 0;
    std::uint32_t cwndBefore = 0;
    std::uint32_t cwndAfter = 0;
    auto mode = bbr.CurrentMode();
    auto cwnd = loop.state.Cwnd();
    loop.onAck = [&](const RateSample&) {
        if (mode != Mode::ProbeRtt && bbr.CurrentMode() == Mode::ProbeRtt)
        {
            REQUIRE(entered == 0);
            entered = loop.state.Facts().now;
            cwndBefore = cwnd;
        }
        if (bbr.CurrentMode() == Mode::ProbeRtt)
        {
            CHECK(loop.state.Cwnd() <= 4);
            if (lowSince == 0 && loop.state.Facts().inFlight <= 4)
            {
                lowSince = loop.state.Facts().now;
            }
        }
        if (mode == Mode::ProbeRtt && bbr.CurrentMode() != Mode::ProbeRtt)
        {
            left = loop.state.Facts().now;
            cwndAfter = loop.state.Cwnd();
        }
        mode = bbr.CurrentMode();
        cwnd = loop.state.Cwnd();
    };
    loop.RunUntil(14 * kSecond);

    REQUIRE(seen > 0);
    CHECK(entered - seen >= 10 * kSecond);
    CHECK(entered - seen < 10 * kSecond + 10 * kMillisecond);
    CHECK(left - lowSince >= 200 * kMillisecond);
    CHECK(left - lowSince < 330 * kMillisecond);
    CHECK(bbr.MinRttUs() == 60240);
    CHECK(cwndAfter >= cwndBefore);
    CHECK(bbr.CurrentMode() == Mode::ProbeBw);
    CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(50e6).epsilon(0.03));
}

TEST_CASE("BBR takes a smaller RTT at once", "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 60 * kMillisecond, 400});
    loop.RunUntil(2 * kSecond);
    CHECK(bbr.MinRttUs() == 60240);
    loop.path.rtt = 30 * kMillisecond;
    loop.RunUntil(3 * kSecond);
    CHECK(bbr.MinRttUs() < 32000);
}

TEST_CASE("BBR cycles through gains 5/4, 3/4 and six times 1", "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 400});
    loop.RunUntil(3 * kSecond);
    REQUIRE(bbr.CurrentMode() == Mode::ProbeBw);
    std::map<std::uint32_t, std::uint32_t> gains;
    std::vector<TimeNs> probes;
    auto phase = bbr.CyclePhase();
    loop.onAck = [&](const RateSample&) {
        gains[bbr.CyclePhase()] = bbr.PacingGain();
        if (bbr.CyclePhase() != phase)
        {
            CHECK(bbr.CyclePhase() == (phase + 1) % 8);
            phase = bbr.CyclePhase();
            if (phase == 0)
            {
                probes.push_back(loop.state.Facts().now);
            }
        }
    };
    loop.RunUntil(8 * kSecond);
    CHECK(gains == std::map<std::uint32_t, std::uint32_t>{{0, 320},
                                                          {1, 192},
                                                          {2, 256},
                                                          {3, 256},
                                                          {4, 256},
                                                          {5, 256},
                                                          {6, 256},
                                                          {7, 256}});
    REQUIRE(probes.size() > 10);
    const auto cycle =
        ToSeconds(probes.back() - probes.front()) / static_cast<double>(probes.size() - 1);
    CHECK(cycle == Approx(8 * 0.0403).epsilon(0.15));
}

TEST_CASE("BBR begins PROBE_BW in a phase drawn from the connection's seed, never the draining one",
          "[tcp][congestion]")
{
    const auto firstPhase = [](std::uint64_t seed) {
        BbrCongestion bbr;
        CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 1000});
        loop.state.Tell().seed = seed;
        bbr.Init(loop.state);
        std::uint32_t phase = 99;
        loop.onAck = [&](const RateSample&) {
            if (phase == 99 && bbr.CurrentMode() == Mode::ProbeBw)
            {
                phase = bbr.CyclePhase();
            }
        };
        loop.RunUntil(2 * kSecond);
        return phase;
    };
    std::set<std::uint32_t> seen;
    for (std::uint64_t seed = 0; seed < 30; ++seed)
    {
        seen.insert(firstPhase(seed));
    }
    CHECK(seen == std::set<std::uint32_t>{0, 2, 3, 4, 5, 6, 7});
    CHECK(firstPhase(7) == firstPhase(7));
}

TEST_CASE("BBR conserves packets in the first round of recovery and then restores the window",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 1000});
    loop.RunUntil(3 * kSecond);
    auto state = loop.state;
    const auto windowBefore = state.Cwnd();
    RateSample sample;
    sample.rtt = 40240 * kMicrosecond;
    sample.interval = 41 * kMillisecond;
    sample.ackedSacked = 2;
    sample.delivered = 168;

    const auto ack = [&](std::uint32_t inFlight, std::uint32_t losses, bool isNewRound) {
        state.Tell().now += 480 * kMicrosecond;
        state.Tell().delivered += sample.ackedSacked;
        state.Tell().lost += losses;
        state.Tell().inFlight = inFlight;
        sample.losses = losses;
        sample.priorInFlight = inFlight + sample.ackedSacked + losses;
        sample.priorDelivered =
            isNewRound ? state.Facts().delivered - 2 : state.Facts().delivered - 170;
        bbr.Control(state, sample);
    };

    state.SetSsthresh(bbr.Ssthresh(state));
    bbr.OnStateChange(state, CaState::Recovery);
    state.Tell().caState = CaState::Recovery;
    ack(120, 10, false);
    CHECK(state.Cwnd() == 122);
    // Half of the ACK's segments were lost: what left is what came.
    ack(121, 0, false);
    CHECK(state.Cwnd() == 123);
    ack(117, 4, false);
    CHECK(state.Cwnd() == 119);

    ack(119, 0, true);
    CHECK(state.Cwnd() == 121);
    ack(119, 0, false);
    CHECK(state.Cwnd() == 123);

    bbr.OnStateChange(state, CaState::Open);
    state.Tell().caState = CaState::Open;
    ack(119, 0, false);
    CHECK(state.Cwnd() >= windowBefore - 2);
}

TEST_CASE("BBR keeps its rate under one percent of random loss", "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 167});
    loop.drop = [](std::uint64_t number) { return number % 101 == 50; };
    loop.RunUntil(3 * kSecond);
    const auto before = loop.state.Facts().delivered;
    loop.RunUntil(10 * kSecond);
    CHECK(loop.GoodputBits(loop.state.Facts().delivered - before, 7 * kSecond) > 0.9 * 50e6);
    CHECK_FALSE(bbr.IsPoliced());
}

TEST_CASE("BBR paces at the rate of a policer once two intervals have shown it",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop::Path path{100'000'000, 40 * kMillisecond, 1000};
    path.policedRate = 10'000'000;
    path.policerBurst = 200 * 1500;
    CongestionLoop loop(bbr, path);
    TimeNs detected = 0;
    std::uint64_t sentAt = 0;
    std::uint64_t lostAt = 0;
    loop.onAck = [&](const RateSample&) {
        if (detected == 0 && bbr.IsPoliced())
        {
            detected = loop.state.Facts().now;
            CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(10e6).epsilon(0.2));
            sentAt = loop.sent;
            lostAt = loop.state.Facts().lost;
        }
        if (detected > 0 && bbr.IsPoliced() && loop.state.Facts().now > detected + kSecond)
        {
            CHECK(PacedBits(loop.state) < 12e6);
        }
    };
    loop.RunUntil(2 * kSecond);
    REQUIRE(detected > 0);
    // 48 rounds of 40 ms last until about 1.9 s after detection.
    loop.RunUntil(detected + 1800 * kMillisecond);
    CHECK(bbr.IsPoliced());
    CHECK(static_cast<double>(loop.state.Facts().lost - lostAt) <
          0.1 * static_cast<double>(loop.sent - sentAt));
    bool hasExpired = false;
    loop.onAck = [&](const RateSample&) { hasExpired = hasExpired || !bbr.IsPoliced(); };
    loop.RunUntil(detected + 3 * kSecond);
    CHECK(hasExpired);
}

TEST_CASE("BBR keeps sending through silences between slotted ACKs", "[tcp][congestion]")
{
    const auto goodput = [](TimeNs slot, std::uint32_t& extra) {
        BbrCongestion bbr;
        CongestionLoop::Path path{50'000'000, 20 * kMillisecond, 400};
        path.ackSlot = slot;
        CongestionLoop loop(bbr, path);
        loop.RunUntil(3 * kSecond);
        const auto before = loop.state.Facts().delivered;
        loop.RunUntil(8 * kSecond);
        extra = bbr.ExtraAcked();
        return loop.GoodputBits(loop.state.Facts().delivered - before, 5 * kSecond);
    };
    std::uint32_t smooth = 0;
    std::uint32_t slotted = 0;
    CHECK(goodput(0, smooth) > 0.95 * 50e6);
    // A slot of 60 ms and the RTT need four times the BDP; the window gain alone gives twice.
    CHECK(goodput(60 * kMillisecond, slotted) > 0.9 * 50e6);
    CHECK(smooth < 15);
    // A slot holds 250 segments at the full rate.
    CHECK(slotted > 200);
}

TEST_CASE("BBR remembers the rate while the application is the limit and paces with it afterwards",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 400});
    loop.idleFrom = 3 * kSecond;
    loop.idleTo = 8 * kSecond;
    loop.RunUntil(7 * kSecond);
    CHECK(loop.state.Facts().appLimitedUntil > 0);
    CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(50e6).epsilon(0.03));
    loop.RunUntil(8 * kSecond);
    CHECK(PacedBits(loop.state) == Approx(0.99 * 50e6).epsilon(0.03));
    const auto lost = loop.state.Facts().lost;
    loop.RunUntil(9 * kSecond);
    CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(50e6).epsilon(0.03));
    CHECK(loop.state.Facts().lost == lost);
}

TEST_CASE("BBR takes 25 percent of growth over three rounds for a pipe that is not full",
          "[tcp][congestion]")
{
    const auto isFullAfter = [](const std::vector<std::uint32_t>& segmentsPerRound) {
        BbrCongestion bbr;
        CongestionLedger state;
        bbr.Init(state);
        for (const auto segments : segmentsPerRound)
        {
            RateSample sample;
            sample.ackedSacked = segments;
            sample.delivered = segments;
            sample.interval = sample.rtt = 10 * kMillisecond;
            sample.priorDelivered = state.Facts().delivered;
            state.Tell().delivered += segments;
            state.Tell().now += 10 * kMillisecond;
            bbr.Control(state, sample);
        }
        return bbr.IsPipeFull();
    };
    CHECK(isFullAfter({100, 124, 124, 124}));
    CHECK_FALSE(isFullAfter({100, 124, 124, 126}));
    CHECK_FALSE(isFullAfter({100, 124, 124}));
}

TEST_CASE("BBR lets an application-limited rate raise its estimate but not lower it",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLedger state;
    bbr.Init(state);
    const auto rounds = [&](int count, std::int64_t segmentsPerRound, bool isAppLimited) {
        RateSample sample;
        sample.ackedSacked = static_cast<std::uint32_t>(segmentsPerRound);
        sample.delivered = segmentsPerRound;
        sample.interval = sample.rtt = 10 * kMillisecond;
        sample.isAppLimited = isAppLimited;
        for (int i = 0; i < count; ++i)
        {
            sample.priorDelivered = state.Facts().delivered;
            state.Tell().delivered += sample.ackedSacked;
            state.Tell().now += 10 * kMillisecond;
            bbr.Control(state, sample);
        }
        return bbr.Bandwidth();
    };
    CHECK(rounds(5, 100, false) == MakeBbrRate(100, 10000));
    CHECK(rounds(40, 10, true) == MakeBbrRate(100, 10000));
    CHECK(rounds(1, 120, true) == MakeBbrRate(120, 10000));
    CHECK(rounds(10, 50, false) == MakeBbrRate(120, 10000));
    CHECK(rounds(2, 50, false) == MakeBbrRate(50, 10000));
}

TEST_CASE("BBR does not enter PROBE_RTT on the first ACK after a long idle time",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {50'000'000, 40 * kMillisecond, 400});
    loop.idleFrom = 3 * kSecond;
    loop.idleTo = 16 * kSecond;
    loop.RunUntil(15 * kSecond);
    loop.path.rtt = 50 * kMillisecond;
    bool hasProbed = false;
    loop.onAck = [&](const RateSample&) {
        hasProbed = hasProbed || bbr.CurrentMode() == Mode::ProbeRtt;
    };
    loop.RunUntil(17 * kSecond);
    CHECK_FALSE(hasProbed);
    CHECK(bbr.MinRttUs() >= 50240);
}

TEST_CASE("BBR follows a bottleneck that becomes faster and one that becomes slower",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLoop loop(bbr, {20'000'000, 40 * kMillisecond, 400});
    loop.RunUntil(3 * kSecond);
    loop.path.rate = 40'000'000;
    loop.RunUntil(6 * kSecond);
    CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(40e6).epsilon(0.03));
    loop.path.rate = 10'000'000;
    loop.RunUntil(12 * kSecond);
    CHECK(BitsPerSecondOf(bbr.Bandwidth()) == Approx(10e6).epsilon(0.05));
}

TEST_CASE("BBR sends single segments below 1.2 Mbit/s and wants room for three windows",
          "[tcp][congestion]")
{
    BbrCongestion bbr;
    CongestionLedger state;
    state.SetPacingRate(149'999);
    CHECK(bbr.MinTsoSegments(state) == 1);
    state.SetPacingRate(150'000);
    CHECK(bbr.MinTsoSegments(state) == 2);
    CHECK(bbr.SendBufferFactor() == 3);
    CHECK(bbr.NeedsPacing());
    CHECK(bbr.HasFullControl());
}

TEST_CASE("BBR's undo starts the search for a full pipe anew", "[tcp][congestion]")
{
    const auto roundsToFull = [](int undoAfter) {
        BbrCongestion bbr;
        CongestionLedger state;
        bbr.Init(state);
        RateSample sample;
        sample.ackedSacked = 10;
        sample.delivered = 10;
        sample.interval = sample.rtt = 10 * kMillisecond;
        for (int round = 1; round < 20; ++round)
        {
            sample.priorDelivered = state.Facts().delivered;
            state.Tell().delivered += 10;
            state.Tell().now += 10 * kMillisecond;
            bbr.Control(state, sample);
            if (bbr.IsPipeFull())
            {
                return round;
            }
            if (round == undoAfter)
            {
                CHECK(bbr.UndoCwnd(state) == state.Cwnd());
            }
        }
        return 0;
    };
    CHECK(roundsToFull(0) == 4);
    CHECK(roundsToFull(3) == 7);
}

TEST_CASE("the windowed maximum follows rises at once and forgets after its window",
          "[tcp][congestion]")
{
    WindowedMax<std::uint64_t> max(10);
    max.Update(0, 100);
    max.Update(1, 50);
    CHECK(max.Get() == 100);
    max.Update(2, 120);
    CHECK(max.Get() == 120);
    for (std::uint64_t t = 3; t <= 12; ++t)
    {
        max.Update(t, 80);
        CHECK(max.Get() == 120);
    }
    max.Update(13, 60);
    CHECK(max.Get() == 80);
    max.Update(40, 10);
    CHECK(max.Get() == 10);
}
