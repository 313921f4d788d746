// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using hoststack::RandomStream;

namespace
{

std::vector<std::uint64_t>
FirstBits(std::uint64_t seed, const std::string& name, int n = 3)
{
    RandomStream stream(seed, name);
    std::vector<std::uint64_t> bits;
    for (int i = 0; i < n; ++i)
    {
        bits.push_back(stream.Bits());
    }
    return bits;
}

} // namespace

// The golden values were computed apart from this code: seed by a Python script, numbers by
// std::mt19937_64. They must never change, or every recorded run changes with them.
TEST_CASE("a stream gives the same bits as on every other machine", "[base]")
{
    CHECK(FirstBits(1, "links/x55/down/loss") ==
          std::vector<std::uint64_t>{0xfb7e7aa6ea4e8545, 0x1d75ccf62b9f4743, 0x406151a3cd31c8d1});
    CHECK(FirstBits(2, "links/x55/down/loss") ==
          std::vector<std::uint64_t>{0x1fc1a908c2a84e57, 0x61c291c367726f56, 0x1923f0e3c7e82db3});
    CHECK(FirstBits(1, "links/x55/up/loss") ==
          std::vector<std::uint64_t>{0x65dc447b744b6d05, 0x1a70f3da9a34d629, 0x7a98dacbce684b5a});
    CHECK(FirstBits(0, "") ==
          std::vector<std::uint64_t>{0xf185cbe32414264a, 0xdb599dcdd08f1558, 0xd7be4b25790efef7});
}

TEST_CASE("a stream gives the same distributions as on every other machine", "[base]")
{
    RandomStream uniform(7, "golden");
    CHECK(uniform.Uniform() == 0.2130487066743682);
    CHECK(uniform.Uniform() == 0.76751414245778093);
    CHECK(uniform.Uniform() == 0.23668294668627518);

    // These pass through the C library's exp and log, so the last bit is not ours.
    RandomStream normal(7, "golden");
    CHECK(normal.Normal(10, 2) == Approx(9.4794111260384017).epsilon(1e-14));
    CHECK(normal.Normal(10, 2) == Approx(13.136863359592891).epsilon(1e-14));
    RandomStream exponential(7, "golden");
    CHECK(exponential.Exponential(3) == Approx(0.73032173779458343).epsilon(1e-14));
    CHECK(exponential.Exponential(3) == Approx(6.2413546159055429).epsilon(1e-14));
}

TEST_CASE("drawing from one stream does not shift another", "[base]")
{
    RandomStream mine(1, "links/a/loss");
    RandomStream other(1, "links/b/loss");
    std::vector<std::uint64_t> bits;
    for (int i = 0; i < 3; ++i)
    {
        bits.push_back(mine.Bits());
        for (int k = 0; k < 17; ++k)
        {
            other.Bits();
        }
    }
    CHECK(bits == FirstBits(1, "links/a/loss"));
}

TEST_CASE("streams of different names or seeds are not correlated", "[base]")
{
    constexpr int n = 20000;
    const auto correlation = [](RandomStream a, RandomStream b) {
        double sum = 0;
        for (int i = 0; i < n; ++i)
        {
            sum += (a.Uniform() - 0.5) * (b.Uniform() - 0.5) * 12;
        }
        return sum / n;
    };
    // Of independent streams the mean has a deviation of 1 / sqrt(n) = 0.007.
    const double limit = 5 / std::sqrt(n);
    CHECK(std::abs(correlation({1, "links/a"}, {1, "links/b"})) < limit);
    CHECK(std::abs(correlation({1, "links/a"}, {2, "links/a"})) < limit);
    CHECK(std::abs(correlation({1, "x"}, {1, "y"})) < limit);
    CHECK(correlation({1, "same"}, {1, "same"}) > 0.9);
}

TEST_CASE("uniform numbers stay in their half-open range and fill it evenly", "[base]")
{
    RandomStream stream(3, "uniform");
    const int n = 100000;
    std::vector<int> bins(10, 0);
    for (int i = 0; i < n; ++i)
    {
        const double u = stream.Uniform(2, 4);
        REQUIRE(u >= 2);
        REQUIRE(u < 4);
        ++bins[static_cast<std::size_t>((u - 2) * 5)];
    }
    // Five standard deviations of a binomial count with p = 0.1.
    const double limit = 5 * std::sqrt(n * 0.1 * 0.9);
    for (const int count : bins)
    {
        CHECK(std::abs(count - n / 10) < limit);
    }
}

TEST_CASE("normal and exponential numbers have the moments asked for", "[base]")
{
    const int n = 100000;
    RandomStream stream(3, "moments");
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; ++i)
    {
        const double x = stream.Normal(10, 2) - 10;
        sum += x;
        squares += x * x;
    }
    CHECK(std::abs(sum / n) < 5 * 2 / std::sqrt(n));
    CHECK(squares / n == Approx(4).epsilon(5 * std::sqrt(2.0 / n)));

    sum = 0;
    for (int i = 0; i < n; ++i)
    {
        const double x = stream.Exponential(3);
        REQUIRE(x >= 0);
        sum += x;
    }
    CHECK(sum / n == Approx(3).epsilon(5 / std::sqrt(n)));
}

TEST_CASE("a coin of probability 0 or 1 is certain, and every toss draws one number", "[base]")
{
    RandomStream coin(5, "coin");
    RandomStream reference(5, "coin");
    for (const double p : {0.0, 1.0, 0.0, 0.3, 1.0})
    {
        const double u = reference.Uniform();
        CHECK(coin.Bernoulli(p) == (u < p));
    }
    CHECK(coin.Bits() == reference.Bits());

    for (int i = 0; i < 1000; ++i)
    {
        REQUIRE_FALSE(coin.Bernoulli(0));
        REQUIRE(coin.Bernoulli(1));
    }
}

TEST_CASE("a coin falls as often as its probability says", "[base]")
{
    RandomStream coin(5, "frequency");
    const int n = 100000;
    int heads = 0;
    for (int i = 0; i < n; ++i)
    {
        heads += coin.Bernoulli(0.01) ? 1 : 0;
    }
    CHECK(std::abs(heads - n * 0.01) < 5 * std::sqrt(n * 0.01 * 0.99));
}
