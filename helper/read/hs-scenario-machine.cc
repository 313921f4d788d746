// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-machine.h"

#include "ns3/hs-quantity.h"
#include "ns3/hs-quoted.h"
#include "ns3/hs-soft-irq-rules.h"
#include "ns3/hs-thread-scheduler.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Pointer = json::json_pointer;

/// A small BPF program in the kernel's interpreter takes so many times as long as compiled: 400 to
/// 1000 ns more per packet on Arm cores where the compiled one takes 100 (xdp-project, EspressoBin
/// and MacchiatoBin; 3 to 5 times by NetBSD's measurements). Estimate.
constexpr TimeNs kInterpreterFactor = 8;

/// Below it a kernel and a few programs of a router do not start (estimate).
constexpr std::int64_t kLeastRam = 32 << 20;

TimeNs
TimeOf(const json& block, const char* key, TimeNs absent)
{
    return block.contains(key) ? ParseQuantity(block[key], QuantityKind::Time).value->value
                               : absent;
}

/// A name that a registry must have.
template <class Names>
void
ReadName(const json& block,
         const char* key,
         const Pointer& pointer,
         const Names& registry,
         std::string& name,
         IssueCollector& issues)
{
    name = block.value(key, name);
    if (!registry.Has(name))
    {
        issues.AddUnknownName(pointer / key, registry.Kind(), name, registry.Names());
    }
}

void
ReadKernel(const json& kernel,
           const Pointer& pointer,
           host::SmpConfig& config,
           IssueCollector& issues)
{
    config.hz = kernel.value("hz", config.hz);
    const auto preemption = kernel.value("preemption", "none");
    config.preemption = preemption == "full"        ? host::Preemption::Full
                        : preemption == "voluntary" ? host::Preemption::Voluntary
                                                    : host::Preemption::None;
    ReadName(kernel,
             "soft-interrupts",
             pointer,
             host::SoftIrqRulesByName(),
             config.softIrqRules,
             issues);
    ReadName(kernel, "threads", pointer, host::ThreadSchedulers(), config.threadScheduler, issues);
    config.stallTimeout = TimeOf(kernel, "stall-timeout", config.stallTimeout);
    config.softIrq.weight = kernel.value("poll-weight", config.softIrq.weight);
    config.softIrq.budget = kernel.value("poll-budget", config.softIrq.budget);
}

/// A name of the socket layer that may be there.
template <class Names>
void
ReadPart(const json& block,
         const char* key,
         const Pointer& pointer,
         const Names& registry,
         std::optional<std::string>& part,
         IssueCollector& issues)
{
    if (block.contains(key))
    {
        part.emplace();
        ReadName(block, key, pointer, registry, *part, issues);
    }
}

std::optional<host::HostDispatchSettings>
ReadSockets(const json& kernel, const Pointer& pointer, IssueCollector& issues)
{
    if (!kernel.contains("sockets"))
    {
        return std::nullopt;
    }
    const auto& block = kernel["sockets"];
    host::HostDispatchSettings settings;
    std::vector<std::string> systems;
    for (const auto& stage : host::DispatchStages())
    {
        systems.emplace_back(stage.name);
    }
    settings.system = block.value("system", settings.system);
    if (std::find(systems.begin(), systems.end(), settings.system) == systems.end())
    {
        issues.AddUnknownName(pointer / "system", "socket layer", settings.system, systems);
    }
    ReadPart(block, "table", pointer, host::DispatchTables(), settings.table, issues);
    ReadPart(block, "notification", pointer, host::Notifications(), settings.notification, issues);
    ReadPart(block, "lock", pointer, host::LockSchemes(), settings.lock, issues);
    settings.costFactor = block.value("cost-factor", settings.costFactor);
    return settings;
}

void
ReadCosts(const json& block,
          const Pointer& pointer,
          host::PriceList& prices,
          IssueCollector& issues)
{
    const auto& costs = block["costs"];
    const double factor = block.value("cost-factor", 1.0);
    std::string missing;
    for (const auto& info : host::OperationTable())
    {
        const bool isNamed = costs.contains(info.name);
        if (!isNamed && info.otherwise != host::Operation::Count)
        {
            prices[info.operation] = prices[info.otherwise];
            continue;
        }
        if (!isNamed)
        {
            missing += (missing.empty() ? "" : ", ") + std::string(info.name);
            continue;
        }
        const auto price = TimeOf(costs, info.name, 0);
        prices[info.operation] =
            static_cast<TimeNs>(std::llround(static_cast<double>(price) * factor));
    }
    if (!missing.empty())
    {
        issues.Add(pointer / "costs",
                   "has no cost for " + missing,
                   "a time for each operation; a hardware profile has them all");
    }
}

