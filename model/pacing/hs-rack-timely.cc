// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-timely.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kStep = 2;           // percent: rack_gp_increase_per
constexpr std::uint32_t kBoostAfter = 5;     // RACK_TIMELY_CNT_BOOST
constexpr std::uint64_t kLowering = 200'000; // rack_gp_decrease_per: 20 %, of a million
constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kHighTimes = 3; // rack_gp_rtt_maxmul
constexpr std::uint32_t kFloor = 50;    // percent: rack_per_lower_bound

/// Above 100 % only as long as it brings something.
bool
MayRaise(std::uint64_t current, std::uint64_t last, std::uint32_t gain)
{
    return gain <= 100 || current * gain / 100 < last + last * 3 / 10;
}

std::uint32_t
LoweredByGradient(std::uint32_t gain, std::uint64_t ratio)
{
    // Wraps where the share is more than all.
    const std::uint64_t left = gain * (kMillion - kLowering * ratio / kMillion) / kMillion;
    return left > gain ? gain - 1 : static_cast<std::uint32_t>(left);
}

/// \p threshold: of a high RTT, in millionths of this one.
std::uint32_t
LoweredByHigh(std::uint32_t gain, std::uint64_t threshold)
{
    // Wraps where the RTT is not high; what is left is then below zero.
    const std::uint64_t share = kLowering * (kMillion - threshold) / kMillion;
    const auto left = static_cast<std::int32_t>(gain * (kMillion - share) / kMillion);
    return left < 0 ? 0 : static_cast<std::uint32_t>(left);
}

} // namespace

RackTimelyVerdict
RackJudgeRtt(std::uint64_t rttUs, std::int64_t differenceUs, std::uint64_t minUs)
{
    if (rttUs >= minUs * kHighTimes)
    {
        return RackTimelyVerdict::High;
    }
    return rttUs <= minUs + minUs / 4 || differenceUs <= 0 ? RackTimelyVerdict::Raise
                                                           : RackTimelyVerdict::Gradient;
}

void
RackTimely::Raise(std::uint64_t current, std::uint64_t last, bool isForced)
{
    std::uint32_t step = kStep;
    if (isForced || m_raises + 1 >= kBoostAfter)
    {
        step = kStep * kBoostAfter;
        m_raises = 0;
    }
    const auto raise = [&](bool isSeen, std::uint32_t& gain) {
        if (isSeen && MayRaise(current, last, gain))
        {
            gain += step;
        }
    };
    raise(sawRecovery && !keepsRecovery, gains.recovery);
    raise(sawAvoidance && !sawSlowStart, gains.avoidance);
    raise(sawSlowStart, gains.slowStart);
    ++m_raises;
}

void
RackTimely::Lower(RackTimelyVerdict verdict, std::uint64_t rttUs, std::uint64_t differenceUs)
{
    const std::uint64_t gradient = differenceUs * kMillion / minRttUs;
    const std::uint64_t high = minRttUs * kHighTimes * kMillion / rttUs;
    const auto lower = [&](bool isSeen, std::uint32_t& gain) {
        if (!isSeen)
        {
            return;
        }
        // Of a high RTT the gradient is taken of the gain of recovery, whatever is lowered.
        gain =
            verdict == RackTimelyVerdict::High
                ? std::min(LoweredByHigh(gain, high), LoweredByGradient(gains.recovery, gradient))
                : LoweredByGradient(gain, gradient);
        gain = std::max(gain, kFloor);
    };
    lower(sawRecovery && !keepsRecovery, gains.recovery);
    lower(sawAvoidance && !sawSlowStart, gains.avoidance);
    lower(sawSlowStart, gains.slowStart);
    m_raises = 0;
}

} // namespace hoststack
