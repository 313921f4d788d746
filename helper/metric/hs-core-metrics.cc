// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-core-metrics.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;
using host::ContextKind;
using host::StallKind;

double
Plain(std::uint64_t count)
{
    return static_cast<double>(count);
}

Value
ShareOf(TimeNs time, const CoreFigures& f)
{
    return f.elapsed > 0 ? Value(ToSeconds(time) / ToSeconds(f.elapsed)) : Value();
}

template <ContextKind kind>
Value
Share(const CoreFigures& f)
{
    return ShareOf(f.account.Of(kind), f);
}

template <std::uint64_t host::CoreAccount::*field>
Value
OfBacklog(const CoreFigures& f)
{
    return f.account.hasBacklog ? Value(Plain(f.account.*field)) : Value();
}

double
CountOf(const MachineFigures& f, StallKind kind)
{
    return static_cast<double>(
        std::count_if(f.stalls.begin(), f.stalls.end(), [kind](const auto& stall) {
            return stall.kind == kind;
        }));
}

Value
FirstOf(const MachineFigures& f, StallKind kind)
{
    const auto found = std::find_if(f.stalls.begin(), f.stalls.end(), [kind](const auto& stall) {
        return stall.kind == kind;
    });
    return found == f.stalls.end() ? Value() : Value(ToSeconds(found->at));
}

} // namespace

CoreFigures
Between(const host::CoreAccount& from, const host::CoreAccount& to)
{
    CoreFigures f;
    f.elapsed = to.until - from.until;
    f.account = to;
    auto& a = f.account;
    for (std::size_t kind = 0; kind < host::kContextKinds; ++kind)
    {
        a.busy[kind] -= from.busy[kind];
    }
    a.idle -= from.idle;
    a.daemon -= from.daemon;
    a.charged -= from.charged;
    a.spinning -= from.spinning;
    a.interrupts -= from.interrupts;
    a.ticks -= from.ticks;
    a.switches -= from.switches;
    a.passes -= from.passes;
    a.handovers -= from.handovers;
    a.squeezes -= from.squeezes;
    a.packets -= from.packets;
    a.waits -= from.waits;
    a.waited -= from.waited;
    a.steered -= from.steered;
    a.backlogDrops -= from.backlogDrops;
    a.signals -= from.signals;
    a.interruptWaited -= from.interruptWaited;
    return f;
}

