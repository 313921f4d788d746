// SPDX-License-Identifier: GPL-2.0-only
//
// Summary, series, events and records say the same of the same run.

#include "ns3/hs-metric.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

using namespace hoststack;
using hoststack::test::ErrorOf;
using nlohmann::json;

namespace
{

struct SampleLine
{
    TimeNs at;
    double value;
};

/// Keeps all that a run tells.
class Keeper : public RunObserver
{
  public:
    void OnSample(TimeNs at,
                  const std::string& object,
                  const std::string& metric,
                  double value) override
    {
        const auto name = object + '.' + metric;
        const auto* info = FindMetric(name);
        INFO(name);
        CHECK(info);
        CHECK((info && info->use.series != InSeries::No));
        series[name].push_back({at, value});
    }

    void OnProgress(TimeNs) override
    {
    }

    bool WantsEvents() const override
    {
        return true;
    }

    void OnEvent(const RunEvent& event) override
    {
        INFO(event.what << " of " << event.object << " at " << event.at << " after "
                        << (events.empty() ? TimeNs{0} : events.back().at));
        CHECK((events.empty() || events.back().at <= event.at));
        events.push_back(event);
    }

    std::map<std::string, std::vector<SampleLine>> series;
    std::vector<RunEvent> events;
};

/// Two hosts, two links of 10 Mbit/s, one download of 2 MB called "t".
json
Base()
{
    return json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "60 s"},
        "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
        "links": {"l": {"ends": ["a", "b"], "down": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"},
                        "up": {"rate": "10 Mbit/s", "delay": "10 ms"}}},
        "traffic": {"t": {"kind": "bulk", "from": "b", "to": "a", "bytes": "2 MB", "opened-by": "receiver"}}})");
}

const char* const kTwoPaths = R"({
    "hosts": {"a": {"mptcp": {}}, "b": {"mptcp": {}}},
    "links": {"m": {"ends": ["a", "b"], "down": {"rate": "20 Mbit/s", "delay": "30 ms", "queue": "80 packets"},
                    "up": {"rate": "10 Mbit/s", "delay": "30 ms"}}},
    "traffic": {"t": {"bytes": "8 MB", "link": "l"}}})";

struct Outcome
{
    RunResult result;
    Keeper kept;

    std::optional<double> Find(const std::string& name) const
    {
        INFO(name);
        REQUIRE(result.metrics.Has(name));
        return result.metrics.Get(name);
    }

    double operator()(const std::string& name) const
    {
        INFO(name);
        const auto value = Find(name);
        REQUIRE(value);
        return *value;
    }

    double Count(const std::string& what, const std::string& host = "") const
    {
        return static_cast<double>(
            std::count_if(kept.events.begin(), kept.events.end(), [&](const auto& event) {
                return event.what == what && (host.empty() || event.host == host);
            }));
    }
};

Outcome
Run(const std::vector<std::string>& patches = {})
{
    auto document = Base();
    for (const auto& patch : patches)
    {
        document.merge_patch(json::parse(patch));
    }
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    Outcome outcome;
    outcome.result = RunScenario(loaded, {}, &outcome.kept).result;
    return outcome;
}

/// What every run must hold: the series ends with the run and gives the summary's numbers.
void
CheckConsistency(const Outcome& run)
{
    for (const auto& [name, lines] : run.kept.series)
    {
        INFO(name);
        const auto* info = FindMetric(name);
        if (!info->use.summary || !run.result.metrics.Has(name))
        {
            continue;
        }
        if (info->use.series == InSeries::Total)
        {
            CHECK(lines.back().at == run.result.end);
            CHECK(lines.back().value == run(name));
            CHECK(std::is_sorted(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
                return a.value < b.value;
            }));
        }
    }
    for (const auto& [name, lines] : run.kept.series)
    {
        const auto tail = name.size() > 8 ? name.substr(name.size() - 8) : "";
        if (tail == ".goodput")
        {
            INFO(name);
            double bits = 0;
            for (const auto& line : lines)
            {
                // What comes into being during the run has lines from then on.
                TimeNs before = 0;
                for (const auto& of : run.kept.series.at("traffic.t.goodput"))
                {
                    before = of.at < line.at ? of.at : before;
                }
                bits += line.value * ToSeconds(line.at - before);
            }
            const auto bytes = run.kept.series.at(name.substr(0, name.size() - 7) + "bytes");
            CHECK(bits / 8 == Approx(bytes.back().value));
        }
    }
}

} // namespace

