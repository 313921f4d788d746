// SPDX-License-Identifier: GPL-2.0-only

#include "rack-seen.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <map>
#include <string>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

/// How many answers of a group are as they should be.
struct Tally
{
    int equal{0};
    int rows{0};
    int missing{0};
};

using PartOfRack = std::optional<Json> (*)(RackVersion, const Json&);

/// By the part that has the group.
std::optional<Json>
Answers(RackVersion version, const Json& record)
{
    static const std::map<std::string, PartOfRack> parts{
        {"burst", BurstAnswers},    {"plen", BurstAnswers},        {"delay_fixed", RateAnswers},
        {"delay_old", RateAnswers}, {"delay_dyn", RateAnswers},    {"setp", RateAnswers},
        {"rate", RateAnswers},      {"mwin", RateAnswers},         {"thr", TimerAnswers},
        {"tlp", TimerAnswers},      {"tstart", TimerAnswers},      {"persval", TimerAnswers},
        {"backoff", TimerAnswers},  {"rackout", TimerAnswers},     {"sackpass", TimerAnswers},
        {"urtt", RttAnswers},       {"seq_rtt", RttAnswers},       {"seq_dsack", RttAnswers},
        {"timely", TimelyAnswers},  {"seq_timely", TimelyAnswers}, {"winupd", OutputAnswers},
        {"decide", OutputAnswers},  {"advwin", OutputAnswers},     {"gain", OutputAnswers},
        {"arm", OutputAnswers},     {"hpts", WheelAnswers},        {"seq_pace", WheelAnswers},
        {"seq_gate", WheelAnswers},
    };
    const auto part = parts.find(record["grp"]);
    return part == parts.end() ? std::nullopt : part->second(version, record);
}

} // namespace

TEST_CASE("RACK's bursts, gaps, timers and estimates are what FreeBSD's own functions answered",
          "[rack]")
{
    std::map<std::string, Tally> tallies;
    ForEachLine("rack", [&](const Json& record) {
        for (const auto& [key, version] :
             {std::pair{"A", RackVersion::V14}, std::pair{"R", RackVersion::V15}})
        {
            const char* name = record.contains("AR") ? "AR" : key;
            if (!record.contains(name))
            {
                continue;
            }
            auto& tally = tallies[record["grp"]];
            const auto ours = Answers(version, record);
            if (!ours)
            {
                ++tally.missing;
                continue;
            }
            ++tally.rows;
            const bool isEqual = *ours == record[name];
            tally.equal += isEqual ? 1 : 0;
            if (!isEqual)
            {
                FAIL_CHECK(record.dump() << "\nversion " << key << " ours " << ours->dump());
            }
        }
    });
    Tally all;
    for (const auto& [group, tally] : tallies)
    {
        std::cout << "rack " << group << ": " << tally.equal << " of " << tally.rows
                  << " runs are identical, " << tally.missing << " are not modelled\n";
        all.equal += tally.equal;
        all.rows += tally.rows;
        all.missing += tally.missing;
    }
    std::cout << "rack: " << all.equal << " of " << all.rows << " runs are identical, "
              << all.missing << " are of functions that are not modelled\n";
    CHECK(all.rows > 0);
    CHECK(all.missing == 0);
}
