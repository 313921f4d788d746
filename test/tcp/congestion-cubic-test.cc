// SPDX-License-Identifier: GPL-2.0-only

#include "congestion-loop.h"
#include "ns3/hs-congestion-cubic.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace hoststack;
using namespace hoststack::tcp;
using hoststack::tcp::test::CongestionLoop;
using Exit = CubicCongestion::HystartExit;

namespace
{

constexpr double kC = 0.4;    // RFC 9438 section 4.1.2
constexpr double kBeta = 0.7; // RFC 9438 section 4.6

/// A path that acknowledges a whole window evenly over each RTT and never queues or loses.
struct FluidPath
{
    CubicCongestion& cubic;
    CongestionLedger& state;
    TimeNs rtt;
    double time{static_cast<double>(state.Facts().now)};

    void RunUntil(TimeNs end)
    {
        while (true)
        {
            time += static_cast<double>(rtt) / state.Cwnd();
            if (time > static_cast<double>(end))
            {
                state.Tell().now = end;
                return;
            }
            state.Tell().now = static_cast<TimeNs>(time);
            state.Tell().lastSendTime = state.Facts().now;
            cubic.OnAcked(state, 1, rtt);
            cubic.IncreaseWindow(state, 1);
        }
    }
};

/// A connection whose window of \p wmax segments has just been reduced.
CongestionLedger
Reduced(CubicCongestion& cubic, std::uint32_t wmax)
{
    CongestionLedger state;
    state.Tell().now = 100 * kSecond;
    cubic.Init(state);
    state.SetCwnd(wmax);
    state.SetSsthresh(cubic.Ssthresh(state));
    state.SetCwnd(state.Ssthresh());
    return state;
}

} // namespace

TEST_CASE("CUBIC grows along C(t-K)^3 + Wmax after a reduction", "[tcp][congestion]")
{
    for (const TimeNs tick : {4 * kMillisecond, 1 * kMillisecond, TimeNs{0}})
    {
        CubicOptions options;
        options.friendliness = false;
        CubicCongestion cubic(options);
        auto state = Reduced(cubic, 1000);
        state.Tell().tick = tick;
        CHECK(state.Cwnd() == 700);

        const auto start = state.Facts().now;
        const TimeNs rtt = 50 * kMillisecond;
        FluidPath path{cubic, state, rtt};
        const double k = std::cbrt((1000.0 - 700.0) / kC);
        for (int second = 1; second <= 16; ++second)
        {
            path.RunUntil(start + second * kSecond);
            const double expected = kC * std::pow(second - k, 3) + 1000;
            INFO("tick " << tick << " ns, second " << second << ", expected " << expected);
            // The increment is a whole number of ACKs per segment and the curve has run on for
            // an RTT before growth follows.
            CHECK(state.Cwnd() == Approx(expected).margin(0.012 * expected));
        }
        CHECK(cubic.TimeToOrigin() / 1024.0 == Approx(k).epsilon(0.002));
    }
}

TEST_CASE("CUBIC is concave before Wmax and convex after it", "[tcp][congestion]")
{
    CubicCongestion cubic;
    auto state = Reduced(cubic, 1000);
    const auto start = state.Facts().now;
    CHECK(cubic.Phase().empty());
    FluidPath path{cubic, state, 50 * kMillisecond};
    path.RunUntil(start + 5 * kSecond);
    CHECK(cubic.Phase() == "concave");
    path.RunUntil(start + 13 * kSecond);
    CHECK(cubic.Phase() == "convex");
}

TEST_CASE("CUBIC reduces to 717/1024 of the window, and to two segments at least",
          "[tcp][congestion]")
{
    CubicCongestion cubic;
    CongestionLedger state;
    cubic.Init(state);
    state.SetCwnd(1024);
    CHECK(cubic.Ssthresh(state) == 717);
    state.SetCwnd(2);
    CHECK(cubic.Ssthresh(state) == 2);
}

