// SPDX-License-Identifier: GPL-2.0-only
//
// Lists of any length: they have bounds, and what is wrong with them is told without comparing each
// entry with each. The long ones here would take hours otherwise.

#include "ns3/hs-scenario-schema.h"
#include "ns3/hs-text-places.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::LoadSound;
using hoststack::test::WriteSound;
using nlohmann::json;

namespace
{

constexpr std::size_t kMany = 100000;

json
ManyOf(const json& entry)
{
    return json(std::vector<json>(kMany, entry));
}

/// Nodes of a schema that say how long a list or a map of names may be, but not how long at most.
void
FindUnbounded(const json& node, const std::string& place, std::vector<std::string>& found)
{
    if (!node.is_structured())
    {
        return;
    }
    const bool isNode = node.is_object() && node.contains("type") && node["type"].is_string();
    const bool isList = isNode && node["type"] == "array";
    const bool isMap = isNode && node["type"] == "object" &&
                       node.value("additionalProperties", json()).is_object();
    if ((isList && !node.contains("maxItems")) || (isMap && !node.contains("maxProperties")))
    {
        found.push_back(place);
    }
    for (const auto& item : node.items())
    {
        FindUnbounded(item.value(), place + '/' + item.key(), found);
    }
}

} // namespace

TEST_CASE("every list and every map of names in a scenario has a bound", "[scenario]")
{
    std::vector<std::string> found;
    FindUnbounded(ScenarioSchema::Get().Document(), "", found);
    CHECK(found == std::vector<std::string>{});
}

TEST_CASE("a list that is far too long is one mistake, told at the list", "[scenario]")
{
    const json subflow = json::parse(R"({"link": "path", "flags": ["subflow"]})");

    struct Long
    {
        json patch;
        const char* pointer;
        const char* expected;
    };

    auto flags = subflow;
    flags["flags"] = ManyOf("subflow");
    json hosts;
    for (std::size_t i = 0; i < kMany; ++i)
    {
        hosts["h" + std::to_string(i)] = {{"os", "linux-6.18"}};
    }
    const Long cases[] = {
        {{{"hosts", {{"server", {{"mptcp", {{"endpoints", json::array({flags})}}}}}}}},
         "/hosts/server/mptcp/endpoints/0/flags",
         "at most 5 entries"},
        {{{"hosts", {{"server", {{"mptcp", {{"endpoints", ManyOf(subflow)}}}}}}}},
         "/hosts/server/mptcp/endpoints",
         "at most 8 entries"},
        {{{"hosts", hosts}}, "/hosts", "at most 1000 keys"},
        {{{"traffic", {{"download", {{"through", ManyOf("client")}}}}}},
         "/traffic/download/through",
         "at most 16 entries"},
        {{{"links", {{"path", {{"down", {{"strip-mptcp", ManyOf("syn")}}}}}}}},
         "/links/path/down/strip-mptcp",
         "at most 3 entries"},
        {{{"output", {{"record", ManyOf("nobody")}}}}, "/output/record", "at most 1000 entries"},
        {{{"sources", ManyOf("a book")}}, "/sources", "at most 1000 entries"},
    };
    for (const auto& one : cases)
    {
        const auto folder = WriteSound(one.patch);
        try
        {
            LoadScenario(folder.Path("sound.json"));
            FAIL("no ScenarioError");
        }
        catch (const ScenarioError& error)
        {
            INFO(error.what());
            REQUIRE(error.Issues().size() == 1);
            CHECK(error.Issues()[0].pointer == one.pointer);
            CHECK(error.Issues()[0].expected == one.expected);
            CHECK(error.Issues()[0].line > 0);
        }
    }
}

TEST_CASE("an empty list is said to be empty", "[scenario]")
{
    const auto issue = ErrorOf([] { LoadSound({{"output", {{"record", json::array()}}}}); });
    CHECK(issue.message == "is empty");
    CHECK(issue.expected == "at least 1 entry");
}

TEST_CASE("of very many mistakes the first hundred are told, each at its line", "[scenario]")
{
    auto expect = json::array();
    for (std::size_t i = 0; i < 10000; ++i)
    {
        expect.push_back({{"metric", i < 9800 ? "traffic.download.goodput" : "traffic.nobody.x"},
                          {"at_least", "1 bit/s"},
                          {"because", "x"}});
    }
    const auto folder = WriteSound({{"expect", expect}});
    try
    {
        LoadScenario(folder.Path("sound.json"));
        FAIL("no ScenarioError");
    }
    catch (const ScenarioError& error)
    {
        REQUIRE(error.Issues().size() == kMostIssues);
        CHECK(error.Issues().front().pointer == "/expect/9800/metric");
        CHECK(error.Issues().back().pointer == "/expect/9899/metric");
        CHECK(error.Issues().back().line > error.Issues().front().line);
    }
}

TEST_CASE("places in a text are those that counting from its beginning gives", "[scenario]")
{
    std::string text = "{\n  \"umlaut\": \"\u00e4\u00f6\", \"list\": [\n";
    std::vector<std::size_t> begins;
    for (int i = 0; i < 2000; ++i)
    {
        text += i > 0 ? ",\n   " : "   ";
        begins.push_back(text.size());
        text += "{\"a\\\"b\": [" + std::to_string(i) + "], \"\u00fc\": {}}";
    }
    text += "]}";
    TextPlaces places;
    for (const std::size_t i : {1999, 0, 777, 1000, 776})
    {
        const auto found = places.Find(text, {"list", std::to_string(i)});
        CHECK(found == begins[i]);
        const auto key = places.Find(text, {"list", std::to_string(i), "a\"b"});
        CHECK(key == begins[i] + 1);
        for (const auto offset : {found, key})
        {
            const auto quick = places.PositionOf(text, offset);
            const auto slow = TextPositionOf(text, offset);
            CHECK(quick.line == slow.line);
            CHECK(quick.column == slow.column);
        }
    }
    // What is not there is where it would be.
    CHECK(places.Find(text, {"list", "2000"}) == places.Find(text, {"list"}));
    CHECK(places.Find(text, {"none"}) == 0);
}
