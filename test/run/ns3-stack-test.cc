// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using nlohmann::json;

namespace
{

Metrics
Run(const json& document)
{
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    return RunScenario(loaded).result.metrics;
}

} // namespace

TEST_CASE("ns-3's own TCP goes on after its peer's window has closed", "[scenario]")
{
    const bool ns3Sends = GENERATE(true, false);
    const bool bothAreNs3 = GENERATE(true, false);
    const char* reader = GENERATE(R"({"pause-at": "500 kB", "pause-for": "3 s"})",
                                  R"({"start-delay": "5 s"})",
                                  R"({"read-size": "20 kB", "pause": "20 ms"})");
    const char* buffer = GENERATE("64 KiB", "256 KiB");
    const auto [direction, loss] = GENERATE(table<const char*, const char*>(
        {{"up", "0 %"}, {"up", "1 %"}, {"down", "1 %"}, {"down", "20 %"}}));
    CAPTURE(ns3Sends, bothAreNs3, reader, buffer, direction, loss);
    auto document = json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "100 s"},
        "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
        "links": {"l": {"ends": ["a", "b"],
                        "down": {"rate": "50 Mbit/s", "delay": "10 ms", "queue": "84 packets"},
                        "up": {"rate": "50 Mbit/s", "delay": "10 ms", "queue": "84 packets"}}},
        "traffic": {"t": {"kind": "slow-reader", "from": "a", "to": "b", "bytes": "2 MB"}}})");
    document["hosts"][ns3Sends ? "a" : "b"] = {{"stack", "ns3"}};
    if (bothAreNs3)
    {
        document["hosts"][ns3Sends ? "b" : "a"] = {{"stack", "ns3"}};
    }
    document["hosts"]["b"]["tcp"]["so-rcvbuf"] = buffer;
    document["traffic"]["t"]["reader"] = json::parse(reader);
    document["links"]["l"][direction]["loss"] = loss;
    const auto metrics = Run(document);
    CHECK(metrics.Get("traffic.t.bytes").value_or(0) == 2e6);
}

TEST_CASE("content is carried and compared by hosts with ns-3's own TCP, too", "[scenario]")
{
    const char* stack = GENERATE(R"({"stack": "ns3"})", R"({"os": "linux-6.18"})");
    auto document = json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "10 s", "content": true},
        "hosts": {"a": {"stack": "ns3"}, "b": {}},
        "links": {"l": {"ends": ["a", "b"], "down": {"rate": "10 Mbit/s", "delay": "5 ms"},
                        "up": {"rate": "10 Mbit/s", "delay": "5 ms"}}},
        "traffic": {"up": {"kind": "bulk", "from": "a", "to": "b", "bytes": "200 kB"},
                    "down": {"kind": "bulk", "from": "b", "to": "a", "bytes": "200 kB"}}})");
    document["hosts"]["b"] = json::parse(stack);
    const auto metrics = Run(document);
    document["links"]["l"]["down"]["rewrite-payload"] = {{"after", "50 kB"}};
    const auto changed = Run(document);
    CHECK(metrics.Get("traffic.up.bytes").value_or(0) == 200e3);
    CHECK(metrics.Get("traffic.up.content-errors").value_or(1) == 0);
    CHECK(metrics.Get("traffic.down.content-errors").value_or(1) == 0);
    CHECK(changed.Get("traffic.down.content-errors").value_or(0) == 1);
}

TEST_CASE(
    "what a packet of ns-3's own devices wakes on a host with costs leaves its call as it was",
    "[scenario][mptcp]")
{
    // Such a packet comes outside of any work, so what it wakes runs while it is being received.
    auto document = json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "10 s"},
        "hosts": {"a": {"mptcp": {}}, "b": {"hardware": "vps-2core-8g", "mptcp": {}}},
        "links": {"l": {"ends": ["a", "b"], "down": {"rate": "1 Gbit/s", "delay": "1 ms"},
                        "up": {"rate": "1 Gbit/s", "delay": "1 ms"}}},
        "traffic": {"t": {"kind": "bulk", "bytes": "10 kB", "connections": 2}}})");
    document["links"]["l"]["kind"] = GENERATE("csma", "point-to-point");
    document["traffic"]["t"]["protocol"] = GENERATE("tcp", "mptcp");
    const bool isDownload = GENERATE(false, true);
    document["traffic"]["t"]["from"] = isDownload ? "b" : "a";
    document["traffic"]["t"]["to"] = isDownload ? "a" : "b";
    const auto metrics = Run(document);
    CHECK(metrics.Get("traffic.t.bytes").value_or(0) == 20e3);
    CHECK(metrics.Get("traffic.t.completed").value_or(0) == 2);
    CHECK(Run(document).All() == metrics.All());
}
