// SPDX-License-Identifier: GPL-2.0-only

#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

json
WithMemory(const char* memory)
{
    return {{"hosts", {{"client", {{"memory", json::parse(memory)}}}}}};
}

} // namespace

TEST_CASE("the memory of a host is read with its defaults, and is absent without its key",
          "[scenario]")
{
    CHECK_FALSE(LoadSound(json::object()).scenario.hosts[0].memory);
    const auto loaded =
        LoadSound(WithMemory(R"({"ram": "128 MiB", "failures": "1 %", "fail-from": "2 s"})"));
    const auto& memory = loaded.scenario.hosts[0].memory;
    REQUIRE(memory);
    CHECK(memory->ram == 134217728);
    CHECK(memory->kernelShare == 12582912);
    CHECK(memory->limits.most == 0); // from the RAM
    CHECK(memory->failureShare == Approx(0.01));
    CHECK(memory->failFrom == 2 * kSecond);
    CHECK(memory->failUntil == kNever);
}

TEST_CASE("thresholds of memory are whole pages and in their order", "[scenario]")
{
    const auto loaded = LoadSound(
        WithMemory(R"({"thresholds": {"least": "1 MiB", "pressure": "2 MiB", "most": "3 MiB"}})"));
    CHECK(loaded.scenario.hosts[0].memory->limits.least == 256);
    CHECK(loaded.scenario.hosts[0].memory->limits.pressure == 512);
    CHECK(loaded.scenario.hosts[0].memory->limits.most == 768);
    CHECK_THROWS_AS(
        LoadSound(WithMemory(
            R"({"thresholds": {"least": "2 MiB", "pressure": "1 MiB", "most": "3 MiB"}})")),
        ScenarioError);
}

TEST_CASE("the RAM of a host is its hardware's; one not known or smaller than the kernel's share "
          "is an error",
          "[scenario]")
{
    auto unknown = WithMemory("{}");
    unknown["hosts"]["client"]["hardware"] = nullptr;
    CHECK_THROWS_AS(LoadSound(unknown), ScenarioError);
    CHECK(LoadSound(WithMemory("{}")).scenario.hosts[0].memory->ram == 512 << 20);
    CHECK_THROWS_AS(LoadSound(WithMemory(R"({"ram": "8 MiB"})")), ScenarioError);
    const auto tooSmall =
        ErrorOf([] { LoadSound(WithMemory(R"({"ram": "12388 KiB", "kernel": "12 MiB"})")); });
    CHECK_THAT(tooSmall.expected, Catch::Contains("192 KiB at least"));
    CHECK_THROWS_AS(
        LoadSound(WithMemory(R"({"ram": "1 GiB", "fail-from": "2 s", "fail-until": "1 s"})")),
        ScenarioError);
}

TEST_CASE("an unknown metric of a host says which list has the known ones", "[scenario]")
{
    const auto errorOf = [](const std::string& metric) {
        return ErrorOf([&metric] {
            LoadSound({{"hosts", {{"client", {{"nic", json::object()}}}}},
                       {"expect", {{{"metric", metric}, {"equals", 1}, {"because", "it would"}}}}});
        });
    };
    CHECK_THAT(errorOf("hosts.client.nic.merge_factor").expected,
               Catch::Contains("hoststack list metrics"));
    CHECK_THAT(errorOf("hosts.client.counters.TcpInSeg").expected,
               Catch::Contains("hoststack list counters"));
}

TEST_CASE("a metric of memory of a host that has no limit says why there is none", "[scenario]")
{
    try
    {
        LoadSound(json::parse(R"({"expect": [{"metric": "hosts.server.memory.allocated",
                                              "at_least": "1 B", "because": "it would"}]})"));
        FAIL("it was taken");
    }
    catch (const ScenarioError& error)
    {
        REQUIRE_FALSE(error.Issues().empty());
        CHECK(error.Issues().front().pointer == "/expect/0/metric");
        CHECK(error.Issues().front().message.find("has no \"memory\"") != std::string::npos);
    }
}
