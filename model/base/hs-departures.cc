// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-departures.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hoststack
{

namespace
{

/// Beyond this no run goes; sums of two such times do not overflow.
constexpr TimeNs kLatest = kNever / 4;

TimeNs
Whole(double nanoseconds)
{
    return nanoseconds < static_cast<double>(kLatest) ? std::llround(nanoseconds) : kLatest;
}

class ConstantRate : public Departures
{
  public:
    ConstantRate(std::uint64_t bits, BitsPerSecond rate)
        : m_gap(static_cast<Uint128>(bits) * kSecond / rate),
          m_rest(static_cast<std::uint64_t>(static_cast<Uint128>(bits) * kSecond % rate)),
          m_rate(rate)
    {
    }

    TimeNs Next() override
    {
        const TimeNs at = m_next;
        m_next = std::min(kLatest, m_next + static_cast<TimeNs>(std::min<Uint128>(m_gap, kLatest)));
        m_carry += m_rest;
        if (m_carry >= m_rate)
        {
            m_carry -= m_rate;
            ++m_next;
        }
        return at;
    }

  private:
    Uint128 m_gap; ///< whole nanoseconds
    std::uint64_t m_rest;
    std::uint64_t m_rate;
    std::uint64_t m_carry{0};
    TimeNs m_next{0};
};

class Poisson : public Departures
{
  public:
    Poisson(std::uint64_t bits, BitsPerSecond rate, RandomStream stream)
        : m_mean(static_cast<double>(bits) / static_cast<double>(rate) *
                 static_cast<double>(kSecond)),
          m_stream(std::move(stream))
    {
    }

    TimeNs Next() override
    {
        m_at = std::min(kLatest, m_at + Whole(m_stream.Exponential(m_mean)));
        return m_at;
    }

  private:
    double m_mean;
    RandomStream m_stream;
    TimeNs m_at{0};
};

class OnOff : public Departures
{
  public:
    OnOff(std::uint64_t bits, BitsPerSecond rate, const OnOffPeriods& periods, RandomStream stream)
        : m_periods(periods),
          m_bits(bits),
          m_rate(rate),
          m_within(bits, rate),
          m_stream(std::move(stream)),
          m_lasts(Draw(periods.on))
    {
    }

    TimeNs Next() override
    {
        TimeNs at = m_within.Next();
        while (at >= m_lasts && m_begin < kLatest)
        {
            m_begin = std::min(kLatest, m_begin + m_lasts + Draw(m_periods.off));
            m_lasts = Draw(m_periods.on);
            m_within = ConstantRate(m_bits, m_rate);
            at = m_within.Next();
        }
        return std::min(kLatest, m_begin + at);
    }

  private:
    /// Above 0, so that time goes on.
    TimeNs Draw(TimeNs mean)
    {
        double length = static_cast<double>(mean);
        if (m_periods.law == PeriodLaw::Exponential)
        {
            length = m_stream.Exponential(length);
        }
        else if (m_periods.law == PeriodLaw::Pareto)
        {
            const double least = length * (m_periods.shape - 1) / m_periods.shape;
            length = least / std::pow(1 - m_stream.Uniform(), 1 / m_periods.shape);
        }
        return std::max<TimeNs>(1, Whole(length));
    }

    OnOffPeriods m_periods;
    std::uint64_t m_bits;
    BitsPerSecond m_rate;
    ConstantRate m_within;
    RandomStream m_stream;
    TimeNs m_begin{0};
    TimeNs m_lasts;
};

} // namespace

std::unique_ptr<Departures>
MakeConstantRate(std::uint64_t bits, BitsPerSecond rate)
{
    return std::make_unique<ConstantRate>(bits, rate);
}

std::unique_ptr<Departures>
MakePoisson(std::uint64_t bits, BitsPerSecond rate, RandomStream stream)
{
    return std::make_unique<Poisson>(bits, rate, std::move(stream));
}

std::unique_ptr<Departures>
MakeOnOff(std::uint64_t bits, BitsPerSecond rate, const OnOffPeriods& periods, RandomStream stream)
{
    return std::make_unique<OnOff>(bits, rate, periods, std::move(stream));
}

} // namespace hoststack