TEST_CASE("the series ends with the run and agrees with the summary", "[scenario][measure]")
{
    SECTION("one path")
    {
        CheckConsistency(Run());
    }
    SECTION("two paths")
    {
        CheckConsistency(Run({kTwoPaths}));
    }
    SECTION("several connections")
    {
        const auto run = Run({R"({"traffic": {"t": {"connections": 3, "bytes": "500 kB"}}})"});
        CheckConsistency(run);
        for (const char* number : {"1", "2", "3"})
        {
            const auto& bytes =
                run.kept.series.at(std::string("traffic.t.connections.") + number + ".bytes");
            CHECK(bytes.back().value == 500'000);
        }
    }
    SECTION("losses and an outage")
    {
        const auto run = Run({R"({"links": {"l": {"down": {"loss": "1 %"}}},
                                  "events": [{"at": "1 s", "link": "l", "down": true},
                                             {"at": "3 s", "link": "l", "down": false}]})"});
        CheckConsistency(run);
        CHECK(run.Count("time-out", "b") == run("traffic.t.timeouts"));
        CHECK(run.Count("fast-recovery", "b") == run("traffic.t.fast-recoveries"));
        CHECK(run.Count("loss-probe", "b") == run("traffic.t.loss-probes"));
        CHECK(run.Count("undo", "b") == run("traffic.t.undos"));
        CHECK(run.Count("link-down") == 1);
    }
}

TEST_CASE("traffic without an end counts no more when that with one is over", "[scenario][measure]")
{
    // The last ACK of the short one is under way for 10 ms more.
    const auto run = Run({R"({"traffic": {
        "t": {"bytes": "20 kB"},
        "endless": {"kind": "bulk", "from": "b", "to": "a", "opened-by": "receiver"},
        "datagrams": {"kind": "constant-rate", "from": "b", "to": "a", "rate": "1 Mbit/s"}}})"});
    CHECK(run("traffic.t.bytes") == 20'000);
    CHECK(run("traffic.t.bytes") + run("traffic.endless.bytes") + run("traffic.datagrams.bytes") <
          run("links.l.down.delivered"));
    CHECK(run("traffic.endless.goodput") < 10e6);
    for (const char* name : {"traffic.endless.bytes", "traffic.datagrams.bytes"})
    {
        INFO(name);
        const auto& last = run.kept.series.at(name).back();
        CHECK(last.at == run.result.end);
        CHECK(last.value == run(name));
    }
    REQUIRE(run.result.connections.size() == 2);
    for (const auto& record : run.result.connections)
    {
        CHECK(record.lastByte <= run.result.end);
    }
}

TEST_CASE("content changes no figure, however much is written at once",
          "[scenario][measure][mptcp]")
{
    const std::string writes = R"({"traffic": {"t": {"write-size": "1 MB"}}})";
    const auto without = Run({kTwoPaths, writes});
    const auto with = Run({kTwoPaths, writes, R"({"run": {"content": true}})"});
    CHECK(with("traffic.t.content-errors") == 0);
    for (const auto& [name, value] : without.result.metrics.All())
    {
        INFO(name);
        CHECK(with.Find(name) == value);
    }
}

TEST_CASE("a multipath traffic's figures cover those of its subflows", "[scenario][measure][mptcp]")
{
    const auto run = Run({kTwoPaths});
    const std::string t = "traffic.t.";
    const std::string l = t + "subflows.l.";
    const std::string m = t + "subflows.m.";
    CHECK(run(t + "rtt.max") == std::max(run(l + "rtt.max"), run(m + "rtt.max")));
    CHECK(run(t + "rtt.min") == std::min(run(l + "rtt.min"), run(m + "rtt.min")));
    CHECK(run(t + "rtt.mean") >= std::min(run(l + "rtt.mean"), run(m + "rtt.mean")));
    CHECK(run(t + "rtt.mean") <= std::max(run(l + "rtt.mean"), run(m + "rtt.mean")));
    CHECK(run(t + "cwnd.max") >= std::max(run(l + "cwnd.max"), run(m + "cwnd.max")));
    CHECK(run(t + "retransmits") == run(l + "retransmits") + run(m + "retransmits"));
    CHECK(run(l + "share") + run(m + "share") == Approx(1));
    // Each reason: the subflows', weighted by what they carried.
    for (const std::string reason : {"cwnd", "rwnd", "sndbuf", "shared-window", "scheduler", "app"})
    {
        const auto name = "limited." + reason;
        CHECK(run(t + name) ==
              Approx(run(l + "share") * run(l + name) + run(m + "share") * run(m + name)));
    }
}

TEST_CASE("packets that wait through an outage with hold have waited as long",
          "[scenario][measure]")
{
    const auto run =
        Run({R"({"events": [{"at": "500 ms", "link": "l", "down": true, "outage": "hold"},
                                         {"at": "2500 ms", "link": "l", "down": false}]})"});
    CHECK(run("links.l.down.queue-delay.max") > 2.0);
    CHECK(run("links.l.down.queue-delay.max") < 2.2);
    CHECK(run("links.l.down.queue-delay.mean") <= run("links.l.down.queue-delay.max"));
}

