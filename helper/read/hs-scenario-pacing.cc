// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-pacing.h"

#include "ns3/hs-pacer-names.h"
#include "ns3/hs-quoted.h"
#include "ns3/hs-traffic-settings.h"

#include <map>
#include <string>
#include <vector>

namespace hoststack
{

namespace
{

using Pointer = nlohmann::json::json_pointer;

/// One end of a leg, and where its settings are said.
struct PacedEnd
{
    const LegEnd& end;
    Pointer rate;
    Pointer pacing;
};

template <class Call>
void
ForEachEnd(const Scenario& scenario, const nlohmann::json& root, const Call& call)
{
    for (const auto& traffic : scenario.traffic)
    {
        for (std::size_t i = 0; i < traffic.legs.size(); ++i)
        {
            for (const bool isFrom : {true, false})
            {
                const auto& leg = traffic.legs[i];
                const auto& end = isFrom != traffic.openedByReceiver ? leg.client : leg.server;
                const auto where = [&](const char* key) {
                    return WhereSaid(root, scenario, traffic, i, isFrom, key);
                };
                if (!scenario.hosts[end.host].ns3Stack)
                {
                    call(PacedEnd{end, where("max-pacing-rate"), where("pacing")});
                }
            }
        }
    }
}

/// \p upper lies over \p lower: who says it knows what it makes idle.
bool
LiesOver(const Pointer& upper, const Pointer& lower, const ScenarioDocument& document)
{
    return document.Merged().contains(upper) && document.LayerOf(upper) > document.LayerOf(lower);
}

void
AddUselessWheels(const Scenario& scenario, IssueCollector& issues)
{
    const auto& document = issues.Document();
    std::vector<bool> isUsed(scenario.hosts.size());
    ForEachEnd(scenario, document.Merged(), [&](const PacedEnd& one) {
        isUsed[one.end.host] = isUsed[one.end.host] || IsOnWheel(one.end.tcp.config.pacing);
    });
    for (std::size_t i = 0; i < scenario.hosts.size(); ++i)
    {
        const auto at = Pointer("/hosts") / scenario.hosts[i].name;
        if (scenario.hosts[i].hpts && !isUsed[i] && !document.IsOfProfile(at / "hpts") &&
            !LiesOver(at / "tcp" / "pacing", at / "hpts", document))
        {
            issues.Add(at / "hpts",
                       "no connection of the host " + Quoted(scenario.hosts[i].name) +
                           " is paced by a wheel",
                       "`pacing` \"hpts\" or one of \"rack-*\" in its `tcp`, or a profile that has "
                       "it");
        }
    }
}

void
AddUselessRates(const Scenario& scenario, IssueCollector& issues)
{
    const auto& document = issues.Document();

    struct Rate
    {
        bool counts{false};
        Pointer at;
        Pointer pacing;
        std::string pacer;
    };

    std::map<std::string, Rate> rates; // by where they are said
    ForEachEnd(scenario, document.Merged(), [&](const PacedEnd& one) {
        if (document.Merged().contains(one.rate))
        {
            const auto& pacer = one.end.tcp.config.pacing;
            auto& rate = rates[one.rate.to_string()];
            rate = {rate.counts || PacesByRate(pacer), one.rate, one.pacing, pacer};
        }
    });
    for (const auto& [text, rate] : rates)
    {
        if (!rate.counts && !document.IsOfProfile(rate.at) &&
            !LiesOver(rate.pacing, rate.at, document))
        {
            issues.AddBetween({rate.at, rate.pacing},
                              "the pacing " + Quoted(rate.pacer) + " looks at no rate",
                              "another `pacing`, such as \"internal\" or \"rack-14\", or no "
                              "`max-pacing-rate`");
        }
    }
}

} // namespace

void
AddUselessPacing(const Scenario& scenario, IssueCollector& issues)
{
    if (!issues.Document().IsResolved())
    {
        AddUselessWheels(scenario, issues);
        AddUselessRates(scenario, issues);
    }
}

} // namespace hoststack
