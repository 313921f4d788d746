// SPDX-License-Identifier: GPL-2.0-only

#include "link-test-tools.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <deque>
#include <fstream>
#include <random>
#include <unistd.h>

using namespace link_test;

namespace
{

/// A trace file that is gone after the test.
class TraceFile
{
  public:
    explicit TraceFile(const std::string& text)
    {
        char name[] = "/tmp/hs-link-trace-XXXXXX";
        const int fd = mkstemp(name);
        REQUIRE(fd >= 0);
        close(fd);
        path = name;
        std::ofstream(path) << text;
    }

    ~TraceFile()
    {
        std::remove(path.c_str());
    }

    std::string path;
};

LinkConfig
Traced(const TraceFile& file, std::int64_t opportunity = 1500)
{
    return With(LinkConfig{},
                "trace",
                LinkParameters().SetFile("file", file.path).SetBytes("opportunity", opportunity));
}

std::string
ErrorFor(const std::string& text)
{
    const TraceFile file(text);
    try
    {
        LinkDirection link(Traced(file), 1, "links/x/down");
    }
    catch (const LinkConfigError& e)
    {
        CHECK(e.Behaviour() == 0);
        CHECK(e.Parameter() == "file");
        std::string what = e.what();
        const auto at = what.find(file.path);
        REQUIRE(at != std::string::npos);
        return what.substr(at + file.path.size());
    }
    FAIL("no error for: " << text);
    return {};
}

} // namespace

TEST_CASE("a trace lets one packet leave per line and repeats", "[link]")
{
    const TraceFile file("2\n2\n5\n10\n");
    LinkDirection link(Traced(file), 1, "l");
    CHECK(link.Rate() == 4'800'000);
    for (int i = 0; i < 9; ++i)
    {
        REQUIRE(link.Offer(0, Packet(1500, i)));
    }
    std::vector<TimeNs> at;
    for (const auto& d : Run(link))
    {
        at.push_back(d.at / kMillisecond);
    }
    CHECK(at == std::vector<TimeNs>{2, 2, 5, 10, 12, 12, 15, 20, 22});
}

TEST_CASE("a trace's unused opportunities are lost and its bytes cross packets", "[link]")
{
    const TraceFile file("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    LinkDirection link(Traced(file), 1, "l");
    // 2,000 bytes need two opportunities; the 1,000 left of the second serve the next packet.
    link.Offer(3500 * kMicrosecond, Packet(2000, 0));
    link.Offer(3500 * kMicrosecond, Packet(1000, 1));
    link.Offer(3500 * kMicrosecond, Packet(1500, 2));
    auto got = Run(link);
    REQUIRE(got.size() == 3);
    CHECK(got[0].at == 5 * kMillisecond);
    CHECK(got[1].at == 5 * kMillisecond);
    CHECK(got[2].at == 6 * kMillisecond);
    // An idle hour does not store capacity.
    const TimeNs later = 3600 * kSecond;
    link.Offer(later + 1, Packet(1500, 3));
    link.Offer(later + 1, Packet(1500, 4));
    got = Run(link);
    CHECK(got[0].at == later + kMillisecond);
    CHECK(got[1].at == later + 2 * kMillisecond);
}

TEST_CASE("a trace link equals a simulation of Mahimahi's rules", "[link][property]")
{
    for (unsigned seed = 0; seed < 20; ++seed)
    {
        CAPTURE(seed);
        std::mt19937 random(seed);
        std::vector<std::uint64_t> times;
        std::uint64_t t = 0;
        std::string text;
        for (int i = 0; i < 50; ++i)
        {
            t += random() % 3;
            times.push_back(t);
            text += std::to_string(t) + "\n";
        }
        times.push_back(t + 1);
        text += std::to_string(t + 1) + "\n";
        const TraceFile file(text);
        auto config = Traced(file, 1504);
        config.overhead = 4;
        LinkDirection link(config, 1, "l");

        // Arrivals lie between milliseconds, opportunities at them.
        struct Queued
        {
            std::uint64_t cookie;
            int left;
        };

        std::deque<Queued> queue;
        std::vector<std::pair<std::uint64_t, TimeNs>> expected;
        std::uint64_t cookie = 0;
        std::size_t next = 0;
        std::uint64_t base = 0;
        for (std::uint64_t ms = 0; ms < 3000; ++ms)
        {
            while (base + times[next] == ms)
            {
                int left = 1504;
                while (left > 0 && !queue.empty())
                {
                    const int used = std::min(left, queue.front().left);
                    left -= used;
                    queue.front().left -= used;
                    if (queue.front().left == 0)
                    {
                        expected.emplace_back(queue.front().cookie, ms * kMillisecond);
                        queue.pop_front();
                    }
                }
                if (++next == times.size())
                {
                    next = 0;
                    base += times.back();
                }
            }
            for (auto n = ms < 2000 ? random() % 4 / 2 : 0; n > 0; --n)
            {
                const auto bytes = 40 + random() % 1461;
                queue.push_back({cookie, int(bytes) + 4});
                REQUIRE(link.Offer(ms * kMillisecond + 1, Packet(bytes, cookie)));
                ++cookie;
            }
        }
        REQUIRE(queue.empty());
        std::vector<std::pair<std::uint64_t, TimeNs>> got;
        for (const auto& d : Run(link))
        {
            got.emplace_back(d.cookie, d.at);
        }
        REQUIRE(got == expected);
    }
}

TEST_CASE("an outage that holds stops a trace", "[link]")
{
    const TraceFile file("1\n2\n3\n");
    LinkDirection link(Traced(file), 1, "l");
    link.Offer(0, Packet(3000, 0));
    link.SetDown(1500 * kMicrosecond, true, LinkDirection::Outage::Hold);
    CHECK(link.NextDelivery() == kNever);
    link.SetDown(7500 * kMicrosecond, false);
    const auto got = Run(link);
    REQUIRE(got.size() == 1);
    CHECK(got[0].at == 8 * kMillisecond);
    CHECK_THROWS_AS(link.SetRate(kSecond, 1), LinkConfigError);
}

TEST_CASE("a bad trace file is refused with file and line", "[link]")
{
    CHECK(ErrorFor("") == ": the trace is empty; expected one time in milliseconds per line");
    CHECK(ErrorFor("1\n\n2\n") == ":2: empty line; expected a time in milliseconds");
    CHECK(ErrorFor("1\n2.5\n") == ":2: \"2.5\" is not a time in whole milliseconds");
    CHECK(ErrorFor("1\n-3\n") == ":2: \"-3\" is not a time in whole milliseconds");
    CHECK(ErrorFor("1\n5\n4\n") == ":3: the time 4 is before that of the line above (5)");
    CHECK(ErrorFor("0\n0\n") == ":2: the trace must last longer than 0 ms");
    CHECK(ErrorFor("99999999999999999999999\n") == ":1: the time is larger than a year");
    const auto config =
        With(LinkConfig{}, "trace", LinkParameters().SetFile("file", "/nonexistent/x.trace"));
    CHECK_THROWS_WITH(LinkDirection(config, 1, "l"),
                      Catch::Contains("/nonexistent/x.trace: cannot open this trace file"));
}

TEST_CASE("two traces on one link are refused", "[link]")
{
    const TraceFile file("1\n");
    auto config = Traced(file);
    config.behaviours.push_back(config.behaviours[0]);
    CHECK_THROWS_WITH(LinkDirection(config, 1, "l"), Catch::Contains("two behaviours"));
}
