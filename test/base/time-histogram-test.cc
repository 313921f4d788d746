// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-time-histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace hoststack;

TEST_CASE("percentiles of a histogram of times are at most 1/64 too large", "[base]")
{
    std::mt19937_64 chance(3);
    TimeHistogram histogram;
    std::vector<TimeNs> times;
    for (int i = 0; i < 20'000; ++i)
    {
        // Of all sizes between a nanosecond and hours.
        const auto time = static_cast<TimeNs>(chance() >> (20 + chance() % 44));
        times.push_back(time);
        histogram.Add(time);
    }
    std::sort(times.begin(), times.end());
    CHECK(histogram.Min() == times.front());
    CHECK(histogram.Max() == times.back());
    for (const double share : {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0})
    {
        const auto rank = static_cast<std::size_t>(std::ceil(share * double(times.size()) - 1e-6));
        const auto exact = double(times[std::max<std::size_t>(rank, 1) - 1]);
        const auto found = double(histogram.Percentile(share));
        INFO(share);
        CHECK(found >= exact);
        CHECK(found <= exact * (1 + 1.0 / 64));
    }
}

TEST_CASE("percentiles of a histogram are those of the nearest rank", "[base]")
{
    TimeHistogram histogram;
    for (TimeNs time = 1; time <= 100; ++time)
    {
        histogram.Add(time); // small ones are exact
    }
    CHECK(histogram.Percentile(0.5) == 50);
    CHECK(histogram.Percentile(0.95) == 95);
    CHECK(histogram.Percentile(0.99) == 99);
}

TEST_CASE("a histogram of one time knows that time", "[base]")
{
    TimeHistogram histogram;
    histogram.Add(12'345'678);
    CHECK(histogram.Percentile(0) == 12'345'678);
    CHECK(histogram.Percentile(1) == 12'345'678);
    CHECK(histogram.Mean() == Approx(0.012345678));
}
