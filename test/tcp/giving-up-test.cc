// SPDX-License-Identifier: GPL-2.0-only

#include "two-ends.h"

#include <catch2/catch.hpp>
#include <string>

// When a connection whose path carries next to nothing is given up.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

struct Ending
{
    TimeNs after{-1}; ///< the last answer
    tcp::Info info;
};

/**
 * A sender writes 1.9 MB and closes. Of what it sends only the repetitions of its time-outs arrive,
 * one segment each, for \p answered; then nothing does.
 */
Ending
Limp(const std::string& rto, TimeNs answered)
{
    tcp::Config config;
    config.rto = rto;
    config.sack = config.frto = false; // as in the measurement
    config.sendBuffer = 4u << 20;
    config.sendBufferLocked = true;
    LinkConfig link;
    link.rate = 1e9;
    link.delay = 50 * kMicrosecond;
    TwoEnds ends(config, tcp::Config(), link, link, 1);
    auto& sender = *ends.hosts[0].connection;
    TimeNs first = -1;
    TimeNs last = 0;
    std::uint64_t repetitions = 0;
    ends.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kConnected)
        {
            sender.Send(now, Payload::Virtual(1'900'000));
            sender.Close(now);
        }
    };
    ends.hosts[1].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kReadable)
        {
            ends.hosts[1].connection->Read(now, 1u << 30, nullptr);
        }
    };
    ends.hosts[0].filter = [&](TimeNs now, TcpSegment& segment) {
        if (segment.payload.Length() == 0)
        {
            return true;
        }
        const auto timeouts = sender.GetInfo(now).timeouts;
        if (timeouts == repetitions)
        {
            return false; // of a time-out only the first segment
        }
        repetitions = timeouts;
        first = first < 0 ? now : first;
        if (now - first > answered)
        {
            return false;
        }
        last = now;
        return true;
    };
    ends.Start();
    ends.Run(2000 * kSecond, [&] { return sender.GetState() == tcp::State::Closed; });
    return {ends.Now() - last, sender.GetInfo(ends.Now())};
}

} // namespace

TEST_CASE("Linux counts from the first repetition of a recovery, whatever was answered since",
          "[tcp]")
{
    // Linux 6.18.44 with a hand-made peer: after 20 s of answered time-outs it was gone 106.6 s
    // after the last answer, with 8 repetitions without one; after 112 s of them 0.47 s and one.
    const auto early = Limp("linux", 20 * kSecond);
    CHECK(early.info.end == tcp::End::GivenUp);
    CHECK(ToSeconds(early.after) == Approx(106.6).margin(1));
    CHECK(early.info.retries == 8);
    CHECK(ToSeconds(early.info.repairedFor) > 102.2);
    const auto late = Limp("linux", 112 * kSecond);
    CHECK(late.info.end == tcp::End::GivenUp);
    CHECK(ToSeconds(late.after) == Approx(0.5).margin(0.4));
    CHECK(late.info.retries == 1);
    CHECK(ToSeconds(late.info.repairedFor) > 112);
}

TEST_CASE("RFC 6298's sender counts from the first repetition of the segment without an answer",
          "[tcp]")
{
    for (const auto answered : {20 * kSecond, 112 * kSecond})
    {
        const auto end = Limp("rfc6298", answered);
        CHECK(end.info.end == tcp::End::GivenUp);
        CHECK(ToSeconds(end.after) > 100); // RFC 9293 section 3.8.3
        CHECK(end.info.retries >= 8);
    }
}
