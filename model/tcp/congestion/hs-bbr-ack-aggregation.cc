// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bbr-ack-aggregation.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

/// Rounds in a bucket (bbr_extra_acked_win_rtts).
constexpr std::uint32_t kBucketRounds = 5;
/// An epoch with that many segments is too old to say anything
/// (bbr_ack_epoch_acked_reset_thresh).
constexpr std::uint64_t kEpochAckedMax = std::uint64_t{1} << 20;

} // namespace

void
BbrAckAggregation::Restart(TimeNs now)
{
    m_epochStart = now;
    m_epochAcked = 0;
}

void
BbrAckAggregation::OnAck(TimeNs now,
                         std::uint32_t acked,
                         BbrRate rate,
                         std::uint32_t cwnd,
                         bool isRoundStart)
{
    if (isRoundStart && ++m_rounds >= kBucketRounds)
    {
        m_rounds = 0;
        m_bucket ^= 1;
        m_buckets[m_bucket] = 0;
    }

    auto expected = BbrSegments(rate, (now - m_epochStart) / kMicrosecond);
    if (m_epochAcked <= expected || m_epochAcked + acked >= kEpochAckedMax)
    {
        Restart(now);
        expected = 0;
    }
    m_epochAcked = std::min(m_epochAcked + acked, kEpochAckedMax - 1);

    const auto excess =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(m_epochAcked - expected, cwnd));
    m_buckets[m_bucket] = std::max(m_buckets[m_bucket], excess);
}

std::uint32_t
BbrAckAggregation::Max() const
{
    return std::max(m_buckets[0], m_buckets[1]);
}

} // namespace hoststack::tcp
