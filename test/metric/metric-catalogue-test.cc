// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric.h"

#include <catch2/catch.hpp>

using namespace hoststack;

TEST_CASE("what a metric of the series is does not hang on one that the series leaves out",
          "[metric]")
{
    const auto& all = MetricCatalogue();
    REQUIRE_FALSE(all.empty());
    for (std::size_t i = 1; i < all.size(); ++i)
    {
        INFO(all[i].pattern);
        const bool refers = all[i].about.rfind("the same", 0) == 0;
        CHECK_FALSE(
            (refers && all[i].use.series != InSeries::No && all[i - 1].use.series == InSeries::No));
    }
}
