// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-rate.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kUsPerSecond = 1'000'000;
constexpr std::uint64_t kUsPerMs = 1000;
constexpr std::uint64_t kLeastRate = 8000;     // RACK_MIN_BW
constexpr std::uint32_t kForMean = 3;          // RACK_REQ_AVG
constexpr std::uint32_t kMostBurst = 65'536;   // PACE_MAX_IP_BYTES
constexpr std::uint32_t kMostWindowGain = 250; // gain_p5_ub
constexpr std::uint64_t kInitialSrttUs = 1'000'000;
constexpr std::uint32_t kMeasureSegments = 20;
constexpr std::uint32_t kLeastMeasureSegments = 8; // as executed; MIN_GP_WIN is less
constexpr std::uint64_t kFrame = 1514;

std::uint64_t
Capped(std::uint64_t rate, std::uint64_t cap)
{
    return cap != 0 ? std::min(rate, cap) : rate;
}

std::uint64_t
FixedRate(const RackRateView& view)
{
    if (view.isInRecovery)
    {
        return view.fixedRecovery;
    }
    return view.cwndInUse < view.ssthresh ? view.fixedSlowStart : view.fixedAvoidance;
}

std::uint64_t
MeanGoodput(const RackRateView& view)
{
    return view.measurements >= kForMean ? view.goodput
                                         : view.goodput / std::max(view.measurements, 1U);
}

std::uint64_t
InitialGuess(const RackRateView& view)
{
    return view.srttUs == 0 ? 0 : RackInitialWindow(view.segment) * kUsPerSecond / view.srttUs;
}

std::uint64_t
Estimate14(const RackRateView& view)
{
    if (view.goodput != 0)
    {
        return Capped(MeanGoodput(view), view.rateCap);
    }
    return view.initialRate != 0 ? view.initialRate : Capped(InitialGuess(view), view.rateCap);
}

/// With all headers.
std::uint64_t
OnTheWire(const RackRateView& view, std::uint64_t rate)
{
    const std::uint64_t frame = view.maxSegment + 20 + (view.isV6 ? 40 : 20) + 14;
    return rate * frame / view.segment;
}

std::uint64_t
Estimate15(const RackRateView& view)
{
    const auto longTerm = view.usesLongTerm ? view.longTerm : 0;
    if (!view.isFilled)
    {
        if (longTerm != 0)
        {
            return OnTheWire(view, longTerm);
        }
        return view.initialRate != 0 ? view.initialRate : OnTheWire(view, InitialGuess(view));
    }
    const auto mean = MeanGoodput(view);
    if (!view.usesLongTerm)
    {
        return OnTheWire(view, mean);
    }
    // Without a long-term bandwidth, goodput takes its place: still a sum at first.
    const auto other = longTerm == 0 ? view.goodput : longTerm;
    return OnTheWire(view, view.usesLesser ? std::min(mean, other) : std::max(mean, other));
}

/// A window that is paced at, or (isRate) a rate at once (rack_arrive_at_discounted_rate).
std::uint64_t
Discounted(const RackRateView& view, std::uint64_t window, bool& isRate)
{
    isRate = window < RackInitialWindow(view.segment);
    if (isRate)
    {
        return view.longTerm;
    }
    if (view.isInRecovery)
    {
        return view.hasHighBeta ? window * view.highBeta / 100 : window / 2;
    }
    return window * std::min(RackGain(view, false), kMostWindowGain) / 100;
}

std::uint64_t
WindowRate(const RackRateView& view)
{
    bool isRate = false;
    const auto window = Discounted(view, std::min(view.cwnd, view.cwndInUse), isRate);
    if (isRate)
    {
        return window;
    }
    return std::min(window, view.peerWindow) * kUsPerSecond /
           std::max<std::uint64_t>(view.lastRttUs, 1);
}

