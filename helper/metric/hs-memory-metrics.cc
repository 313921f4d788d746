// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-memory-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;
using Counts = host::HostMemory::Counts;

constexpr MetricUse kState{InSeries::State, true, true};

double
Bytes(std::int64_t pages)
{
    return static_cast<double>(pages * MemoryAccount::kPage);
}

template <std::uint64_t Counts::*field>
Value
Count(const MemoryFigures& f)
{
    return static_cast<double>(f.counts.*field);
}

} // namespace

const MetricTable<MemoryFigures>&
MemoryMetricTable()
{
    using F = MemoryFigures;
    static const MetricTable<MemoryFigures> table{
        {"allocated",
         U::Bytes,
         kState,
         "memory of all TCP and MPTCP sockets, whole pages",
         [](const F& f) -> Value { return Bytes(f.pages); }},
        {"allocated.max",
         U::Bytes,
         kOfWholeRun,
         "the most of it",
         [](const F& f) -> Value { return Bytes(f.counts.mostPages); }},
        {"pressure",
         U::Count,
         kState,
         "1 while the host calls itself short of memory, else 0",
         [](const F& f) -> Value { return f.isPressed ? 1.0 : 0.0; }},
        {"pressure.time",
         U::Seconds,
         kOfWholeRun,
         "time spent so",
         [](const F& f) -> Value { return ToSeconds(f.counts.underPressure); }},
        {"pressure.begins",
         U::Count,
         kOfWholeRun,
         "times that this began (TcpExtTCPMemoryPressures)",
         Count<&Counts::pressures>},
        {"sockets",
         U::Count,
         kState,
         "accounts of sockets, one for each subflow, too",
         [](const F& f) -> Value { return f.sockets; }},
        {"threshold.least",
         U::Bytes,
         kOfWholeRun,
         "pressure ends at or below (tcp_mem[0])",
         [](const F& f) -> Value { return Bytes(f.limits.least); }},
        {"threshold.pressure",
         U::Bytes,
         kOfWholeRun,
         "pressure begins above (tcp_mem[1])",
         [](const F& f) -> Value { return Bytes(f.limits.pressure); }},
        {"threshold.most",
         U::Bytes,
         kOfWholeRun,
         "beyond it nothing is granted (tcp_mem[2])",
         [](const F& f) -> Value { return Bytes(f.limits.most); }},
        {"refusals",
         U::Count,
         kOfWholeRun,
         "requests for pages that were refused",
         Count<&Counts::refusals>},
        {"forced",
         U::Count,
         kOfWholeRun,
         "pages charged though they would have been refused",
         Count<&Counts::forced>},
        {"failures",
         U::Count,
         kOfWholeRun,
         "requests that failed because the scenario wants it",
         Count<&Counts::failures>},
        {"orphans",
         U::Count,
         kState,
         "closed connections that no program owns and that wait for acknowledgements",
         [](const F& f) -> Value { return f.orphans; }},
        {"orphans.max",
         U::Count,
         kOfWholeRun,
         "the most of them",
         [](const F& f) -> Value { return f.counts.mostOrphans; }},
        {"orphans.limit",
         U::Count,
         kOfWholeRun,
         "how many there may be (tcp_max_orphans); 0: no limit",
         [](const F& f) -> Value { return f.orphansMost; }},
        {"orphans.reset",
         U::Count,
         kOfWholeRun,
         "of them, those that were reset as they were too many, or memory was used up "
         "(TcpExtTCPAbortOnMemory)",
         Count<&Counts::orphanKills>},
        {"time-wait",
         U::Count,
         kState,
         "connections in TIME-WAIT, or in FIN-WAIT-2 without a program",
         [](const F& f) -> Value { return f.timeWaits; }},
        {"time-wait.max",
         U::Count,
         kOfWholeRun,
         "the most of them",
         [](const F& f) -> Value { return f.counts.mostTimeWaits; }},
        {"time-wait.limit",
         U::Count,
         kOfWholeRun,
         "how many there may be (tcp_max_tw_buckets); 0: no limit",
         [](const F& f) -> Value { return f.timeWaitMost; }},
        {"time-wait.refused",
         U::Count,
         kOfWholeRun,
         "connections that were over at once, as there were too many (TcpExtTCPTimeWaitOverflow)",
         Count<&Counts::timeWaitRefusals>},
        {"out-of-memory",
         U::Count,
         kOfWholeRun,
         "times that the RAM was used up and the kernel would have killed a program",
         Count<&Counts::outOfMemory>},
    };
    return table;
}

} // namespace hoststack
