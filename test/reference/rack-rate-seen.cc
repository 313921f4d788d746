// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-rate.h"
#include "rack-seen.h"

namespace hoststack::reference
{

namespace
{

RackBurstRules
RulesOf(const RackSet& set)
{
    RackBurstRules rules;
    rules.leastSegments = set.Word("s_floor_mss");
    rules.divisor = set.Word("s_divisor", 1000);
    rules.isEven = set.Is("s_even", true);
    rules.evenThresh = set.Word("s_eventhresh", 4);
    return rules;
}

RackBurstLimits
LimitsOf(const RackSet& set)
{
    RackBurstLimits limits;
    limits.most = set.Word("user_max", 40);
    limits.least = set.Word("user_min");
    limits.divisor = set.Word("divisor", 250);
    limits.mayBeOne = set.Is("s_one_seg");
    limits.isMost = set.Is("fixed") || set.Is("force_max");
    return limits;
}

void
TakeGoodput(const RackSet& set, RackRateView& view)
{
    view.goodput = static_cast<std::uint64_t>(set.Get("gp_bw"));
    view.measurements = set.Word("nmeas");
    view.isFilled = set.Is("gp_filled");
    view.isReady = set.Is("gp_ready");
    view.initialRate = static_cast<std::uint64_t>(set.Get("init_rate"));
    view.rateCap = static_cast<std::uint64_t>(set.Get("rate_cap"));
    view.longTerm = static_cast<std::uint64_t>(set.Get("lt_bw"));
    view.usesLongTerm = !set.Is("dis_lt_bw");
    view.usesLesser = set.Is("lesser_lt_bw");
}

void
TakeFill(const RackSet& set, RackRateView& view)
{
    view.fillsWindow = set.Is("fillcw");
    view.fillCap = static_cast<std::uint64_t>(set.Get("fillcw_cap", 3'750'000));
    view.fillsInRange = set.Is("fill_in_range");
    view.rttLimit = set.Word("rtt_limit_mul");
    view.fillsLess = set.Is("fill_less_agg");
    view.fillsDiscounted = set.Is("discount");
    view.hasHighBeta = set.Is("hibeta");
    view.highBeta = set.Word("saved_hibeta");
    view.reduction = set.Word("s_slot_reduction", 4);
    view.limitsBySrtt = set.Is("s_limit_srtt");
}

} // namespace

RackRateView
RateViewOf(const RackSet& set)
{
    RackRateView view;
    view.segment = set.Segment();
    view.maxSegment = set.Word("maxseg", 1460);
    view.isV6 = set.Is("v6");
    view.cwnd = static_cast<std::uint64_t>(set.Get("cwnd"));
    view.cwndInUse = static_cast<std::uint64_t>(set.Get("cwnd_use"));
    view.ssthresh = static_cast<std::uint64_t>(set.Get("ssthresh", 0xffffffff));
    view.peerWindow = static_cast<std::uint64_t>(set.Get("snd_wnd"));
    view.outstanding = set.Word("max", 1000) - set.Word("una", 1000);
    view.sacked = set.Word("sacked");
    view.largestCwnd = static_cast<std::uint64_t>(set.Get("largest_cwnd"));
    view.isInFastRecovery = set.Flag("frec");
    view.isInRecovery = set.Flag("frec") || set.Flag("crec");
    view.isProbingRtt = set.Is("in_probe");
    view.srttUs = static_cast<std::uint64_t>(set.Get("srtt"));
    view.minRttUs = static_cast<std::uint64_t>(set.Get("min_rtt"));
    view.lastRttUs = static_cast<std::uint64_t>(set.Get("last_us_rtt"));
    view.goodputRttUs = static_cast<std::uint64_t>(set.Get("mingp"));
    view.isPacing = set.Is("always_pace");
    view.isDynamic = set.Is("dgp");
    view.isFixed = set.Is("fixed");
    view.fixedSlowStart = static_cast<std::uint64_t>(set.Get("rate_ss"));
    view.fixedAvoidance = static_cast<std::uint64_t>(set.Get("rate_ca"));
    view.fixedRecovery = static_cast<std::uint64_t>(set.Get("rate_rec"));
    TakeGoodput(set, view);
    view.gains.slowStart = set.Word("gain_ss", 250);
    view.gains.avoidance = set.Word("gain_ca", 200);
    view.gains.recovery = set.Word("gain_rec", 200);
    view.gains.probe = set.Word("gain_probe", 60);
    view.isPrrOff = set.Is("no_prr");
    view.newDataAtConfigured = set.Is("rec_use_cr");
    view.rapidConfig = static_cast<std::uint8_t>(set.Get("rr_config"));
    TakeFill(set, view);
    view.limits = LimitsOf(set);
    view.burst = set.Word("max_segs");
    return view;
}

std::optional<Json>
BurstAnswers(RackVersion version, const Json& record)
{
    const RackSet set(record);
    const auto& call = record["calls"][0];
    if (call[0] == "burst")
    {
        return Json{RackBurstBytes(version, call[1], call[2], call[3] != 0, call[4], RulesOf(set))};
    }
    return Json{RackPacingLength(version, call[1], call[2], LimitsOf(set), RulesOf(set))};
}

std::optional<Json>
RateAnswers(RackVersion version, const Json& record)
{
    const RackSet set(record);
    const auto view = RateViewOf(set);
    const auto& call = record["calls"][0];
    if (call[0] == "mwin")
    {
        return Json{RackMeasureWindow(version, view)};
    }
    if (call[0] == "setp")
    {
        return Json::array({{{"max", RackLargestBurst(version, view)}, {"min", view.segment}}});
    }
    if (call[0] == "rate")
    {
        const bool isRetransmission = call[1] != 0;
        const auto estimate = RackEstimate(version, view);
        bool isCapped = false;
        const auto wanted = RackWantedRate(version, view, estimate, isRetransmission, isCapped);
        return Json::array(
            {{{"bw", estimate}, {"gain", RackGain(view, isRetransmission)}, {"out", wanted}}});
    }
    const auto gap = RackPacingGap(version, view, call[1], call[2], call[3] != 0);
    return Json::array(
        {{{"slot", gap.us},
          {"ac", gap.acksMaySend ? 1 : 0},
          {"via_fill", gap.isByFill ? 1 : 0},
          {"maxseg", gap.setsBurst ? RackLargestBurst(version, view) : view.burst}}});
}

} // namespace hoststack::reference
