// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-results.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/hs-summary-text.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::TemporaryFolder;
using nlohmann::json;

namespace
{

/// Two hosts that offer multipath, two links of 10 Mbit/s, one download of 4 MB called "t".
json
TwoLinks()
{
    return json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "20 s"},
        "hosts": {"a": {"os": "linux-6.18", "mptcp": {}}, "b": {"os": "linux-6.18", "mptcp": {}}},
        "links": {"k": {"ends": ["a", "b"],
                        "down": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"},
                        "up": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"}},
                  "l": {"ends": ["a", "b"],
                        "down": {"rate": "10 Mbit/s", "delay": "20 ms", "queue": "50 packets"},
                        "up": {"rate": "10 Mbit/s", "delay": "20 ms", "queue": "50 packets"}}},
        "traffic": {"t": {"kind": "bulk", "from": "b", "to": "a", "opened-by": "receiver",
                          "bytes": "4 MB"}}})");
}

LoadedScenario
Load(const json& patch)
{
    auto document = TwoLinks();
    document.merge_patch(patch);
    TemporaryFolder folder;
    folder.Write("t.json", document.dump());
    return LoadScenario(folder.Path("t.json"));
}

Metrics
Run(const json& patch = json::object())
{
    const auto loaded = Load(patch);
    return RunScenario(loaded).result.metrics;
}

double
Value(const Metrics& metrics, const std::string& name)
{
    INFO(name);
    REQUIRE(metrics.Get(name).has_value());
    return *metrics.Get(name);
}

} // namespace

TEST_CASE("hosts with mptcp share a transfer between their links", "[scenario][mptcp]")
{
    const auto metrics = Run();
    CHECK(Value(metrics, "traffic.t.bytes") == 4e6);
    CHECK(Value(metrics, "traffic.t.goodput") > 14e6);
    CHECK(Value(metrics, "traffic.t.subflow-count") == 2);
    CHECK(Value(metrics, "traffic.t.subflows.k.bytes") +
              Value(metrics, "traffic.t.subflows.l.bytes") ==
          4e6);
    CHECK(Value(metrics, "traffic.t.subflows.l.share") == Approx(0.5).margin(0.15));
    CHECK(Value(metrics, "traffic.t.subflows.k.rtt.min") == Approx(0.021).margin(0.001));
    CHECK(Value(metrics, "traffic.t.subflows.l.rtt.min") == Approx(0.041).margin(0.001));
}

TEST_CASE("an operating-system profile alone offers no multipath", "[scenario][mptcp]")
{
    const auto loaded = Load({{"hosts", {{"b", {{"mptcp", nullptr}}}}}});
    CHECK(loaded.scenario.hosts[0].mptcp.enabled);
    CHECK_FALSE(loaded.scenario.hosts[1].mptcp.enabled);
    CHECK_FALSE(loaded.scenario.traffic[0].IsMultipath());
}

TEST_CASE("a host that offers no multipath makes the other fall back", "[scenario][mptcp]")
{
    const auto metrics = Run(
        {{"hosts", {{"b", {{"mptcp", nullptr}}}}}, {"traffic", {{"t", {{"protocol", "mptcp"}}}}}});
    CHECK(Value(metrics, "traffic.t.bytes") == 4e6);
    CHECK(Value(metrics, "traffic.t.fallbacks") == 1);
    CHECK(Value(metrics, "traffic.t.subflows.k.share") == 1);
}

TEST_CASE("kernel versions differ in the switches of their profiles", "[scenario][mptcp]")
{
    const auto reopen = [](const char* os) {
        return Load({{"hosts", {{"a", {{"os", os}}}}}}).scenario.hosts[0].mptcp.config.reopen;
    };
    CHECK(reopen("linux-6.6") == mptcp::ReopenRule::FreeSpace);
    CHECK(reopen("linux-6.12.10") == mptcp::ReopenRule::FreeSpace);
    CHECK(reopen("linux-6.12.11") == mptcp::ReopenRule::AnnouncedWindow);
    CHECK(reopen("linux-6.18") == mptcp::ReopenRule::AnnouncedWindow);
}

