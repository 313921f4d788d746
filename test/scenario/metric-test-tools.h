// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_TEST_TOOLS_H
#define HS_METRIC_TEST_TOOLS_H

#include "ns3/hs-metric.h"

#include <catch2/catch.hpp>
#include <string>

namespace hoststack::test
{

/// The metric \p name of a run, which must have it.
inline double
Of(const Metrics& metrics, const std::string& name)
{
    const auto value = metrics.Get(name);
    INFO(name);
    REQUIRE(value);
    return *value;
}

} // namespace hoststack::test

#endif // HS_METRIC_TEST_TOOLS_H
