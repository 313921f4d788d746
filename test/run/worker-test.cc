// SPDX-License-Identifier: GPL-2.0-only
//
// Multipath's worker on hosts whose work takes time.

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

/// 4 MB from a client with two paths, one of which dies without a sign.
Metrics
Upload(const std::string& client)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "upload",
        "run": {"duration": "6 s"},
        "hosts": {"client": {"hardware": "zbt-z8102ax", "os": "linux-6.6",
                             "mptcp": {"endpoints": [{"link": "b", "flags": ["subflow"]}]}},
                  "server": {"os": "linux-6.6", "mptcp": {"endpoints": []}}},
        "links": {"a": {"ends": ["client", "server"],
                        "down": {"rate": "20 Mbit/s", "delay": "20 ms"},
                        "up": {"rate": "20 Mbit/s", "delay": "20 ms"}},
                  "b": {"ends": ["client", "server"],
                        "down": {"rate": "20 Mbit/s", "delay": "20 ms"},
                        "up": {"rate": "20 Mbit/s", "delay": "20 ms"}}},
        "traffic": {"up": {"kind": "bulk", "from": "client", "to": "server", "link": "a",
                           "bytes": "4 MB"}},
        "events": [{"at": "500 ms", "link": "b", "down": true}]})");
    document["hosts"]["client"].merge_patch(json::parse(client));
    return RunScenario(LoadScenarioText(document.dump(), "upload", ""), {}).result.metrics;
}

double
KernelTime(const Metrics& metrics)
{
    return Of(metrics, "hosts.client.cpu.core0.kernel") +
           Of(metrics, "hosts.client.cpu.core1.kernel");
}

} // namespace

TEST_CASE("joins, repetitions at data level and the end of a stream are a kernel thread's work",
          "[run][cores]")
{
    const auto multipath = Upload("{}");
    CHECK(KernelTime(multipath) > 0);
    CHECK(Of(multipath, "traffic.up.reinjected-bytes") > 0);
    CHECK(multipath.Get("traffic.up.completion"));
    const auto plain = Upload(R"({"mptcp": null})");
    CHECK(KernelTime(plain) == 0);
}

TEST_CASE("a worker that must wait for its core comes later, and the stream is whole",
          "[run][cores]")
{
    // A thread in the kernel has the one core for a second.
    const auto busy = Upload(R"({"cores": 1, "endless": [{"start": "600 ms", "stop": "1600 ms",
                                            "in": "thread"}]})");
    CHECK(busy.Get("traffic.up.completion"));
    CHECK(Of(busy, "traffic.up.reinjected-bytes") > 0);
}
