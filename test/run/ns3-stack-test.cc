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
