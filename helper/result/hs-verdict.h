// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_VERDICT_H
#define HS_VERDICT_H

#include "ns3/hs-metric.h"
#include "ns3/hs-public.h"
#include "ns3/hs-scenario.h"

#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// What became of one expectation.
struct Verdict
{
    ExpectSpec expected;
    MetricUnit unit{MetricUnit::Count};
    std::optional<double> measured; ///< nothing: the run did not yield the metric
    bool met{false};
    std::string skipped; ///< why it does not count in this run; empty: it counts

    /// A miss that counts. A known one is of a value: a run that yields none has failed.
    bool IsFailure() const
    {
        return !met && skipped.empty() && (expected.knownMiss.empty() || !measured);
    }

    /// How far on the good side of the limit, as a share of the target; negative: missed by that.
    double margin{0};
};

/// In a live run an expectation on a metric that only a simulated host yields does not count.
HS_PUBLIC std::vector<Verdict> Judge(const std::vector<ExpectSpec>& expect,
                                     const Metrics& metrics,
                                     RunMode mode = RunMode::Simulated);

} // namespace hoststack

#endif // HS_VERDICT_H
