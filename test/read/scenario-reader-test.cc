// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-application.h"
#include "ns3/hs-profile.h"
#include "ns3/hs-scenario-paths.h"
#include "ns3/hs-scenario-schema.h"
#include "ns3/hs-schema-tables.h"
#include "ns3/hs-tcp-setting-table.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <variant>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::LoadSound;
using nlohmann::json;

namespace
{

/// The first mistake of sound.json with \p patch.
ScenarioIssue
IssueOf(const std::string& patch)
{
    return ErrorOf([&] { LoadSound(json::parse(patch)); });
}

const LinkChange&
Change(const EventSpec& event)
{
    return std::get<LinkChange>(event.what);
}

} // namespace

TEST_CASE("the sound scenario arrives in base units with names as indexes", "[scenario]")
{
    const auto scenario = LoadSound().scenario;
    CHECK(scenario.name == "sound");
    CHECK(scenario.run.duration == 10 * kSecond);
    REQUIRE(scenario.hosts.size() == 2);
    CHECK(scenario.hosts[0].name == "client");
    CHECK(scenario.hosts[0].os == "linux-6.18");
    CHECK(scenario.hosts[0].tcp.config.receiveBufferMax == 32U << 20);
    CHECK(scenario.hosts[1].tcp.config.sendBuffer == 8U << 20);
    CHECK(scenario.hosts[1].tcp.config.sendBufferLocked);
    REQUIRE(scenario.links.size() == 1);
    CHECK(scenario.links[0].ends[0] == 0);
    CHECK(scenario.links[0].down.rate == 50000000);
    CHECK(scenario.links[0].down.queue.packets == 167);
    CHECK(scenario.links[0].up.delay == 20 * kMillisecond);
    REQUIRE(scenario.traffic.size() == 1);
    CHECK(scenario.traffic[0].from == 1);
    CHECK(scenario.traffic[0].to == 0);
    CHECK(scenario.traffic[0].openedByReceiver);
    CHECK(scenario.traffic[0].application->HasEnd());
    CHECK(scenario.traffic[0].End(true).tcp.config.sendBufferLocked);
    CHECK_FALSE(scenario.traffic[0].End(false).tcp.config.sendBufferLocked);
    REQUIRE(scenario.events.size() == 1);
    CHECK(*Change(scenario.events[0]).rate == 10000000);
}

TEST_CASE("TCP settings of a traffic lie over those of its hosts, end by end", "[scenario]")
{
    const auto scenario = LoadSound(json::parse(R"({"traffic": {"download": {
        "tcp": {"initial-cwnd": "4 segments", "sack": false},
        "tcp-from": {"initial-cwnd": "20 segments"},
        "tcp-to": {"so-rcvbuf": "64 KiB"}}}})"))
                              .scenario;
    const auto& traffic = scenario.traffic[0];
    CHECK(traffic.End(true).tcp.config.initialCwnd == 20);
    CHECK(traffic.End(false).tcp.config.initialCwnd == 4);
    CHECK_FALSE(traffic.End(true).tcp.config.sack);
    CHECK(traffic.End(false).tcp.config.receiveBuffer == 131072);
    CHECK(traffic.End(false).tcp.config.receiveBufferLocked);
    CHECK_FALSE(traffic.End(true).tcp.config.receiveBufferLocked);
}

TEST_CASE("so-rcvbuf never sets less than the kernel's smallest buffer", "[scenario]")
{
    const auto scenario =
        LoadSound(json::parse(R"({"hosts": {"client": {"tcp": {"so-rcvbuf": "1 B"}}}})")).scenario;
    CHECK(scenario.hosts[0].tcp.config.receiveBuffer == 2304);
}

TEST_CASE("behaviours of a link reach it with typed parameters", "[scenario]")
{
    const auto scenario = LoadSound(json::parse(R"({"links": {"path": {"down": {"behaviours": [
        {"kind": "gilbert-elliott", "good-to-bad": "1 %", "bad-to-good": 0.25},
        {"kind": "slot-gate", "slot": "10 ms", "phase": "random"}]}}}})"))
                              .scenario;
    const auto& behaviours = scenario.links[0].down.behaviours;
    REQUIRE(behaviours.size() == 2);
    CHECK(behaviours[0].parameters.Number("good-to-bad") == Approx(0.01));
    CHECK(behaviours[0].parameters.Number("bad-to-good") == 0.25);
    CHECK(behaviours[1].parameters.Duration("slot") == 10 * kMillisecond);
    CHECK_FALSE(behaviours[1].parameters.Has("phase"));
}

