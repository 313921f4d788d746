// SPDX-License-Identifier: GPL-2.0-only
//
// What FreeBSD's ways out and its wheel cost and do on a host, and programs of datagrams as
// threads.

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using hoststack::test::Of;
using nlohmann::json;

namespace
{

constexpr double kSeconds = 1;

/// A download of a second at 100 Mbit/s in bursts of two from a host that pays for its work.
Metrics
Download(const std::string& server, const std::string& traffic = "{}")
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "download",
        "run": {"duration": "1 s"},
        "hosts": {"client": {},
                  "server": {"hardware": "x86-server", "cores": 1,
                             "tcp": {"pacing": "rack-14", "max-pacing-rate": "100 Mbit/s",
                                     "pacing-burst": "2 segments", "send-buffer": "4 MiB"}}},
        "links": {"lan": {"ends": ["client", "server"],
                          "down": {"rate": "1 Gbit/s", "delay": "1 ms"},
                          "up": {"rate": "1 Gbit/s", "delay": "1 ms"}}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "client",
                          "opened-by": "receiver"}}})");
    document["hosts"]["server"].merge_patch(json::parse(server));
    document["traffic"]["t"].merge_patch(json::parse(traffic));
    return RunScenario(LoadScenarioText(document.dump(), "download", ""), {}).result.metrics;
}

double
Busy(const Metrics& metrics)
{
    return Of(metrics, "hosts.server.cpu.core0.busy") * kSeconds;
}

} // namespace

TEST_CASE("what the fast way saves of a core is its price at least, burst by burst",
          "[run][pacing]")
{
    const auto fast = Download("{}");
    const auto whole = Download(R"({"costs": {"transmit-fast": "1250 ns"}})");
    const auto bursts = Of(fast, "traffic.t.outputs.fast");
    CHECK(bursts > 4000);
    CHECK(Of(fast, "traffic.t.outputs.full") < 0.05 * bursts);
    // A core that is done earlier also sleeps and is woken at other times, so this is a bound.
    CHECK(Busy(whole) - Busy(fast) > 0.9 * bursts * (1250 - 722) * 1e-9);
}

TEST_CASE("a cost table without a price for the fast way has that of the whole one",
          "[run][pacing]")
{
    const auto priced = Download(R"({"costs": {"transmit-fast": "1250 ns"}})");
    const auto silent = Download(R"({"hardware": "cortex-a53", "cost-factor": 0.1})");
    const auto named = Download(
        R"({"hardware": "cortex-a53", "cost-factor": 0.1, "costs": {"transmit-fast": "6500 ns"}})");
    CHECK(Of(priced, "traffic.t.outputs.fast") > 4000);
    CHECK(Busy(silent) == Approx(Busy(named)));
}

TEST_CASE("a program of datagrams that is a thread pays for each wake-up and each datagram",
          "[run]")
{
    const auto run = [](const std::string& more) {
        auto document = json::parse(R"({
            "hoststack": 1,
            "name": "datagrams",
            "run": {"duration": "1 s"},
            "hosts": {"client": {}, "server": {"hardware": "x86-server", "cores": 1}},
            "links": {"lan": {"ends": ["client", "server"],
                              "down": {"rate": "1 Gbit/s", "delay": "1 ms"},
                              "up": {"rate": "1 Gbit/s", "delay": "1 ms"}}},
            "traffic": {"t": {"kind": "constant-rate", "from": "server", "to": "client",
                              "rate": "8 Mbit/s", "packet-size": "1000 B"}}})");
        document["traffic"]["t"].merge_patch(json::parse(more));
        return RunScenario(LoadScenarioText(document.dump(), "datagrams", ""), {}).result.metrics;
    };
    const auto free = run("{}");
    const auto each = run(R"({"wakes-every": 1})");
    const auto ten = run(R"({"wakes-every": 10})");
    CHECK(Busy(free) == 0);
    // A call, a copy and a unit for each of 1000; timer, wake-up and a core that slept for a row.
    CHECK(Busy(each) - Busy(ten) == Approx(900 * 2.55e-6).epsilon(0.15));
    CHECK(Busy(ten) == Approx(1000 * (0.7 + 0.075 + 1.25) * 1e-6 + 100 * 2.55e-6).epsilon(0.1));
    CHECK(Of(each, "traffic.t.bytes") == Approx(Of(free, "traffic.t.bytes")).epsilon(0.01));
}
