// SPDX-License-Identifier: GPL-2.0-only
//
// A sender whose host's device holds what it sends until its departure (SK_PACING_FQ).

#include "two-ends.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <vector>

using namespace hoststack;

namespace
{

constexpr std::uint32_t kBytes = 400'000;
constexpr BytesPerSecond kRate = 1'250'000; // 10 Mbit/s

/// A bulk transfer at a largest rate over a path that is ten times as fast.
struct Transfer
{
    explicit Transfer(bool deviceHolds, std::uint64_t lostPiece = 0)
        : ends(Settings(), tcp::Config(), Link(), Link(), 1)
    {
        auto& sender = ends.hosts[0];
        sender.holdsDepartures = deviceHolds;
        sender.onHeld = [this](TimeNs earliest, const TcpSegment& burst) {
            if (burst.payload.Length() == 0)
            {
                return;
            }
            ahead = std::max(ahead, earliest - ends.Now());
            const auto end = burst.seq + burst.payload.Length();
            if (handedTo && !(end > *handedTo))
            {
                repairWaits = std::max(repairWaits, earliest - ends.Now());
                return;
            }
            handedTo = end;
        };
        sender.filter = [this, lostPiece](TimeNs now, TcpSegment& piece) {
            if (piece.payload.Length() == 0)
            {
                return true;
            }
            departures.push_back(now);
            return ++pieces != lostPiece;
        };
        sender.onEvents = [this](TimeNs now, std::uint32_t events) {
            if ((events & tcp::kConnected) != 0)
            {
                ends.hosts[0].connection->Send(now, Payload::Virtual(kBytes));
            }
        };
        ends.hosts[1].onEvents = [this](TimeNs now, std::uint32_t) {
            auto& connection = *ends.hosts[1].connection;
            received += connection.Read(now, connection.Available(), nullptr);
        };
        ends.Start();
        last = ends.Run(20 * kSecond, [this] { return received >= kBytes; });
    }

    static tcp::Config Settings()
    {
        tcp::Config config;
        config.congestion = "reno";
        config.maxPacingRate = kRate;
        config.initialCwnd = 40;
        config.sendBuffer = config.sendBufferMax = 4 << 20;
        return config;
    }

    static LinkConfig Link()
    {
        LinkConfig link;
        link.rate = 100'000'000;
        link.delay = 20 * kMillisecond;
        return link;
    }

    test::TwoEnds ends;
    std::optional<Seq32> handedTo;  ///< the end of what was ever handed down
    std::vector<TimeNs> departures; ///< of each segment
    std::uint64_t pieces{0};
    std::uint64_t received{0};
    TimeNs ahead{0};       ///< by which a burst was handed down before its departure
    TimeNs repairWaits{0}; ///< a retransmission, in the device
    TimeNs last{0};
};

} // namespace

TEST_CASE("a device that holds bursts spaces them as the socket's own timer does", "[tcp][pacing]")
{
    const Transfer timer(false);
    const Transfer device(true);
    REQUIRE(timer.received == kBytes);
    REQUIRE(device.received == kBytes);
    CHECK(device.ahead > 10 * kMillisecond);
    REQUIRE(device.departures.size() == timer.departures.size());
    for (std::size_t i = 0; i < timer.departures.size(); ++i)
    {
        INFO(i);
        CHECK(std::abs(device.departures[i] - timer.departures[i]) < 5 * kMillisecond);
    }
}

TEST_CASE("round trips count from the departure, not from when a burst was handed down",
          "[tcp][pacing]")
{
    const Transfer device(true);
    const auto info = device.ends.hosts[0].connection->GetInfo(device.ends.Now());
    CHECK(info.srtt < 45 * kMillisecond);
}

TEST_CASE("a retransmission waits in the device behind what was sent before it", "[tcp][pacing]")
{
    const Transfer device(true, 30);
    CHECK(device.received == kBytes);
    CHECK(device.repairWaits > 10 * kMillisecond);
}