TEST_CASE("CUBIC's fast convergence lowers Wmax when the last one was not reached",
          "[tcp][congestion]")
{
    CubicCongestion cubic;
    auto state = Reduced(cubic, 1000);
    CHECK(cubic.LastMax() == 1000);
    state.SetCwnd(800);
    CHECK(cubic.Ssthresh(state) == 560);
    CHECK(cubic.LastMax() == static_cast<std::uint32_t>(800 * (1 + kBeta) / 2));
    state.SetCwnd(900);
    cubic.Ssthresh(state);
    CHECK(cubic.LastMax() == 900);

    CubicOptions options;
    options.fastConvergence = false;
    CubicCongestion stubborn(options);
    state = Reduced(stubborn, 1000);
    state.SetCwnd(800);
    stubborn.Ssthresh(state);
    CHECK(stubborn.LastMax() == 800);
}

TEST_CASE("CUBIC is as fast as Reno with its own decrease where the curve is slower",
          "[tcp][congestion]")
{
    // RTT 10 ms and 29 segments: the curve needs K = 2.8 s for 9 segments.
    const TimeNs rtt = 10 * kMillisecond;
    CubicCongestion cubic;
    auto state = Reduced(cubic, 29);
    REQUIRE(state.Cwnd() == 20);
    const auto start = state.Facts().now;
    FluidPath path{cubic, state, rtt};
    int friendly = 0;
    for (int round = 1; round <= 100; ++round)
    {
        path.RunUntil(start + round * rtt);
        friendly += cubic.Phase() == "reno-friendly";
    }
    CHECK(friendly > 20);
    // RFC 9438 section 4.3: 3 (1 - beta) / (1 + beta) segments per RTT.
    const double alpha = 3 * (1 - kBeta) / (1 + kBeta);
    CHECK(state.Cwnd() == Approx(20 + 100 * alpha).epsilon(0.05));

    CubicOptions options;
    options.friendliness = false;
    CubicCongestion alone(options);
    state = Reduced(alone, 29);
    FluidPath same{alone, state, rtt};
    same.RunUntil(start + 100 * rtt);
    CHECK(state.Cwnd() < 30);
}

TEST_CASE("CUBIC never grows faster than half a segment per segment acknowledged",
          "[tcp][congestion]")
{
    CubicCongestion cubic;
    auto state = Reduced(cubic, 100);
    cubic.IncreaseWindow(state, 1);
    // The curve is far above the window after so long.
    state.Tell().now += 60 * kSecond;
    const auto before = state.Cwnd();
    for (std::uint32_t i = 0; i < before; ++i)
    {
        cubic.IncreaseWindow(state, 1);
    }
    CHECK(state.Cwnd() <= before + before / 2 + 1);
    CHECK(state.Cwnd() >= before + before / 2 - 1);
}

TEST_CASE("CUBIC does not count idle time as time on the curve", "[tcp][congestion]")
{
    constexpr TimeNs rtt = 50 * kMillisecond;
    const auto run = [](TimeNs idle) {
        CubicCongestion cubic;
        auto state = Reduced(cubic, 500);
        const auto start = state.Facts().now;
        FluidPath busy{cubic, state, rtt};
        busy.RunUntil(start + 2 * kSecond);
        state.Tell().lastSendTime = state.Facts().now;
        state.Tell().now += idle;
        cubic.OnEvent(state, CaEvent::TxStart);
        FluidPath again{cubic, state, rtt};
        again.RunUntil(start + 4 * kSecond + idle);
        return state.Cwnd();
    };
    const auto busy = run(0);
    CHECK(run(20 * kSecond) == busy);
    CHECK(busy > 400);
}

TEST_CASE("CUBIC forgets Wmax at a time-out and then grows by five percent per round",
          "[tcp][congestion]")
{
    CubicCongestion cubic;
    auto state = Reduced(cubic, 1000);
    cubic.OnStateChange(state, CaState::Loss);
    CHECK(cubic.LastMax() == 0);
    state.Tell().caState = CaState::Loss;
    state.SetCwnd(200);
    state.SetSsthresh(200);
    state.Tell().now += 10 * kSecond;
    for (int i = 0; i < 200; ++i)
    {
        cubic.IncreaseWindow(state, 1);
    }
    CHECK(state.Cwnd() == 210);
    CHECK(cubic.Phase() == "probing");
}

