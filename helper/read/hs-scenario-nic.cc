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

/// Names of the keys of a moderation.
struct ModerationKeys
{
    const char* name;
    const char* delay;
    const char* packets;
};

constexpr ModerationKeys kReceiving{"moderation", "interrupt-delay", "interrupt-packets"};
constexpr ModerationKeys kSending{"transmit-moderation",
                                  "transmit-interrupt-delay",
                                  "transmit-interrupt-packets"};

void
ReadModeration(const Json& nic,
               const Json::json_pointer& at,
               const ModerationKeys& keys,
               std::string& name,
               ModerationSettings& settings,
               IssueCollector& issues)
{
    name = nic.value(keys.name, name);
    CheckName(at / keys.name, "interrupt moderation", name, InterruptModerations().Names(), issues);
    ReadTime(nic, keys.delay, settings.delay);
    settings.packets = nic.value(keys.packets, settings.packets);
    const bool counts = name == "packets-or-time" || name == "packets-or-grid";
    const bool isTimed = name == "fixed" || name == "grid" || counts;
    if (isTimed && settings.delay == 0)
    {
        issues.AddBetween({at / keys.delay, at / keys.name},
                          "the moderation " + Quoted(name) + " needs a time",
                          Quoted(keys.delay) + " of more than 0 s");
    }
    if (!isTimed && nic.contains(keys.delay))
    {
        issues.AddBetween(
            {at / keys.delay, at / keys.name},
            "the moderation " + Quoted(name) + " knows no " + Quoted(keys.delay),
            Quoted(keys.name) +
                ": \"fixed\", \"packets-or-time\", \"grid\" or \"packets-or-grid\", or no " +
                Quoted(keys.delay) + " (null takes away a profile's)");
    }
    if (counts != (settings.packets > 0))
    {
        issues.AddBetween({at / keys.packets, at / keys.name},
                          "a number of packets belongs to the moderations \"packets-or-time\" and "
                          "\"packets-or-grid\", and only to them",
                          "both or none");
    }
}

void
ReadTransmit(const Json& nic,
             const Json::json_pointer& at,
             TransmitSettings& settings,
             IssueCollector& issues)
{
    settings.queue = nic.value("queue", settings.queue);
    CheckName(at / "queue", "queue discipline", settings.queue, DeviceQueues().Names(), issues);
    if (settings.queue == "none")
    {
        for (const char* key : {"queue-limit",
                                "rate",
                                "transmit-ring",
                                "byte-queue-limits",
                                "tso",
                                "transfer-packets",
                                "transfer-bytes",
                                "transfer-wait",
                                kSending.name,
                                kSending.delay,
                                kSending.packets})
        {
            if (nic.contains(key))
            {
                issues.AddBetween({at / key, at / "queue"},
                                  "this NIC has no queue: what is sent is on its link at once",
                                  "a `queue` beside it, such as \"fq-codel\", or no " +
                                      Quoted(key) + " (null takes away a profile's)");
            }
        }
        return;
    }
    settings.queueSettings.packets = nic.value("queue-limit", settings.queueSettings.packets);
    settings.ring = nic.value("transmit-ring", settings.ring);
    settings.limitsBytes = nic.value("byte-queue-limits", settings.limitsBytes);
    settings.segments = nic.value("tso", settings.segments);
    auto& transfer = settings.transfer;
    transfer.packets = nic.value("transfer-packets", transfer.packets);
    for (const char* key : {"transfer-bytes", "transfer-wait"})
    {
        if (transfer.packets == 1 && nic.contains(key))
        {
            issues.AddBetween({at / key, at / "transfer-packets"},
                              "each packet is a transfer of its own",
                              "`transfer-packets` of more than 1");
        }
    }
    if (nic.contains("transfer-bytes"))
    {
        transfer.bytes =
            static_cast<std::uint32_t>(ParseQuantity(nic["transfer-bytes"], QuantityKind::Size)
                                           .value.value_or(Quantity())
                                           .value);
    }
    ReadTime(nic, "transfer-wait", transfer.wait);
    if (transfer.packets > 1 && settings.segments)
    {
        issues.AddBetween({at / "tso", at / "transfer-packets"},
                          "what goes into one transfer are packets, and this NIC takes "
                          "super-segments",
                          "`tso`: false");
    }
    if (nic.contains("rate"))
    {
        const auto rate = ParseQuantity(nic["rate"], QuantityKind::Rate).value.value_or(Quantity());
        settings.rate = static_cast<BitsPerSecond>(rate.value);
    }
    ReadModeration(nic, at, kSending, settings.moderation, settings.moderationSettings, issues);
}

