// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-expectation.h"
#include "ns3/hs-scenario-dispatch.h"
#include "scenario-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

json
WithStudy(const char* study)
{
    return {{"dispatch", {{"one", json::parse(study)}}}};
}

/// What the first mistake of it says.
std::string
MistakeOf(const char* study)
{
    try
    {
        LoadSound(WithStudy(study));
        return "";
    }
    catch (const ScenarioError& error)
    {
        return error.what();
    }
}

} // namespace

TEST_CASE("a study of socket layers is read with its defaults, for all systems", "[scenario]")
{
    CHECK(LoadSound(json::object()).scenario.dispatch.empty());
    const auto loaded = LoadSound(WithStudy(R"({"study": "growth", "sockets": [1, 50]})"));
    REQUIRE(loaded.scenario.dispatch.size() == 1);
    const auto& settings = loaded.scenario.dispatch[0].settings;
    CHECK(settings.stages.size() > 8);
    CHECK(settings.sockets == std::vector<std::uint64_t>{1, 50});
    CHECK(settings.polls == 100);
    CHECK(settings.armed == Approx(1));
}

TEST_CASE("each metric of a study has a name before the run, and no other", "[scenario]")
{
    const auto loaded =
        LoadSound(WithStudy(R"({"study": "growth", "systems": ["linux"], "sockets": [1, 50]})"));
    const auto names = MetricNames(loaded.scenario);
    const auto has = [&](const char* name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    CHECK(has("dispatch.one.linux.n50.cost"));
    CHECK_FALSE(has("dispatch.one.linux.n2.cost"));
    CHECK_FALSE(has("dispatch.one.linux.n50.speedup"));
    CHECK_FALSE(has("dispatch.one.smoltcp.n50.cost"));
    auto expecting = WithStudy(R"({"study": "growth", "systems": ["linux"], "sockets": [1]})");
    expecting["expect"] = json::array({{{"metric", "dispatch.one.linux.n2.cost"},
                                        {"at_most", "1 s"},
                                        {"because", "there is none"}}});
    CHECK_THROWS_AS(LoadSound(expecting), ScenarioError);
    expecting["expect"][0]["metric"] = "dispatch.one.linux.n1.cost";
    CHECK_NOTHROW(LoadSound(expecting));
}

TEST_CASE("mistakes in a study say where they are and what is nearest", "[scenario]")
{
    CHECK(MistakeOf(R"({"study": "grow"})").find("growth") != std::string::npos);
    CHECK(MistakeOf(R"({"study": "growth", "systems": ["linux", "smoltpc"]})").find("smoltcp") !=
          std::string::npos);
    CHECK(MistakeOf(R"({"study": "growth", "systems": ["linux", "linux"]})").find("twice") !=
          std::string::npos);
    CHECK(MistakeOf(R"({"study": "growth", "sockets": [5, 5]})").find("twice") !=
          std::string::npos);
    CHECK_FALSE(MistakeOf(R"({"study": "growth", "sockets": [0]})").empty());
    CHECK_FALSE(MistakeOf(R"({"study": "growth", "sockets": []})").empty());
    CHECK_FALSE(MistakeOf(R"({"study": "scaling", "cores": [0]})").empty());
    CHECK_FALSE(MistakeOf(R"({"study": "copy-under-lock", "copies": ["-1 B"]})").empty());
    CHECK_FALSE(MistakeOf(R"({})").empty());
    CHECK(MistakeOf(R"({"study": "growth", "sockets": [1000000], "polls": 1000000})")
              .find("too long") != std::string::npos);
}