TEST_CASE("CUBIC returns to the window before a spurious reduction", "[tcp][congestion]")
{
    CubicCongestion cubic;
    auto state = Reduced(cubic, 400);
    state.Tell().priorCwnd = 400;
    CHECK(cubic.UndoCwnd(state) == 400);
    CHECK(cubic.LastMax() == 400);
}

TEST_CASE("CUBIC's HyStart ends slow start where Linux 6.18 was measured to end it",
          "[tcp][congestion]")
{
    // Case tcp_cubic_50M_40ms of the reference measurements: TCPHystartTrainDetect 1,
    // TCPHystartTrainCwnd 246, ssthresh 246.
    CubicCongestion cubic;
    CongestionLoop loop(cubic, {50'000'000, 40 * kMillisecond, 167});
    loop.RunUntil(400 * kMillisecond);
    CHECK(cubic.Exit() == Exit::AckTrain);
    CHECK(loop.state.Ssthresh() == Approx(246).epsilon(0.03));
    CHECK(loop.recoveries == 0);
    // Measured at 361, 461 and 561 ms: 261, 282, 303 segments; five percent per round.
    const auto before = loop.state.Cwnd();
    loop.RunUntil(500 * kMillisecond);
    CHECK(loop.state.Cwnd() - before == Approx(21).margin(2));
}

TEST_CASE("CUBIC's HyStart waits for a longer train when the sender is paced", "[tcp][congestion]")
{
    const auto exitWindow = [](bool isPaced) {
        CubicCongestion cubic;
        CongestionLedger state;
        state.Tell().isPaced = isPaced;
        cubic.Init(state);
        state.SetCwnd(40);
        state.Tell().sndNxt = 1000000;
        state.Tell().sndUna = 1;
        const TimeNs rtt = 40 * kMillisecond;
        state.Tell().now += rtt;
        // One round of ACKs 1 ms apart.
        for (int ms = 0; ms < 60; ++ms)
        {
            cubic.OnAcked(state, 1, rtt);
            if (cubic.Exit() != Exit::None)
            {
                return ms;
            }
            state.Tell().now += kMillisecond;
        }
        return -1;
    };
    CHECK(exitWindow(false) == 21);
    CHECK(exitWindow(true) == 41);
}

TEST_CASE("CUBIC's HyStart breaks the train at a gap of more than 2 ms", "[tcp][congestion]")
{
    CubicCongestion cubic;
    CongestionLedger state;
    cubic.Init(state);
    state.SetCwnd(40);
    state.Tell().sndNxt = 1000000;
    state.Tell().sndUna = 1;
    state.Tell().now = 40 * kMillisecond;
    for (int i = 0; i < 10; ++i)
    {
        cubic.OnAcked(state, 1, 40 * kMillisecond);
        state.Tell().now += kMillisecond;
    }
    state.Tell().now += 2 * kMillisecond;
    for (int i = 0; i < 60; ++i)
    {
        cubic.OnAcked(state, 1, 40 * kMillisecond);
        state.Tell().now += kMillisecond;
    }
    CHECK(cubic.Exit() == Exit::None);
}

