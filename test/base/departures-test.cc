// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-departures.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace hoststack;

namespace
{

std::vector<TimeNs>
Take(Departures& departures, std::size_t count)
{
    std::vector<TimeNs> times;
    for (std::size_t i = 0; i < count; ++i)
    {
        times.push_back(departures.Next());
        REQUIRE((i == 0 || times[i] >= times[i - 1]));
    }
    return times;
}

} // namespace

TEST_CASE("a constant rate sends exactly its bits per time", "[base]")
{
    // 10,000 bits at 7 Mbit/s: 1,428,571.43 ns each.
    const auto source = MakeConstantRate(10'000, 7'000'000);
    const auto times = Take(*source, 70'001);
    CHECK(times[0] == 0);
    CHECK(times[1] == 1'428'571);
    CHECK(times[7] == 10 * kMillisecond);
    CHECK(times[70'000] == 100 * kSecond);
}

TEST_CASE("Poisson arrivals have their mean rate, and gaps as variable as their mean", "[base]")
{
    const auto source = MakePoisson(8000, 8'000'000, RandomStream(1, "p"));
    const auto times = Take(*source, 100'000);
    double square = 0;
    const double mean = double(times.back()) / double(times.size());
    for (std::size_t i = 1; i < times.size(); ++i)
    {
        const double gap = double(times[i] - times[i - 1]);
        square += (gap - mean) * (gap - mean) / double(times.size());
    }
    // Standard errors: 0.3 % and 0.7 %.
    CHECK(mean == Approx(1e6).epsilon(0.012));
    CHECK(std::sqrt(square) == Approx(1e6).epsilon(0.03));
}

TEST_CASE("an on/off source with fixed periods sends at its rate in each and is silent between",
          "[base]")
{
    const auto source = MakeOnOff(8000,
                                  8'000'000,
                                  {5 * kMillisecond, 15 * kMillisecond, PeriodLaw::Fixed},
                                  RandomStream(1, "o"));
    for (const TimeNs begin : {0, 20, 40})
    {
        for (TimeNs i = 0; i < 5; ++i)
        {
            CHECK(source->Next() == (begin + i) * kMillisecond);
        }
    }
}

TEST_CASE("an on/off source sends its share of the time, whatever the law of its periods", "[base]")
{
    const auto law = GENERATE(PeriodLaw::Fixed, PeriodLaw::Exponential, PeriodLaw::Pareto);
    // Pareto's mean converges slowly with a shape near 1; with 2.5 its variance is finite.
    const auto source = MakeOnOff(8000,
                                  80'000'000,
                                  {10 * kMillisecond, 30 * kMillisecond, law, 2.5},
                                  RandomStream(2, "o"));
    const auto times = Take(*source, 3'000'000);
    const double rate = 8000 * double(times.size()) / ToSeconds(times.back());
    CHECK(rate == Approx(20e6).epsilon(0.03));
}

TEST_CASE("a source that hardly ever sends does not overflow", "[base]")
{
    const auto source = MakeConstantRate(1'000'000, 1);
    Take(*source, 100'000);
    const auto rare = MakePoisson(1'000'000, 1, RandomStream(1, "p"));
    Take(*rare, 100'000);
}
