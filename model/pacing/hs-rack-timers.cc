// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-timers.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kLeastTimeoutUs = 30'000;      // net.inet.tcp.rack.timers.minrto
constexpr std::uint64_t kMostTimeoutUs = 4'000'000;    // net.inet.tcp.rack.timers.maxrto
constexpr std::uint32_t kInitialTimeoutUs = 1'000'000; // RFC 6298
constexpr std::uint64_t kLeastPersistUs = 250'000;     // rack_persist_min
constexpr std::uint64_t kMostPersistUs = 2'000'000;    // rack_persist_max
constexpr std::uint32_t kMostShift = 9;                // tcp_backoff ends at 512

std::uint64_t
BackedOff(std::uint64_t us, std::uint32_t shift)
{
    return us << std::min(shift, kMostShift);
}

/// RACK's RTT: the latest, else the smoothed one, else a second (rack_grab_rtt).
std::uint32_t
RttOf(const RackTimerView& view)
{
    if (view.rackRttUs != 0)
    {
        return view.rackRttUs;
    }
    return view.rtt.srtt != 0 ? view.rtt.srtt : kInitialTimeoutUs;
}

/// Since \p entry was sent last, or a timer went off after that.
std::uint64_t
SinceSent(const RackTimerView& view, const RackSent& entry, std::uint64_t nowUs)
{
    const auto touched = std::max(view.lastTimerUs, entry.LastSentUs());
    return nowUs > touched ? nowUs - touched : 0;
}

RackTimer
TimeoutTimer(const RackTimerView& view, const RackMap& map, std::uint64_t nowUs)
{
    if (view.outstanding == 0 && view.buffered == 0)
    {
        return {};
    }
    const std::uint64_t since =
        map.entries.empty() ? 0 : SinceSent(view, map.entries.front(), nowUs);
    RackTimer timer;
    timer.flag = kTimerRto;
    timer.us =
        view.timeoutUs > since ? view.timeoutUs - static_cast<std::uint32_t>(since) : view.minUs;
    return timer;
}

RackTimer
ProbeTimer(const RackTimerView& view, const RackMap& map, std::uint64_t nowUs)
{
    const auto& last = map.entries.back();
    if ((view.isProbing && view.probes >= view.probeLimit) || last.Has(kRackHasFin))
    {
        return TimeoutTimer(view, map, nowUs);
    }
    // A spike of the RTT counts before the smoothed one follows.
    const auto srtt = view.rtt.srtt == 0 ? kInitialTimeoutUs : std::max(view.rtt.srtt, RttOf(view));
    const auto threshold = RackTlpThreshold(view.tlp,
                                            map,
                                            map.entries.size() - 1,
                                            srtt,
                                            view.segment,
                                            view.outstanding - view.sacked,
                                            view.timeoutUs);
    const auto since = SinceSent(view, last, nowUs);
    RackTimer timer;
    timer.flag = kTimerTlp;
    timer.us = threshold > since ? threshold - static_cast<std::uint32_t>(since) : view.minUs;
    timer.us = std::clamp<std::uint32_t>(timer.us, view.tlp.minUs, kMostTimeoutUs);
    return timer;
}

} // namespace

std::uint32_t
RackTimeout(const RackRtt& rtt, std::uint32_t shift, std::uint32_t slopUs, bool isSyn)
{
    const std::uint64_t base =
        isSyn ? kInitialTimeoutUs
              : std::max<std::uint64_t>(kLeastTimeoutUs, rtt.srtt + std::uint64_t{4} * rtt.var);
    return static_cast<std::uint32_t>(std::min(BackedOff(base, shift) + slopUs, kMostTimeoutUs));
}

std::uint32_t
RackPersistUs(const RackRtt& rtt, std::uint32_t shift, std::uint32_t slopUs)
{
    const auto us = BackedOff(rtt.srtt + std::uint64_t{4} * rtt.var, shift) + slopUs;
    return static_cast<std::uint32_t>(std::clamp(us, kLeastPersistUs, kMostPersistUs));
}

std::uint32_t
RackLossThreshold(RackReordering& reordering, std::uint32_t rttUs, std::uint64_t nowUs)
{
    bool isRecent = reordering.seenUs != 0;
    if (isRecent && reordering.fadeUs != 0)
    {
        isRecent = nowUs >= reordering.seenUs;
        if (isRecent && nowUs - reordering.seenUs > reordering.fadeUs)
        {
            reordering.seenUs = 0;
            isRecent = false;
        }
    }
    const std::uint64_t rtt = std::max(rttUs, 1U);
    std::uint64_t threshold = rtt + (reordering.isStandard ? rtt >> 2 : reordering.packetDelayUs);
    if (isRecent && !reordering.isStandard)
    {
        threshold += reordering.shift == 0 ? rtt >> 2 : rtt >> reordering.shift;
    }
    if (isRecent && reordering.countsDsacks)
    {
        threshold += reordering.dsacks * (rtt >> 2);
    }
    return static_cast<std::uint32_t>(std::min({threshold, 2 * rtt, kMostTimeoutUs}));
}