TEST_CASE("CUBIC's HyStart ends slow start when a round's RTTs have grown by an eighth",
          "[tcp][congestion]")
{
    const auto exitSample = [](TimeNs base, TimeNs grown) {
        CubicCongestion cubic;
        CongestionLedger state;
        cubic.Init(state);
        state.SetCwnd(40);
        state.Tell().sndNxt = 1000;
        state.Tell().sndUna = 1;
        // ACKs 3 ms apart are no train.
        state.Tell().now = 3 * kMillisecond;
        cubic.OnAcked(state, 1, base);
        state.Tell().sndUna = 1001;
        state.Tell().sndNxt = 2000;
        for (int sample = 1; sample <= 20; ++sample)
        {
            state.Tell().now += 3 * kMillisecond;
            cubic.OnAcked(state, 1, grown);
            if (cubic.Exit() == Exit::Delay)
            {
                CHECK(state.Ssthresh() == state.Cwnd());
                return sample;
            }
        }
        return 0;
    };
    const auto ms = kMillisecond;
    CHECK(exitSample(80 * ms, 90 * ms) == 0);
    CHECK(exitSample(80 * ms, 91 * ms) == 9);
    CHECK(exitSample(8 * ms, 11 * ms) == 0);
    CHECK(exitSample(8 * ms, 13 * ms) == 9);
    CHECK(exitSample(400 * ms, 415 * ms) == 0);
    CHECK(exitSample(400 * ms, 417 * ms) == 9);
}

TEST_CASE("CUBIC's HyStart leaves slow start near the BDP without loss on a slow link",
          "[tcp][congestion]")
{
    CubicCongestion cubic;
    // 4 Mbit/s and 100 ms: 33 segments, ACKs 3 ms apart.
    CongestionLoop loop(cubic, {4'000'000, 100 * kMillisecond, 100});
    loop.RunUntil(2 * kSecond);
    CHECK(cubic.Exit() == Exit::Delay);
    CHECK(loop.recoveries == 0);
    // Rounds begin with 10, 20, 40 and 80 segments; the last is the first whose first nine RTTs
    // all are longer than 103 ms and an eighth.
    CHECK(loop.state.Ssthresh() == Approx(80 + 9).margin(1));
}

TEST_CASE("CUBIC's HyStart follows rounds from the first one since Linux 6.14", "[tcp][congestion]")
{
    // Trains of 25 ACKs in every RTT of 40 ms. The window passes 16 half-way through the first;
    // a round that begins only there sees two halves of a train.
    const auto exitRound = [](bool countsEarlyRounds) {
        CubicOptions options;
        options.countsEarlyRounds = countsEarlyRounds;
        CubicCongestion cubic(options);
        CongestionLedger state;
        cubic.Init(state);
        for (int round = 1; round <= 4; ++round)
        {
            for (int ack = 0; ack < 25; ++ack)
            {
                state.Tell().now = (round * 40 + ack) * kMillisecond;
                state.Tell().sndUna = round * 1000 + ack * 40 + 1;
                state.Tell().sndNxt = state.Facts().sndUna + 1000;
                cubic.OnAcked(state, 1, 40 * kMillisecond);
                if (cubic.Exit() != Exit::None)
                {
                    return round;
                }
                state.SetCwnd(state.Cwnd() + (round == 1 && ack % 2 == 1));
            }
        }
        return 0;
    };
    CHECK(exitRound(true) == 2);
    CHECK(exitRound(false) == 0);
}

TEST_CASE("CUBIC without HyStart leaves slow start with a loss", "[tcp][congestion]")
{
    CubicOptions options;
    options.hystart = false;
    CubicCongestion cubic(options);
    CongestionLoop loop(cubic, {50'000'000, 40 * kMillisecond, 167});
    std::uint64_t lost = 0;
    loop.onAck = [&lost](const RateSample& sample) { lost += sample.losses; };
    loop.RunUntil(1 * kSecond);
    CHECK(cubic.Exit() == Exit::None);
    CHECK(loop.recoveries >= 1);
    CHECK(lost > 100);
}

TEST_CASE("CUBIC keeps a bottleneck with one BDP of buffer full", "[tcp][congestion]")
{
    CubicCongestion cubic;
    CongestionLoop loop(cubic, {50'000'000, 40 * kMillisecond, 167});
    loop.RunUntil(2 * kSecond);
    const auto before = loop.state.Facts().delivered;
    loop.RunUntil(30 * kSecond);
    CHECK(loop.GoodputBits(loop.state.Facts().delivered - before, 28 * kSecond) > 0.99 * 50e6);
    CHECK(loop.recoveries >= 2);
}
