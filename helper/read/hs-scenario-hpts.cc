// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-hpts.h"

#include "ns3/hs-quoted.h"
#include "ns3/hs-registry.h"

#include <limits>
#include <map>

namespace hoststack
{

namespace
{

using Json = nlohmann::json;
using Pointer = Json::json_pointer;

HptsVersion
ReadVersion(const Json& hpts, const Pointer& at, IssueCollector& issues)
{
    const std::string name = hpts.value("version", HptsVersions().front().name);
    try
    {
        return HptsVersionByName(name);
    }
    catch (const UnknownName&)
    {
        issues.AddUnknownName(at / "version", "version of HPTS", name, HptsVersionNames());
        return HptsVersions().front();
    }
}

void
ReadSysctls(const Json& block,
            const Pointer& at,
            HptsHostSettings& settings,
            IssueCollector& issues)
{
    std::map<std::string, std::string> said; // the name in the file by the kernel's
    for (const auto& item : block.items())
    {
        const auto value = item.value().get<std::int64_t>();
        if (value < std::numeric_limits<std::int32_t>::min() ||
            value > std::numeric_limits<std::int32_t>::max())
        {
            issues.Add(at / item.key(), "does not fit into 32 bits", "a smaller number");
            continue;
        }
        try
        {
            const auto [other, isNew] = said.emplace(HptsSysctlByName(item.key()).name, item.key());
            if (!isNew)
            {
                issues.AddBetween({at / other->second, at / item.key()},
                                  Quoted(other->second) + " and " + Quoted(item.key()) +
                                      " are two names of one sysctl",
                                  "one of them");
            }
            const auto refusal = SetHptsSysctl(settings.sysctls,
                                               settings.version,
                                               item.key(),
                                               static_cast<std::int32_t>(value));
            if (!refusal.empty())
            {
                const auto cut = refusal.find("; expected ");
                issues.Add(at / item.key(),
                           refusal.substr(0, cut),
                           refusal.substr(cut + std::string("; expected ").size()));
            }
        }
        catch (const UnknownName&)
        {
            issues.AddUnknownName(at / item.key(),
                                  "sysctl of net.inet.tcp.hpts",
                                  item.key(),
                                  HptsSysctlNames());
        }
    }
}

} // namespace

std::optional<HptsHostSettings>
ReadHpts(const Json& block, const Pointer& pointer, IssueCollector& issues)
{
    if (!block.contains("hpts"))
    {
        return std::nullopt;
    }
    const Json& hpts = block["hpts"];
    const auto at = pointer / "hpts";
    HptsHostSettings settings(ReadVersion(hpts, at, issues));
    settings.topology.cpus = hpts.value("wheels", std::uint16_t{1});
    settings.topology.l3Groups = hpts.value("l3-groups", std::uint16_t{1});
    if (settings.topology.cpus % settings.topology.l3Groups != 0)
    {
        issues.Add(at / "l3-groups",
                   "the wheels do not divide into so many groups of equal size",
                   "a divisor of " + std::to_string(settings.topology.cpus));
    }
    if (hpts.contains("sysctl"))
    {
        ReadSysctls(hpts["sysctl"], at / "sysctl", settings, issues);
    }
    return settings;
}

} // namespace hoststack
