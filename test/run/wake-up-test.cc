// SPDX-License-Identifier: GPL-2.0-only
//
// How often programs are woken, and what for.

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/hs-summary-text.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using hoststack::test::Of;
using nlohmann::json;

namespace
{

/// A multipath download to a client whose memory is short, as nobody reads its other connections.
LoadedScenario
Load(const std::string& changes)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "download",
        "run": {"duration": "3 s"},
        "hosts": {"client": {"os": "linux-6.12.10", "mptcp": {"endpoints": []},
                             "memory": {"thresholds": {"least": "200 KiB", "pressure": "400 KiB",
                                                       "most": "400 MiB"}}},
                  "server": {"os": "linux-6.12.11", "mptcp": {"endpoints": []}},
                  "store": {"os": "linux-6.12.11"}},
        "links": {"path": {"ends": ["client", "server"],
                           "down": {"rate": "50 Mbit/s", "delay": "10 ms"},
                           "up": {"rate": "50 Mbit/s", "delay": "10 ms"}},
                  "other": {"ends": ["client", "store"],
                            "down": {"rate": "100 Mbit/s", "delay": "1 ms"},
                            "up": {"rate": "100 Mbit/s", "delay": "1 ms"}}},
        "traffic": {"t": {"kind": "slow-reader", "from": "server", "to": "client",
                          "opened-by": "receiver", "start": "1 s", "stop": "3 s", "reader": {}},
                    "unread": {"kind": "slow-reader", "from": "store", "to": "client",
                               "opened-by": "receiver", "connections": 16, "bytes": "1 MB",
                               "reader": {"start-delay": "2.9 s"}}}})");
    document.merge_patch(json::parse(changes));
    return LoadScenarioText(document.dump(), "download", "");
}

Metrics
Download(const std::string& changes)
{
    return RunScenario(Load(changes), {}).result.metrics;
}

std::string
SummaryOf(const std::string& changes)
{
    const auto loaded = Load(changes);
    return SummaryText(RunScenario(loaded, {}));
}

} // namespace

TEST_CASE("a reader that pauses after each wake-up in vain is woken at that pace while memory is "
          "short, before the fix of January 2025",
          "[run][wake-ups]")
{
    const auto before = Download(R"({"traffic": {"t": {"reader": {"idle-pause": "2 ms"}}}})");
    REQUIRE(Of(before, "hosts.client.memory.pressure.time") > 1.9);
    CHECK(Of(before, "traffic.t.receiver.wake-ups.idle.rate") > 350);
    CHECK(Of(before, "traffic.t.receiver.wake-ups.idle.rate") <= 500);
    CHECK(Of(before, "traffic.t.receiver.wake-ups.idle.cpu") == 0);
    CHECK(Of(before, "traffic.t.receiver.wake-ups") >
          Of(before, "traffic.t.receiver.wake-ups.idle"));

    const auto after = Download(R"({"hosts": {"client": {"os": "linux-6.12.11"}},
                                    "traffic": {"t": {"reader": {"idle-pause": "2 ms"}}}})");
    REQUIRE(Of(after, "hosts.client.memory.pressure.time") > 1.9);
    CHECK(Of(after, "traffic.t.receiver.wake-ups.idle") == 0);
    CHECK(Of(after, "traffic.t.bytes") == Approx(Of(before, "traffic.t.bytes")).epsilon(0.05));
}

TEST_CASE("where work takes time a reader that is woken in vain keeps a core busy with its calls",
          "[run][wake-ups]")
{
    const auto box = [](const char* kernel) {
        return Download(R"({"hosts": {"client": {"hardware": "zbt-z8102ax", "cost-factor": 1,
                                                 "os": ")" +
                        std::string(kernel) + R"("}}})");
    };
    const auto before = box("linux-6.12.10");
    // Two calls of 2.5 us a turn.
    CHECK(Of(before, "traffic.t.receiver.wake-ups.idle.rate") == Approx(200'000).epsilon(0.1));
    CHECK(Of(before, "traffic.t.receiver.wake-ups.idle.cpu") > 0.9);
    CHECK(Of(before, "hosts.client.cpu.busiest") > 0.6); // two of three seconds

    const auto after = box("linux-6.12.11");
    CHECK(Of(after, "traffic.t.receiver.wake-ups.idle") == 0);
    CHECK(Of(after, "hosts.client.cpu.busiest") < 0.2);
}

TEST_CASE("where no time passes a reader without a pause looks once for each wake-up",
          "[run][wake-ups]")
{
    const auto report = Download("{}");
    const auto idle = Of(report, "traffic.t.receiver.wake-ups.idle");
    const auto all = Of(report, "traffic.t.receiver.wake-ups");
    CHECK(idle > 0);
    CHECK(idle <= all / 2 + 1);
}

TEST_CASE("without pressure no wake-up is in vain, whatever the reader waits for",
          "[run][wake-ups]")
{
    for (const auto* reader : {"{}",
                               R"({"pause": "20 ms"})",
                               R"({"wake-latency": "75 us"})",
                               R"({"wake-latency": "75 us", "copy-rate": "8 Gbit/s"})"})
    {
        CAPTURE(reader);
        const auto report = Download(
            std::string(R"({"traffic": {"unread": null, "t": {"reader": )") + reader + "}}}");
        CHECK(Of(report, "hosts.client.memory.pressure.begins") == 0);
        CHECK(Of(report, "traffic.t.receiver.wake-ups") > 20);
        CHECK(Of(report, "traffic.t.receiver.wake-ups.idle") == 0);
        CHECK(Of(report, "traffic.t.sender.wake-ups") > 1);
    }
}

TEST_CASE("the summary tells memory against its thresholds and wake-ups, where there are such "
          "hosts",
          "[run][wake-ups]")
{
    const auto text = SummaryOf("{}");
    CHECK(text.find("pressure begins above / ends at") != std::string::npos);
    CHECK(text.find("409.6 kB / 204.8 kB") != std::string::npos);
    CHECK(text.find("spurious") != std::string::npos);
    CHECK(text.find("t: client") != std::string::npos);
    const auto plain = SummaryOf(R"({"hosts": {"client": {"memory": null}}})");
    CHECK(plain.find("spurious") == std::string::npos);
    CHECK(plain.find("memory of sockets") == std::string::npos);
}
