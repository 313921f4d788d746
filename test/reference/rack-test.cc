// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-pacing.h"
#include "reference-folder.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <map>
#include <optional>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

constexpr std::uint32_t kLongestBurst = 65'536; // rack_set_pace_segments

bool
HasFlag(const Json& set, const std::string& flag)
{
    const Json flags = set.value("fl", Json::array());
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

RackBurstRules
RulesOf(const Json& set)
{
    RackBurstRules rules;
    rules.leastSegments = set.value("s_floor_mss", 0U);
    rules.divisor = set.value("s_divisor", 1000U);
    rules.isEven = set.value("s_even", 1) != 0;
    rules.evenThresh = set.value("s_eventhresh", 4U);
    return rules;
}

RackBurstLimits
LimitsOf(const Json& set)
{
    RackBurstLimits limits;
    limits.most = set.value("user_max", 40U);
    limits.least = set.value("user_min", 0U);
    limits.divisor = set.value("divisor", 250U);
    limits.mayBeOne = set.value("s_one_seg", 0) != 0;
    limits.isMost = set.value("fixed", 0) != 0 || set.value("force_max", 0) != 0;
    return limits;
}

/// A gap at one of the static rates.
Json
FixedDelay(RackVersion version, const Json& set, const Json& call)
{
    const bool isRecovery = HasFlag(set, "frec") || HasFlag(set, "crec");
    const bool isSlowStart =
        set.value("cwnd_use", 0U) < set.value("ssthresh", std::uint32_t{0xffffffff});
    const char* rate = isRecovery ? "rate_rec" : isSlowStart ? "rate_ss" : "rate_ca";
    const std::uint32_t mss = call[2];
    const auto gap = RackGapUs(version,
                               call[1],
                               mss,
                               set[rate],
                               set.value("maxseg", 1460U),
                               set.value("v6", 0) != 0);
    // Only the older one sets its largest burst here.
    const auto most =
        std::min(RackPacingLength(version, set[rate], mss, LimitsOf(set)), kLongestBurst);
    return {{"slot", gap},
            {"ac", 0},
            {"via_fill", 0},
            {"maxseg", version == RackVersion::V14 ? most : 0}};
}

/// What this model answers; nothing where it has no such function.
std::optional<Json>
Answer(RackVersion version, const std::string& group, const Json& set, const Json& call)
{
    if (group == "burst")
    {
        return RackBurstBytes(version, call[1], call[2], call[3] != 0, call[4], RulesOf(set));
    }
    if (group == "plen")
    {
        return RackPacingLength(version, call[1], call[2], LimitsOf(set), RulesOf(set));
    }
    if (group == "delay_fixed")
    {
        return FixedDelay(version, set, call);
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("RACK's bursts and its gaps at static rates are what FreeBSD's own functions answered",
          "[rack]")
{
    int rows = 0;
    int equal = 0;
    int others = 0;
    ForEachLine("rack", [&](const Json& record) {
        const Json set = record.value("set", Json::object());
        for (const auto& [key, version] :
             {std::pair{"A", RackVersion::V14}, std::pair{"R", RackVersion::V15}})
        {
            const char* name = record.contains("AR") ? "AR" : key;
            if (!record.contains(name))
            {
                continue;
            }
            const auto ours = Answer(version, record["grp"], set, record["calls"][0]);
            if (!ours)
            {
                ++others;
                continue;
            }
            ++rows;
            const bool isEqual = *ours == record[name][0];
            equal += isEqual ? 1 : 0;
            INFO(record.dump() << " version " << key << " ours " << ours->dump());
            CHECK(isEqual);
        }
    });
    std::cout << "rack: " << equal << " of " << rows << " answers are identical, " << others
              << " are of functions that are not modelled\n";
    CHECK(rows > 0);
}