/// \param core the key of a core that the host at \p host does not have
void
AddNoCore(const Pointer& host,
          const Pointer& core,
          const MachineSpec& machine,
          IssueCollector& issues)
{
    issues.AddBetween({core, host / "cores"},
                      Quoted(core.back()) + " is no core of this host",
                      "0 to " + std::to_string(machine.config.cores - 1) +
                          ", or more of \"cores\"");
}

void
ReadEndless(const json& block, const Pointer& pointer, MachineSpec& machine, IssueCollector& issues)
{
    const json list = block.value("endless", json::array());
    for (std::size_t i = 0; i < list.size(); ++i)
    {
        EndlessSpec spec;
        spec.start = TimeOf(list[i], "start", 0);
        spec.stop = TimeOf(list[i], "stop", kNever);
        spec.inThread = list[i].value("in", "soft-interrupt") == "thread";
        spec.core = list[i].value("core", host::CoreId{0});
        if (spec.core >= machine.config.cores)
        {
            AddNoCore(pointer, pointer / "endless" / i / "core", machine, issues);
        }
        if (spec.stop <= spec.start)
        {
            issues.Add(pointer / "endless" / i / "stop", "is not after its start", "a later time");
        }
        machine.endless.push_back(spec);
    }
}

} // namespace

nlohmann::ordered_json
CostSchema()
{
    auto keys = nlohmann::ordered_json::object();
    for (const auto& info : host::OperationTable())
    {
        keys[info.name] = {
            {"description",
             std::string(info.about) + (info.isPerByte ? "; a thousand of them" : "")},
            {"$ref", "#/definitions/time"},
            {"x-maximum", "1 s"}};
    }
    return keys;
}

std::optional<MachineSpec>
ReadMachine(const json& block, const Pointer& pointer, IssueCollector& issues)
{
    if (block.contains("ram") &&
        ParseQuantity(block["ram"], QuantityKind::Size).value->value < kLeastRam)
    {
        issues.Add(pointer / "ram", "is less than a kernel needs by itself", "at least 32 MiB");
    }
    MachineSpec machine;
    const json none = json::object();
    ReadKernel(block.contains("kernel") ? block["kernel"] : none,
               pointer / "kernel",
               machine.config,
               issues);
    if (block.contains("kernel"))
    {
        machine.sockets = ReadSockets(block["kernel"], pointer / "kernel" / "sockets", issues);
    }
    if (!block.contains("costs"))
    {
        for (const auto* key :
             {"cores", "cost-factor", "endless", "interrupt-core", "receive-ring"})
        {
            // A NIC with offloads has its ring on a host without costs, too. That of a model whose
            // NIC is taken away is told there.
            const bool isOfNic =
                std::string_view(key) == "receive-ring" &&
                (block.contains("nic") ||
                 (block.contains("nic-model") && issues.Document().IsOfProfile(pointer / key)));
            if (block.contains(key) && !isOfNic)
            {
                issues.Add(pointer / key,
                           "the host has no costs: its cores have time for everything at once",
                           "a hardware profile that has costs");
            }
        }
        return std::nullopt;
    }
    ReadCosts(block, pointer, machine.config.prices, issues);
    if (block.contains("kernel") && block["kernel"].value("bpf", "jit") == "interpreter")
    {
        machine.config.prices[host::Operation::ScheduleBpf] *= kInterpreterFactor;
    }
    if (machine.sockets)
    {
        machine.config.prices[host::Operation::FindSocket] = 0; // the table says it
    }
    if (!block.contains("cores"))
    {
        issues.Add(pointer,
                   "has costs, but no cores that could pay them",
                   "\"cores\", or a hardware profile that has it");
    }
    machine.config.cores = block.value("cores", host::CoreId{1});
    ReadEndless(block, pointer, machine, issues);
    machine.receiveRing = block.value("receive-ring", machine.receiveRing);
    machine.interruptCore = block.value("interrupt-core", machine.interruptCore);
    if (machine.interruptCore >= machine.config.cores)
    {
        AddNoCore(pointer, pointer / "interrupt-core", machine, issues);
    }
    return machine;
}

} // namespace hoststack
