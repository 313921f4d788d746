// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-times-rows.h"

#include <optional>

namespace hoststack
{

void
AppendTimes(const TimesNames& names,
            MetricUse use,
            const char* about,
            const std::vector<TimeNs>& (*find)(const TrafficFigures&),
            bool (*has)(const TrafficFigures&),
            MetricTable<TrafficFigures>& table)
{
    const auto percentile = [find](unsigned percent) {
        return [find, percent](const TrafficFigures& f) {
            const auto& times = find(f);
            return times.empty() ? std::optional<double>()
                                 : std::optional<double>(ToSeconds(Percentile(times, percent)));
        };
    };
    table.push_back({names.min,
                     MetricUnit::Seconds,
                     use,
                     about,
                     [find](const TrafficFigures& f) {
                         return find(f).empty() ? std::optional<double>()
                                                : std::optional<double>(ToSeconds(find(f).front()));
                     },
                     has});
    table.push_back({names.mean,
                     MetricUnit::Seconds,
                     use,
                     "the same, mean",
                     [find](const TrafficFigures& f) {
                         double sum = 0;
                         for (const auto time : find(f))
                         {
                             sum += ToSeconds(time);
                         }
                         return find(f).empty() ? std::optional<double>()
                                                : std::optional<double>(
                                                      sum / static_cast<double>(find(f).size()));
                     },
                     has});
    table.push_back({names.p50, MetricUnit::Seconds, use, "the same, median", percentile(50), has});
    table.push_back(
        {names.p95, MetricUnit::Seconds, use, "the same, 95th percentile", percentile(95), has});
    table.push_back(
        {names.p99, MetricUnit::Seconds, use, "the same, 99th percentile", percentile(99), has});
    table.push_back({names.max,
                     MetricUnit::Seconds,
                     use,
                     "the same, longest",
                     [find](const TrafficFigures& f) {
                         return find(f).empty() ? std::optional<double>()
                                                : std::optional<double>(ToSeconds(find(f).back()));
                     },
                     has});
}

} // namespace hoststack
