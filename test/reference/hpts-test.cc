// SPDX-License-Identifier: GPL-2.0-only

#include "hpts-script.h"
#include "reference-folder.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <map>

using namespace hoststack;
using namespace hoststack::reference;

namespace
{

/// What the recorded versions are called here.
const std::map<std::string, std::string> kVersions{
    {"A", "14.0"},
    {"N", "15-usec"},
    {"E", "64-usec"},
};

/// Without what only a kernel with assertions says.
Json
WithoutAssertions(Json seen)
{
    auto& events = seen["e"];
    Json kept = Json::array();
    for (const auto& event : events)
    {
        if (event[0] != "!")
        {
            kept.push_back(event);
        }
    }
    events = kept;
    return seen;
}

struct Tally
{
    int runs{0};
    int steps{0};
    int equal{0};
};

void
Replay(const Json& record, Tally& tally)
{
    for (const auto& [key, name] : kVersions)
    {
        if (!record["obs"].contains(key))
        {
            continue;
        }
        HptsScript script(HptsVersionByName(name), record);
        const Json& seen = record["obs"][key];
        bool isEqual = true;
        for (std::size_t i = 0; i < seen.size() && isEqual; ++i)
        {
            const std::string step = i == 0 ? "boot" : record["steps"][i - 1].get<std::string>();
            const Json ours = i == 0 ? script.Boot() : script.Do(step);
            ++tally.steps;
            const Json kernel = WithoutAssertions(seen[i]);
            if (ours != kernel)
            {
                isEqual = false;
                INFO(record["id"] << " " << record["grp"] << " version " << key << " step " << i
                                  << ": " << step << "\n  ours:   " << ours.dump()
                                  << "\n  kernel: " << kernel.dump());
                CHECK(false);
            }
        }
        ++tally.runs;
        tally.equal += isEqual ? 1 : 0;
    }
}

} // namespace

TEST_CASE("HPTS does, step by step, what FreeBSD's own functions did", "[hpts]")
{
    Tally tally;
    ForEachLine("hpts", [&](const Json& record) { Replay(record, tally); });
    std::cout << "hpts: " << tally.equal << " of " << tally.runs << " runs are identical ("
              << tally.steps << " steps)\n";
    CHECK(tally.runs > 0);
    CHECK(tally.equal == tally.runs);
}