TEST_CASE("events remove and add an endpoint while it runs", "[scenario][mptcp]")
{
    const auto share = [](const json& events) {
        return Value(Run({{"events", events}}), "traffic.t.subflows.l.share");
    };
    const json remove = {{"at", "500 ms"},
                         {"host", "a"},
                         {"link", "l"},
                         {"action", "remove-endpoint"}};
    CHECK(share(json::array({remove})) < 0.3);
    const auto late = Run({{"hosts", {{"a", {{"mptcp", {{"endpoints", json::array()}}}}}}},
                           {"events",
                            {{{"at", "1 s"},
                              {"host", "a"},
                              {"link", "l"},
                              {"action", "add-endpoint"},
                              {"flags", {"subflow"}}}}}});
    CHECK(Value(late, "traffic.t.subflows.l.share") > 0.1);
    CHECK(Value(late, "traffic.t.subflows.l.share") < 0.45);
}

TEST_CASE("a subflow that becomes a backup stops carrying data", "[scenario][mptcp]")
{
    const auto metrics = Run(
        {{"events", {{{"at", "500 ms"}, {"host", "a"}, {"link", "l"}, {"action", "set-backup"}}}}});
    CHECK(Value(metrics, "traffic.t.subflows.l.share") < 0.3);
    CHECK(Value(metrics, "traffic.t.bytes") == 4e6);
}

TEST_CASE("an unused link says why, and the traffic's own reason leaves it out",
          "[scenario][mptcp]")
{
    const auto held = [](const Metrics& metrics, const std::string& subflow, const char* why) {
        return Value(metrics, "traffic.t." + subflow + "limited." + why);
    };
    const auto first = Run({{"hosts", {{"b", {{"mptcp", {{"scheduler", "bpf_first"}}}}}}}});
    REQUIRE(Value(first, "traffic.t.subflows.l.bytes-sent") == 0);
    CHECK(held(first, "subflows.l.", "scheduler") > 0.7);
    CHECK(held(first, "subflows.l.", "sndbuf") == 0);
    CHECK(held(first, "subflows.l.", "shared-window") == 0);
    CHECK(held(first, "", "cwnd") == held(first, "subflows.k.", "cwnd"));
    CHECK(held(first, "", "scheduler") < 0.01);

    const auto loaded = Load({{"hosts", {{"a", {{"mptcp", {{"extra-subflows", 0}}}}}}}});
    const auto report = RunScenario(loaded);
    CHECK(SummaryText(report).find("no subflow was opened") != std::string::npos);
}

TEST_CASE("an event without effect is told in the summary", "[scenario][mptcp]")
{
    const auto reportOf = [](json event, const char* manager) {
        event["host"] = "a";
        event["link"] = "l";
        const auto loaded = Load({{"hosts", {{"a", {{"mptcp", {{"path-manager", manager}}}}}}},
                                  {"events", json::array({event})}});
        const auto report = RunScenario(loaded);
        const auto summary = SummaryOf(report);
        const auto text = SummaryText(report);
        for (const auto& note : report.result.notes)
        {
            CHECK(text.find(note) != std::string::npos);
        }
        CHECK((text.find("had no effect") != std::string::npos) == !report.result.notes.empty());
        CHECK(summary["notes"] == json(report.result.notes));
        return report.result.notes;
    };
    const auto open = [](const char* at) { return json{{"at", at}, {"action", "open-subflow"}}; };
    const auto early = reportOf(open("1 ms"), "scripted");
    REQUIRE(early.size() == 1);
    CHECK(early[0].rfind("event at 1 ms (open-subflow, host a, link l) had no effect: ", 0) == 0);
    CHECK(reportOf(open("100 ms"), "scripted").empty());

    const auto late = reportOf(open("19 s"), "scripted");
    REQUIRE(late.size() == 1);
    CHECK(late[0].find("all traffic was done before it") != std::string::npos);

    const json backup = {{"at", "100 ms"}, {"action", "set-backup"}};
    CHECK(reportOf(backup, "scripted").size() == 1);
    CHECK(reportOf(backup, "kernel").empty());

    const json remove = {{"at", "100 ms"},
                         {"host", "a"},
                         {"link", "l"},
                         {"action", "remove-endpoint"}};
    CHECK(reportOf(remove, "kernel").empty());
    const auto none = Load({{"hosts", {{"a", {{"mptcp", {{"endpoints", json::array()}}}}}}},
                            {"events", json::array({remove})}});
    const auto notes = RunScenario(none).result.notes;
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].find("the host has no endpoint there") != std::string::npos);
}

