// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bridge-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using F = BridgeFigures;
using Value = std::optional<double>;

template <std::uint64_t F::*field>
Value
Count(const F& f)
{
    return static_cast<double>(f.*field);
}

} // namespace

const MetricTable<BridgeFigures>&
BridgeMetricTable()
{
    static const MetricTable<F> table{
        {"frames", U::Count, kOfWholeRun, "frames sent on by the other port", Count<&F::frames>},
        {"drops",
         U::Count,
         kOfWholeRun,
         "frames longer than the MTU behind the bridge and a VLAN tag; nobody is told",
         Count<&F::tooLong>},
    };
    return table;
}

} // namespace hoststack
