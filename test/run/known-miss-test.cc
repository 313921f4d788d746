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

const std::string kSaid = R"("known-miss-without-direct-path": ")";

/// Those with an expectation that packets of ns-3's IP miss.
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
            ReadTextFile(path).find(kSaid) != std::string::npos)
        {
            found.push_back(path);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

TEST_CASE("what is said to be missed without the direct path only counts on it", "[run]")
{
    const auto scenarios = Scenarios();
    REQUIRE_FALSE(scenarios.empty());
    for (const auto& path : scenarios)
    {
        const auto loaded = LoadScenario(path);
        REQUIRE(loaded.scenario.run.directPath);
        const auto metrics = RunScenario(loaded).result.metrics;
        const auto verdicts = Judge(loaded.scenario.expect, metrics);
        const auto other = LoadScenario(path, {{"run.direct-path=false"}, {}}).scenario.expect;
        REQUIRE(other.size() == verdicts.size());
        for (std::size_t i = 0; i < verdicts.size(); ++i)
        {
            INFO(path << ": " << verdicts[i].expected.metric);
            const bool isOfWay = other[i].knownMiss != verdicts[i].expected.knownMiss;
            CHECK((!isOfWay || (verdicts[i].met && verdicts[i].expected.knownMiss.empty())));
        }
    }
}
