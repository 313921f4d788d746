// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer.h"
#include "ns3/hs-rack-output.h"
#include "ns3/hs-rack-timers.h"
#include "ns3/hs-rtt-estimator.h"
#include "two-ends.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <string>
#include <vector>

// Which way out the bursts of FreeBSD's RACK stack take, and what it does where it does not pace.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr std::uint32_t kMss = 1448;

struct Sent
{
    TimeNs at;
    OutputPath path;
    std::uint32_t segments;
    std::uint32_t bytes;
};

tcp::Config
Stack(const std::string& pacing)
{
    tcp::Config config;
    config.pacing = pacing;
    config.recovery = config.rto = "freebsd-rack";
    config.congestion = "freebsd-newreno";
    config.tick = 0;
    config.tsoDefer = false;
    config.initialCwnd = 100;
    config.sendBuffer = config.sendBufferMax = 8 << 20;
    return config;
}

/// A client that writes \p segments over 10 ms each way; \p loses: of its data segments, by number.
std::vector<Sent>
Send(const tcp::Config& config, std::uint32_t segments, const std::vector<int>& loses = {})
{
    LinkConfig link;
    link.rate = 1e9;
    link.delay = 10 * kMillisecond;
    tcp::Config server;
    server.receiveBuffer = server.receiveBufferMax = 16 << 20;
    TwoEnds ends(config, server, link, link, 1);
    std::vector<Sent> sent;
    int number = 0;
    ends.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kConnected)
        {
            ends.hosts[0].connection->Send(now, Payload::Virtual(segments * kMss));
        }
    };
    ends.hosts[1].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kReadable)
        {
            ends.hosts[1].connection->Read(now, 1U << 30, nullptr);
        }
    };
    ends.hosts[0].onBurst = [&](TimeNs now, TcpSegment& burst) {
        if (burst.payload.Length() > 0)
        {
            sent.push_back({now, burst.path, burst.SegmentCount(), burst.payload.Length()});
        }
        return true;
    };
    ends.hosts[0].filter = [&](TimeNs, TcpSegment& segment) {
        return segment.payload.Length() == 0 ||
               std::find(loses.begin(), loses.end(), number++) == loses.end();
    };
    ends.Start();
    ends.Run(20 * kSecond);
    const auto info = ends.hosts[0].connection->GetInfo(20 * kSecond);
    REQUIRE(info.bytesAcked == std::uint64_t{segments} * kMss);
    const auto& outputs = info.outputs;
    CHECK(outputs.full + outputs.fast + outputs.fastRepairs ==
          (config.pacing.rfind("rack", 0) == 0 ? sent.size() : 0));
    return sent;
}

std::size_t
Count(const std::vector<Sent>& sent, OutputPath path)
{
    return static_cast<std::size_t>(
        std::count_if(sent.begin(), sent.end(), [&](const Sent& one) { return one.path == path; }));
}

/// A burst of two in the middle of a long transfer.
OutputView
Usual()
{
    OutputView view;
    view.bytes = 2 * kMss;
    view.segment = kMss;
    view.unsent = view.windowLeft = view.congestionLeft = 100 * kMss;
    return view;
}

} // namespace

TEST_CASE("a paced sender takes the whole way once and then RACK's fast output", "[pacing]")
{
    for (const std::string pacing : {"rack-14", "rack-15"})
    {
        auto config = Stack(pacing);
        config.maxPacingRate = 12'500'000;
        config.pacingBurst = 2;
        const auto sent = Send(config, 4000);
        INFO(pacing << ": " << Count(sent, OutputPath::Full) << " of " << sent.size());
        CHECK(sent.front().path == OutputPath::Full);
        CHECK(sent.size() >= 2000);
        // The first round trip uses up the window; then ACKs give as much as leaves.
        CHECK(Count(sent, OutputPath::Full) <= 100);
        CHECK(Count(sent, OutputPath::FastRepair) == 0);
    }
    auto config = Stack("hpts");
    config.maxPacingRate = 12'500'000;
    CHECK(Count(Send(config, 1000), OutputPath::Fast) == 0);
}

