// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer.h"
#include "ns3/hs-rack-goodput.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace hoststack;

namespace
{

constexpr std::uint64_t kMss = 1448;
constexpr TimeNs kMs = kMillisecond;
constexpr std::uint64_t kUnlimited = 1'000'000'000;

RackRateView
NewView()
{
    RackRateView view;
    view.segment = kMss;
    view.isPacing = true;
    view.srttUs = 50'000;
    return view;
}

/// A path that gives back each pair of segments an RTT after it was sent.
struct Path
{
    explicit Path(RackVersion version)
        : goodput(version)
    {
    }

    void Send(TimeNs now, std::uint64_t segments)
    {
        OutputView output;
        output.bytes = static_cast<std::uint32_t>(segments * kMss);
        sent += segments * kMss;
        output.sent = sent;
        output.acked = acked;
        output.peerWindow = window;
        output.oldestSent = oldestSent;
        goodput.OnSent(view, output, static_cast<std::uint64_t>(now / kMicrosecond), view.isReady);
    }

    /// Two segments that left at \p left are acknowledged. \return after the first measurement
    bool Ack(TimeNs now, TimeNs left, std::uint64_t segments = 2, bool isRecovering = false)
    {
        goodput.OnAcking({left, left, left});
        acked += segments * kMss;
        AckProgress ack;
        ack.now = now;
        ack.acked = segments * kMss;
        ack.ack = acked;
        ack.sent = sent;
        ack.unsent = unsent;
        ack.peerWindow = window;
        ack.rtt = now - left;
        ack.oldestSent = oldestSent;
        ack.isRecovering = isRecovering;
        return goodput.OnAcked(view, ack);
    }

    /// Ten segments at 0, pairs of them back from 50 ms on, each of which lets four go.
    void FirstRound()
    {
        oldestSent = 0;
        Send(0, 10);
        for (TimeNs at = 50; at <= 58; at += 2)
        {
            CHECK_FALSE(Ack(at * kMs, 0));
            Send(at * kMs, 4);
        }
    }

    RackGoodput goodput;
    RackRateView view{NewView()};
    std::uint64_t sent{1};
    std::uint64_t acked{1};
    std::uint64_t unsent{kUnlimited};
    std::uint64_t window{kUnlimited};
    TimeNs oldestSent{-1};
};

/// A measurement from a send at \p now on: \p segments in flight already, acknowledged \p later.
bool
MeasureOnce(Path& path, TimeNs now, TimeNs later, std::uint64_t segments)
{
    path.oldestSent = now;
    path.Send(now, 2);
    return path.Ack(now + later, now, segments);
}

} // namespace

