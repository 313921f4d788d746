// SPDX-License-Identifier: GPL-2.0-only
//
// At which rate a sender is paced: what its congestion control has, or a largest one.

#include "ns3/hs-congestion-control.h"
#include "two-ends.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

using namespace hoststack;

namespace
{

constexpr TimeNs kRtt = 40 * kMillisecond;

/// A bulk transfer over 20 Mbit/s whose queue is short, so that windows rise, fall and rise again.
struct PacedTransfer
{
    explicit PacedTransfer(const tcp::Config& config)
        : ends(config, tcp::Config(), Link(20'000'000, 30), Link(1'000'000'000, 1000), 1)
    {
        auto& sender = ends.hosts[0];
        sender.onEvents = [this](TimeNs now, std::uint32_t events) {
            if ((events & tcp::kConnected) != 0)
            {
                ends.hosts[0].connection->Send(now, Payload::Virtual(20'000'000));
            }
        };
        sender.filter = [this](TimeNs now, TcpSegment& piece) {
            if (piece.payload.Length() > 0)
            {
                departures.push_back(now);
            }
            return true;
        };
        ends.hosts[1].onEvents = [this](TimeNs now, std::uint32_t) {
            auto& connection = *ends.hosts[1].connection;
            connection.Read(now, connection.Available(), nullptr);
        };
        ends.Start();
    }

    static tcp::Config Settings(const std::string& congestion)
    {
        tcp::Config config;
        config.congestion = congestion;
        config.sendBuffer = config.sendBufferMax = 32 << 20;
        return config;
    }

    static LinkConfig Link(BitsPerSecond rate, std::uint32_t queue)
    {
        LinkConfig link;
        link.rate = rate;
        link.delay = kRtt / 2;
        link.queue.packets = queue;
        return link;
    }

    /// Each millisecond until \p end.
    template <class Look>
    void Watch(TimeNs end, Look look)
    {
        for (TimeNs at = ends.Now(); at < end; at += kMillisecond)
        {
            ends.Run(at + kMillisecond, [] { return false; });
            look(ends.hosts[0].connection->GetInfo(ends.Now()));
        }
    }

    test::TwoEnds ends;
    std::vector<TimeNs> departures; ///< of each segment
};

/// Percent of window over round trip that the rate of \p info is.
double
PercentOf(const tcp::Info& info)
{
    const double window = static_cast<double>(info.mss) * std::max(info.cwnd, info.inFlight);
    return static_cast<double>(info.pacingRate) * ToSeconds(info.srtt) / window * 100;
}

} // namespace

TEST_CASE("windows are paced at twice themselves over an RTT in slow start, later at 1.2 times",
          "[tcp][pacing]")
{
    // tcp_update_pacing_rate (facts sheet linux.md 6.2.1): 200 below half of ssthresh, else 120.
    for (const auto& name : tcp::CongestionControls().Names())
    {
        if (tcp::CongestionControls().Create(name)->HasFullControl())
        {
            continue;
        }
        for (const auto& ratios : {std::pair(200U, 120U), std::pair(250U, 200U)})
        {
            auto config = PacedTransfer::Settings(name);
            config.pacingSlowStartPercent = ratios.first;
            config.pacingAvoidancePercent = ratios.second;
            PacedTransfer transfer(config);
            std::set<std::uint32_t> seen;
            transfer.Watch(6 * kSecond, [&](const tcp::Info& info) {
                // Between two ACKs the window may have moved, so only what agrees to 1 % counts
                // for a ratio, and nothing may lie outside of both.
                const auto percent = PercentOf(info);
                if (info.state != tcp::State::Established || info.srtt == 0 ||
                    info.caState != tcp::CaState::Open)
                {
                    return;
                }
                const bool isSlow = info.cwnd < info.ssthresh / 2;
                INFO(name << " cwnd " << info.cwnd << " ssthresh " << info.ssthresh);
                CHECK(percent == Approx(isSlow ? ratios.first : ratios.second).epsilon(0.02));
                seen.insert(isSlow ? ratios.first : ratios.second);
            });
            CHECK(seen.size() == 2);
        }
    }
}

TEST_CASE("BBR's gains reach the wire: 2.89 in STARTUP, its inverse in DRAIN, 5/4, 3/4 and 1",
          "[tcp][pacing]")
{
    PacedTransfer transfer(PacedTransfer::Settings("bbr"));
    // 0.99 of what the bottleneck delivers (bbr_pacing_margin_percent): 1448 of 1500 bytes.
    const double estimate = 0.99 * 2'500'000 * 1448 / 1500;
    std::set<int> seen;
    BytesPerSecond most = 0;
    transfer.Watch(9 * kSecond, [&](const tcp::Info& info) {
        most = std::max(most, info.pacingRate);
        for (const int percent : {288, 125, 100, 75, 34})
        {
            const double wanted = estimate * percent / 100;
            if (std::abs(static_cast<double>(info.pacingRate) - wanted) < 0.02 * wanted)
            {
                seen.insert(percent);
            }
        }
    });
    CHECK(seen == std::set<int>{34, 75, 100, 125, 288});
    CHECK(static_cast<double>(most) <= estimate * 2.95);
}

TEST_CASE(
    "a connection begins with ten segments, whatever its congestion control made of the handshake",
    "[tcp]")
{
    // tcp_init_transfer sets the window after tcp_ack.
    for (const auto& name : tcp::CongestionControls().Names())
    {
        PacedTransfer transfer(PacedTransfer::Settings(name));
        transfer.Watch(2 * kRtt, [](const tcp::Info&) {});
        INFO(name);
        CHECK(transfer.departures.size() == 10);
    }
}

TEST_CASE("a largest rate bounds what any congestion control is paced at, and what leaves",
          "[tcp][pacing]")
{
    constexpr BytesPerSecond kLargest = 500'000;
    for (const auto& name : tcp::CongestionControls().Names())
    {
        auto config = PacedTransfer::Settings(name);
        config.maxPacingRate = kLargest;
        PacedTransfer transfer(config);
        BytesPerSecond most = 0;
        transfer.Watch(6 * kSecond,
                       [&](const tcp::Info& info) { most = std::max(most, info.pacingRate); });
        INFO(name);
        CHECK(most == kLargest);
        const auto& at = transfer.departures;
        const auto from = std::lower_bound(at.begin(), at.end(), 2 * kSecond);
        const auto to = std::lower_bound(at.begin(), at.end(), 6 * kSecond);
        const double bytes = static_cast<double>(to - from) * 1448;
        // Four seconds; a burst more or less. BBR takes a hundredth off and probes for the RTT.
        CHECK(bytes <= 4 * kLargest * 1.005);
        CHECK(bytes >= 4 * kLargest * (name == "bbr" ? 0.93 : 0.995));
    }
}