const MetricTable<CoreFigures>&
CoreMetricTable()
{
    static const MetricTable<CoreFigures> table{
        {"busy",
         U::Share,
         kMeasuredRate,
         "share of the core's time that was not idle",
         [](const auto& f) { return ShareOf(f.account.Busy(), f); }},
        {"user",
         U::Share,
         kMeasuredRate,
         "share in threads of applications, their calls into the kernel included",
         Share<ContextKind::User>},
        {"kernel",
         U::Share,
         kMeasuredRate,
         "share in threads of the kernel, without ksoftirqd",
         Share<ContextKind::KernelThread>},
        {"softirq",
         U::Share,
         kMeasuredRate,
         "share in soft interrupts, ksoftirqd included",
         Share<ContextKind::SoftIrq>},
        {"ksoftirqd",
         U::Share,
         kMeasuredRate,
         "share in ksoftirqd",
         [](const auto& f) { return ShareOf(f.account.daemon, f); }},
        {"irq",
         U::Share,
         kMeasuredRate,
         "share in hard interrupts and ticks",
         Share<ContextKind::HardIrq>},
        {"spinning",
         U::Share,
         kMeasuredRate,
         "share in waiting for a lock that another core has",
         [](const auto& f) { return ShareOf(f.account.spinning, f); }},
        {"wait.mean",
         U::Seconds,
         kMeasuredRate,
         "run-queue delay: how long a runnable thread waited for the core, mean",
         [](const auto& f) {
             return f.account.waits > 0
                        ? Value(ToSeconds(f.account.waited) / Plain(f.account.waits))
                        : Value();
         }},
        {"wait.max",
         U::Seconds,
         kOfWholeRun,
         "the longest such delay",
         [](const auto& f) { return ToSeconds(f.account.longestWait); }},
        {"switches",
         U::Count,
         kMeasuredCount,
         "from one thread to another",
         [](const auto& f) { return Plain(f.account.switches); }},
        {"interrupts",
         U::Count,
         kMeasuredCount,
         "hard interrupts, without ticks",
         [](const auto& f) { return Plain(f.account.interrupts); }},
        {"interrupt-wait.mean",
         U::Seconds,
         kMeasuredRate,
         "from a hard interrupt's coming to its beginning: other interrupts, or a lock for which "
         "they are off; mean, without ticks",
         [](const auto& f) {
             return f.account.interrupts > 0
                        ? Value(ToSeconds(f.account.interruptWaited) / Plain(f.account.interrupts))
                        : Value();
         }},
        {"interrupt-wait.max",
         U::Seconds,
         kOfWholeRun,
         "the longest such time, with ticks",
         [](const auto& f) { return ToSeconds(f.account.longestInterruptWait); }},
        {"packets",
         U::Count,
         kMeasuredCount,
         "frames that were polled on the core",
         [](const auto& f) { return Plain(f.account.packets); }},
        {"time-squeeze",
         U::Count,
         kMeasuredCount,
         "rounds of polling that ended with their budget (third column of softnet_stat)",
         [](const auto& f) { return Plain(f.account.squeezes); }},
        {"handovers",
         U::Count,
         kMeasuredCount,
         "passes over soft interrupts that left work to ksoftirqd",
         [](const auto& f) { return Plain(f.account.handovers); }},
        {"steered",
         U::Count,
         kMeasuredCount,
         "received units that steering has put into the core's backlog",
         OfBacklog<&host::CoreAccount::steered>},
        {"backlog-drops",
         U::Count,
         kMeasuredCount,
         "of them, that were dropped because it was full (second column of softnet_stat)",
         OfBacklog<&host::CoreAccount::backlogDrops>},
        {"steering-interrupts",
         U::Count,
         kMeasuredCount,
         "interrupts with which another core has told of its backlog (received_rps)",
         OfBacklog<&host::CoreAccount::signals>},
    };
    return table;
}

const MetricTable<MachineFigures>&
MachineMetricTable()
{
    static const MetricTable<MachineFigures> table{
        {"busiest",
         U::Share,
         kMeasuredOnly,
         "share of the busiest core's time that was not idle",
         [](const auto& f) { return f.busiest; }},
        {"ring-drops",
         U::Count,
         kOfWholeRun,
         "frames lost because the processor did not come to a device in time",
         [](const auto& f) { return Plain(f.ringDrops); }},
        {"stalls",
         U::Count,
         kOfWholeRun,
         "RCU stalls in the log",
         [](const auto& f) { return CountOf(f, StallKind::Rcu); }},
        {"stalls.first",
         U::Seconds,
         kOfWholeRun,
         "when the first was reported",
         [](const auto& f) { return FirstOf(f, StallKind::Rcu); }},
        {"lock-ups",
         U::Count,
         kOfWholeRun,
         "soft lock-ups in the log",
         [](const auto& f) { return CountOf(f, StallKind::LockUp); }},
    };
    return table;
}

std::vector<std::string>
CoreObjects(const std::string& host, std::size_t cores)
{
    std::vector<std::string> objects;
    for (std::size_t core = 0; core < cores; ++core)
    {
        objects.push_back("hosts." + host + ".cpu.core" + std::to_string(core));
    }
    return objects;
}

std::vector<std::string>
MachineMetricNames(const std::string& host, std::size_t cores)
{
    std::vector<std::string> names;
    for (const auto& row : MachineMetricTable())
    {
        names.push_back("hosts." + host + ".cpu." + row.suffix);
    }
    for (const auto& object : CoreObjects(host, cores))
    {
        for (const auto& row : CoreMetricTable())
        {
            names.push_back(object + '.' + row.suffix);
        }
    }
    return names;
}

} // namespace hoststack