TEST_CASE("the first measurement of 14 begins with the first ACK and takes an RTT", "[rack]")
{
    Path path(RackVersion::V14);
    path.FirstRound();
    CHECK_FALSE(path.Ack(100 * kMs, 50 * kMs));
    CHECK_FALSE(path.view.isReady);
    // 50, 52, 54, 56, 58 and 50 ms are 51,932 us in eighths; 52 ms have passed then.
    CHECK(path.Ack(102 * kMs, 52 * kMs));
    CHECK(path.view.isReady);
    CHECK(path.view.goodput == 12 * kMss * 1'000'000 / 52'000);
}

TEST_CASE("15 has measured once a first window is acknowledged: how fast the path gave it back",
          "[rack]")
{
    Path path(RackVersion::V15);
    path.oldestSent = 0;
    path.Send(0, 10);
    for (TimeNs at = 50; at <= 56; at += 2)
    {
        CHECK_FALSE(path.Ack(at * kMs, 0));
        path.Send(at * kMs, 4);
    }
    CHECK(path.Ack(58 * kMs, 0));
    CHECK(path.view.goodput == 8 * kMss * 1'000'000 / 8'000);
}

TEST_CASE("goodput is the mean of three measurements, then moves by how long one took", "[rack]")
{
    Path path(RackVersion::V14);
    path.view.isFilled = path.view.isReady = true;
    path.view.measurements = 1;
    path.view.goodput = 300'000;
    path.oldestSent = 0;
    path.Send(0, 1000);
    CHECK_FALSE(path.Ack(50 * kMs, 0)); // a measurement waits for it: nothing was in flight
    // 30 segments in 50 ms, twice.
    CHECK_FALSE(MeasureOnce(path, 50 * kMs, 50 * kMs, 30));
    const std::uint64_t first = path.view.goodput - 300'000;
    CHECK(path.view.measurements == 2);
    CHECK_FALSE(MeasureOnce(path, 100 * kMs, 50 * kMs, 30));
    CHECK(path.view.measurements == 3);
    const auto mean = path.view.goodput;
    CHECK(mean == (300'000 + first + 30 * kMss * 20) / 3);
    // As long as the smoothed RTT: an eighth of the difference.
    MeasureOnce(path, 150 * kMs, 50 * kMs, 30);
    CHECK(path.view.goodput == mean - mean / 8 + 30 * kMss * 20 / 8);
    // Twice that: a quarter. Ten times: no more than half.
    auto before = path.view.goodput;
    MeasureOnce(path, 200 * kMs, 100 * kMs, 30);
    CHECK(path.view.goodput == before - before / 4 + 30 * kMss * 10 / 4);
    before = path.view.goodput;
    MeasureOnce(path, 300 * kMs, 500 * kMs, 30);
    CHECK(path.view.goodput == before - before / 2 + 30 * kMss * 2 / 2);
}

TEST_CASE("a measurement is no more than a window in the lowest RTT", "[rack]")
{
    Path path(RackVersion::V14);
    path.window = 12 * kMss;
    path.FirstRound();
    path.Ack(100 * kMs, 50 * kMs);
    // The path has held 40 segments back and gives them at once.
    path.Ack(102 * kMs, 52 * kMs, 14);
    CHECK(path.view.goodput == 12 * kMss * 1'000'000 / 50'000);
}

TEST_CASE("what a paced sender had in flight begins a measurement with the last ACK", "[rack]")
{
    Path path(RackVersion::V14);
    path.view.isFilled = path.view.isReady = true;
    path.view.measurements = 1;
    path.view.goodput = 300'000;
    path.oldestSent = 0;
    path.Send(0, 30);
    path.Ack(50 * kMs, 0);
    path.Ack(100 * kMs, 0, 20);
    REQUIRE(path.view.measurements == 2);
    path.Send(103 * kMs, 10);
    CHECK(path.goodput.AwaitedFrom() == ~std::uint64_t{0}); // it runs, from 22 segments on
    path.Ack(149 * kMs, 103 * kMs, 17);
    CHECK(path.view.measurements == 2);
    path.Ack(150 * kMs, 103 * kMs, 1);
    CHECK(path.view.measurements == 3); // 18 segments in 103 ms: from the first to the last send
    const std::uint64_t before = 20 * kMss * 20;
    CHECK(path.view.goodput == (300'000 + before + 18 * kMss * 1'000'000 / 103'000) / 3);
}

TEST_CASE("what was sent unpaced is not measured together with what is paced", "[rack]")
{
    // The rest of it, if that is more than an initial window, with the next ACK.
    Path rest(RackVersion::V14);
    rest.FirstRound();
    rest.Ack(100 * kMs, 50 * kMs);
    REQUIRE(rest.Ack(102 * kMs, 52 * kMs));
    CHECK(rest.goodput.AwaitedFrom() == 1 + 14 * kMss);

    // Less: a segment behind it, with the first ACK from there.
    Path behind(RackVersion::V14);
    behind.FirstRound();
    behind.Ack(100 * kMs, 50 * kMs);
    REQUIRE(behind.Ack(102 * kMs, 52 * kMs, 8));
    behind.Send(103 * kMs, 10);
    CHECK(behind.goodput.AwaitedFrom() == 1 + (30 + 1) * kMss);
}

TEST_CASE("the end of what there is to send ends a measurement of 15, and 14 waits for the RTT",
          "[rack]")
{
    for (const auto version : {RackVersion::V14, RackVersion::V15})
    {
        Path path(version);
        path.view.isFilled = path.view.isReady = true;
        path.view.measurements = 1;
        path.view.goodput = 300'000;
        path.oldestSent = 0;
        path.Send(0, 24);
        path.Ack(50 * kMs, 0);
        path.unsent = 0;
        path.goodput.OnRanDry(path.sent - 4 * kMss);
        path.Ack(51 * kMs, 0, 18);
        CHECK(path.view.measurements == (version == RackVersion::V15 ? 2 : 1));
        // All is acknowledged: both.
        path.Ack(52 * kMs, 0, 4);
        CHECK(path.view.measurements == 2);
    }
}

TEST_CASE("less than four segments, or no time, is no measurement", "[rack]")
{
    Path few(RackVersion::V14);
    few.oldestSent = 0;
    few.Send(0, 5);
    few.Ack(50 * kMs, 0);
    few.Ack(51 * kMs, 0, 3);
    CHECK_FALSE(few.view.isFilled);

    Path atOnce(RackVersion::V14);
    atOnce.oldestSent = 0;
    atOnce.Send(0, 10);
    atOnce.Ack(50 * kMs, 0);
    atOnce.Ack(50 * kMs, 0, 8);
    CHECK_FALSE(atOnce.view.isFilled);
}

TEST_CASE("only 15 measures in a recovery no more than it asked for", "[rack]")
{
    for (const auto version : {RackVersion::V14, RackVersion::V15})
    {
        Path path(version);
        path.view.isFilled = path.view.isReady = true;
        path.view.measurements = 1;
        path.view.goodput = 10'000'000; // so that a window of measurement is large
        path.oldestSent = 0;
        path.Send(0, 200);
        path.Ack(50 * kMs, 0);
        path.Ack(110 * kMs, 0, 20, true);
        CHECK(path.view.measurements == (version == RackVersion::V14 ? 2 : 1));
    }
}

TEST_CASE("long-term bandwidth counts from a send until all is acknowledged", "[rack]")
{
    Path path(RackVersion::V15);
    path.oldestSent = 0;
    path.Send(0, 10);
    path.Ack(100 * kMs, 0, 10);
    CHECK(path.view.longTerm == 10 * kMss * 10);
    // A pause does not count.
    path.Send(kSecond, 10);
    path.Ack(kSecond + 50 * kMs, kSecond, 10);
    CHECK(path.view.longTerm == 20 * kMss * 1'000'000 / 150'000);
    Path before(RackVersion::V14);
    before.Send(0, 10);
    before.Ack(100 * kMs, 0, 10);
    CHECK(before.view.longTerm == 0);
}

TEST_CASE("a RACK pacer mitigates bursts until it has measured, then sends by its gains", "[rack]")
{
    PacingWish wish;
    wish.mss = kMss;
    wish.optionBytes = 12;
    const auto pacer = Pacers().Create("rack-14", wish);
    OutputView output;
    output.bytes = 10 * kMss;
    output.segment = kMss;
    output.sent = 1 + 10 * kMss;
    output.acked = 1;
    output.cwnd = 10 * kMss;
    output.ssthresh = kUnlimited;
    output.peerWindow = kUnlimited;
    output.srtt = output.minRtt = 50 * kMs;
    output.oldestSent = 0;
    output.unsent = kUnlimited;
    CHECK(pacer->BurstSegments(1) == 10); // an initial window
    pacer->ChoosePath(output);
    pacer->OnSent(0, output.bytes, 10, 1);
    // 14,480 bytes of window in 50 ms are 289 a millisecond: 50 ms less a quarter.
    CHECK(pacer->EarliestDeparture() == 38 * kMs);

    AckProgress ack;
    ack.sent = 1 + 70 * kMss;
    ack.unsent = kUnlimited;
    ack.peerWindow = kUnlimited;
    ack.srtt = 50 * kMs;
    ack.oldestSent = 0;
    const auto tell = [&](TimeNs now, TimeNs left, std::uint64_t segments) {
        pacer->OnAcking({left, left, left});
        ack.now = now;
        ack.acked = segments * kMss;
        ack.ack = (ack.ack == 0 ? 1 : ack.ack) + segments * kMss;
        ack.rtt = now - left;
        return pacer->OnAcked(ack);
    };
    CHECK_FALSE(tell(50 * kMs, 0, 2));
    output.sent = ack.sent;
    output.bytes = 60 * kMss;
    output.acked = ack.ack;
    output.cwnd = 40 * kMss;
    pacer->OnNothingSent(kUnlimited); // it owes nothing
    pacer->ChoosePath(output);
    pacer->OnSent(50 * kMs, output.bytes, 60, 1);
    CHECK(pacer->EarliestDeparture() == 107 * kMs);
    // 20 segments in 50 ms; the gap that was a guess is over.
    CHECK(tell(100 * kMs, 50 * kMs, 20));
    CHECK(pacer->EarliestDeparture() <= 100 * kMs);

    output.bytes = 2 * kMss;
    output.sent += output.bytes;
    output.acked = ack.ack;
    pacer->ChoosePath(output);
    pacer->OnSent(100 * kMs, output.bytes, 2, 1);
    const std::uint64_t wanted = 20 * kMss * 20 * 250 / 100;
    const auto gapUs = static_cast<TimeNs>(std::uint64_t{2} * 1514 * 1'000'000 / wanted);
    CHECK(pacer->EarliestDeparture() == 100 * kMs + (gapUs + 9) / 10 * 10 * kMicrosecond);
    CHECK(pacer->BurstSegments(1) == 2); // 1448 bytes a millisecond
}

TEST_CASE("a rate that is given, or the congestion control's own, is not measured", "[rack]")
{
    PacingWish given;
    given.fixedRate = 1'500'000;
    PacingWish own;
    own.isAsked = true;
    for (const auto* wish : {&given, &own})
    {
        const auto pacer = Pacers().Create("rack-14", *wish);
        pacer->OnSent(kSecond, kMss, 1, 1'500'000);
        CHECK(pacer->EarliestDeparture() == kSecond + 1010 * kMicrosecond);
    }
}