TEST_CASE("what RACK sends again takes fast retransmission, a segment at a time", "[pacing]")
{
    auto config = Stack("rack-14");
    config.maxPacingRate = 12'500'000;
    const auto sent = Send(config, 1000, {200, 201, 202});
    std::vector<Sent> again;
    std::copy_if(sent.begin(), sent.end(), std::back_inserter(again), [](const Sent& one) {
        return one.path == OutputPath::FastRepair;
    });
    REQUIRE(again.size() == 3);
    for (const auto& one : again)
    {
        CHECK(one.segments == 1);
    }
    // 1514 bytes at 12.5 MB/s.
    CHECK(again[1].at - again[0].at == Approx(130 * kMicrosecond).margin(30 * kMicrosecond));
}

TEST_CASE("unpaced RACK repeats a segment a millisecond", "[pacing]")
{
    const auto sent = Send(Stack("rack-14-unpaced"), 400, {50, 51, 52});
    std::vector<TimeNs> again;
    for (const auto& one : sent)
    {
        if (one.path == OutputPath::FastRepair)
        {
            again.push_back(one.at);
        }
    }
    REQUIRE(again.size() == 3);
    CHECK(again[1] - again[0] >= kMillisecond);
    CHECK(again[2] - again[1] >= kMillisecond);
    CHECK(again[2] - again[0] < 4 * kMillisecond);
}

TEST_CASE("unpaced RACK follows a burst by three quarters of what it is worth, in milliseconds",
          "[pacing]")
{
    PacingWish wish;
    wish.mss = kMss;
    wish.optionBytes = 12;
    for (const std::string name : {"rack-14-unpaced", "rack-15-unpaced"})
    {
        const auto pacer = Pacers().Create(name, wish);
        CHECK(pacer->BurstSegments(1) == 40);
        auto view = Usual();
        view.bytes = 40 * kMss;
        view.cwnd = 100 * kMss;
        view.minRtt = 40 * kMillisecond;
        CHECK(pacer->ChoosePath(view) == OutputPath::Full);
        pacer->OnSent(kSecond, view.bytes, 40, 1);
        CHECK(pacer->EarliestDeparture() == kSecond + 12 * kMillisecond); // 16, less a quarter
        view.bytes = 2 * kMss;
        pacer->ChoosePath(view);
        pacer->OnSent(2 * kSecond, view.bytes, 2, 1);
        CHECK(pacer->EarliestDeparture() <= 2 * kSecond + 10 * kMicrosecond); // not a millisecond
    }
}

TEST_CASE("fast output is used up by what is sent and filled by what is acknowledged", "[pacing]")
{
    RackWayOut way(RackVersion::V14);
    auto view = Usual();
    view.unsent = 5 * kMss;
    CHECK(way.Leave(view, 2 * kMss) == OutputPath::Full);
    CHECK(way.Left() == 5 * kMss);
    CHECK(way.Leave(view, 2 * kMss) == OutputPath::Fast);
    CHECK(way.Left() == 3 * kMss);
    way.OnAcked(2 * kMss, 10 * kMss, 10 * kMss);
    CHECK(way.Left() == 5 * kMss);
    way.OnAcked(2 * kMss, 6 * kMss, 10 * kMss); // more than waits
    CHECK(way.Left() == 5 * kMss);
    view.bytes = 5 * kMss - 100;
    CHECK(way.Leave(view, 2 * kMss) == OutputPath::Fast);
    CHECK(way.Left() == 0); // less than a segment
    CHECK(way.Counts().fast == 2);
}