TEST_CASE("ending a traffic that has no connection yet is told in the summary", "[scenario]")
{
    const auto notesOf = [](const char* at, const char* action) {
        const json event = {{"at", at}, {"traffic", "t"}, {"action", action}};
        return RunScenario(Load({{"events", json::array({event})}})).result.notes;
    };
    for (const char* action : {"stop", "abort"})
    {
        INFO(action);
        const auto early = notesOf("1 us", action);
        REQUIRE(early.size() == 1);
        CHECK(early[0].find("had no effect: that end had no connection") != std::string::npos);
        const auto notes = notesOf("100 ms", action);
        CHECK(std::none_of(notes.begin(), notes.end(), [](const auto& note) {
            return note.find("had no effect") != std::string::npos;
        }));
    }
}

TEST_CASE("an event that the run cannot reach is refused", "[scenario]")
{
    const auto pointerOf = [](const char* at) {
        const json event = {{"at", at}, {"link", "l"}, {"down", true}};
        return ErrorOf([&] { Load({{"events", json::array({event})}}); }).pointer;
    };
    CHECK(pointerOf("21 s") == "/events/0/at");
    CHECK(pointerOf("20 s") == "/events/0/at");
    const json last = {{"at", "19999 ms"}, {"link", "l"}, {"down", true}};
    CHECK_NOTHROW(Load({{"events", json::array({last})}}));
}

TEST_CASE("names in mptcp blocks and events are checked", "[scenario][mptcp]")
{
    const auto scheduler = ErrorOf([] {
        Load({{"hosts", {{"a", {{"mptcp", {{"scheduler", "bpf_r"}}}}}}}});
    });
    CHECK(scheduler.pointer == "/hosts/a/mptcp/scheduler");
    CHECK(scheduler.nearest == "bpf_rr");
    const json endpoint = {{"link", "x"}, {"flags", {"subflow"}}};
    const auto link = ErrorOf([&] {
        Load({{"hosts", {{"a", {{"mptcp", {{"endpoints", {endpoint}}}}}}}}});
    });
    CHECK(link.pointer == "/hosts/a/mptcp/endpoints/0/link");
    const json event = {{"at", "1 s"}, {"host", "a"}, {"link", "l"}, {"action", "stop"}};
    CHECK(ErrorOf([&] { Load({{"events", {event}}}); }).pointer == "/events/0");
}

TEST_CASE("endpoints that a Linux kernel refuses are refused", "[scenario][mptcp]")
{
    const auto issueOf = [](const std::string& endpoints) {
        const auto list = json::parse(endpoints);
        return ErrorOf([&] { Load({{"hosts", {{"a", {{"mptcp", {{"endpoints", list}}}}}}}}); });
    };
    const auto both = issueOf(R"([{"link": "k", "flags": ["subflow"]},
                                  {"link": "l", "flags": ["signal", "fullmesh"]}])");
    CHECK(both.pointer == "/hosts/a/mptcp/endpoints/1/flags");
    CHECK_THAT(both.message, Catch::Contains("exclude each other"));
    const auto twice = issueOf(R"([{"link": "l", "flags": ["subflow"]},
                                   {"link": "l", "flags": ["signal"]}])");
    CHECK(twice.pointer == "/hosts/a/mptcp/endpoints/1/link");
    CHECK_THAT(twice.message, Catch::Contains("endpoint already"));
    const auto none = issueOf(R"([{"link": "l"}])");
    CHECK(none.pointer == "/hosts/a/mptcp/endpoints/0");
    CHECK_THAT(none.expected, Catch::Contains("subflow, signal, backup, fullmesh"));
}

