// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_SAMPLES_H
#define HS_METRIC_SAMPLES_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-run-observer.h"

#include <string>

namespace hoststack
{

/// Gives the series its values of \p object at \p now: \p interval are those since the last sample,
/// \p total those since the run began.
template <class Figures>
void
SampleTable(TimeNs now,
            const std::string& object,
            const MetricTable<Figures>& table,
            const Figures& interval,
            const Figures& total,
            RunObserver& observer)
{
    for (const auto& row : table)
    {
        if (row.use.series == InSeries::No || !row.IsOf(total))
        {
            continue;
        }
        const auto value = row.read(row.use.series == InSeries::Total ? total : interval);
        if (value)
        {
            observer.OnSample(now, object, row.suffix, *value);
        }
    }
}

} // namespace hoststack

#endif // HS_METRIC_SAMPLES_H
