// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using F = HptsFigures;
using Value = std::optional<double>;

constexpr MetricUse kState{InSeries::State, true, true};

template <std::uint64_t HptsCounters::*field>
Value
Count(const F& f)
{
    return static_cast<double>(f.counters.*field);
}

template <std::uint64_t HptsHost::Figures::*field>
Value
OfHost(const F& f)
{
    return static_cast<double>(f.host.*field);
}

/// A figure of times; nothing where there were none.
template <TimeHistogram HptsHost::Figures::*times, int perMille>
Value
Share(const F& f)
{
    const auto& all = f.host.*times;
    return all.Count() == 0 ? Value() : ToSeconds(all.Percentile(perMille / 1000.0));
}

template <TimeHistogram HptsHost::Figures::*times>
Value
Mean(const F& f)
{
    const auto& all = f.host.*times;
    return all.Count() == 0 ? Value() : all.Mean();
}

} // namespace

const MetricTable<HptsFigures>&
HptsMetricTable()
{
    using H = HptsHost::Figures;
    using C = HptsCounters;
    static const MetricTable<F> table{
        {"bursts", U::Count, kOfWholeRun, "paced bursts of its connections", OfHost<&H::bursts>},
        {"gap.mean",
         U::Seconds,
         kOfWholeRun,
         "between two paced bursts of a connection, mean",
         Mean<&H::gaps>},
        {"gap.p1", U::Seconds, kOfWholeRun, "1st percentile", Share<&H::gaps, 10>},
        {"gap.p50", U::Seconds, kOfWholeRun, "median", Share<&H::gaps, 500>},
        {"gap.p99", U::Seconds, kOfWholeRun, "99th percentile", Share<&H::gaps, 990>},
        {"lateness.mean",
         U::Seconds,
         kOfWholeRun,
         "how long after the time it asked for the wheel served a connection, mean; early is 0",
         Mean<&H::lateness>},
        {"lateness.p50", U::Seconds, kOfWholeRun, "median", Share<&H::lateness, 500>},
        {"lateness.p99", U::Seconds, kOfWholeRun, "99th percentile", Share<&H::lateness, 990>},
        {"lateness.max", U::Seconds, kOfWholeRun, "most", Share<&H::lateness, 1000>},
        {"trigger.mean",
         U::Seconds,
         kOfWholeRun,
         "from one trigger state of the soft timers (a call returns, a poll ends) to the next, "
         "mean",
         Mean<&H::triggers>},
        {"trigger.p50", U::Seconds, kOfWholeRun, "median", Share<&H::triggers, 500>},
        {"trigger.p99", U::Seconds, kOfWholeRun, "99th percentile", Share<&H::triggers, 990>},
        {"trigger.max", U::Seconds, kOfWholeRun, "most", Share<&H::triggers, 1000>},
        {"queued",
         U::Count,
         kState,
         "connections on the wheels",
         [](const F& f) -> Value { return f.queued; }},
        {"sleep",
         U::Seconds,
         kState,
         "dynamic sleep of the first wheel (cur_min_sleep)",
         [](const F& f) -> Value { return f.mySleepUs * 1e-6; }},
        {"inserts", U::Count, kOfWholeRun, "insertions (tp_insert_count)", Count<&C::inserts>},
        {"removes", U::Count, kOfWholeRun, "removals (tp_remove_count)", Count<&C::removes>},
        {"calls",
         U::Count,
         kOfWholeRun,
         "connections called, for input or output",
         OfHost<&H::calls>},
        {"inputs",
         U::Count,
         kOfWholeRun,
         "of them, those that found packets that LRO had queued (t_inqueue)",
         OfHost<&H::inputs>},
        {"callouts",
         U::Count,
         kOfWholeRun,
         "times that a wheel's timer was armed",
         OfHost<&H::callouts>},
        {"runs.thread", U::Count, kOfWholeRun, "runs by a thread", Count<&C::runsByThread>},
        {"runs.hook", U::Count, kOfWholeRun, "runs by the soft-timer hook", Count<&C::runsByHook>},
        {"wake-ups",
         U::Count,
         kOfWholeRun,
         "threads woken by an insertion",
         Count<&C::directAwakening>},
        {"slots-walked",
         U::Count,
         kOfWholeRun,
         "slots that runs went over",
         OfHost<&H::slotsWalked>},
        {"logged",
         U::Count,
         kOfWholeRun,
         "records of the black-box log, if sysctl `logging` is set",
         Count<&C::logged>},
        {"hopeless", U::Count, kOfWholeRun, "runs that gave up catching up", Count<&C::hopeless>},
        {"wheel-wraps",
         U::Count,
         kOfWholeRun,
         "runs that were later than the wheel",
         Count<&C::wheelWrap>},
    };
    return table;
}

} // namespace hoststack
