// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-json-source.h"
#include "ns3/hs-scenario-document.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::Sound;
using hoststack::test::TemporaryFolder;
using nlohmann::json;

namespace
{

json
Merged(const TemporaryFolder& folder,
       const std::string& file,
       const std::vector<std::string>& sets = {})
{
    return ScenarioDocument::Load(folder.Path(file), sets).Merged();
}

} // namespace

TEST_CASE("a syntax error is reported at its line and column", "[scenario]")
{
    const auto issue = ErrorOf([] { JsonSource::Parse("{\n  \"a\": 1,\n  \"b\" 2\n}", "x.json"); });
    CHECK(issue.file == "x.json");
    CHECK(issue.line == 3);
    CHECK(issue.column == 7);
}

TEST_CASE("columns count characters, not bytes", "[scenario]")
{
    const auto source = JsonSource::Parse("{\"käse\": {\"größe\": 1, \"b\": 2}}", "x.json");
    CHECK(source.Locate(json::json_pointer("/käse/b")).column == 23);
}

TEST_CASE("a key twice in one object is an error, in two objects it is not", "[scenario]")
{
    CHECK(ErrorOf([] { JsonSource::Parse("{\"a\": {\"b\": 1,\n\"b\": 2}}", "x"); }).line == 2);
    CHECK_NOTHROW(JsonSource::Parse("{\"a\": {\"b\": 1}, \"b\": [\"b\", {\"b\": 2}]}", "x"));
    ErrorOf([] { JsonSource::Parse(R"({"a": 1, "\u0061": 2})", "x"); });
}

TEST_CASE("a document that is nested too deeply is refused", "[scenario]")
{
    const std::string deep = "{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + '}';
    CHECK(ErrorOf([&] { JsonSource::Parse(deep, "x"); }).message.find("nested") !=
          std::string::npos);
}

TEST_CASE("a value is found at its key, an element at itself", "[scenario]")
{
    const auto source =
        JsonSource::Parse("{\n \"a\\\"b\": [1,\n  {\"c\": \"]}\"},\n  3]\n}", "x.json");
    CHECK(source.Locate(json::json_pointer("/a\"b")).line == 2);
    CHECK(source.Locate(json::json_pointer("/a\"b/1/c")).line == 3);
    CHECK(source.Locate(json::json_pointer("/a\"b/2")).line == 4);
    CHECK(source.Locate(json::json_pointer("/a\"b/2")).column == 3);
}

TEST_CASE("extends merges objects, replaces lists and removes with null", "[scenario]")
{
    TemporaryFolder folder;
    folder.Write("base.json",
                 R"({"run": {"seed": 1, "duration": "5 s"}, "sources": ["a", "b"], "about": "x"})");
    folder.Write(
        "child.json",
        R"({"extends": "base.json", "run": {"seed": 2}, "sources": ["c"], "about": null})");
    CHECK(Merged(folder, "child.json") ==
          json::parse(R"({"run": {"seed": 2, "duration": "5 s"}, "sources": ["c"]})"));
}

TEST_CASE("extends is relative to the file that says it", "[scenario]")
{
    TemporaryFolder folder;
    folder.Write("deep/base.json", R"({"name": "base", "about": "from the base"})");
    folder.Write("deep/middle.json", R"({"extends": "base.json", "name": "middle"})");
    folder.Write("top.json", R"({"extends": "deep/middle.json", "name": "top"})");
    CHECK(Merged(folder, "top.json") == json({{"name", "top"}, {"about", "from the base"}}));
}

TEST_CASE("a profile lies under the scenario's own keys", "[scenario]")
{
    TemporaryFolder folder;
    folder.Write("os/mine.json",
                 R"({"hoststack-profile": 1, "kind": "os", "name": "mine", "about": "x",
                     "tcp": {"sack": false, "initial-cwnd": "4 segments"},
                     "sources": {"tcp": "estimate"}})");
    folder.Write("s.json", R"({"hosts": {"a": {"os": "mine", "tcp": {"sack": true}}, "b": {}}})");
    const auto merged = Merged(folder, "s.json");
    CHECK(merged["hosts"]["a"] ==
          json::parse(R"({"os": "mine", "tcp": {"sack": true, "initial-cwnd": "4 segments"}})"));
    CHECK(merged["hosts"]["b"] == json::object());
}

