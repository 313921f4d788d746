// SPDX-License-Identifier: GPL-2.0-only
//
// Settings of pacing that nobody would look at.

#include "ns3/hs-hpts-pacer.h"
#include "ns3/hs-pacer-names.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

json
Server(const std::string& block)
{
    return {{"hosts", {{"server", json::parse(block)}}}};
}

ScenarioIssue
IssueOf(const json& patch)
{
    return ErrorOf([&] { LoadSound(patch); });
}

} // namespace

TEST_CASE("the names of pacers tell which are on a wheel and which look at a rate", "[scenario]")
{
    for (const auto& name : Pacers().Names())
    {
        INFO(name);
        const auto pacer = Pacers().Create(name, PacingWish());
        CHECK((dynamic_cast<HptsPacer*>(pacer.get()) != nullptr) == IsOnWheel(name));
    }
    CHECK(PacesByRate("auto"));
    CHECK(PacesByRate("rack-14"));
    CHECK_FALSE(PacesByRate("none"));
    CHECK_FALSE(PacesByRate("rack-15-unpaced"));
}

TEST_CASE("wheels on which no connection is are an error", "[scenario]")
{
    const auto unused = IssueOf(Server(R"({"hpts": {}})"));
    CHECK(unused.pointer == "/hosts/server/hpts");
    CHECK_THAT(unused.message, Catch::Contains("no connection of the host \"server\""));
    CHECK(IssueOf(Server(R"({"hpts": {}, "tcp": {"pacing": "internal"}})")).pointer ==
          "/hosts/server/hpts");
    // One of them is enough, and a profile may say it.
    CHECK(LoadSound(Server(R"({"hpts": {}, "tcp": {"pacing": "hpts"}})")).scenario.hosts[1].hpts);
    CHECK(LoadSound(Server(R"({"hpts": {}, "os": "freebsd-14-rack"})")).scenario.hosts[1].hpts);
    auto traffic = Server(R"({"hpts": {}})");
    traffic["traffic"]["download"]["tcp-from"] = {{"pacing", "rack-14"}};
    CHECK(LoadSound(traffic).scenario.hosts[1].hpts);
}

TEST_CASE("a largest rate at which the pacer does not look is an error where it is said",
          "[scenario]")
{
    const auto none =
        IssueOf(Server(R"({"tcp": {"pacing": "none", "max-pacing-rate": "1 Mbit/s"}})"));
    CHECK(none.pointer == "/hosts/server/tcp/max-pacing-rate");
    const auto unpaced =
        IssueOf(Server(R"({"os": "freebsd-14-rack", "tcp": {"max-pacing-rate": "1 Mbit/s"}})"));
    CHECK(unpaced.pointer == "/hosts/server/tcp/max-pacing-rate");
    CHECK_THAT(unpaced.message, Catch::Contains("\"rack-14-unpaced\" looks at no rate"));
    CHECK_THAT(unpaced.message, Catch::Contains("freebsd-14-rack.json"));
    auto traffic = Server(R"({"tcp": {"pacing": "none"}})");
    traffic["traffic"]["download"]["tcp-from"] = {{"max-pacing-rate", "1 Mbit/s"}};
    CHECK(IssueOf(traffic).pointer == "/traffic/download/tcp-from/max-pacing-rate");
    LoadSound(Server(R"({"tcp": {"max-pacing-rate": "1 Mbit/s"}})"));
    LoadSound(Server(R"({"tcp": {"pacing": "rack-14", "max-pacing-rate": "1 Mbit/s"}})"));
}

TEST_CASE("a largest burst on which the pacer does not decide is an error where it is said",
          "[scenario]")
{
    const auto internal = IssueOf(Server(R"({"tcp": {"pacing-burst": "4 segments"}})"));
    CHECK(internal.pointer == "/hosts/server/tcp/pacing-burst");
    CHECK_THAT(internal.message, Catch::Contains("looks at no largest burst"));
    CHECK_THAT(internal.expected, Catch::Contains("no `pacing-burst`"));
    auto traffic = Server("{}");
    traffic["traffic"]["download"]["tcp-from"] = {{"pacing-burst", "4 segments"}};
    CHECK(IssueOf(traffic).pointer == "/traffic/download/tcp-from/pacing-burst");
    for (const std::string pacer : {"hpts", "rack-14", "rack-15-unpaced"})
    {
        LoadSound(
            Server(R"({"tcp": {"pacing": ")" + pacer + R"(", "pacing-burst": "4 segments"}})"));
    }
}

TEST_CASE("who sets another pacer over a scenario may leave its rate and its wheels", "[scenario]")
{
    const auto folder =
        WriteSound(Server(R"({"hpts": {}, "tcp": {"pacing": "hpts", "max-pacing-rate": "1 Mbit/s",
                                       "pacing-burst": "4 segments"}})"));
    for (const char* pacer : {"none", "internal"})
    {
        const auto loaded = LoadScenario(folder.Path("sound.json"),
                                         {{std::string("hosts.server.tcp.pacing=") + pacer}, {}});
        CHECK(loaded.scenario.hosts[1].hpts);
    }
}

TEST_CASE("one sysctl by both of its names is an error", "[scenario]")
{
    const auto twice = IssueOf(Server(R"({"tcp": {"pacing": "hpts"},
        "hpts": {"sysctl": {"min_sleep": 300, "minsleep": 400}}})"));
    CHECK_THAT(twice.message, Catch::Contains("\"min_sleep\" and \"minsleep\" are two names"));
    CHECK_THAT(twice.pointer, Catch::Contains("/hosts/server/hpts/sysctl/min"));
}

TEST_CASE("a metric of a NIC or a wheel of a host that has none says so", "[scenario]")
{
    for (const std::string part : {"nic.units", "hpts.bursts", "loopback.units"})
    {
        const auto issue = IssueOf(
            {{"expect",
              {{{"metric", "hosts.server." + part}, {"at_least", 1}, {"because", "it is so"}}}}});
        CHECK(issue.pointer == "/expect/0/metric");
        CHECK_THAT(issue.message,
                   Catch::Contains("has no \"" + part.substr(0, part.find('.')) + '"'));
    }
}