void
ReadSteering(const Json& nic,
             const Json::json_pointer& at,
             host::SteeringSettings& settings,
             IssueCollector& issues)
{
    settings.name = nic.value("steering", settings.name);
    CheckName(at / "steering",
              "packet steering",
              settings.name,
              host::PacketSteerings().Names(),
              issues);
    settings.backlogLimit = nic.value("backlog", settings.backlogLimit);
    settings.cores = nic.value("rps-cpus", settings.cores);
    std::sort(settings.cores.begin(), settings.cores.end());
    const bool hashes = settings.name == "rps" || settings.name == "rfs";
    for (const char* key : {"rps-cpus", "backlog"})
    {
        if (!hashes && nic.contains(key))
        {
            issues.AddBetween({at / key, at / "steering"},
                              "nothing is put into other cores' backlogs with the steering " +
                                  Quoted(settings.name),
                              "\"steering\": \"rps\" or \"rfs\"");
        }
    }
    if (settings.name == "rps" && settings.cores.empty())
    {
        issues.Add(at / "steering", "has no core to steer to", "a list \"rps-cpus\" beside it");
    }
    if (settings.name != "none" && !nic.value("polls", true))
    {
        issues.AddBetween(
            {at / "steering", at / "polls"},
            "a driver that does not poll has one backlog, on the core of its interrupts",
            "\"polls\": true, or \"steering\": \"none\"");
    }
}

} // namespace

void
CheckSteering(const HostSpec& host,
              const Json& block,
              const Json::json_pointer& pointer,
              IssueCollector& issues)
{
    if (!host.nic || host.nic->steering.name == "none")
    {
        return;
    }
    const auto at = pointer / "nic";
    if (!host.machine)
    {
        issues.Add(at / "steering",
                   "the host has no costs: its cores have time for everything at once",
                   "a hardware profile that has costs, or \"none\"");
        return;
    }
    const auto cpus = block["nic"].value("rps-cpus", Json::array());
    for (std::size_t i = 0; i < cpus.size(); ++i)
    {
        if (cpus[i].get<std::uint32_t>() >= host.machine->config.cores)
        {
            issues.AddBetween({at / "rps-cpus" / i, pointer / "cores"},
                              "is no core of this host",
                              "0 to " + std::to_string(host.machine->config.cores - 1) +
                                  ", or more of \"cores\"");
        }
    }
}

