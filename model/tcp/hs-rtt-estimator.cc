// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rtt-estimator.h"

#include "ns3/hs-tcp-config.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

/**
 * Linux (net/ipv4/tcp_input.c, tcp_rtt_estimator and tcp_set_rto): the variance is the maximum
 * mean deviation of the last round trip, never below tcp_rto_min, and falls by a quarter of the
 * difference per round; a sample below the smoothed value by more than the deviation counts for
 * an eighth, so that a falling RTT does not raise the time-out. RTO = srtt + rttvar.
 */
class LinuxRttEstimator : public RttEstimator
{
  public:
    /// \p config outlives it.
    explicit LinuxRttEstimator(const Config& config)
        : m_config(config)
    {
    }

    void OnSample(TimeNs rtt, std::uint64_t sndUna, std::uint64_t sndNxt) override
    {
        rtt = std::max<TimeNs>(rtt, kMicrosecond);
        if (m_srtt == 0)
        {
            m_srtt = rtt;
            m_deviation = rtt * 2; // four times the mean deviation of rtt / 2
            m_rttvar = std::max(m_deviation, m_config.rtoMin);
            m_roundMax = m_rttvar;
            m_roundEnd = sndNxt;
            return;
        }
        TimeNs error = rtt - m_srtt;
        m_srtt += error / 8;
        if (error < 0)
        {
            error = -error - m_deviation / 4;
            if (error > 0)
            {
                error /= 8;
            }
        }
        else
        {
            error -= m_deviation / 4;
        }
        m_deviation += error;
        if (m_deviation > m_roundMax)
        {
            m_roundMax = m_deviation;
            m_rttvar = std::max(m_rttvar, m_roundMax);
        }
        if (sndUna > m_roundEnd)
        {
            if (m_roundMax < m_rttvar)
            {
                m_rttvar -= (m_rttvar - m_roundMax) / 4;
            }
            m_roundEnd = sndNxt;
            m_roundMax = m_config.rtoMin;
        }
    }

    TimeNs Rto() const override
    {
        return m_srtt == 0 ? m_config.rtoInitial : m_srtt + m_rttvar;
    }

    bool CountsAnsweredRepairs() const override
    {
        return true;
    }

  private:
    const Config& m_config;
    TimeNs m_deviation{0}; ///< four times the mean deviation
    TimeNs m_roundMax{0};
    std::uint64_t m_roundEnd{0};
};

/// RFC 6298 section 2, with the configured minimum (1 s in the RFC) applied to the sum.
class Rfc6298RttEstimator : public RttEstimator
{
  public:
    explicit Rfc6298RttEstimator(const Config& config)
        : m_min(config.rtoMin),
          m_initial(config.rtoInitial),
          m_granularity(config.tick)
    {
    }

    void OnSample(TimeNs rtt, std::uint64_t /*sndUna*/, std::uint64_t /*sndNxt*/) override
    {
        if (m_srtt == 0)
        {
            m_srtt = std::max<TimeNs>(rtt, 1);
            m_rttvar = rtt / 2;
            return;
        }
        const TimeNs error = m_srtt > rtt ? m_srtt - rtt : rtt - m_srtt;
        m_rttvar += (error - m_rttvar) / 4;
        m_srtt += (rtt - m_srtt) / 8;
    }

    TimeNs Rto() const override
    {
        return m_srtt == 0 ? m_initial
                           : std::max(m_min, m_srtt + std::max(m_granularity, 4 * m_rttvar));
    }

  private:
    TimeNs m_min;
    TimeNs m_initial;
    TimeNs m_granularity;
};

/**
 * FreeBSD's RACK stack (facts sheet freebsd.md 3.5, executed): both averages move by an eighth, the
 * sum is 30 ms at least, and 200 ms (net.inet.tcp.rexmit_slop) come on top that no back-off
 * doubles.
 */
class FreebsdRttEstimator : public RttEstimator
{
  public:
    explicit FreebsdRttEstimator(const Config& config)
        : m_initial(config.rtoInitial)
    {
    }

    TimeNs Slop() const override
    {
        return 200 * kMillisecond;
    }

    void OnSample(TimeNs rtt, std::uint64_t /*sndUna*/, std::uint64_t /*sndNxt*/) override
    {
        if (m_srtt == 0)
        {
            m_srtt = std::max<TimeNs>(rtt, 1);
            m_rttvar = rtt / 2;
            return;
        }
        const TimeNs error = m_srtt > rtt ? m_srtt - rtt : rtt - m_srtt;
        m_srtt = std::max<TimeNs>(m_srtt - m_srtt / 8 + rtt / 8, 1);
        m_rttvar = std::max<TimeNs>(m_rttvar - m_rttvar / 8 + error / 8, 1);
    }

    TimeNs Rto() const override
    {
        constexpr TimeNs kLeast = 30 * kMillisecond; // rack_rto_min
        return m_srtt == 0 ? m_initial : std::max(kLeast, m_srtt + 4 * m_rttvar);
    }

    TimeNs PersistTimeout(std::uint32_t doublings, TimeNs /*most*/) const override
    {
        // rack_get_persists_timer_val; net.inet.tcp.rack.timers.persmin, persmax.
        constexpr TimeNs kLeast = 250 * kMillisecond;
        constexpr TimeNs kMost = 2 * kSecond;
        constexpr std::uint32_t kMostDoublings = 9; // 512 in tcp_backoff
        const TimeNs base = m_srtt + 4 * m_rttvar;
        return std::clamp((base << std::min(doublings, kMostDoublings)) + Slop(), kLeast, kMost);
    }

  private:
    TimeNs m_initial;
};

} // namespace

TimeNs
RttEstimator::PersistTimeout(std::uint32_t doublings, TimeNs most) const
{
    constexpr TimeNs kLeast = 200 * kMillisecond; // TCP_RTO_MIN
    constexpr std::uint32_t kMostDoublings = 10;  // facts sheet linux.md 1.9.1
    TimeNs delay = std::max(Rto(), kLeast);
    for (std::uint32_t i = 0; i < std::min(doublings, kMostDoublings) && delay < most; ++i)
    {
        delay *= 2;
    }
    return std::min(delay, most);
}

const Registry<RttEstimator, const Config&>&
RttEstimators()
{
    static const Registry<RttEstimator, const Config&> registry(
        "retransmission time-out",
        {
            {"linux",
             "srtt + max(200 ms, variance of the worst recent round)",
             [](const Config& c) { return std::make_unique<LinuxRttEstimator>(c); }},
            {"rfc6298",
             "max(minimum, srtt + 4 * rttvar)",
             [](const Config& c) { return std::make_unique<Rfc6298RttEstimator>(c); }},
            {"freebsd-rack",
             "max(30 ms, srtt + 4 * rttvar) + 200 ms that no back-off doubles",
             [](const Config& c) { return std::make_unique<FreebsdRttEstimator>(c); }},
        });
    return registry;
}

} // namespace hoststack::tcp
