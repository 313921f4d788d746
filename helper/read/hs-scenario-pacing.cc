// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-pacing.h"

#include "ns3/hs-pacer-names.h"
#include "ns3/hs-quoted.h"
#include "ns3/hs-traffic-settings.h"

#include <functional>
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
    std::function<Pointer(const char* key)> where;
};

/// A key of `tcp` at which not every pacer looks.
struct PacerKey
{
    const char* name;
    bool (*counts)(const std::string& pacer);
    const char* looksAt;  ///< what a pacer does not
    const char* examples; ///< pacers that do
};

constexpr PacerKey kPacerKeys[] = {
    {"max-pacing-rate", PacesByRate, "no rate", "\"internal\" or \"rack-14\""},
    {"pacing-burst", IsOnWheel, "no largest burst", "\"hpts\" or \"rack-14\""},
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
                if (!scenario.hosts[end.host].ns3Stack)
                {
                    call(PacedEnd{end, [&, isFrom](const char* key) {
                                      return WhereSaid(root, scenario, traffic, i, isFrom, key);
                                  }});
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
AddUselessKeys(const PacerKey& key, const Scenario& scenario, IssueCollector& issues)
{
    const auto& document = issues.Document();

    struct Said
    {
        bool counts{false};
        Pointer at;
        Pointer pacing;
        std::string pacer;
    };

    std::map<std::string, Said> all; // by where they are said
    ForEachEnd(scenario, document.Merged(), [&](const PacedEnd& one) {
        const auto at = one.where(key.name);
        if (document.Merged().contains(at))
        {
            const auto& pacer = one.end.tcp.config.pacing;
            auto& said = all[at.to_string()];
            said = {said.counts || key.counts(pacer), at, one.where("pacing"), pacer};
        }
    });
    for (const auto& [text, said] : all)
    {
        if (!said.counts && !document.IsOfProfile(said.at) &&
            !LiesOver(said.pacing, said.at, document))
        {
            issues.AddBetween({said.at, said.pacing},
                              "the pacing " + Quoted(said.pacer) + " looks at " + key.looksAt,
                              std::string("another `pacing`, such as ") + key.examples +
                                  ", or no `" + key.name + '`');
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
        for (const auto& key : kPacerKeys)
        {
            AddUselessKeys(key, scenario, issues);
        }
    }
}

} // namespace hoststack
