// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-timers.h"
#include "ns3/hs-rtt-estimator.h"
#include "two-ends.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

// What is FreeBSD's of the one TCP core: losses, time-outs and windows of its stack `rack`.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

/// A client that writes ten segments to a peer 40 ms away; the first of them comes \p late.
struct LateFirst
{
    LateFirst(const std::string& recovery, TimeNs late)
    {
        tcp::Config config;
        config.recovery = recovery;
        config.tick = 0;
        LinkConfig link;
        link.rate = 1e9;
        link.delay = 20 * kMillisecond;
        ends = std::make_unique<TwoEnds>(config, tcp::Config(), link, link, 1);
        ends->hosts[0].onEvents = [this](TimeNs now, std::uint32_t events) {
            if (events & tcp::kConnected)
            {
                ends->hosts[0].connection->Send(now, Payload::Virtual(10 * 1448));
            }
        };
        ends->hosts[0].filter = [this, late](TimeNs now, TcpSegment& segment) {
            if (segment.payload.Length() == 0 || wasHeld)
            {
                return true;
            }
            wasHeld = true;
            ends->At(now + late, [this, held = segment] { ends->hosts[0].SendPieces(held); });
            return false;
        };
        ends->Start();
        ends->Run(kSecond);
    }

    std::uint64_t Retransmissions() const
    {
        return ends->hosts[0].connection->GetInfo(kSecond).retransmissions;
    }

    std::unique_ptr<TwoEnds> ends;
    bool wasHeld{false};
};

/// When a lone segment that nobody answers is sent, after the handshake.
std::vector<TimeNs>
Transmissions(const tcp::Config& config, TimeNs rtt, std::size_t count)
{
    LinkConfig link;
    link.rate = 1e9;
    link.delay = rtt / 2;
    TwoEnds ends(config, tcp::Config(), link, link, 1);
    std::vector<TimeNs> times;
    ends.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kConnected)
        {
            ends.hosts[0].connection->Send(now, Payload::Virtual(100));
        }
    };
    ends.hosts[0].filter = [&](TimeNs now, TcpSegment& segment) {
        if (segment.payload.Length() == 0)
        {
            return true;
        }
        times.push_back(now);
        return false;
    };
    ends.Start();
    ends.Run(60 * kSecond, [&] { return times.size() >= count; });
    REQUIRE(times.size() >= count);
    return times;
}

} // namespace

TEST_CASE("FreeBSD waits a quarter of an RTT for a segment that is late, Linux not at first",
          "[tcp]")
{
    CHECK(LateFirst("freebsd-rack", 8 * kMillisecond).Retransmissions() == 0);
    CHECK(LateFirst("rack-tlp", 8 * kMillisecond).Retransmissions() == 1);
    CHECK(LateFirst("freebsd-rack", 14 * kMillisecond).Retransmissions() == 1);
}

TEST_CASE("FreeBSD's time-out is 200 ms more than its RTT and variation, however often it doubles",
          "[tcp]")
{
    auto rtt = tcp::RttEstimators().Create("freebsd-rack", tcp::Config());
    rtt->OnSample(50 * kMillisecond, 1, 2);
    CHECK(rtt->Rto() + rtt->Slop() == 350 * kMillisecond);
    rtt->OnSample(90 * kMillisecond, 1, 2); // both averages move by an eighth
    CHECK(rtt->Srtt() == 55 * kMillisecond);
    CHECK(rtt->Rttvar() == 26'875'000);

    tcp::Config config;
    config.recovery = config.rto = "freebsd-rack";
    config.tick = 0;
    const auto times = Transmissions(config, 10 * kMillisecond, 6);
    const auto gap = [&](std::size_t i) { return times[i + 1] - times[i]; };
    // The probe of a lone segment waits for a delayed ACK; then srtt + 4 rttvar are 30 ms.
    CHECK(gap(0) == Approx(55 * kMillisecond).margin(kMillisecond));
    CHECK(gap(1) == Approx(230 * kMillisecond).margin(kMillisecond));
    CHECK(gap(2) == Approx(260 * kMillisecond).margin(kMillisecond));
    CHECK(gap(3) == Approx(320 * kMillisecond).margin(kMillisecond));
    CHECK(gap(4) == Approx(440 * kMillisecond).margin(kMillisecond));
}

TEST_CASE("the time-outs of a connection are those of FreeBSD's functions", "[tcp]")
{
    auto rtt = tcp::RttEstimators().Create("freebsd-rack", tcp::Config());
    for (const TimeNs sample : {40, 52, 47, 300, 45})
    {
        rtt->OnSample(sample * kMillisecond, 1, 2);
        const RackRtt expected{static_cast<std::uint32_t>(rtt->Srtt() / kMicrosecond),
                               static_cast<std::uint32_t>(rtt->Rttvar() / kMicrosecond)};
        const auto us = RackTimeout(expected, 0, 200'000, false);
        CHECK(rtt->Rto() + rtt->Slop() == Approx(us * kMicrosecond).margin(5 * kMicrosecond));
    }
}
