// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace hoststack;
using hoststack::test::ErrorOf;
using nlohmann::json;

namespace
{

json
Base()
{
    return json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "10 s"},
        "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
        "links": {"l": {"ends": ["a", "b"],
                        "down": {"rate": "10 Mbit/s", "delay": "10 ms"},
                        "up": {"rate": "10 Mbit/s", "delay": "10 ms"}}},
        "traffic": {"t": {"kind": "constant-rate", "from": "a", "to": "b", "rate": "1.2 Mbit/s",
                          "packet-size": "1200 B"}}})");
}

RunResult
Run(const std::string& patch = "{}")
{
    auto document = Base();
    document.merge_patch(json::parse(patch));
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    return RunScenario(loaded).result;
}

/// Place, message and expectation of the first mistake.
std::string
Mistake(const json& document)
{
    const auto issue = ErrorOf([&] { LoadScenarioText(document.dump(), "t.json", "."); });
    return issue.pointer + ": " + issue.message + "; " + issue.expected;
}

double
Value(const RunResult& result, const std::string& name)
{
    INFO(name);
    const auto value = result.metrics.Get(name);
    REQUIRE(value);
    return *value;
}

} // namespace

TEST_CASE("a constant rate of datagrams arrives after way and serialisation", "[scenario]")
{
    const int ip = GENERATE(4, 6);
    const auto result =
        Run(R"({"traffic": {"t": {"stop": "5 s"}}, "run": {"ip": )" + std::to_string(ip) + "}}");
    // One every 8 ms before 5 s.
    CHECK(Value(result, "traffic.t.sent") == 625);
    CHECK(Value(result, "traffic.t.received") == 625);
    CHECK(Value(result, "traffic.t.lost") == 0);
    CHECK(Value(result, "traffic.t.bytes") == 625 * 1200);
    const double delay = 0.010 + (ip == 6 ? 1248 : 1228) * 8 / 10e6;
    CHECK(Value(result, "traffic.t.goodput") == Approx(625 * 9600 / (624 * 0.008 + delay)));
    CHECK(Value(result, "traffic.t.delay.min") == Approx(delay).epsilon(1e-6));
    CHECK(Value(result, "traffic.t.delay.max") == Approx(delay).epsilon(1e-6));
    CHECK(Value(result, "traffic.t.jitter") == Approx(0).margin(1e-9));
    CHECK(Value(result, "run.duration") == Approx(5).margin(0.01));
}

TEST_CASE("datagrams end with their bytes, their stop or an event", "[scenario]")
{
    CHECK(Value(Run(R"({"traffic": {"t": {"bytes": "12 kB"}}})"), "traffic.t.sent") == 10);
    CHECK(Value(Run(R"({"traffic": {"t": {"start": "1 s", "duration": "80 ms"}}})"),
                "traffic.t.sent") == 10);
    const auto stopped = Run(R"({"events": [{"at": "804 ms", "traffic": "t", "action": "stop"}]})");
    CHECK(Value(stopped, "traffic.t.sent") == 101);
}

TEST_CASE("goodput of datagrams counts to the last arrival, also where the run's end waits for it",
          "[scenario]")
{
    // 1250 in 100 ms over a tenth of their rate.
    const double time = 1028 * 8 / 10e6;
    const auto rate = [&](double packets) { return packets * 8000 / (packets * time + 0.010); };
    for (const std::string end : {R"("stop": "100 ms")", R"("bytes": "1.25 MB")"})
    {
        INFO(end);
        const auto flood =
            R"("traffic": {"t": {"rate": "100 Mbit/s", "packet-size": "1000 B", )" + end + "}}";
        for (const std::string run : {R"({)", R"({"run": {"stop-when": "duration"}, )"})
        {
            const auto all = Run(run + flood + '}');
            CHECK(Value(all, "traffic.t.received") == 1250);
            CHECK(Value(all, "traffic.t.goodput") == Approx(rate(1250)));
        }
        const auto cut =
            Run(R"({"run": {"duration": "500 ms", "stop-when": "duration"}, )" + flood + '}');
        const auto until = std::floor(0.490 / time);
        CHECK(Value(cut, "traffic.t.received") == until);
        CHECK(Value(cut, "traffic.t.goodput") == Approx(rate(until)));
    }
    const auto ping = Run(R"({"traffic": {"t": {"kind": "ping", "rate": null, "every": "1 ms",
        "packet-size": "1000 B", "stop": "100 ms"}}, "links": {"l": {
        "down": {"rate": "1 Mbit/s"}, "up": {"rate": "1 Mbit/s"}}}})");
    CHECK(Value(ping, "traffic.t.received") == 100);
    // The last request, its answer, and the way both times.
    CHECK(Value(ping, "traffic.t.goodput") == Approx(100 * 8000 / (101 * 10 * time + 0.020)));
}

TEST_CASE("lost and late datagrams are counted", "[scenario]")
{
    const auto lost = Run(R"({"links": {"l": {"up": {"behaviours": [
        {"kind": "loss-list", "list": [3, 4, 9]}]}}}, "traffic": {"t": {"stop": "2 s"}}})");
    CHECK(Value(lost, "traffic.t.lost") == 3);
    CHECK(Value(lost, "links.l.up.drops.random") == 3);
    const auto late = Run(R"({"links": {"l": {"up": {"behaviours": [
        {"kind": "reorder", "probability": 0.1, "extra-delay": "20 ms"}]}}},
        "traffic": {"t": {"stop": "8 s"}}})");
    CHECK(Value(late, "traffic.t.reordered") > 50);
    CHECK(Value(late, "traffic.t.reordered") < 150);
    // The least is exact, whatever else there is.
    CHECK(Value(late, "traffic.t.delay.min") == Approx(0.010 + 1228 * 8 / 10e6).epsilon(1e-6));
    CHECK(Value(late, "traffic.t.delay.mean") > Value(late, "traffic.t.delay.min"));
}

