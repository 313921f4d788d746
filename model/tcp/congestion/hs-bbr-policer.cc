// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bbr-policer.h"

namespace hoststack::tcp
{

namespace
{

/// Fewest rounds of an interval (bbr_lt_intvl_min_rtts); four times as many are too many.
constexpr std::uint32_t kMinRounds = 4;
constexpr std::uint32_t kMaxRounds = 4 * kMinRounds;
/// Lost per 256 delivered that make an interval lossy (bbr_lt_loss_thresh).
constexpr std::uint64_t kLossThreshold = 50;
/// Rates agree within this part of the older one (bbr_lt_bw_ratio, 1/8) ...
constexpr std::uint64_t kAgreeDivisor = 8;
/// ... or within this many bytes/s (bbr_lt_bw_diff, 4 kbit/s).
constexpr BytesPerSecond kAgreeBytes = 4000 / 8;
/// Rounds for which a policed rate is used (bbr_lt_bw_max_rtts).
constexpr std::uint32_t kActiveRounds = 48;
/// Longest interval; Linux' 32-bit microseconds would overflow beyond.
constexpr std::int64_t kMaxIntervalMs = UINT32_MAX / 1000;

} // namespace

void
BbrPolicer::Reset(const Totals& totals)
{
    m_rate = 0;
    m_isActive = false;
    m_isSampling = false;
    StartInterval(totals);
}

void
BbrPolicer::StartInterval(const Totals& totals)
{
    m_start = totals;
    m_rounds = 0;
}

BbrPolicer::Outcome
BbrPolicer::OnAck(const Totals& totals,
                  std::uint32_t mss,
                  std::uint32_t losses,
                  bool isAppLimited,
                  bool isRoundStart,
                  bool isProbing)
{
    if (m_isActive)
    {
        if (isProbing && isRoundStart && ++m_rounds >= kActiveRounds)
        {
            Reset(totals);
            return Outcome::Expired;
        }
        return Outcome::Nothing;
    }
    if (!m_isSampling)
    {
        // Before its first drop a policer lets its saved tokens pass: that is not its rate.
        if (losses == 0)
        {
            return Outcome::Nothing;
        }
        StartInterval(totals);
        m_isSampling = true;
    }
    if (isAppLimited)
    {
        Reset(totals);
        return Outcome::Nothing;
    }
    if (isRoundStart)
    {
        ++m_rounds;
    }
    if (m_rounds < kMinRounds)
    {
        return Outcome::Nothing;
    }
    if (m_rounds > kMaxRounds)
    {
        Reset(totals);
        return Outcome::Nothing;
    }
    if (losses == 0)
    {
        return Outcome::Nothing;
    }

    const auto lost = totals.lost - m_start.lost;
    const auto delivered = totals.delivered - m_start.delivered;
    if (delivered == 0 || (lost << kBbrGainShift) < kLossThreshold * delivered)
    {
        return Outcome::Nothing;
    }
    // Whole milliseconds of both ends, as Linux keeps them.
    const auto ms = totals.deliveredTime / kMillisecond - m_start.deliveredTime / kMillisecond;
    if (ms < 1)
    {
        return Outcome::Nothing;
    }
    if (ms >= kMaxIntervalMs)
    {
        Reset(totals);
        return Outcome::Nothing;
    }
    return EndInterval(totals, MakeBbrRate(delivered, ms * 1000), mss);
}

BbrPolicer::Outcome
BbrPolicer::EndInterval(const Totals& totals, BbrRate rate, std::uint32_t mss)
{
    if (m_rate > 0)
    {
        const auto difference = rate > m_rate ? rate - m_rate : m_rate - rate;
        if (difference * kAgreeDivisor <= m_rate ||
            BbrPacingRate(difference, kBbrGainUnit, mss) <= kAgreeBytes)
        {
            m_rate = (rate + m_rate) / 2;
            m_isActive = true;
            m_rounds = 0;
            return Outcome::Detected;
        }
    }
    m_rate = rate;
    StartInterval(totals);
    return Outcome::Nothing;
}

} // namespace hoststack::tcp
