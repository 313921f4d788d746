// SPDX-License-Identifier: GPL-2.0-only

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/hs-scenario-network.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using hoststack::test::Of;
using nlohmann::json;

namespace
{

/// A download over a middle host of one slow core, which forwards as \p forwarding says.
LoadedScenario
Middle(const std::string& forwarding, const json& patch = json::object())
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "middle",
        "run": {"duration": "300 ms"},
        "hosts": {"pc": {"os": "linux-6.6"},
                  "middle": {"hardware": "cortex-a53", "cores": 1, "os": "linux-6.6",
                             "nic": {"offload": "gro"}},
                  "server": {"os": "linux-6.6"}},
        "links": {"lan": {"ends": ["pc", "middle"],
                          "down": {"rate": "1 Gbit/s", "delay": "100 us"},
                          "up": {"rate": "1 Gbit/s", "delay": "100 us"}},
                  "wan": {"ends": ["middle", "server"],
                          "down": {"rate": "1 Gbit/s", "delay": "400 us"},
                          "up": {"rate": "1 Gbit/s", "delay": "400 us"}}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "pc", "bytes": "2 MB"}}})");
    document["hosts"]["middle"]["forwarding"] = forwarding;
    document.merge_patch(patch);
    return LoadScenarioText(document.dump(), "middle.json", ".");
}

Metrics
Run(const LoadedScenario& loaded)
{
    return RunScenario(loaded, {}).result.metrics;
}

} // namespace

TEST_CASE("the cores of a bridge pay alike for values and for packets of ns-3's", "[run][bridge]")
{
    const int ip = GENERATE(4, 6);
    const std::string offload = GENERATE("none", "gro");
    INFO("IPv" << ip << " " << offload);
    const json patch{{"run", {{"ip", ip}}},
                     {"hosts", {{"middle", {{"nic", {{"offload", offload}}}}}}}};
    const auto direct = Run(Middle("bridge", patch));
    auto off = patch;
    off["run"]["direct-path"] = false;
    off["run"]["content"] = true;
    const auto packets = Run(Middle("bridge", off));
    CHECK(Of(direct, "traffic.t.bytes") == 2'000'000);
    for (const std::string name : {"traffic.t.bytes",
                                   "traffic.t.goodput",
                                   "hosts.middle.bridge.frames",
                                   "hosts.middle.bridge.drops",
                                   "hosts.middle.cpu.core0.busy",
                                   "links.lan.down.packets"})
    {
        INFO(name);
        CHECK(Of(direct, name) == Of(packets, name));
    }
    CHECK(Of(packets, "traffic.t.content-errors") == 0);
}

TEST_CASE("links that a bridge joins are one subnet, and its ports have no addresses",
          "[run][bridge]")
{
    const auto loaded = Middle("bridge");
    const auto& scenario = loaded.scenario; // links lan, wan; hosts middle, pc, server
    const auto of = [&](std::size_t link, std::size_t side) {
        return ns3::ScenarioNetwork::AddressOn(scenario, link, side).ToString();
    };
    CHECK(of(0, 0) == "10.0.0.1");
    CHECK(of(1, 1) == "10.0.0.2");
    // Beyond a bridge is the neighbour.
    CHECK(of(0, 1) == "10.0.0.2");
    CHECK(of(1, 0) == "10.0.0.1");
    const auto routed = Middle("route");
    CHECK(ns3::ScenarioNetwork::AddressOn(routed.scenario, 1, 1).ToString() == "10.0.1.2");
}

TEST_CASE("multipath over bridges and a router has a subflow for each way", "[run][bridge]")
{
    const auto loaded = LoadScenarioText(R"({
        "hoststack": 1, "name": "ways", "run": {"duration": "1 s"},
        "hosts": {"pc": {"mptcp": {}}, "server": {"mptcp": {}},
                  "b": {"forwarding": "bridge"}, "c": {"forwarding": "bridge"}},
        "links": {
            "a1": {"ends": ["pc", "b"], "down": {"rate": "20 Mbit/s", "delay": "5 ms"},
                   "up": {"rate": "20 Mbit/s", "delay": "5 ms"}},
            "a2": {"ends": ["b", "server"], "down": {"rate": "100 Mbit/s"},
                   "up": {"rate": "100 Mbit/s"}},
            "d1": {"ends": ["pc", "c"], "down": {"rate": "20 Mbit/s", "delay": "5 ms"},
                   "up": {"rate": "20 Mbit/s", "delay": "5 ms"}},
            "d2": {"ends": ["c", "server"], "down": {"rate": "100 Mbit/s"},
                   "up": {"rate": "100 Mbit/s"}}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "pc",
                          "opened-by": "receiver"}}})",
                                         "ways.json",
                                         ".");
    const auto metrics = Run(loaded);
    CHECK(Of(metrics, "hosts.b.bridge.frames") > 500);
    CHECK(Of(metrics, "hosts.c.bridge.frames") > 500);
    CHECK(Of(metrics, "traffic.t.goodput") > 25e6);
}