std::uint32_t
RackTlpThreshold(const RackTlpSettings& settings,
                 const RackMap& map,
                 std::size_t at,
                 std::uint32_t srttUs,
                 std::uint32_t segment,
                 std::uint32_t outstanding,
                 std::uint32_t timeoutUs)
{
    const std::uint64_t srtt = std::max(srttUs, 1U);
    std::uint64_t threshold = srtt + (settings.divisor == 0 ? srtt : srtt / settings.divisor);
    const std::uint64_t delayed = srtt + srtt / 2 + settings.delayedAckUs;
    const auto& entry = map.entries[at];
    const bool isSmall = entry.Length() <= segment;
    switch (settings.rule)
    {
    case RackTlpRule::Draft:
        if (outstanding <= segment)
        {
            threshold = std::max(threshold, delayed);
        }
        break;
    case RackTlpRule::TwoOne:
        if (!isSmall)
        {
            break;
        }
        if (at > 0)
        {
            // Each is looked up at the other's count of transmissions.
            const auto& previous = map.entries[at - 1];
            const auto later = entry.sentUs[entry.LastIndex()];
            if (entry.sentUs[previous.LastIndex()] >= previous.sentUs[entry.LastIndex()])
            {
                threshold += later - previous.sentUs[previous.LastIndex()];
            }
        }
        else
        {
            threshold = std::max(threshold, delayed);
        }
        break;
    case RackTlpRule::TwoTwo:
        if (isSmall)
        {
            threshold = std::max(threshold, delayed);
        }
        break;
    }
    threshold = std::min<std::uint64_t>({threshold, timeoutUs, kMostTimeoutUs});
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(threshold, settings.minUs));
}

RackTimer
RackChooseTimer(RackVersion version,
                RackTimerView& view,
                const RackMap& map,
                std::uint64_t nowUs,
                bool withoutRack)
{
    if (view.isStopped)
    {
        return {};
    }
    if (view.isPersisting)
    {
        return {RackPersistUs(view.rtt, view.shift, view.slopUs), kTimerPersist, false};
    }
    const auto oldest = map.Oldest();
    if (!view.isEstablished || !view.isSackPermitted || withoutRack || oldest == RackMap::kNone)
    {
        return TimeoutTimer(view, map, nowUs);
    }
    const auto& entry = map.entries[oldest];
    const std::uint32_t lostFlags =
        version == RackVersion::V15 ? kRackSackPassed | kRackCollapsed : kRackSackPassed;
    if (!entry.Has(lostFlags) && entry.dupAcks < RackMap::kDupAckThreshold)
    {
        return ProbeTimer(view, map, nowUs);
    }
    if (view.isFinSent && view.outstanding == 1 && entry.Has(kRackHasFin))
    {
        return TimeoutTimer(view, map, nowUs);
    }
    if (!view.isRapid && view.isInRecovery && !view.isPrrOff && view.prrBytes < view.segment)
    {
        return ProbeTimer(view, map, nowUs);
    }
    const auto due = entry.LastSentUs() + RackLossThreshold(view.reordering, RttOf(view), nowUs);
    RackTimer timer;
    timer.flag = kTimerRack;
    timer.us = due >= nowUs ? static_cast<std::uint32_t>(due - nowUs) : 0;
    if (timer.us < view.minUs)
    {
        timer.us = view.minUs;
        timer.isOnMinimum = view.rapidConfig == 3;
    }
    return timer;
}

std::size_t
RackLost(RackTimerView& view, const RackMap& map, std::uint64_t nowUs)
{
    const auto oldest = map.Oldest();
    if (oldest == RackMap::kNone || view.isFinSent)
    {
        return RackMap::kNone;
    }
    const auto& entry = map.entries[oldest];
    const bool isDuplicated = entry.dupAcks >= RackMap::kDupAckThreshold;
    if (!view.isSackPermitted && isDuplicated)
    {
        return oldest;
    }
    if (!entry.Has(kRackSackPassed) && !isDuplicated)
    {
        return RackMap::kNone;
    }
    const auto sent = entry.LastSentUs();
    const auto threshold = RackLossThreshold(view.reordering, RttOf(view), nowUs);
    return nowUs > sent && nowUs - sent >= threshold ? oldest : RackMap::kNone;
}

} // namespace hoststack