TEST_CASE("each traffic listens on a port of its own", "[scenario]")
{
    const std::string second = R"("kind": "bulk", "from": "server", "to": "client", )"
                               R"("opened-by": "receiver")";
    const auto scenario =
        LoadSound(json::parse(R"({"traffic": {"b": {)" + second + R"(, "port": 5001}}})")).scenario;
    CHECK(scenario.traffic[0].legs.front().port == 5001);
    CHECK(scenario.traffic[1].legs.front().port == 5002);
    CHECK(IssueOf(R"({"traffic": {"b": {)" + second + R"(, "port": 80}, "c": {)" + second +
                  R"(, "port": 80}}})")
              .pointer == "/traffic/c/port");
}

TEST_CASE("events come in order of time, equal times in the file's order", "[scenario]")
{
    const auto scenario = LoadSound(json::parse(R"({"events": [
        {"at": "5 s", "link": "path", "down": false},
        {"at": "2 s", "link": "path", "down": true, "direction": "up", "outage": "hold"},
        {"at": "5 s", "traffic": "download", "action": "abort"}]})"))
                              .scenario;
    REQUIRE(scenario.events.size() == 3);
    CHECK(scenario.events[0].at == 2 * kSecond);
    CHECK(*Change(scenario.events[0]).down);
    CHECK(Change(scenario.events[0]).hold);
    CHECK_FALSE(Change(scenario.events[0]).affectsDown);
    CHECK(std::holds_alternative<LinkChange>(scenario.events[1].what));
    CHECK(std::get<TrafficEnding>(scenario.events[2].what).abort);
}

TEST_CASE("combinations that make no sense are refused where they stand", "[scenario]")
{
    CHECK(IssueOf(R"({"traffic": {"download": {"think-time": "1 s"}}})").pointer ==
          "/traffic/download/think-time");
    CHECK(IssueOf(R"({"traffic": {"download": {"kind": "slow-reader"}}})").pointer ==
          "/traffic/download");
    CHECK(IssueOf(R"({"traffic": {"download": {"stop": "1 s", "duration": "1 s"}}})").pointer ==
          "/traffic/download/duration");
    CHECK(IssueOf(R"({"traffic": {"download": {"start": "2 s", "stop": "1 s"}}})").pointer ==
          "/traffic/download/stop");
    CHECK(IssueOf(R"({"traffic": {"download": {"reader": {"pause-at": "1 MB"}}}})").pointer ==
          "/traffic/download/reader");
    CHECK(IssueOf(R"({"traffic": {"download": {"reader": {"copy-rate": "0 bit/s"}}}})").pointer ==
          "/traffic/download/reader/copy-rate");
    CHECK(IssueOf(R"({"traffic": {"download": {"reader": {"step": "1 MB"}}}})").pointer ==
          "/traffic/download/reader/step");
    CHECK(IssueOf(R"({"traffic": {"download": {"to": "server", "link": "path"}}})").pointer ==
          "/traffic/download/link");
    CHECK(IssueOf(R"({"links": {"path": {"kind": "csma"}}})").pointer == "/events/0/link");
    CHECK(IssueOf(R"({"links": {"path": {"kind": "csma", "up": {"rate": "9 Mbit/s"}}}})").pointer ==
          "/links/path");
    CHECK(IssueOf(R"({"links": {"path": {"kind": "point-to-point", "down": {"jitter": "1 ms"}}}})")
              .pointer == "/links/path/down/jitter");
    const auto mtu = IssueOf(R"({"links": {"path": {"mtu": "40 B"}}})");
    CHECK(mtu.pointer == "/links/path/mtu");
    CHECK(mtu.message == "\"40 B\" is out of range");
    CHECK(IssueOf(R"({"links": {"path": {"down": {"loss": "101 %"}}}})").pointer ==
          "/links/path/down/loss");
    CHECK(
        IssueOf(R"({"events": [{"at": "1 s", "link": "path", "traffic": "download"}]})").pointer ==
        "/events/0");
    CHECK(IssueOf(R"({"name": "../up"})").pointer == "/name");
    CHECK(IssueOf(R"({"hosts": {"a.b": {}}})").pointer == "/hosts/a.b");
}