TEST_CASE("a connection with an end ends the run beside datagrams without one", "[scenario]")
{
    const auto result =
        Run(R"({"traffic": {"c": {"kind": "bulk", "from": "a", "to": "b", "bytes": "100 kB"}}})");
    CHECK(Value(result, "run.duration") < 1);
    CHECK(Value(result, "traffic.t.received") > 10);
}

TEST_CASE("datagrams of a random source are the same with the same seed only", "[scenario]")
{
    const std::string poisson = R"("traffic": {"t": {"kind": "poisson", "stop": "5 s"}})";
    const auto one = Value(Run('{' + poisson + '}'), "traffic.t.sent");
    CHECK(Value(Run('{' + poisson + '}'), "traffic.t.sent") == one);
    CHECK(Value(Run('{' + poisson + R"(, "run": {"seed": 2}})"), "traffic.t.sent") != one);
}

TEST_CASE("mistakes in a traffic of datagrams name place and expectation", "[scenario]")
{
    const auto error = [](const std::string& patch) {
        auto document = Base();
        document.merge_patch(json::parse(patch));
        return Mistake(document);
    };
    CHECK_THAT(error(R"({"traffic": {"t": {"rate": null}}})"),
               Catch::Contains("/traffic/t") && Catch::Contains("\"rate\" is missing"));
    CHECK_THAT(error(R"({"traffic": {"t": {"rate": "0 bit/s"}}})"),
               Catch::Contains("/traffic/t/rate") && Catch::Contains("at least 1 bit/s"));
    CHECK_THAT(error(R"({"traffic": {"t": {"packet-size": "1500 B"}}})"),
               Catch::Contains("/traffic/t/packet-size") && Catch::Contains("1472 B"));
    CHECK_THAT(error(R"({"traffic": {"t": {"packet-size": "8 B"}}})"),
               Catch::Contains("between 16 B"));
    CHECK_THAT(error(R"({"traffic": {"t": {"wakes-every": 1}}})"),
               Catch::Contains("/traffic/t/wakes-every") && Catch::Contains("no core runs it"));
    CHECK_THAT(error(R"({"traffic": {"t": {"tcp": {"nagle": false}}}})"),
               Catch::Contains("/traffic/t/tcp"));
    CHECK_THAT(error(R"({"traffic": {"t": {"kind": "on-off"}}})"),
               Catch::Contains("\"on\" is missing"));
    CHECK_THAT(error(R"({"traffic": {"t": {"kind": "on-off", "on": "1 s", "off": "1 s",
                "periods": "pareto", "pareto-shape": 1}}})"),
               Catch::Contains("pareto-shape"));
    CHECK_THAT(error(R"({"traffic": {"c": {"kind": "bulk", "from": "a", "to": "b",
                "rate": "1 Mbit/s"}}})"),
               Catch::Contains("/traffic/c/rate"));
    CHECK_THAT(error(R"({"events": [{"at": "1 s", "traffic": "t", "action": "abort"}]})"),
               Catch::Contains("/events/0/action"));
}

TEST_CASE(
    "a change of a link that lasts a time is taken back, and one that outlives the run is told",
    "[scenario]")
{
    // Full line: what arrives is the integral of the rate.
    const std::string flood =
        R"("run": {"stop-when": "duration"}, "traffic": {"t": {"rate": "20 Mbit/s"}},
           "links": {"l": {"up": {"queue": "3 packets"}}}, "events": )";
    const auto bits = [&](const std::string& events) {
        return Value(Run('{' + flood + events + '}'), "links.l.up.delivered") * 8;
    };
    CHECK(bits(R"([{"at": "2 s", "link": "l", "rate": "2 Mbit/s", "for": "4 s"}])") ==
          Approx(68e6).epsilon(0.002));
    CHECK(bits(R"([{"at": "2 s", "link": "l", "rate": "2 Mbit/s", "for": "4 s"},
                   {"at": "3 s", "link": "l", "rate": "5 Mbit/s", "for": "1 s"}])") ==
          Approx(71e6).epsilon(0.002));
    // What is on its way, 10 ms, is lost at the beginning of the outage; as much is not there at
    // the end.
    CHECK(bits(R"([{"at": "2 s", "link": "l", "down": true, "for": "3 s"}])") ==
          Approx(69.8e6).epsilon(0.002));
    const auto told =
        Run('{' + flood + R"([{"at": "8 s", "link": "l", "rate": "2 Mbit/s", "for": "3 s"}]})");
    REQUIRE(told.notes.size() == 1);
    CHECK_THAT(told.notes[0], Catch::Contains("still lasted when the run ended"));
}

TEST_CASE("a time for a change that cannot be taken back is a mistake", "[scenario]")
{
    const auto error = [](const std::string& event) {
        auto document = Base();
        document["events"] = json::array({json::parse(event)});
        return Mistake(document);
    };
    CHECK_THAT(error(R"({"at": "1 s", "link": "l", "rate": "1 Mbit/s", "for": "0 s"})"),
               Catch::Contains("/events/0/for") && Catch::Contains("at least 1 ns"));
    CHECK_THAT(error(R"({"at": "1 s", "traffic": "t", "action": "stop", "for": "1 s"})"),
               Catch::Contains("only a change of a link"));
}
