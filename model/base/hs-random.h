// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RANDOM_H
#define HS_RANDOM_H

#include <boost/random/mersenne_twister.hpp>
#include <cstdint>
#include <string>

namespace hoststack
{

/**
 * A deterministic random stream, named after what draws from it ("links/x55/down/loss"), so that
 * adding a host or a link changes nobody else's numbers. The same seed and name give the same
 * numbers with every compiler and library (Boost.Random specifies its algorithms).
 */
class RandomStream
{
  public:
    RandomStream(std::uint64_t seed, const std::string& name);

    /// Uniform in [0, 1).
    double Uniform();
    /// Uniform in [low, high).
    double Uniform(double low, double high);
    /// Normal with the given mean and standard deviation.
    double Normal(double mean, double deviation);
    /// Exponential with the given mean.
    double Exponential(double mean);
    /// True with probability \p p; draws one number even for p = 0 or 1, to keep streams in step.
    bool Bernoulli(double p);
    /// 64 uniform bits.
    std::uint64_t Bits();

  private:
    boost::random::mt19937_64 m_engine;
};

} // namespace hoststack

#endif // HS_RANDOM_H
