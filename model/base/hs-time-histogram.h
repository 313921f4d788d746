// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TIME_HISTOGRAM_H
#define HS_TIME_HISTOGRAM_H

#include "ns3/hs-units.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hoststack
{

/**
 * How often times of each size occurred, in bounded memory: exact minimum, maximum and mean, and
 * percentiles that are at most 1/64 too large.
 */
class TimeHistogram
{
  public:
    void Add(TimeNs time)
    {
        m_min = m_count == 0 ? time : std::min(m_min, time);
        m_max = std::max(m_max, time);
        m_sum += ToSeconds(time);
        ++m_count;
        const auto bucket = BucketOf(static_cast<std::uint64_t>(std::max<TimeNs>(0, time)));
        if (bucket >= m_buckets.size())
        {
            m_buckets.resize(bucket + 1);
        }
        ++m_buckets[bucket];
    }

    std::uint64_t Count() const
    {
        return m_count;
    }

    TimeNs Min() const
    {
        return m_min;
    }

    TimeNs Max() const
    {
        return m_max;
    }

    /// In seconds; there must be a time.
    double Mean() const
    {
        return m_sum / static_cast<double>(m_count);
    }

    /// The time that \p share of all do not exceed (nearest rank); there must be one.
    TimeNs Percentile(double share) const
    {
        // A share such as 0.95 is not exact: 95 of 100 are not the 96th.
        constexpr double kRounding = 1e-9;
        const auto rank =
            static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(m_count) - kRounding));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < m_buckets.size(); ++i)
        {
            seen += m_buckets[i];
            if (seen >= std::max<std::uint64_t>(rank, 1))
            {
                return std::max(m_min, std::min(m_max, LargestIn(i)));
            }
        }
        return m_max;
    }

  private:
    static constexpr unsigned kBits = 6; ///< 64 buckets for each doubling

    static std::size_t BucketOf(std::uint64_t value)
    {
        unsigned shift = 0;
        while (value >> shift >= (2U << kBits))
        {
            ++shift;
        }
        return (std::size_t{shift} << kBits) + static_cast<std::size_t>(value >> shift);
    }

    static TimeNs LargestIn(std::size_t bucket)
    {
        const std::size_t shift = bucket < (2U << kBits) ? 0 : (bucket >> kBits) - 1;
        const std::uint64_t base = bucket - (shift << kBits);
        return static_cast<TimeNs>(((base + 1) << shift) - 1);
    }

    std::vector<std::uint64_t> m_buckets;
    std::uint64_t m_count{0};
    TimeNs m_min{0};
    TimeNs m_max{0};
    double m_sum{0};
};

} // namespace hoststack

#endif // HS_TIME_HISTOGRAM_H
