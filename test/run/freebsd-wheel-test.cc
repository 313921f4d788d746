// SPDX-License-Identifier: GPL-2.0-only
//
// FreeBSD's RACK on a host: its timers on the wheel, its ACKs behind a gap, its input in batches.

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

/// A client and a server, 10 ms apart, with \p server and \p traffic merged into what is here.
Metrics
Run(const std::string& server, const std::string& traffic, const std::string& links = "{}")
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "wheel",
        "run": {"duration": "4 s"},
        "hosts": {"client": {}, "server": {}},
        "links": {"lan": {"ends": ["client", "server"],
                          "down": {"rate": "1 Gbit/s", "delay": "5 ms"},
                          "up": {"rate": "1 Gbit/s", "delay": "5 ms"}}},
        "traffic": {"t": {}}})");
    document["hosts"]["server"].merge_patch(json::parse(server));
    document["links"]["lan"].merge_patch(json::parse(links));
    document["traffic"]["t"].merge_patch(json::parse(traffic));
    return RunScenario(LoadScenarioText(document.dump(), "wheel", ""), {}).result.metrics;
}

/// Questions in two writes, the second of which waits for the delayed ACK of the first.
std::string
Questions(const std::string& pause, const std::string& connections = "1")
{
    return R"({"kind": "request-response", "from": "client", "to": "server",
               "request-size": "200 B", "request-writes": {"sizes": ["100 B", "100 B"]},
               "response-size": "100 B", "think-time": ")" +
           pause + R"(", "connections": )" + connections + "}";
}

} // namespace

TEST_CASE("a delayed ACK of RACK is as late as its wheel, one of the default stack on time",
          "[run][pacing]")
{
    const auto rack = R"({"os": "freebsd-14-rack", "hpts": {"version": "14.0"}})";
    const auto alone = Run(rack, Questions("150 ms"));
    CHECK(Of(alone, "traffic.t.response.min") >= 0.06);
    CHECK(Of(alone, "traffic.t.response.max") <= 0.0603);
    // Each exchange has been through the wheel.
    CHECK(Of(alone, "hosts.server.hpts.inserts") >= 2 * Of(alone, "traffic.t.requests"));

    // With one on it the wheel is above its threshold, and sleeps for 20 ms.
    const auto slept = Run(R"({"os": "freebsd-14-rack",
                               "hpts": {"version": "14.0",
                                        "sysctl": {"cnt_thresh": 1, "dyn_maxsleep": 20000,
                                                   "dyn_minsleep": 20000}}})",
                           Questions("9 ms", "2"));
    CHECK(Of(slept, "traffic.t.response.min") >= 0.06);
    CHECK(Of(slept, "traffic.t.response.max") >= 0.062);
    CHECK(Of(slept, "traffic.t.response.max") <= 0.0803);

    const auto callouts = Run(R"({"os": "freebsd-14"})", Questions("9 ms", "150"));
    CHECK(Of(callouts, "traffic.t.response.max") <= 0.0605);
}

TEST_CASE("a tail that is lost is probed by a timer on the wheel, and nothing stalls",
          "[run][pacing]")
{
    const auto lossy = R"({"down": {"behaviours": [{"kind": "bernoulli", "probability": 0.03}]}})";
    const auto download = R"({"kind": "bulk", "from": "server", "to": "client",
                              "opened-by": "receiver", "bytes": "400 kB"})";
    for (const std::string pacing : {"rack-14", "rack-15", "rack-14-unpaced", "rack-15-unpaced"})
    {
        INFO(pacing);
        const auto run = Run(R"({"os": "freebsd-14-rack", "hpts": {"version": "14.0"},
                                 "tcp": {"pacing": ")" +
                                 pacing + R"("}})",
                             download,
                             lossy);
        CHECK(Of(run, "traffic.t.completed") == 1);
        CHECK(Of(run, "traffic.t.retransmits") > 0);
        CHECK(Of(run, "traffic.t.completion.mean") < 3);
    }
}

TEST_CASE("an ACK waits for the end of a gap, and rides on what leaves then", "[run][pacing]")
{
    const auto both = R"({"kind": "bulk", "from": "server", "to": "client",
                          "opened-by": "receiver", "both-ways": true, "bytes": "200 kB"})";
    const auto run = [&both](const std::string& pacing) {
        return Run(R"({"tcp": {"max-pacing-rate": "1 Mbit/s", "pacing": )" + pacing + "}}", both);
    };
    const auto wheel = run(R"("rack-14", "pacing-burst": "4 segments")");
    const auto linux = run(R"("internal")");
    CHECK(Of(wheel, "traffic.t.completed") == 1);
    // 139 segments of 1448 bytes, a handshake, two ends.
    CHECK(Of(wheel, "links.lan.down.packets") <= 150);
    CHECK(Of(linux, "links.lan.down.packets") >= 180);
}

TEST_CASE("ACKs that LRO has compressed are one call of RACK, and cheaper than as many alone",
          "[run][pacing]")
{
    const auto run = [](const std::string& offload) {
        return Run(R"({"os": "freebsd-14-rack", "hardware": "x86-server", "cores": 1,
                       "nic": {"offload": ")" +
                       offload +
                       R"(", "moderation": "fixed", "interrupt-delay": "100 us"},
                       "tcp": {"send-buffer": "2 MiB"}})",
                   R"({"kind": "bulk", "from": "server", "to": "client",
                       "opened-by": "receiver", "bytes": "2 MB"})",
                   R"({"down": {"rate": "24 Mbit/s"},
                       "up": {"behaviours": [{"kind": "slot-gate", "slot": "6 ms",
                                              "phase": "0 s"}]}})");
    };
    const auto apart = run("none");
    const auto batches = run("lro-freebsd");
    CHECK(Of(apart, "traffic.t.completed") == 1);
    CHECK(Of(batches, "traffic.t.completed") == 1);
    CHECK(Of(batches, "traffic.t.cwnd.max") ==
          Approx(Of(apart, "traffic.t.cwnd.max")).epsilon(0.1));
    CHECK(Of(batches, "hosts.server.nic.merge-factor") == Approx(1).epsilon(0.01));
    // 2 MB are 690 ACKs, six or so in a slot: five of six save 345 ns.
    const double saved =
        (Of(apart, "hosts.server.cpu.core0.busy") - Of(batches, "hosts.server.cpu.core0.busy")) * 4;
    CHECK(saved > 690 * 0.7 * 345e-9);
}
