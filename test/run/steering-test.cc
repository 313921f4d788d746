// SPDX-License-Identifier: GPL-2.0-only
//
// Received packets on other cores than the one of the interrupts.

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

/// Downloads by 16 connections over a router of four slow cores whose NICs are \p nic.
Metrics
Routed(const std::string& nic, const std::string& run = "{}")
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "routed",
        "run": {"duration": "400 ms", "measure-from": "200 ms"},
        "hosts": {"pc": {"os": "linux-6.6"},
                  "router": {"hardware": "cortex-a53", "cores": 4, "os": "linux-6.6",
                             "receive-ring": 1024},
                  "server": {"os": "linux-6.6"}},
        "links": {"lan": {"ends": ["pc", "router"],
                          "down": {"rate": "2500 Mbit/s", "delay": "100 us"},
                          "up": {"rate": "2500 Mbit/s", "delay": "100 us"}},
                  "wan": {"ends": ["router", "server"],
                          "down": {"rate": "2500 Mbit/s", "delay": "400 us", "queue": "5 ms"},
                          "up": {"rate": "2500 Mbit/s", "delay": "400 us"}}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "pc", "connections": 16}}})");
    document["hosts"]["router"]["nic"] = json::parse(nic);
    document["run"].merge_patch(json::parse(run));
    return RunScenario(LoadScenarioText(document.dump(), "routed", ""), {}).result.metrics;
}

} // namespace

TEST_CASE("steering by the flow's hash takes work from the core of the interrupts",
          "[run][steering]")
{
    const auto none = Routed("{}");
    const auto rps = Routed(R"({"steering": "rps", "rps-cpus": [1, 2, 3]})");
    CHECK(Of(none, "hosts.router.cpu.core0.busy") > 0.95);
    CHECK(Of(none, "hosts.router.cpu.core1.busy") == 0);
    CHECK_FALSE(none.Get("hosts.router.cpu.core0.steered"));
    CHECK(Of(rps, "traffic.t.goodput") > 1.5 * Of(none, "traffic.t.goodput"));
    CHECK(Of(rps, "hosts.router.cpu.core0.steered") == 0);
    double steered = 0;
    for (const std::string core : {"1", "2", "3"})
    {
        const auto units = Of(rps, "hosts.router.cpu.core" + core + ".steered");
        CHECK(units > 0);
        CHECK(Of(rps, "hosts.router.cpu.core" + core + ".softirq") > 0.05);
        steered += units;
    }
    CHECK(steered > 20'000);
    CHECK(Of(rps, "traffic.t.timeouts") == 0);
}

TEST_CASE("a backlog that is full drops what comes, and counts it on its core", "[run][steering]")
{
    const auto metrics = Routed(R"({"steering": "rps", "rps-cpus": [1], "backlog": 20})");
    CHECK(Of(metrics, "hosts.router.cpu.core1.backlog-drops") > 0);
    CHECK(Of(metrics, "hosts.router.cpu.core0.backlog-drops") == 0);
    CHECK(Of(metrics, "hosts.router.cpu.core1.steering-interrupts") > 0);
    CHECK(Of(metrics, "traffic.t.retransmits") > 0);
    CHECK(Of(metrics, "traffic.t.goodput") > 1e8);
}

TEST_CASE("a device that a thread polls takes a core that has time, and counts as a thread",
          "[run][steering]")
{
    const auto none = Routed("{}");
    const auto threads = Routed(R"({"steering": "threaded-napi"})");
    double kernel = 0;
    for (const std::string core : {"0", "1", "2", "3"})
    {
        kernel += Of(threads, "hosts.router.cpu.core" + core + ".kernel");
    }
    CHECK(kernel > 0.9);
    // Two devices, two threads: the ACKs no longer compete with the data.
    CHECK(Of(threads, "traffic.t.goodput") > 1.1 * Of(none, "traffic.t.goodput"));
}

TEST_CASE("what is steered comes to IP and to the direct path alike", "[run][steering]")
{
    const std::string nic = R"({"offload": "gro", "steering": "rps", "rps-cpus": [1, 2]})";
    const auto direct = Routed(nic);
    const auto packets = Routed(nic, R"({"direct-path": false, "content": true})");
    for (const auto* metrics : {&direct, &packets})
    {
        CHECK(Of(*metrics, "hosts.router.cpu.core1.steered") > 0);
        CHECK(Of(*metrics, "traffic.t.goodput") > 3e8);
        CHECK(Of(*metrics, "traffic.t.timeouts") == 0);
    }
    CHECK(Of(packets, "traffic.t.content-errors") == 0);
}

namespace
{

/// A server whose program answers questions of 8 connections, on four cores.
Metrics
Served(const std::string& nic)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "served",
        "run": {"duration": "300 ms", "measure-from": "100 ms"},
        "hosts": {"client": {"os": "linux-6.6"},
                  "server": {"hardware": "cortex-a53", "cores": 4, "os": "linux-6.6"}},
        "links": {"lan": {"ends": ["client", "server"],
                          "down": {"rate": "1 Gbit/s", "delay": "100 us"},
                          "up": {"rate": "1 Gbit/s", "delay": "100 us"}}},
        "traffic": {"t": {"kind": "bulk", "from": "client", "to": "server", "connections": 8}}})");
    document["hosts"]["server"]["nic"] = json::parse(nic);
    return RunScenario(LoadScenarioText(document.dump(), "served", ""), {}).result.metrics;
}

} // namespace

TEST_CASE("steering by flow brings packets to the cores on which their programs run",
          "[run][steering]")
{
    const auto metrics = Served(R"({"steering": "rfs"})");
    double steered = 0;
    for (const std::string core : {"0", "1", "2", "3"})
    {
        const auto units = Of(metrics, "hosts.server.cpu.core" + core + ".steered");
        const auto user = Of(metrics, "hosts.server.cpu.core" + core + ".user");
        INFO("core " << core << ": " << units << " units, " << user << " in programs");
        CHECK((units > 0) == (user > 0));
        steered += units;
    }
    CHECK(steered > 1000);
    CHECK(Of(metrics, "traffic.t.goodput") > 1e8);
}
