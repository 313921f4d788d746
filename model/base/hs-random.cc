// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-random.h"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>

namespace hoststack
{

namespace
{

// FNV-1a over the name, then the finaliser of SplitMix64 to spread the seed over all bits.
std::uint64_t
SeedFor(std::uint64_t seed, const std::string& name)
{
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const unsigned char c : name)
    {
        h = (h ^ c) * 0x100000001b3ULL;
    }
    std::uint64_t z = h + (seed + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

} // namespace

RandomStream::RandomStream(std::uint64_t seed, const std::string& name)
    : m_engine(SeedFor(seed, name))
{
}

double
RandomStream::Uniform()
{
    return boost::random::uniform_01<double>()(m_engine);
}

double
RandomStream::Uniform(double low, double high)
{
    return low + (high - low) * Uniform();
}

double
RandomStream::Normal(double mean, double deviation)
{
    return boost::random::normal_distribution<double>(mean, deviation)(m_engine);
}

double
RandomStream::Exponential(double mean)
{
    return boost::random::exponential_distribution<double>(1.0 / mean)(m_engine);
}

bool
RandomStream::Bernoulli(double p)
{
    return Uniform() < p;
}

std::uint64_t
RandomStream::Bits()
{
    return m_engine();
}

} // namespace hoststack