TEST_CASE("null in a scenario that extends nothing is a mistake, not a removal", "[scenario]")
{
    auto document = test::Sound();
    document["run"]["seed"] = nullptr;
    CHECK(ErrorOf([&] { LoadScenarioText(document.dump(), "x.json", "."); }).pointer ==
          "/run/seed");
}

TEST_CASE("no single wrong value makes the loader do anything but say so", "[scenario]")
{
    auto document = test::Sound();
    document.merge_patch(json::parse(R"({"output": {"sample": "10 ms", "series": true},
        "links": {"path": {"mtu": "1500 B", "down": {"loss": "1 %", "behaviours": [
            {"kind": "harq", "probability": 0.1, "round-trip": "8 ms", "retransmissions": 3}]}}},
        "traffic": {"download": {"reader": {"pause": "1 ms"}, "tcp": {"ecn": "on"}}}})"));
    REQUIRE_NOTHROW(LoadScenarioText(document.dump(), "x.json", "."));
    const json values =
        json::parse(R"([null, true, -1, 0, 1e300, 18446744073709551615, "", "x", "0 B",
        "5 ms", "9223372036854775807 B", "1e18 bit/s", "100 %", "1e9 %", [], {}, [[]], {"kind": 1}])");
    std::size_t refused = 0;
    std::size_t tried = 0;
    std::set<std::string> changedAt;
    const json leaves = document.flatten();
    for (const auto& item : leaves.items())
    {
        // What several leaves have in common is changed once.
        for (auto pointer = json::json_pointer(item.key());
             !pointer.empty() && changedAt.insert(pointer.to_string()).second;
             pointer.pop_back())
        {
            for (const auto& value : values)
            {
                auto changed = document;
                changed[pointer] = value;
                INFO(pointer.to_string() << " = " << value.dump());
                ++tried;
                try
                {
                    LoadScenarioText(changed.dump(), "x.json", ".");
                }
                catch (const ScenarioError& error)
                {
                    ++refused;
                    CHECK_FALSE(error.Issues().empty());
                }
            }
        }
    }
    CHECK(tried > 1000);
    CHECK(refused > tried / 2);
}

TEST_CASE("the resolved scenario resolves to itself", "[scenario]")
{
    const auto once = LoadSound();
    const auto text = once.document.Merged().dump();
    const auto twice = LoadScenarioText(text, "x.json", ".");
    CHECK(twice.document.Merged().dump() == text);
}

TEST_CASE("the schema file says what the tables of settings and kinds of traffic say", "[scenario]")
{
    // If not: docs/make-scenario-schema.py, then docs/make-scenario-reference.py.
    std::ifstream file(ScenariosFolder() + "/schema/scenario.schema.json");
    const auto inFile = json::parse(file);
    auto applied = inFile;
    ApplyTables(applied);
    CHECK(json::diff(inFile, applied) == json::array());
}

TEST_CASE("every TCP setting says what it means and is read into its field", "[scenario]")
{
    std::set<std::string> names;
    for (const auto& setting : TcpSettingTable())
    {
        INFO(setting.name);
        CHECK(*setting.about != 0);
        CHECK(names.insert(setting.name).second);
    }
    const auto loaded = LoadSound(json::parse(R"({"hosts": {"client": {"tcp": {
        "receive-buffer": "100 kB", "so-rcvbuf": "10 kB", "ecn": "on", "retries": 7,
        "max-pacing-rate": "80 Mbit/s", "pacing-slow-start": "150 %",
        "truesize": {"head": "256 B"}}}}})"));
    const auto& config = loaded.scenario.hosts[0].tcp.config;
    CHECK(config.receiveBuffer == 20000); // the socket option is the last word
    CHECK(config.receiveBufferLocked);
    CHECK(config.ecn == tcp::EcnMode::On);
    CHECK(config.retries2 == 7);
    CHECK(config.maxPacingRate == 10000000);
    CHECK(config.pacingSlowStartPercent == 150);
    CHECK(config.truesize.head == 256);
}