TEST_CASE("a profile that extends another lies over it", "[scenario]")
{
    TemporaryFolder folder;
    const std::string head = R"({"hoststack-profile": 1, "kind": "link", "about": "x", )";
    folder.Write("link/low.json",
                 head + R"("name": "low", "down": {"rate": "1 bit/s", "delay": "1 ms"},
                           "sources": {"down": "estimate"}})");
    folder.Write("link/high.json",
                 head + R"("name": "high", "extends": "low", "down": {"rate": "2 bit/s"},
                           "sources": {"down": "estimate"}})");
    folder.Write("s.json", R"({"links": {"l": {"preset": "high"}}})");
    CHECK(Merged(folder, "s.json")["links"]["l"]["down"] ==
          json({{"rate", "2 bit/s"}, {"delay", "1 ms"}}));
}

TEST_CASE("a mistake in a profile is reported in the profile", "[scenario]")
{
    TemporaryFolder folder;
    folder.Write(
        "link/odd.json",
        "{\"hoststack-profile\": 1, \"kind\": \"link\", \"name\": \"odd\", \"about\": \"x\",\n"
        " \"down\": {\"rate\": \"5 Mbits\"}, \"sources\": {\"down\": \"estimate\"}}");
    auto scenario = Sound();
    scenario["links"]["path"].erase("down");
    scenario["links"]["path"]["preset"] = "odd";
    folder.Write("s.json", scenario.dump());
    const auto issue = ErrorOf([&] { LoadScenario(folder.Path("s.json")); });
    CHECK(issue.file == folder.Path("link/odd.json"));
    CHECK(issue.line == 2);
    CHECK(issue.pointer == "/down/rate");
}

TEST_CASE("the option --set takes dotted paths and JSON pointers, JSON and bare text", "[scenario]")
{
    TemporaryFolder folder;
    folder.Write("s.json", R"({"run": {"seed": 1}, "expect": [{"at_least": 1}, {"at_least": 2}]})");
    const auto merged = Merged(folder,
                               "s.json",
                               {"run.seed=7",
                                "/run/duration=5 s",
                                "expect.1.at_least=40 Mbit/s",
                                "output.series=false",
                                "name=\"quoted\""});
    CHECK(merged == json::parse(R"({"run": {"seed": 7, "duration": "5 s"},
                                    "expect": [{"at_least": 1}, {"at_least": "40 Mbit/s"}],
                                    "output": {"series": false}, "name": "quoted"})"));
}

TEST_CASE("the option --set takes a text that looks like a number where only a text may stand",
          "[scenario]")
{
    const auto path = test::WriteSound({{"hosts", {{"server", {{"os", "freebsd-14-rack"}}}}}});
    const auto loaded =
        LoadScenario(path.Path("sound.json"),
                     {{"hosts.server.hpts.version=14.0", "about=2026", "/name=10"}, {}});
    CHECK(loaded.scenario.hosts[1].hpts);
    CHECK(loaded.scenario.about == "2026");
    CHECK(loaded.scenario.name == "10");
    // A quantity without a unit is still none.
    const auto issue = ErrorOf([&] {
        LoadScenario(path.Path("sound.json"), {{"links.path.down.rate=100"}, {}});
    });
    CHECK_THAT(issue.message, Catch::Contains("with its unit"));
}

TEST_CASE("the option --set of a profile's name brings the profile's numbers", "[scenario]")
{
    const auto path = test::WriteSound();
    const auto before = LoadScenario(path.Path("sound.json"));
    LoadOptions options;
    options.sets = {"hosts.server.os=rfc", "hosts.server.tcp.rto-min=300 ms"};
    const auto after = LoadScenario(path.Path("sound.json"), options);
    const auto& server = after.scenario.hosts[1];
    REQUIRE(server.name == "server");
    CHECK(before.scenario.hosts[1].tcp.config.rto == "linux");
    CHECK(server.tcp.config.rto == "rfc6298");
    CHECK(server.tcp.config.rtoMin == 300 * kMillisecond);
}
