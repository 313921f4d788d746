// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_ABSENCE_H
#define HS_METRIC_ABSENCE_H

#include "ns3/hs-scenario.h"

#include <string>

namespace hoststack
{

/// Why a run of a scenario can never yield a metric that exists in general.
struct MetricAbsence
{
    std::string reason;   ///< empty: it can
    std::string expected; ///< what to expect instead
};

/**
 * Whether \p metric (a name among MetricNames()) is one that \p scenario cannot have: one of
 * another kind of traffic, of multipath where there is none, of a link that counts nothing, of
 * a modem where there is none. An expectation of it would fail whatever happens.
 */
MetricAbsence WhyAbsent(const Scenario& scenario, const std::string& metric);

} // namespace hoststack

#endif // HS_METRIC_ABSENCE_H