TEST_CASE("a link without a packet has no mean delay", "[scenario][measure]")
{
    const auto run = Run({R"({"links": {"idle": {"ends": ["a", "b"], "down": {"rate": "1 Mbit/s"},
                                                 "up": {"rate": "1 Mbit/s"}}},
                              "traffic": {"t": {"link": "l"}}})"});
    CHECK_FALSE(run.Find("links.idle.down.queue-delay.mean"));
    CHECK(run("links.idle.down.queue-delay.max") == 0);
    CHECK(run("links.idle.down.packets") == 0);
}

TEST_CASE("a transfer through an outage says that the link was down and that it repaired",
          "[scenario][measure]")
{
    const auto run = Run({R"({"events": [{"at": "500 ms", "link": "l", "down": true},
                                         {"at": "8 s", "link": "l", "down": false}]})"});
    // 7.5 of the time, then the wait for the next repetition.
    CHECK(run("traffic.t.limited.outage") ==
          Approx(7.5 / run("traffic.t.completion")).margin(0.02));
    CHECK(run("traffic.t.limited.timeout") > 0.05);
    CHECK(run("traffic.t.limited.cwnd") < 0.3);
}

TEST_CASE("a download whose caller was not heard says what it waited for", "[scenario][measure]")
{
    const bool multipath = GENERATE(false, true);
    const std::string hosts =
        multipath ? R"("hosts": {"a": {"mptcp": {}}, "b": {"mptcp": {}}}, )" : "";
    INFO(hosts);
    const auto never = Run({'{' + hosts + R"("run": {"duration": "10 s"},
                             "events": [{"at": "0 s", "link": "l", "down": true}]})"});
    CHECK(never("traffic.t.limited.outage") == Approx(1));
    const auto deaf = Run({'{' + hosts + R"("run": {"duration": "10 s"},
                            "links": {"l": {"up": {"loss": "100 %"}}}})"});
    CHECK(deaf("traffic.t.limited.handshake") == Approx(1));
    // Two SYNs are lost: of the time until the transfer is complete about 2 s.
    const auto late = Run({'{' + hosts + R"("links": {"l": {"up": {"behaviours":
                           [{"kind": "loss-list", "list": [0, 1]}]}}}})"});
    CHECK(late("traffic.t.limited.handshake") ==
          Approx(2 / late("traffic.t.completion")).margin(0.03));
}

