// SPDX-License-Identifier: GPL-2.0-only
//
// What packets pay that go through ns-3's IP.

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

/// 100 Mbit/s for 300 ms from s to c; \p costs are of the router r between them, and of c.
Metrics
Run(const std::string& costs, const std::string& traffic, bool direct = true)
{
    const std::string line = R"({"rate": "1 Gbit/s", "delay": "100 us", "queue": "500 packets"})";
    const auto link = [&line](const std::string& ends) {
        return R"({"ends": )" + ends + R"(, "down": )" + line + R"(, "up": )" + line + "}";
    };
    const std::string host =
        R"({"hardware": "cortex-a53", "cores": 1, "cost-factor": 1, "costs": )" + costs + "}";
    const auto document = R"({"hoststack": 1, "name": "costs", "run": {"duration": "300 ms",
        "direct-path": )" +
                          std::string(direct ? "true" : "false") + R"(}, "hosts": {"c": )" + host +
                          R"(, "r": )" + host + R"(, "s": {}},
        "links": {"a": )" +
                          link(R"(["c", "r"])") + R"(, "b": )" + link(R"(["r", "s"])") +
                          R"(}, "traffic": {"t": )" + traffic + "}}";
    return RunScenario(LoadScenarioText(document, "costs", ""), {}).result.metrics;
}

const char* const kDatagrams = R"({"kind": "constant-rate", "from": "s", "to": "c",
    "rate": "100 Mbit/s", "packet-size": "1250 B"})";

double
Busy(const Metrics& metrics, const std::string& host)
{
    return 0.3 * Of(metrics, "hosts." + host + ".cpu.core0.busy");
}

} // namespace

TEST_CASE("a router pays its price for each datagram that it sends on, and sends it when it has",
          "[run][cores]")
{
    const auto without = Run(R"({"forward": "0 ns"})", kDatagrams);
    const auto with = Run(R"({"forward": "20 us"})", kDatagrams);
    const auto packets = Of(with, "traffic.t.received");
    REQUIRE(packets == Approx(3000).epsilon(0.01));
    CHECK(Busy(with, "r") - Busy(without, "r") == Approx(packets * 20e-6).epsilon(0.02));
    CHECK(Busy(with, "c") == Approx(Busy(without, "c")).epsilon(0.02));
    CHECK(Of(with, "traffic.t.delay.min") - Of(without, "traffic.t.delay.min") ==
          Approx(20e-6).epsilon(0.01));
}

TEST_CASE("what IPv6 sends to all of a link is for each, and goes on to nobody", "[run][cores]")
{
    const char* const toRouter = R"({"kind": "constant-rate", "from": "s", "to": "r",
        "rate": "1 Mbit/s", "packet-size": "1250 B"})";
    const auto without = Run(R"({"forward": "0 ns"})", toRouter);
    const auto with = Run(R"({"forward": "20 us"})", toRouter);
    CHECK(Of(with, "traffic.t.received") > 0);
    CHECK(Busy(with, "r") == Busy(without, "r"));
    CHECK(Busy(with, "c") == Busy(without, "c"));
}

TEST_CASE("a datagram for the host itself pays IP's part and the look-up of its socket",
          "[run][cores]")
{
    const auto without = Run(R"({"receive-ip": "0 ns", "find-socket": "0 ns"})", kDatagrams);
    const auto with = Run(R"({"receive-ip": "3 us", "find-socket": "2 us"})", kDatagrams);
    const auto packets = Of(with, "traffic.t.received");
    CHECK(Busy(with, "c") - Busy(without, "c") == Approx(packets * 5e-6).epsilon(0.03));
    CHECK(Busy(with, "r") == Approx(Busy(without, "r")).epsilon(0.02));
}

TEST_CASE("a router pays the same for segments of ns-3's IP as for those of the direct path",
          "[run][cores]")
{
    const char* const download = R"({"kind": "bulk", "from": "s", "to": "c", "bytes": "3 MB"})";
    const auto direct = Run("{}", download, true);
    const auto packets = Run("{}", download, false);
    CHECK(Busy(packets, "r") == Approx(Busy(direct, "r")).epsilon(0.03));
    CHECK(Of(packets, "traffic.t.completion") ==
          Approx(Of(direct, "traffic.t.completion")).epsilon(0.03));
}