TEST_CASE("the schema's patterns and the parser accept the same quantities", "[scenario]")
{
    const json& definitions = ScenarioSchema::Get().Document()["definitions"];
    const std::vector<std::string> samples{
        "20 ms",      "20ms",       "1.5 s",   "1e3 us", "2 min",  "1 h",      "5 ns",
        "300 Mbit/s", "1 MB/s",     "1 KiB/s", "64 KiB", "1448 B", "1 GB",     "1 packet",
        "9 packets",  "3 segments", "1 %",     "50 ppm", "20 MS",  "5",        "ms",
        "-1 ms",      ".5 s",       "1 Mbps",  "1 kib",  "20 ms ", "1 segment"};
    std::size_t kinds = 0;
    for (const auto& item : definitions.items())
    {
        if (!item.value().contains("x-quantity"))
        {
            continue;
        }
        ++kinds;
        const auto kind = *QuantityKindOf(item.value()["x-quantity"]);
        const std::regex pattern(item.value()["pattern"].get<std::string>());
        for (const auto& sample : samples)
        {
            INFO(item.key() << " " << sample);
            CHECK(std::regex_match(sample, pattern) ==
                  ParseQuantity(sample, kind).value.has_value());
        }
    }
    CHECK(kinds == 6);
}

TEST_CASE("every key of the schema is described, and no object is open", "[scenario]")
{
    const json& document = ScenarioSchema::Get().Document();
    std::size_t keys = 0;
    const std::function<void(const json&, const std::string&)> walk = [&](const json& node,
                                                                          const std::string& path) {
        if (node.contains("properties"))
        {
            INFO(path);
            const bool isOpen = path == "behaviour" || path == "profile";
            CHECK(isOpen != node.contains("additionalProperties"));
            for (const auto& item : node["properties"].items())
            {
                INFO(item.key());
                const json& child = item.value();
                const bool described =
                    child.contains("description") ||
                    (child.contains("$ref") &&
                     document.at(json::json_pointer(child["$ref"].get<std::string>().substr(1)))
                         .contains("description"));
                CHECK((described || item.key() == "$schema"));
                ++keys;
                walk(child, path + '/' + item.key());
            }
        }
    };
    walk(document, "scenario");
    for (const auto& item : document["definitions"].items())
    {
        walk(item.value(), item.key());
    }
    CHECK(keys > 100);
}

TEST_CASE("every profile of the project is sound and each of its numbers has a source",
          "[scenario]")
{
    std::size_t count = 0;
    for (const auto& kind : ProfileKinds())
    {
        for (const auto& [name, about] : ListProfiles(kind))
        {
            const auto source =
                JsonSource::Load(ScenariosFolder() + "/profiles/" + kind + '/' + name + ".json");
            const auto issues = CheckProfile(source);
            INFO(FormatIssues(issues));
            CHECK(issues.empty());
            ++count;
        }
    }
    CHECK(count >= 10);
}

TEST_CASE("a traffic without hosts in between is one leg, whose client is who opens it",
          "[scenario]")
{
    for (const bool byReceiver : {false, true})
    {
        const auto scenario = LoadSound({{"traffic",
                                          {{"t",
                                            {{"kind", "bulk"},
                                             {"from", "server"},
                                             {"to", "client"},
                                             {"bytes", "1 MB"},
                                             {"through", json::array()},
                                             {"opened-by", byReceiver ? "receiver" : "sender"},
                                             {"tcp-from", {{"initial-cwnd", "20 segments"}}}}}}}})
                                  .scenario;
        const auto found = std::find_if(scenario.traffic.begin(),
                                        scenario.traffic.end(),
                                        [](const auto& t) { return t.name == "t"; });
        REQUIRE(found != scenario.traffic.end());
        REQUIRE(found->legs.size() == 1);
        const auto& leg = found->legs.front();
        CHECK(leg.client.host == (byReceiver ? found->to : found->from));
        CHECK(leg.server.host == (byReceiver ? found->from : found->to));
        CHECK(leg.port != 0);
        CHECK(found->End(true).host == found->from);
        CHECK(found->End(true).tcp.config.initialCwnd == 20);
        CHECK(found->End(false).tcp.config.initialCwnd != 20);
    }
}