TEST_CASE("a connection that is given up says so, when, and after how many repetitions",
          "[scenario][measure]")
{
    const auto run =
        Run({R"({"run": {"duration": "60 s"}, "hosts": {"a": {"tcp": {"syn-retries": 2}}},
                              "events": [{"at": "0 s", "link": "l", "down": true}]})"});
    CHECK(run("traffic.t.ended.given-up") == 1);
    CHECK(run("traffic.t.ended.open") == 0);
    // Linux counts the first four repetitions apart (tcp_syn_linear_timeouts).
    const auto& record = run.result.connections.at(0);
    CHECK(record.end == tcp::End::GivenUp);
    CHECK(record.endedBy == "a");
    CHECK(run("traffic.t.ended.retries") == record.retries);
    CHECK(record.retries >= 2);
    CHECK(run("traffic.t.ended.at") == ToSeconds(record.endedAt));
    REQUIRE(run.result.notes.size() == 1);
    CHECK(run.result.notes[0].find("given up at ") != std::string::npos);
    REQUIRE(run.Count("ended") == 1);
    CHECK(run.kept.events.back().detail == "given-up");
    CHECK(run.kept.events.back().value == record.retries);
}

TEST_CASE("a measurement window leaves out what came before", "[scenario][measure]")
{
    const auto whole = Run({R"({"links": {"l": {"down": {"loss": "0.5 %"}}}})"});
    const auto run =
        Run({R"({"run": {"measure-from": "1 s"}, "links": {"l": {"down": {"loss": "0.5 %"}}}})"});
    // Nothing that happens depends on it.
    CHECK(run("traffic.t.completion") == whole("traffic.t.completion"));
    CHECK(run("run.duration") == whole("run.duration"));
    const auto at = [&](const std::string& name) {
        const auto& lines = whole.kept.series.at(name);
        const auto found = std::find_if(lines.begin(), lines.end(), [](const auto& line) {
            return line.at == kSecond;
        });
        REQUIRE(found != lines.end());
        return found->value;
    };
    for (const std::string name : {"traffic.t.bytes",
                                   "traffic.t.retransmits",
                                   "traffic.t.data-segments",
                                   "traffic.t.acks",
                                   "links.l.down.delivered",
                                   "links.l.down.packets",
                                   "links.l.down.drops.random"})
    {
        INFO(name);
        CHECK(run(name) == whole(name) - at(name));
    }
    CHECK(run("traffic.t.goodput") ==
          Approx(run("traffic.t.bytes") * 8 / (run("traffic.t.completion") - 1)));
    CHECK(run("links.l.down.rate") ==
          Approx(run("links.l.down.delivered") * 8 / (run("run.duration") - 1)));
    CHECK(run("links.l.down.queue-delay.max") <= whole("links.l.down.queue-delay.max"));
}

TEST_CASE("a run that ends before its measurement begins says so and measures nothing",
          "[scenario][measure]")
{
    const auto run = Run({R"({"run": {"measure-from": "50 s"}})"});
    CHECK(run("traffic.t.bytes") == 0);
    CHECK_FALSE(run.Find("traffic.t.goodput"));
    CHECK_FALSE(run.Find("links.l.down.rate"));
    CHECK(run("traffic.t.completed") == 1);
    REQUIRE(run.result.notes.size() == 1);
    CHECK(run.result.notes[0].find("run.measure-from") != std::string::npos);
}

TEST_CASE("each exchange is recorded, and the percentiles are those of the records",
          "[scenario][measure]")
{
    auto patch =
        json::parse(R"({"traffic": {"t": null, "q": {"kind": "request-response", "from": "a",
                                 "to": "b", "response-size": "20 kB", "count": 150, "connections": 2}},
                                 "links": {"l": {"down": {"loss": "1 %"}}}})");
    const auto run = Run({patch.dump()});
    REQUIRE(run.result.exchanges.size() == 300);
    std::vector<TimeNs> took;
    for (const auto& exchange : run.result.exchanges)
    {
        REQUIRE(exchange.answered > exchange.asked);
        took.push_back(exchange.answered - exchange.asked);
    }
    std::sort(took.begin(), took.end());
    CHECK(run("traffic.q.requests") == 300);
    // Nearest rank: the 150th, 285th, 297th of 300.
    CHECK(run("traffic.q.response.p50") == ToSeconds(took[149]));
    CHECK(run("traffic.q.response.p95") == ToSeconds(took[284]));
    CHECK(run("traffic.q.response.p99") == ToSeconds(took[296]));
    CHECK(run("traffic.q.response.max") == ToSeconds(took.back()));
}

