// SPDX-License-Identifier: GPL-2.0-only

#include "rack-seen.h"

namespace hoststack::reference
{

namespace
{

constexpr std::uint32_t kSlopUs = 200'000;
constexpr int kEstablished = 4;

RackRtt
RttOf(const RackSet& set)
{
    return {set.Word("srtt"), set.Word("rttvar")};
}

RackReordering
ReorderingOf(const RackSet& set)
{
    RackReordering reordering;
    reordering.seenUs = static_cast<std::uint64_t>(set.Get("reorder_ts"));
    reordering.fadeUs = static_cast<std::uint64_t>(set.Get("reorder_fade", 60'000'000));
    reordering.shift = set.Word("reorder_shift", 2);
    reordering.packetDelayUs = set.Word("pkt_delay", 1000);
    reordering.dsacks = set.Word("num_dsack");
    reordering.isStandard = set.Is("std_based", true);
    reordering.countsDsacks = set.Is("use_dsack", true);
    return reordering;
}

Json
ThresholdAnswer(const RackSet& set, const Json& call)
{
    auto reordering = ReorderingOf(set);
    const auto us = RackLossThreshold(reordering, call[1], call[2]);
    return {{"thr", us}, {"rts", reordering.seenUs}};
}

Json
PassedAnswer(RackMap& map, const Json& call)
{
    map.MarkPassed(call[1]);
    Json flags = Json::array();
    for (const auto& entry : map.entries)
    {
        flags.push_back(entry.flags);
    }
    return flags;
}

std::optional<Json>
AnswerOf(RackVersion version, const RackSet& set, RackMap& map, const Json& call)
{
    const std::string what = call[0];
    if (what == "thr")
    {
        return ThresholdAnswer(set, call);
    }
    if (what == "persval")
    {
        return RackPersistUs(RttOf(set), set.Word("rxtshift"), set.Word("slop", kSlopUs));
    }
    if (what == "backoff")
    {
        return RackTimeout(RttOf(set),
                           set.Word("rxtshift"),
                           set.Word("slop", kSlopUs),
                           set.Get("state", kEstablished) < kEstablished);
    }
    if (what == "sackpass")
    {
        return PassedAnswer(map, call);
    }
    auto view = TimerViewOf(set);
    if (what == "tlp")
    {
        return RackTlpThreshold(view.tlp,
                                map,
                                call[1],
                                call[2],
                                view.segment,
                                view.outstanding - view.sacked,
                                view.timeoutUs);
    }
    if (what == "tstart")
    {
        const auto timer = RackChooseTimer(version, view, map, call[1], call[2] != 0);
        return Json{{"to", timer.us}, {"f", timer.flag}, {"min", timer.isOnMinimum ? 1 : 0}};
    }
    if (what == "rackout")
    {
        const auto lost = RackLost(view, map, call[1]);
        return lost == RackMap::kNone ? Json(-1) : Json(lost);
    }
    return std::nullopt;
}

} // namespace

void
AppendSent(RackMap& map, const Json& call)
{
    RackSent entry;
    entry.start = call[1];
    entry.end = call[2];
    entry.flags = call[3];
    entry.sends = call[4];
    entry.dupAcks = call[5];
    entry.sentUs = {call[6], call[7], call[8]};
    map.entries.push_back(entry);
}

RackTimerView
TimerViewOf(const RackSet& set)
{
    RackTimerView view;
    view.rtt = RttOf(set);
    view.rackRttUs = set.Word("rack_rtt");
    view.timeoutUs = set.Word("rxtcur", 1'000'000);
    view.shift = set.Word("rxtshift");
    view.slopUs = set.Word("slop", kSlopUs);
    view.lastTimerUs = static_cast<std::uint64_t>(set.Get("last_timer"));
    view.segment = set.Segment();
    view.outstanding = set.Word("max", 1000) - set.Word("una", 1000);
    view.sacked = set.Word("sacked");
    view.buffered = set.Word("sbavail");
    view.prrBytes = set.Word("prr_sndcnt");
    view.probes = set.Word("tlp_cnt_out");
    view.isEstablished = set.Get("state", kEstablished) >= kEstablished;
    view.isSackPermitted = set.Flag("sack");
    view.isInRecovery = set.Flag("frec");
    view.isPersisting = set.Is("in_persist");
    view.isStopped = set.Is("timers_stopped");
    view.isProbing = set.Is("tlp_in_progress");
    view.isPrrOff = set.Is("no_prr");
    view.isRapid = set.Is("use_rr", true);
    view.isFinSent = set.Flag("sentfin");
    view.rapidConfig = static_cast<std::uint8_t>(set.Get("rr_config"));
    view.tlp.rule = static_cast<RackTlpRule>(set.Get("tlp_use", 2));
    view.tlp.divisor = set.Word("tlp_threshold");
    view.reordering = ReorderingOf(set);
    return view;
}

std::optional<Json>
TimerAnswers(RackVersion version, const Json& record)
{
    const RackSet set(record);
    RackMap map;
    Json answers = Json::array();
    for (const auto& call : record["calls"])
    {
        if (call[0] == "rsm")
        {
            AppendSent(map, call);
            continue;
        }
        const auto answer = AnswerOf(version, set, map, call);
        if (!answer)
        {
            return std::nullopt;
        }
        answers.push_back(*answer);
    }
    return answers;
}

} // namespace hoststack::reference