TEST_CASE("an end of the traffic cannot be in between: the mistake says what can", "[scenario]")
{
    const auto issue = IssueOf(R"({"traffic": {"t": {"kind": "bulk", "from": "server",
        "to": "client", "bytes": "1 MB", "through": ["client"]}}})");
    CHECK(issue.pointer == "/traffic/t/through/0");
    CHECK_THAT(issue.message, Catch::Contains("is an end of the traffic"));
    CHECK_THAT(issue.expected, Catch::Contains("between \"from\" and \"to\""));
    CHECK(IssueOf(R"({"traffic": {"t": {"kind": "bulk", "from": "server", "to": "client",
        "bytes": "1 MB", "through": ["clint"]}}})")
              .nearest == "client");
}

TEST_CASE("each kind of traffic takes its own keys and refuses those of the others", "[scenario]")
{
    const auto issue = IssueOf(R"({"traffic": {"t": {"kind": "request-response",
        "from": "client", "to": "server", "response-size": "1 kB", "write-size": "1 kB"}}})");
    CHECK(issue.pointer == "/traffic/t/write-size");
    CHECK_THAT(issue.message, Catch::Contains("request-response has no \"write-size\""));
    CHECK(IssueOf(R"({"traffic": {"t": {"kind": "bulk", "from": "client", "to": "server",
        "think-time": "1 s"}}})")
              .pointer == "/traffic/t/think-time");
    CHECK(IssueOf(R"({"traffic": {"t": {"kind": "slow-reader", "from": "client",
        "to": "server"}}})")
              .pointer == "/traffic/t");
}

TEST_CASE("every kind of traffic says what it is, and makes a program for each end", "[scenario]")
{
    for (const auto& entry : Applications())
    {
        INFO(entry.name);
        CHECK_FALSE(entry.about.empty());
    }
    const auto scenario = LoadSound().scenario;
    const auto& application = *scenario.traffic[0].application;
    CHECK(application.IsFedByFrom());
    CHECK(SourceHost(scenario.traffic[0]) == scenario.traffic[0].from);
    CHECK(SinkHost(scenario.traffic[0]) == scenario.traffic[0].to);
    for (const bool atFrom : {true, false})
    {
        CHECK(application.MakeProgram(atFrom, Application::Machine::Simulated));
    }
}

TEST_CASE("a datagram's size and a ping's family are those of the links on its way", "[scenario]")
{
    // a - r - b, and beside it a small link and one of IPv6 between other hosts.
    const auto load = [](const std::string& traffic) {
        auto document = json::parse(R"({
            "hoststack": 1, "name": "t", "run": {"duration": "1 s"},
            "hosts": {"a": {}, "r": {}, "b": {}, "c": {}},
            "links": {"one": {"ends": ["a", "r"], "mtu": "9000 B"},
                      "two": {"ends": ["r", "b"], "mtu": "4000 B"},
                      "six": {"ends": ["a", "c"], "ip": 6, "mtu": "3000 B"},
                      "small": {"ends": ["a", "r"], "mtu": "600 B"}},
            "traffic": {"t": {"kind": "constant-rate", "from": "a", "to": "b",
                              "rate": "1 Mbit/s"}}})");
        for (auto& link : document["links"])
        {
            link["up"] = link["down"] = {{"rate", "1 Gbit/s"}, {"delay", "1 ms"}};
        }
        document["traffic"]["t"].merge_patch(json::parse(traffic));
        return LoadScenarioText(document.dump(), "t.json", ".");
    };
    const auto most = [&](const std::string& traffic) {
        return ErrorOf([&] { load(traffic); }).expected;
    };
    // Less 20 or 40 bytes of IP and 8 of UDP.
    CHECK_NOTHROW(load(R"({"packet-size": "3972 B"})"));
    CHECK_THAT(most(R"({"packet-size": "3973 B"})"), Catch::Contains("3972 B"));
    CHECK_NOTHROW(load(R"({"to": "r", "link": "one", "packet-size": "8972 B"})"));
    CHECK_THAT(most(R"({"to": "r", "link": "small", "packet-size": "573 B"})"),
               Catch::Contains("572 B"));
    CHECK_NOTHROW(load(R"({"to": "c", "packet-size": "2952 B"})"));
    CHECK_THAT(most(R"({"to": "c", "packet-size": "2953 B"})"), Catch::Contains("2952 B"));
    const std::string ping = R"("kind": "ping", "rate": null)";
    CHECK_NOTHROW(load('{' + ping + '}'));
    CHECK_THAT(most('{' + ping + R"(, "to": "c"})"), Catch::Contains("IPv4"));
}
