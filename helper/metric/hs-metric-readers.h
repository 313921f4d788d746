// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_READERS_H
#define HS_METRIC_READERS_H

#include "ns3/hs-traffic-metrics.h"

/**
 * \file
 * What the tables of a traffic and of its subflows read alike; not for their users.
 */
namespace hoststack
{

using Value = std::optional<double>;

inline double
Plain(std::uint64_t count)
{
    return static_cast<double>(count);
}

inline Value
PerTime(std::uint64_t bytes, TimeNs elapsed)
{
    return elapsed > 0 ? Value(Plain(bytes) * 8 / ToSeconds(elapsed)) : Value();
}

inline Value
RttLeast(const tcp::Info& info)
{
    return info.rttLeast != kNever ? Value(ToSeconds(info.rttLeast)) : Value();
}

inline Value
RttMean(const tcp::Info& info)
{
    return info.rttSamples > 0 ? Value(ToSeconds(info.rttSum) / Plain(info.rttSamples)) : Value();
}

inline Value
RttMost(const tcp::Info& info)
{
    return info.rttMost > 0 ? Value(ToSeconds(info.rttMost)) : Value();
}

inline Value
SrttNow(const tcp::Info& info)
{
    return info.srtt > 0 ? Value(ToSeconds(info.srtt)) : Value();
}

/// What is counted in a picture, not its states: added to \p to, subtracted from \p from.
void AddCounts(tcp::Info& to, const tcp::Info& what);
void SubtractCounts(tcp::Info& from, const tcp::Info& what);

template <class Figures, tcp::End end>
Value
Ended(const Figures& f)
{
    return Plain(f.endings.count[static_cast<std::size_t>(end)]);
}

template <class Figures>
Value
EndedAt(const Figures& f)
{
    return f.endings.last >= 0 ? Value(ToSeconds(f.endings.last)) : Value();
}

template <class Figures>
Value
EndedRetries(const Figures& f)
{
    const auto given = f.endings.count[static_cast<std::size_t>(tcp::End::GivenUp)];
    return given > 0 ? Value(Plain(f.endings.retries)) : Value();
}

/// How objects of one kind ended.
template <class Figures>
void
AppendEndings(bool (*has)(const Figures&), MetricTable<Figures>& table)
{
    using tcp::End;
    const MetricTable<Figures> rows{
        {"ended.closed",
         MetricUnit::Count,
         kOfWholeRun,
         "how many ended since both sides had said all; the end that ended first counts",
         Ended<Figures, End::Closed>,
         has},
        {"ended.aborted",
         MetricUnit::Count,
         kOfWholeRun,
         "the same: one side reset it or gave up what it was part of",
         Ended<Figures, End::Aborted>,
         has},
        {"ended.reset",
         MetricUnit::Count,
         kOfWholeRun,
         "the same: a reset arrived from elsewhere",
         Ended<Figures, End::Reset>,
         has},
        {"ended.refused",
         MetricUnit::Count,
         kOfWholeRun,
         "the same: its first SYN was answered with a reset",
         Ended<Figures, End::Refused>,
         has},
        {"ended.given-up",
         MetricUnit::Count,
         kOfWholeRun,
         "the same: repeated SYNs, data or probes got no answer",
         Ended<Figures, End::GivenUp>,
         has},
        {"ended.open",
         MetricUnit::Count,
         kOfWholeRun,
         "how many were open when the run ended",
         Ended<Figures, End::Open>,
         has},
        {"ended.at",
         MetricUnit::Seconds,
         kOfWholeRun,
         "when the last of them ended",
         EndedAt<Figures>,
         has},
        {"ended.retries",
         MetricUnit::Count,
         kOfWholeRun,
         "repetitions in a row without an answer before one was given up, most",
         EndedRetries<Figures>,
         has},
    };
    table.insert(table.end(), rows.begin(), rows.end());
}

} // namespace hoststack

#endif // HS_METRIC_READERS_H
