// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TIMES_ROWS_H
#define HS_TIMES_ROWS_H

#include "ns3/hs-traffic-metrics.h"

#include <vector>

namespace hoststack
{

/// The rows NAME.min ... NAME.max of a family of times; their names.
struct TimesNames
{
    const char* min;
    const char* mean;
    const char* p50;
    const char* p95;
    const char* p99;
    const char* max;
};

/// \param find the times of a traffic, shortest first
/// \param has whether it can have any
void AppendTimes(const TimesNames& names,
                 MetricUse use,
                 const char* about,
                 const std::vector<TimeNs>& (*find)(const TrafficFigures&),
                 bool (*has)(const TrafficFigures&),
                 MetricTable<TrafficFigures>& table);

} // namespace hoststack

#endif // HS_TIMES_ROWS_H
