// SPDX-License-Identifier: GPL-2.0-only
//
// What known misses of the library say of themselves.

#include "ns3/hs-run-scenario.h"
#include "ns3/hs-verdict.h"
#include "scenario-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

using namespace hoststack;

namespace
{

const std::string kMetDirectly = "met on the direct path";

/// Those with a known miss that is one only for packets of ns-3's IP.
std::vector<std::string>
Scenarios()
{
    namespace fs = std::filesystem;
    std::vector<std::string> found;
    for (const auto& entry :
         fs::recursive_directory_iterator(std::string(HOSTSTACK_SOURCE_DIR) + "/scenarios"))
    {
        const auto path = entry.path().string();
        if (entry.path().extension() == ".json" &&
            ReadTextFile(path).find(kMetDirectly) != std::string::npos)
        {
            found.push_back(path);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

TEST_CASE("a known miss that is said to be met on the direct path is met there", "[run]")
{
    const auto scenarios = Scenarios();
    REQUIRE_FALSE(scenarios.empty());
    for (const auto& path : scenarios)
    {
        const auto loaded = LoadScenario(path);
        REQUIRE(loaded.scenario.run.directPath);
        const auto metrics = RunScenario(loaded).result.metrics;
        for (const auto& verdict : Judge(loaded.scenario.expect, metrics))
        {
            INFO(path << ": " << verdict.expected.metric);
            CHECK((verdict.met || verdict.expected.knownMiss.rfind(kMetDirectly, 0) != 0));
        }
    }
}
