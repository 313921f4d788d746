// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using hoststack::test::ErrorOf;
using nlohmann::json;

namespace
{

/// Two hosts, 10 Mbit/s each way, 20 ms round trip, and the traffic "t" from a to b.
json
With(const std::string& traffic, bool multipath = false)
{
    auto document = json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "30 s"},
        "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
        "links": {"l": {"ends": ["a", "b"],
                        "down": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"},
                        "up": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"}}},
        "traffic": {"t": {"from": "a", "to": "b"}}})");
    document["traffic"]["t"].merge_patch(json::parse(traffic));
    if (multipath)
    {
        document["hosts"]["a"]["mptcp"] = json::object();
        document["hosts"]["b"]["mptcp"] = json::object();
    }
    return document;
}

Metrics
Run(const json& document)
{
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    return RunScenario(loaded).result.metrics;
}

double
Value(const Metrics& metrics, const std::string& name)
{
    INFO(name);
    const auto value = metrics.Get(name);
    REQUIRE(value);
    return *value;
}

/// What the schema and the reader say about a traffic, first of all.
std::string
Complaint(const std::string& traffic)
{
    const auto issue = ErrorOf([&] { Run(With(traffic)); });
    return issue.message;
}

std::string
Requests(const std::string& writes)
{
    return R"({"kind": "request-response", "response-size": "10 kB", "count": 20, )" + writes + "}";
}

} // namespace

TEST_CASE("a request in two writes waits a round trip under Nagle, unless the first says more",
          "[scenario]")
{
    const auto median = [](const std::string& writes) {
        return Value(Run(With(Requests(writes))), "traffic.t.response.p50");
    };
    const auto whole = median(R"("request-size": "200 B")");
    const auto split = median(R"("request-writes": {"sizes": ["100 B", "100 B"]})");
    const auto more = median(R"("request-writes": {"sizes": ["100 B", "100 B"], "hold": "more"})");
    const auto cork = median(R"("request-writes": {"sizes": ["100 B", "100 B"], "hold": "cork"})");
    const auto late = median(R"("request-writes": {"sizes": ["100 B", "100 B"], "hold": "cork",
                                                   "gap": "30 ms"})");
    CHECK(split > whole + 0.019); // the second write waits for the ACK of the first
    CHECK(more == Approx(whole).margin(0.001));
    CHECK(cork == Approx(whole).margin(0.001));
    CHECK(late == Approx(whole + 0.03).margin(0.001));
}

TEST_CASE("an answer in several writes arrives whole, with gaps between them", "[scenario]")
{
    const bool multipath = GENERATE(false, true);
    const auto metrics = Run(With(R"({"kind": "request-response", "count": 5,
                                      "response-writes": {"sizes": ["1 kB", "2 kB", "3 kB"],
                                                          "gap": "10 ms"}})",
                                  multipath));
    CHECK(Value(metrics, "traffic.t.bytes") == 5 * 6000);
    CHECK(Value(metrics, "traffic.t.requests") == 5);
    CHECK(Value(metrics, "traffic.t.response.min") > 0.04);
}

TEST_CASE("both ends of one connection can send at once", "[scenario]")
{
    const bool multipath = GENERATE(false, true);
    const auto metrics =
        Run(With(R"({"kind": "bulk", "bytes": "5 MB", "both-ways": true})", multipath));
    CHECK(Value(metrics, "traffic.t.bytes") == 5e6);
    CHECK(Value(metrics, "traffic.t.back.bytes") == 5e6);
    CHECK(Value(metrics, "traffic.t.completed") == 1);
    // The directions do not share a rate.
    CHECK(Value(metrics, "traffic.t.goodput") > 8e6);
    CHECK(Value(metrics, "traffic.t.back.goodput") > 8e6);
}

TEST_CASE("both ends stop when one is told to", "[scenario]")
{
    const auto metrics = Run(With(R"({"kind": "bulk", "both-ways": true, "stop": "2 s"})"));
    CHECK(Value(metrics, "traffic.t.bytes") > 1e6);
    CHECK(Value(metrics, "traffic.t.back.bytes") > 1e6);
    CHECK(Value(metrics, "run.duration") < 5);
}

TEST_CASE(
    "a program that is slow to accept makes its listener drop, and all get through in the end",
    "[scenario]")
{
    const bool multipath = GENERATE(false, true);
    const auto metrics = Run(With(R"({"kind": "bulk", "bytes": "10 kB", "connections": 8,
                                      "accept": {"backlog": 1, "interval": "500 ms"}})",
                                  multipath));
    CHECK(Value(metrics, "traffic.t.completed") == 8);
    CHECK(Value(metrics, "hosts.b.counters.TcpExtListenDrops") > 0);
    CHECK(Value(metrics, "traffic.t.completion") > 3.5);
}

TEST_CASE("an accept that starts late finds the data that came before", "[scenario]")
{
    const auto metrics =
        Run(With(R"({"kind": "bulk", "bytes": "10 kB", "accept": {"start-delay": "2 s"}})"));
    CHECK(Value(metrics, "traffic.t.bytes") == 10000);
    CHECK(Value(metrics, "traffic.t.completion") == Approx(2).margin(0.001));
}

TEST_CASE("mistakes about programs are named", "[scenario]")
{
    CHECK(Complaint(Requests(R"("request-size": "100 B", "request-writes": {"sizes": ["1 B"]})")) ==
          "add up to 1 B, not to \"request-size\" (100 B)");
    CHECK(Complaint(Requests(R"("request-writes": {"sizes": ["0 B", "1 B"]})")) == "is nothing");
    CHECK(Complaint(R"({"kind": "bulk", "bytes": "1 MB", "request-writes": {"sizes": ["1 B"]}})") ==
          "traffic of kind bulk has no \"request-writes\"");
    CHECK(Complaint(Requests(R"("both-ways": true)")) ==
          "traffic of kind request-response has no \"both-ways\"");
    CHECK(Complaint(R"({"kind": "bulk", "bytes": "1 MB", "both-ways": true, "reader": {}})") ==
          "stands beside \"both-ways\"");
}