TEST_CASE("the flags of an endpoint event are checked", "[scenario][mptcp]")
{
    const auto issueOf = [](const char* action, const json& more) {
        json event = {{"at", "1 s"}, {"host", "a"}, {"link", "l"}, {"action", action}};
        event.update(more);
        return ErrorOf([&] { Load({{"events", {event}}}); });
    };
    const auto both = issueOf("add-endpoint", {{"flags", {"fullmesh", "signal"}}});
    CHECK(both.pointer == "/events/0/flags");
    CHECK_THAT(both.message, Catch::Contains("exclude each other"));
    const auto none = issueOf("add-endpoint", json::object());
    CHECK(none.pointer == "/events/0");
    CHECK_THAT(none.message, Catch::Contains("add-endpoint needs \"flags\""));
    CHECK_THAT(none.expected, Catch::Contains("subflow, signal, backup, fullmesh"));
    const auto extra = issueOf("set-backup", {{"flags", {"backup"}}});
    CHECK(extra.pointer == "/events/0/flags");
    CHECK_THAT(extra.message, Catch::Contains("not to set-backup"));
}

TEST_CASE("an abort by either end reaches the other before the run is over", "[scenario]")
{
    const auto end = GENERATE(as<std::string>{}, "from", "to");
    const auto metrics = Run(
        {{"events",
          json::array({{{"at", "1 s"}, {"traffic", "t"}, {"action", "abort"}, {"end", end}}})}});
    const std::string aborter = end == "from" ? "b" : "a";
    const std::string other = end == "from" ? "a" : "b";
    CHECK(Value(metrics, "hosts." + aborter + ".counters.MPTcpExtMPFastcloseTx") >= 1);
    CHECK(Value(metrics, "hosts." + other + ".counters.MPTcpExtMPFastcloseRx") >= 1);
    CHECK(Value(metrics, "traffic.t.completed") == 0);
}

TEST_CASE("a connection of which only the reading end goes on as plain TCP has fallen back",
          "[scenario][mptcp]")
{
    // Old LRO in a router leaves a merged packet the options of one: data without its mapping.
    auto document = TwoLinks();
    document["hosts"]["r"] = {
        {"hardware", "x86-server"},
        {"os", "linux-6.18"},
        {"cores", 1},
        {"nic", {{"offload", "lro"}, {"moderation", "fixed"}, {"interrupt-delay", "200 us"}}}};
    const json side{{"rate", "1 Gbit/s"}, {"delay", "1 ms"}, {"queue", "500 packets"}};
    document["links"] = {
        {"in", {{"ends", {"r", "b"}}, {"down", side}, {"up", side}}},
        {"out", {{"ends", {"a", "r"}}, {"mtu", "9000 B"}, {"down", side}, {"up", side}}}};
    document["run"]["duration"] = "2 s";
    const auto loaded = LoadScenarioText(document.dump(), "t.json", ".");
    CHECK(Value(RunScenario(loaded).result.metrics, "traffic.t.fallbacks") == 1);
}

TEST_CASE("a subflow whose segments are longer than a super-segment takes one at a time",
          "[scenario][mptcp]")
{
    const auto metrics = Run(json::parse(
        R"({"links": {"k": {"mtu": "65535 B"}, "l": {"mtu": "65535 B"}},
            "run": {"content": true}, "traffic": {"t": {"bytes": "1 MB"}}})"));
    CHECK(Value(metrics, "traffic.t.bytes") == 1e6);
    CHECK(Value(metrics, "traffic.t.content-errors") == 0);
}
