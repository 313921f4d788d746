// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-nic.h"

#include "ns3/hs-quantity.h"
#include "ns3/hs-quoted.h"

#include <algorithm>
#include <string>

namespace hoststack
{

namespace
{

using Json = nlohmann::json;

void
ReadTime(const Json& block, const char* key, TimeNs& value)
{
    if (block.contains(key))
    {
        value = ParseQuantity(block[key], QuantityKind::Time).value.value_or(Quantity()).value;
    }
}

template <class Names>
void
CheckName(const Json::json_pointer& at,
          const char* kind,
          const std::string& name,
          const Names& known,
          IssueCollector& issues)
{
    if (std::find(known.begin(), known.end(), name) == known.end())
    {
        issues.AddUnknownName(at, kind, name, known);
    }
}

} // namespace

std::optional<NicSettings>
ReadNic(const Json& block, const Json::json_pointer& pointer, IssueCollector& issues)
{
    if (!block.contains("nic"))
    {
        return std::nullopt;
    }
    const auto& nic = block["nic"];
    const auto at = pointer / "nic";
    NicSettings settings;
    settings.offload = nic.value("offload", settings.offload);
    settings.moderation = nic.value("moderation", settings.moderation);
    CheckName(at / "offload",
              "receive offload",
              settings.offload,
              ReceiveOffloads().Names(),
              issues);
    CheckName(at / "moderation",
              "interrupt moderation",
              settings.moderation,
              InterruptModerations().Names(),
              issues);
    settings.ring = block.value("receive-ring", settings.ring);
    settings.hasHash = nic.value("flow-hash", settings.hasHash);
    auto& offload = settings.offloadSettings;
    const auto kernel = block.value("kernel", Json::object());
    offload.weight = kernel.value("poll-weight", offload.weight);
    offload.deferInterrupts = nic.value("defer-interrupts", offload.deferInterrupts);
    offload.entries = nic.value("entries", offload.entries);
    offload.sortArray = std::min<std::uint32_t>(offload.sortArray, settings.ring);
    if (kernel.contains("hz"))
    {
        offload.tick = kSecond / kernel["hz"].get<std::int64_t>();
    }
    ReadTime(nic, "flush-timeout", offload.flushTimeout);
    ReadTime(nic, "aggregation", offload.aggregation);
    ReadTime(nic, "age", offload.age);
    auto& moderation = settings.moderationSettings;
    ReadTime(nic, "interrupt-delay", moderation.delay);
    moderation.packets = nic.value("interrupt-packets", moderation.packets);
    if (offload.weight > settings.ring)
    {
        issues.Add(kernel.contains("poll-weight") ? pointer / "kernel" / "poll-weight"
                                                  : pointer / "receive-ring",
                   "a poll would take " + std::to_string(offload.weight) +
                       " frames of a ring that has " + std::to_string(settings.ring),
                   "a weight that is not above the ring");
    }
    if (offload.deferInterrupts > 0 && offload.flushTimeout == 0)
    {
        issues.Add(at / "defer-interrupts",
                   "nothing would poll while the interrupt is off",
                   "`flush-timeout` beside it");
    }
    const bool isTimed = settings.moderation == "fixed" ||
                         settings.moderation == "packets-or-time" || settings.moderation == "grid";
    if (isTimed && moderation.delay == 0)
    {
        issues.Add(at / "moderation",
                   Quoted(settings.moderation) + " needs a time",
                   "`interrupt-delay` beside it");
    }
    if (!isTimed && nic.contains("interrupt-delay"))
    {
        issues.Add(at / "interrupt-delay",
                   "the moderation " + Quoted(settings.moderation) + " does not know it",
                   "\"moderation\": \"fixed\", \"packets-or-time\" or \"grid\"");
    }
    if ((settings.moderation == "packets-or-time") != (moderation.packets > 0))
    {
        issues.Add(
            at / (moderation.packets > 0 ? "interrupt-packets" : "moderation"),
            "a number of packets belongs to the moderation \"packets-or-time\", and only to it",
            "both or none");
    }
    return settings;
}

void
AddUselessNics(const Scenario& scenario, IssueCollector& issues)
{
    for (std::size_t i = 0; i < scenario.hosts.size(); ++i)
    {
        const auto& host = scenario.hosts[i];
        if (!host.nic)
        {
            continue;
        }
        const auto at = Json::json_pointer("/hosts") / host.name / "nic";
        const bool hasOurs =
            std::any_of(scenario.links.begin(), scenario.links.end(), [i](const auto& link) {
                return link.kind == LinkKind::Path && (link.ends[0] == i || link.ends[1] == i);
            });
        if (!hasOurs)
        {
            issues.Add(at,
                       "all devices of the host " + Quoted(host.name) +
                           " are ns-3's own, which have neither ring nor offload",
                       "a link of the kind \"path\"");
        }
        else if (host.ns3Stack && host.nic->offload != "none")
        {
            issues.Add(at / "offload",
                       "ns-3's own TCP takes packets one by one",
                       "\"none\", or a host with our stack");
        }
    }
}

} // namespace hoststack