/// The rate that would fill the window within a round trip; 0: it is not to be filled.
std::uint64_t
FillRate(RackVersion version, const RackRateView& view, std::uint32_t segment, std::uint64_t wanted)
{
    const bool is14 = version == RackVersion::V14;
    const auto flight = view.outstanding - std::min(view.outstanding, view.sacked);
    if (flight > view.cwndInUse || view.outstanding + segment - 1 > view.peerWindow ||
        view.lastRttUs == 0 ||
        (view.fillsInRange && view.lastRttUs >= view.goodputRttUs * view.rttLimit) ||
        (!is14 && view.fillCap != 0 && wanted >= view.fillCap))
    {
        return 0;
    }
    std::uint64_t window = is14 ? view.cwndInUse : std::min(view.cwnd, view.cwndInUse);
    bool isRate = false;
    if (!is14 && view.fillsDiscounted)
    {
        window = Discounted(view, window, isRate);
    }
    if (isRate)
    {
        return window;
    }
    window = std::min(window, view.peerWindow);
    if (is14 && view.fillsLess)
    {
        window -= std::min(window, flight);
    }
    const auto rate = window * kUsPerSecond / view.lastRttUs;
    return is14 ? rate : Capped(rate, view.fillCap);
}

/// Shortens \p gap so that the window fills (pace_to_fill_cwnd).
void
Fill(RackVersion version,
     const RackRateView& view,
     std::uint64_t bytes,
     std::uint32_t segment,
     std::uint64_t wanted,
     bool isUnpaced,
     RackGap& gap)
{
    auto rate = FillRate(version, view, segment, wanted);
    if (rate < kLeastRate || (!isUnpaced && rate < wanted))
    {
        return;
    }
    gap.isByFill = true;
    rate = Capped(rate, view.rateCap);
    const auto us = bytes * kUsPerSecond / rate;
    gap.us = isUnpaced ? us : std::min(us, gap.us);
}

/// Not a rate, but bursts are held apart by whole milliseconds (the "old method").
RackGap
BurstMitigation(RackVersion version,
                const RackRateView& view,
                std::uint64_t bytes,
                std::uint32_t segment)
{
    const auto rtt = view.minRttUs != 0 ? view.minRttUs : std::max<std::uint64_t>(view.srttUs, 1);
    const auto cwnd = view.largestCwnd != 0 ? view.largestCwnd : view.cwndInUse;
    auto perMs = cwnd * kUsPerMs / rtt;
    if (perMs == 0)
    {
        perMs = view.segment;
    }
    std::uint64_t ms = bytes / perMs;
    if (view.reduction != 0)
    {
        ms -= ms / view.reduction;
    }
    RackGap gap;
    gap.us = ms * kUsPerMs;
    if (view.fillsWindow)
    {
        Fill(version, view, bytes, segment, 0, true, gap);
        gap.acksMaySend = true;
    }
    return gap;
}

} // namespace