TEST_CASE("15 keeps whole bursts for fast output and does not arm it in recovery", "[pacing]")
{
    for (const auto version : {RackVersion::V14, RackVersion::V15})
    {
        const bool is14 = version == RackVersion::V14;
        RackWayOut way(version);
        auto view = Usual();
        view.unsent = 5 * kMss;
        way.Leave(view, 2 * kMss);
        CHECK(way.Left() == (is14 ? 5 : 4) * kMss);
        way.Disarm();
        view.unsent = kMss;
        way.Leave(view, 2 * kMss);
        CHECK(way.Left() == (is14 ? kMss : 0));
        way.Disarm();
        view = Usual();
        view.isRecovering = true;
        way.Leave(view, 2 * kMss);
        CHECK((way.Left() > 0) == is14);
    }
}

TEST_CASE("SACK blocks, probes, FINs, other options and losses keep a burst from the fast way",
          "[pacing]")
{
    const auto second = [](void (*change)(OutputView&)) {
        RackWayOut way(RackVersion::V14);
        auto view = Usual();
        way.Leave(view, 2 * kMss);
        change(view);
        return way.Leave(view, 2 * kMss);
    };
    CHECK(second([](OutputView&) {}) == OutputPath::Fast);
    CHECK(second([](OutputView& v) { v.hasSackBlocks = true; }) == OutputPath::Full);
    CHECK(second([](OutputView& v) { v.isProbing = true; }) == OutputPath::Full);
    CHECK(second([](OutputView& v) { v.isPlain = false; }) == OutputPath::Full);
    CHECK(second([](OutputView& v) { v.hasLosses = true; }) == OutputPath::Full);
    CHECK(second([](OutputView& v) { v.segment = kMss - 12; }) == OutputPath::Full);
    CHECK(second([](OutputView& v) { v.bytes = 200 * kMss; }) == OutputPath::Full);
    CHECK(second([](OutputView& v) { v.isRepair = true; }) == OutputPath::FastRepair);
}

TEST_CASE("RACK's window probes come after a quarter of a second to two, as its functions say",
          "[tcp]")
{
    const auto rtt = tcp::RttEstimators().Create("freebsd-rack", tcp::Config());
    for (const TimeNs sample : {20, 150, 90})
    {
        rtt->OnSample(sample * kMillisecond, 1, 2);
        const RackRtt known{static_cast<std::uint32_t>(rtt->Srtt() / kMicrosecond),
                            static_cast<std::uint32_t>(rtt->Rttvar() / kMicrosecond)};
        for (std::uint32_t doublings = 0; doublings < 12; ++doublings)
        {
            const auto us = RackPersistUs(known, doublings, 200'000);
            CHECK(rtt->PersistTimeout(doublings, 4 * kSecond) / kMicrosecond ==
                  Approx(us).margin(5 << std::min(doublings, 9U)));
        }
    }
}

TEST_CASE("RACK probes a closed window with an old number and no data", "[tcp]")
{
    LinkConfig link;
    link.rate = 1e8;
    link.delay = 5 * kMillisecond;
    tcp::Config server;
    server.receiveBuffer = server.receiveBufferMax = 20'000;
    TwoEnds ends(Stack("none"), server, link, link, 1);
    ends.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kConnected)
        {
            ends.hosts[0].connection->Send(now, Payload::Virtual(100'000));
        }
    };
    std::vector<TimeNs> probes;
    bool carriedData = false;
    ends.hosts[0].onBurst = [&](TimeNs now, TcpSegment& burst) {
        if (now > kSecond)
        {
            probes.push_back(now);
            carriedData = carriedData || burst.payload.Length() > 0;
        }
        return true;
    };
    ends.Start();
    ends.Run(20 * kSecond);
    REQUIRE(probes.size() >= 5);
    CHECK_FALSE(carriedData);
    for (std::size_t i = 1; i < probes.size(); ++i)
    {
        CHECK(probes[i] - probes[i - 1] >= 250 * kMillisecond);
        // An answer, a round trip later, begins the time anew.
        CHECK(probes[i] - probes[i - 1] <= 2 * kSecond + 11 * kMillisecond);
    }
}
