// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-counters.h"
#include "two-ends.h"

#include <catch2/catch.hpp>
#include <utility>

// Giving memory back changes nothing but memory.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

struct Outcome
{
    TimeNs end{0};
    tcp::Info sender;
    tcp::Info receiver;
};

/// Ten messages of 100 KB, the next one 300 ms after the answer to the last, over a path that loses
/// every 40th data segment and delays every 55th one behind its successors.
Outcome
Exchange(bool shrinks)
{
    LinkConfig link;
    link.rate = 20e6;
    link.delay = 10 * kMillisecond;
    TwoEnds ends(tcp::Config(), tcp::Config(), link, link, 1);
    auto& client = *ends.hosts[0].connection;
    auto& server = *ends.hosts[1].connection;
    constexpr std::uint32_t kMessage = 100'000;
    std::uint32_t unwritten = 0;
    std::uint32_t read = 0;
    int answers = 0;
    int count = 0;
    const auto write = [&](TimeNs now, std::uint32_t more) {
        unwritten += more;
        unwritten -= client.Send(now, Payload::Virtual(unwritten));
    };
    const auto shrink = [&] {
        if (shrinks)
        {
            client.Shrink();
            server.Shrink();
        }
    };
    ends.hosts[0].filter = [&](TimeNs, TcpSegment& segment) {
        count += segment.payload.Length() > 0 ? 1 : 0;
        if (segment.payload.Length() > 0 && count % 55 == 0)
        {
            ends.At(ends.Now() + 5 * kMillisecond,
                    [&ends, segment]() mutable { ends.hosts[0].SendPieces(segment); });
            return false;
        }
        return segment.payload.Length() == 0 || count % 40 != 0;
    };
    ends.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if ((events & tcp::kConnected) != 0)
        {
            write(now, kMessage);
        }
        if ((events & tcp::kWritable) != 0)
        {
            write(now, 0);
        }
        if ((events & tcp::kReadable) != 0)
        {
            client.Read(now, 1, nullptr);
            ++answers;
            ends.At(now + 300 * kMillisecond, [&] {
                shrink();
                write(ends.Now(), kMessage);
                shrink();
                ends.Dispatch(0);
            });
        }
        shrink();
    };
    ends.hosts[1].onEvents = [&](TimeNs now, std::uint32_t events) {
        if ((events & tcp::kReadable) != 0)
        {
            read += server.Read(now, 1u << 30, nullptr);
            if (read == kMessage)
            {
                read = 0;
                server.Send(now, Payload::Virtual(1));
            }
        }
        shrink();
    };
    ends.Start();
    Outcome outcome;
    outcome.end = ends.Run(100 * kSecond, [&] { return answers == 10; });
    outcome.sender = client.GetInfo(outcome.end);
    outcome.receiver = server.GetInfo(outcome.end);
    CHECK(client.Inconsistency() == nullptr);
    CHECK(server.Inconsistency() == nullptr);
    return outcome;
}

} // namespace

TEST_CASE("a connection that gives its memory back whenever it can behaves as one that never does",
          "[tcp]")
{
    const auto kept = Exchange(false);
    const auto given = Exchange(true);
    REQUIRE(kept.end < 100 * kSecond);
    CHECK(given.end == kept.end);
    for (const auto& [a, b] :
         {std::pair(kept.sender, given.sender), std::pair(kept.receiver, given.receiver)})
    {
        CHECK(a.segmentsSent == b.segmentsSent);
        CHECK(a.cwnd == b.cwnd);
        CHECK(a.ssthresh == b.ssthresh);
        CHECK(a.srtt == b.srtt);
        CHECK(a.limitedFor == b.limitedFor);
        for (const auto& counter : tcp::CounterCatalogue())
        {
            CHECK(a.*counter.value == b.*counter.value);
        }
    }
    // 1 MB are 700 segments, of which every 40th is lost: repaired from what is kept.
    CHECK(kept.sender.retransmissions >= 17);
    CHECK(kept.receiver.dsacksSent + kept.sender.reorderings > 0);
}