std::uint32_t
RackInitialWindow(std::uint32_t segment)
{
    return std::min(10 * segment, std::max(2 * segment, 14'600U));
}

std::uint64_t
RackEstimate(RackVersion version, const RackRateView& view)
{
    if (view.isFixed)
    {
        return FixedRate(view);
    }
    return version == RackVersion::V14 ? Estimate14(view) : Estimate15(view);
}

std::uint32_t
RackGain(const RackRateView& view, bool isRetransmission)
{
    const auto& gains = view.gains;
    if (view.isFixed)
    {
        return 100;
    }
    if (view.isProbingRtt && !isRetransmission)
    {
        return gains.probe;
    }
    const bool isRecovering = view.isInRecovery && gains.recovery != 0;
    if (isRecovering && isRetransmission)
    {
        return gains.recovery;
    }
    if (isRecovering && !view.newDataAtConfigured)
    {
        return view.isPrrOff && gains.recovery > 100 ? 100 : gains.recovery;
    }
    return view.cwndInUse < view.ssthresh ? gains.slowStart : gains.avoidance;
}

std::uint64_t
RackWantedRate(RackVersion version,
               const RackRateView& view,
               std::uint64_t estimate,
               bool isRetransmission,
               bool& isCapped)
{
    auto rate = estimate * RackGain(view, isRetransmission) / 100;
    rate = std::max(rate, view.isFixed ? 0 : kLeastRate);
    isCapped = false;
    if (version == RackVersion::V15 && !isRetransmission && !view.isFixed && view.rateCap != 0 &&
        rate > view.rateCap)
    {
        isCapped = true;
        rate = view.rateCap;
    }
    return rate;
}

std::uint32_t
RackLargestBurst(RackVersion version, const RackRateView& view)
{
    auto burst = view.burst;
    if (view.isFixed || view.limits.isMost)
    {
        burst = view.limits.most * view.segment;
    }
    else if (view.isPacing && (view.goodput != 0 || view.initialRate != 0))
    {
        const auto estimate = RackEstimate(version, view);
        bool isCapped = false;
        const auto wanted = RackWantedRate(version, view, estimate, false, isCapped);
        const auto by = version == RackVersion::V14 ? wanted : estimate;
        burst = by == 0 ? view.segment : RackPacingLength(version, by, view.segment, view.limits);
    }
    else if (view.isPacing && burst == 0)
    {
        burst = RackInitialWindow(view.segment);
    }
    return std::min(burst, kMostBurst);
}

std::uint32_t
RackMeasureWindow(RackVersion version, const RackRateView& view)
{
    const std::uint64_t usual = std::uint64_t{kMeasureSegments} * view.segment;
    if (!view.isFilled)
    {
        return static_cast<std::uint32_t>(usual);
    }
    const auto product = RackEstimate(version, view) * view.srttUs / kUsPerSecond * 2;
    const auto rounded = (product + view.segment - 1) / view.segment * view.segment;
    const std::uint64_t least = std::uint64_t{kLeastMeasureSegments} * view.segment;
    return static_cast<std::uint32_t>(rounded < usual ? std::max(rounded, least) : rounded);
}

RackGap
RackPacingGap(RackVersion version,
              const RackRateView& view,
              std::uint64_t bytes,
              std::uint32_t segment,
              bool isRetransmission)
{
    const bool is14 = version == RackVersion::V14;
    if (!view.isPacing)
    {
        return BurstMitigation(version, view, bytes, segment);
    }
    RackGap gap;
    if (view.rapidConfig == 1 && isRetransmission)
    {
        gap.us = view.minTimerUs;
        return gap;
    }
    std::uint64_t rate = 0;
    bool isCapped = false;
    if (view.isFixed)
    {
        rate = FixedRate(view);
    }
    else if (view.initialRate == 0 && view.goodput == 0)
    {
        rate = 0;
    }
    else if (is14 || view.isDynamic)
    {
        const auto estimate = RackEstimate(version, view);
        rate =
            estimate == 0 ? 0 : RackWantedRate(version, view, estimate, isRetransmission, isCapped);
    }
    else
    {
        rate = WindowRate(view);
    }
    if (rate == 0 || (!view.isReady && !view.isFixed))
    {
        return BurstMitigation(version, view, bytes, segment);
    }
    if (!is14 && view.rateCap != 0 && rate > view.rateCap)
    {
        rate = view.rateCap;
        isCapped = true;
    }
    gap.setsBurst = is14;
    gap.us = RackGapUs(version, bytes, segment, rate, view.maxSegment, view.isV6);
    if (view.fillsWindow && !isCapped && (is14 || view.isDynamic) && !view.isFixed &&
        !view.isProbingRtt && !view.isInFastRecovery)
    {
        const std::uint64_t segments = (bytes + segment - 1) / segment;
        const std::uint64_t overhead =
            is14 ? (segment < kFrame ? kFrame - segment : 0)
                 : view.maxSegment - segment + 20 + (view.isV6 ? 40 : 20) + 14;
        Fill(version, view, bytes + segments * overhead, segment, rate, false, gap);
    }
    if (view.limitsBySrtt && !view.isFixed)
    {
        gap.us = std::min(gap.us, view.srttUs != 0 ? view.srttUs : kInitialSrttUs);
    }
    return gap;
}

} // namespace hoststack