TEST_CASE("the times of several connections are told one by one", "[scenario][measure]")
{
    const auto run = Run({R"({"traffic": {"t": {"connections": 4, "bytes": "300 kB"}}})"});
    REQUIRE(run.result.connections.size() == 4);
    std::vector<TimeNs> took;
    for (const auto& record : run.result.connections)
    {
        CHECK(record.completed);
        CHECK(record.bytes == 300'000);
        took.push_back(record.lastByte - record.opened);
    }
    std::sort(took.begin(), took.end());
    CHECK(run("traffic.t.completion.min") == ToSeconds(took.front()));
    CHECK(run("traffic.t.completion.p50") == ToSeconds(took[1]));
    CHECK(run("traffic.t.completion.max") == ToSeconds(took.back()));
    CHECK(run("traffic.t.completion") == ToSeconds(took.back()));
}

TEST_CASE("subflows that come, go stale, die and fall back are in the event log",
          "[scenario][measure][mptcp]")
{
    const auto run = Run({kTwoPaths,
                          R"({"traffic": {"t": {"bytes": "20 MB"}},
                              "events": [{"at": "2 s", "link": "m", "down": true}]})"});
    // A join that was begun counts as a subflow, too; it is added once it is complete.
    CHECK(run.Count("subflow-added", "b") == 1);
    CHECK(run("traffic.t.subflow-count") >= 2);
    CHECK(run.Count("stale", "b") == run("traffic.t.stale-subflows"));
    CHECK(run.Count("data-time-out", "b") == run("traffic.t.data-timeouts"));
    CHECK(run.Count("fallback") == 0);
    CHECK(run("traffic.t.subflows.m.limited.outage") > 0.5);
    const auto plain = Run({R"({"hosts": {"a": {"mptcp": {}}, "b": {"mptcp": {}}},
                                "links": {"l": {"up": {"strip-mptcp": ["syn"]}}}})"});
    CHECK(plain("traffic.t.fallbacks") == 1);
    CHECK(plain.Count("fallback", "a") == plain("traffic.t.fallbacks"));
}

TEST_CASE("what happens to a join before it is complete is told of the link it goes over",
          "[scenario][measure][mptcp]")
{
    const auto run = Run({kTwoPaths,
                          R"({"links": {"m": {"up": {"drop-mptcp": {"options": ["mp-join"],
                              "segments": ["syn"], "count": 1}}}}})"});
    std::map<std::string, int> onLink;
    for (const auto& event : run.kept.events)
    {
        if (event.host == "a" && event.subflow > 1)
        {
            CHECK(event.object == "traffic.t.subflows.m");
            ++onLink[event.what];
        }
    }
    CHECK(onLink["time-out"] == 1);
    CHECK(onLink["connected"] == 1);
    CHECK(onLink["subflow-added"] == 1);
}

TEST_CASE("what the series records can be chosen, and a name it cannot hold is a mistake",
          "[scenario][measure]")
{
    auto document = Base();
    document["output"]["record"] = {"traffic.t.goodput", "links.*.rate"};
    CHECK(LoadScenarioText(document.dump(), "t.json", ".").scenario.output.record.size() == 2);
    document["output"]["record"] = {"traffic.t.godput"};
    const auto issue = ErrorOf([&] { LoadScenarioText(document.dump(), "t.json", "."); });
    CHECK(issue.pointer == "/output/record/0");
    CHECK(issue.nearest == "traffic.t.goodput");
    document["output"]["record"] = {"traffic.t.goodput"};
    document["run"]["measure-from"] = "60 s";
    CHECK(ErrorOf([&] { LoadScenarioText(document.dump(), "t.json", "."); }).pointer ==
          "/run/measure-from");
}