namespace
{

std::uint32_t
SizeOf(const Json& nic, const char* key, std::uint32_t otherwise)
{
    return nic.contains(key)
               ? static_cast<std::uint32_t>(
                     ParseQuantity(nic[key], QuantityKind::Size).value.value_or(Quantity()).value)
               : otherwise;
}

/// Aggregates of a modem, and the buffers of its driver.
void
ReadAggregates(const Json& nic,
               const Json::json_pointer& at,
               NicSettings& all,
               IssueCollector& issues)
{
    auto& settings = all.aggregates;
    if (!nic.contains("aggregate-bytes"))
    {
        for (const char* key : {"aggregate-packets",
                                "aggregate-period",
                                "buffer-bytes",
                                "buffers",
                                "refill-at",
                                "refill-retry"})
        {
            if (nic.contains(key))
            {
                issues.Add(at / key,
                           "packets come to this NIC one by one",
                           "an `aggregate-bytes` beside it, such as \"32 KiB\"");
            }
        }
        return;
    }
    settings.bytes = SizeOf(nic, "aggregate-bytes", 0);
    settings.packets = nic.value("aggregate-packets", settings.packets);
    settings.bufferBytes = SizeOf(nic, "buffer-bytes", settings.bytes);
    settings.buffers = nic.value("buffers", 13U);
    settings.refillAt = nic.value("refill-at", settings.buffers - 1);
    ReadTime(nic, "aggregate-period", settings.period);
    ReadTime(nic, "refill-retry", settings.retry);
    if (settings.period == 0)
    {
        issues.AddBetween({at / "aggregate-period", at / "aggregate-bytes"},
                          "an aggregate that is not full would never end",
                          "an \"aggregate-period\" of more than 0 s");
    }
    if (settings.retry == 0)
    {
        issues.Add(at / "refill-retry",
                   "is no pause: a driver without memory would try for ever at one time",
                   "more than 0 s");
    }
    if (settings.refillAt >= settings.buffers)
    {
        issues.AddBetween({at / "refill-at", at / "buffers"},
                          "so many buffers are never left",
                          "\"refill-at\" below \"buffers\"");
    }
    if (all.moderation != "none" || !all.polls)
    {
        issues.AddBetween({at / "moderation", at / "aggregate-bytes"},
                          "each aggregate is an interrupt and then a poll",
                          "no `moderation` and no `polls` beside `aggregate-bytes`");
    }
}

/// Settings beside an offload that does not look at them.
void
CheckOffloadSettings(const Json& nic,
                     const Json::json_pointer& at,
                     const std::string& offload,
                     IssueCollector& issues)
{
    if (nic.contains("entries") && offload.rfind("lro", 0) != 0)
    {
        issues.AddBetween({at / "entries", at / "offload"},
                          "the receive offload " + Quoted(offload) + " has no such limit",
                          "an \"offload\" that is a kind of LRO");
    }
    for (const char* key : {"aggregation", "age"})
    {
        if (nic.contains(key) && offload != "lro-hardware")
        {
            issues.AddBetween({at / key, at / "offload"},
                              "the receive offload " + Quoted(offload) + " has no such timer",
                              "\"offload\": \"lro-hardware\"");
        }
    }
    for (const char* key : {"flush-timeout", "defer-interrupts"})
    {
        if (nic.contains(key) && nic.value("polls", true) && offload.rfind("gro", 0) != 0)
        {
            issues.AddBetween({at / key, at / "offload"},
                              "the receive offload " + Quoted(offload) +
                                  " holds nothing over polls",
                              "\"offload\": \"gro\" or \"gro-list\"");
        }
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
    CheckName(at / "offload",
              "receive offload",
              settings.offload,
              ReceiveOffloads().Names(),
              issues);
    settings.ring = block.value("receive-ring", settings.ring);
    settings.hasHash = nic.value("flow-hash", settings.hasHash);
    settings.polls = nic.value("polls", settings.polls);
    if (!settings.polls &&
        (settings.offload != "none" || nic.value("moderation", "none") != "none" ||
         nic.contains("flush-timeout") || nic.contains("defer-interrupts")))
    {
        issues.Add(at / "polls",
                   "a driver that does not poll takes each frame in an interrupt of its own",
                   "no `offload`, `moderation`, `flush-timeout` or `defer-interrupts` beside it");
    }
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
    CheckOffloadSettings(nic, at, settings.offload, issues);
    ReadModeration(nic, at, kReceiving, settings.moderation, settings.moderationSettings, issues);
    if (settings.polls && offload.weight > settings.ring)
    {
        issues.AddBetween({pointer / "kernel" / "poll-weight", pointer / "receive-ring"},
                          "a poll would take " + std::to_string(offload.weight) +
                              " frames of a ring that has " + std::to_string(settings.ring),
                          "\"poll-weight\" at most \"receive-ring\"");
    }
    if (offload.deferInterrupts > 0 && offload.flushTimeout == 0)
    {
        issues.AddBetween({at / "defer-interrupts", at / "flush-timeout"},
                          "nothing would poll while the interrupt is off",
                          "a \"flush-timeout\" of more than 0 s with \"defer-interrupts\"");
    }
    ReadSteering(nic, at, settings.steering, issues);
    ReadAggregates(nic, at, settings, issues);
    ReadTransmit(nic, at, settings.transmit, issues);
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
