// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-pacing.h"

#include <algorithm>

namespace hoststack
{

namespace
{

// Where no name is given: numbers in the code of the functions that the header names.
constexpr std::uint32_t kLeastGapUs = 10;
constexpr std::uint64_t kMostSegments = 43;
constexpr std::uint64_t kUsualDivisor = 1000; // RL_DEFAULT_DIVISOR
constexpr std::uint32_t kLeastDivisor = 50;
constexpr std::uint64_t kMostBytes14 = 64'000;
constexpr std::uint64_t kMostBytes15 = 65'535;
constexpr std::uint64_t kOneSegmentRate = 150'000; // 1.2 Mbit/s
constexpr std::uint64_t kFrame = 1514;
constexpr std::uint64_t kTcpHeader = 20;
constexpr std::uint64_t kEthernetHeader = 14;
constexpr std::uint64_t kUsPerSecond = 1'000'000;

} // namespace

std::uint32_t
RackBurstBytes(RackVersion version,
               std::uint64_t rate,
               std::uint32_t mss,
               bool mayBeOne,
               std::uint32_t divisor,
               const RackBurstRules& rules)
{
    const bool is14 = version == RackVersion::V14;
    const std::uint64_t own = rules.divisor == 0 ? kUsualDivisor : rules.divisor;
    const std::uint64_t by = is14 ? kUsualDivisor : divisor < kLeastDivisor ? own : divisor;
    const std::uint64_t bytes = std::min(rate / by, is14 ? kMostBytes14 : kMostBytes15);
    std::uint64_t segments = (bytes + mss - 1) / mss;
    if (!is14 && rules.isEven && segments > rules.evenThresh && segments % 2 == 1)
    {
        ++segments;
    }
    const bool isOneAllowed = mayBeOne && (!is14 || rate < kOneSegmentRate);
    const std::uint64_t least = std::max<std::uint64_t>(isOneAllowed ? 1 : 2, rules.leastSegments);
    segments = std::min(std::max(segments, least), kMostSegments);
    return static_cast<std::uint32_t>(segments * mss);
}

std::uint32_t
RackPacingLength(RackVersion version,
                 std::uint64_t rate,
                 std::uint32_t mss,
                 const RackBurstLimits& limits,
                 const RackBurstRules& rules)
{
    const std::uint32_t most = limits.most * mss;
    if (limits.isMost)
    {
        return most;
    }
    const bool is15 = version == RackVersion::V15;
    const bool mayBeOne = limits.mayBeOne || (is15 && limits.least == 1);
    const auto bytes =
        std::min(RackBurstBytes(version, rate, mss, mayBeOne, limits.divisor, rules), most);
    return is15 ? std::max(bytes, limits.least * mss) : bytes;
}

std::uint64_t
RackGapUs(RackVersion version,
          std::uint64_t bytes,
          std::uint32_t mss,
          std::uint64_t rate,
          std::uint32_t maxSegment,
          bool isV6)
{
    const std::uint64_t segments = (bytes + mss - 1) / mss;
    std::uint64_t overhead = 0;
    if (version == RackVersion::V14)
    {
        overhead = mss < kFrame ? kFrame - mss : 0;
    }
    else
    {
        overhead = (maxSegment - mss) + kTcpHeader + (isV6 ? 40 : 20) + kEthernetHeader;
    }
    return (bytes + segments * overhead) * kUsPerSecond / rate;
}

void
RackCompensation::OnOutput(std::uint64_t nowUs, std::uint64_t targetUs)
{
    if (nowUs > targetUs)
    {
        delayed += static_cast<std::uint32_t>(nowUs - targetUs);
        isLate = true;
    }
    else if (targetUs > nowUs)
    {
        early += static_cast<std::uint32_t>(targetUs - nowUs);
        isEarly = true;
    }
}

std::uint32_t
RackCompensation::RepayEarly(std::uint32_t gapUs, bool acksMaySend)
{
    if (isEarly && !acksMaySend)
    {
        gapUs += early;
        early = 0;
        isEarly = false;
    }
    return gapUs;
}

std::uint32_t
RackCompensation::Apply(std::uint32_t gapUs, bool acksMaySend)
{
    gapUs = RepayEarly(gapUs, acksMaySend);
    if (!isLate)
    {
        return gapUs;
    }
    if (delayed >= gapUs)
    {
        // A gap that is short already makes the debt grow.
        delayed = gapUs <= kLeastGapUs ? delayed + (kLeastGapUs - gapUs)
                                       : delayed - (gapUs - kLeastGapUs);
        gapUs = kLeastGapUs;
    }
    else
    {
        gapUs -= delayed;
        delayed = 0;
        if (gapUs < kLeastGapUs)
        {
            delayed = kLeastGapUs - gapUs;
            gapUs = kLeastGapUs;
        }
    }
    isLate = delayed != 0;
    return gapUs;
}

std::uint32_t
RackCompensation::ApplyGently(std::uint32_t gapUs,
                              bool acksMaySend,
                              std::uint32_t percent,
                              std::uint32_t minSleepUs)
{
    gapUs = RepayEarly(gapUs, acksMaySend);
    if (isLate)
    {
        const auto most = static_cast<std::uint32_t>(std::uint64_t{gapUs} * percent / 100);
        const std::uint32_t repaid = std::min(delayed, most);
        gapUs -= repaid;
        delayed -= repaid;
    }
    return gapUs > 0 ? std::max(gapUs, minSleepUs) : gapUs;
}

} // namespace hoststack
