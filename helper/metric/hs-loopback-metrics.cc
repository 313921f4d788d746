// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-loopback-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using F = LoopbackFigures;
using Value = std::optional<double>;

template <std::uint64_t F::*field>
Value
Count(const F& f)
{
    return static_cast<double>(f.*field);
}

} // namespace

const MetricTable<LoopbackFigures>&
LoopbackMetricTable()
{
    static const MetricTable<F> table{
        {"units",
         U::Count,
         kOfWholeRun,
         "sent to itself: super-segments, segments, packets",
         Count<&F::units>},
        {"bytes", U::Bytes, kOfWholeRun, "payload that came in again", Count<&F::bytes>},
        {"copies",
         U::Count,
         kOfWholeRun,
         "of each of these bytes between buffers of the kernel, without those of the programs",
         [](const F& f) -> Value {
             return f.bytes > 0
                        ? Value(static_cast<double>(f.copied) / static_cast<double>(f.bytes))
                        : Value();
         }},
        {"drops", U::Count, kOfWholeRun, "units that found the backlog full", Count<&F::lost>},
        {"backlog.max",
         U::Count,
         kOfWholeRun,
         "most that waited on a core at once",
         Count<&F::waiting>},
    };
    return table;
}

} // namespace hoststack
