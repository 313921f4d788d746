// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-rtt.h"
#include "ns3/hs-rack-timely.h"
#include "rack-seen.h"

namespace hoststack::reference
{

namespace
{

constexpr std::uint32_t kSlopUs = 200'000;
constexpr int kSack = 2;

RackPath
PathOf(const RackSet& set)
{
    RackPath path;
    path.rtt = {set.Word("srtt"), set.Word("rttvar")};
    path.rackRttUs = set.Word("rack_rtt");
    path.minRttUs = set.Word("min_rtt");
    path.shift = set.Word("rxtshift");
    path.timeoutUs = set.Word("rxtcur", 1'000'000);
    path.slopUs = set.Word("slop", kSlopUs);
    return path;
}

Json
Updated(RackVersion version, const RackSet& set, const RackMap& map, const Json& call)
{
    auto path = PathOf(set);
    RackRttSampler sampler(version);
    RackAcknowledgement acknowledgement;
    acknowledgement.nowUs = call[2];
    acknowledgement.isSack = call[3] == kSack;
    acknowledgement.ack = call[4];
    acknowledgement.echoMs = call[5];
    acknowledgement.arrivalUs = call[6];
    acknowledgement.clockUs = set.Now();
    acknowledgement.hasTimestamp = set.Flag("ts");
    acknowledgement.segment = set.Segment();
    acknowledgement.isBeyondMeasurement = set.Is("app_needs_set");
    const std::size_t at = call[1];
    const bool isUsed = RackUpdateRtt(map.entries[at], acknowledgement, path, sampler);
    return {{"r", isUsed ? 1 : 0},
            {"rr", path.rackRttUs},
            {"mr", path.minRttUs},
            {"tmit", path.sentUs},
            {"rxtcur", path.timeoutUs},
            {"sh", path.shift},
            {"lo", sampler.lowest},
            {"cnt", sampler.count},
            {"gmin", path.goodputMinUs}};
}

/// Samples, packet by packet.
Json
Sampled(RackVersion version, const RackSet& set, const Json& calls)
{
    RackRttSampler sampler(version);
    sampler.method = static_cast<RackSampleMethod>(set.Get("sample_method", 1));
    RackRtt rtt{set.Word("srtt"), set.Word("rttvar")};
    std::uint32_t timeoutUs = set.Word("rxtcur", 1'000'000);
    Json answers = Json::array();
    for (const auto& call : calls)
    {
        if (call[0] == "clear")
        {
            sampler.Begin();
        }
        else if (call[0] == "sample")
        {
            // A cumulative ACK of no known entry is not trusted.
            const int confidence = call[4];
            sampler.Add(call[1],
                        call[3],
                        static_cast<std::uint8_t>(confidence == 1 ? 0 : confidence),
                        call[6]);
        }
        else
        {
            sampler.Commit(rtt, kSlopUs, timeoutUs);
            answers.push_back({{"srtt", rtt.srtt},
                               {"var", rtt.var},
                               {"rto", timeoutUs},
                               {"gps", sampler.goodputSrtt},
                               {"last", sampler.last},
                               {"lo", sampler.lowestEver},
                               {"hi", sampler.highestEver},
                               {"hb", sampler.isHighlyBuffered ? 1 : 0},
                               {"cf", sampler.confidence}});
        }
    }
    return answers;
}

/// Duplicate SACKs, and the thresholds that follow from them.
Json
Duplicated(RackSet set, const Json& calls)
{
    RackDsack dsack;
    dsack.rounds = set.Word("num_dsack");
    dsack.retransmitted = set.Word("retran_rec");
    auto reordering = TimerViewOf(set).reordering;
    Json answers = Json::array();
    for (const auto& call : calls)
    {
        if (call[0] == "set")
        {
            set.Change(call[1]);
        }
        else if (call[0] == "round")
        {
            dsack.Acknowledge(call[1]);
        }
        else if (call[0] == "thr")
        {
            reordering.dsacks = dsack.rounds;
            const auto us = RackLossThreshold(reordering, call[1], call[2]);
            answers.push_back({{"thr", us}, {"rts", reordering.seenUs}});
        }
        else
        {
            const auto begin = set.Get("last_tlp_seq");
            const bool isProbe = set.Is("last_tlp_valid") && call[1] >= begin &&
                                 call[2] <= begin + set.Get("last_tlp_len");
            const auto before = dsack.reverts;
            dsack.Note(call[1], call[2], set.Word("max", 1000), isProbe, set.Flag("frec"));
            answers.push_back({{"tlp", isProbe ? 1 : 0},
                               {"n", dsack.rounds},
                               {"p", dsack.persistence},
                               {"seen", dsack.isSeen ? 1 : 0},
                               {"end", dsack.roundEnd},
                               {"bytes", dsack.bytes},
                               {"rv", dsack.reverts - before}});
        }
    }
    return answers;
}

} // namespace

std::optional<Json>
RttAnswers(RackVersion version, const Json& record)
{
    const RackSet set(record);
    const auto& calls = record["calls"];
    if (record["grp"] == "seq_rtt")
    {
        return Sampled(version, set, calls);
    }
    if (record["grp"] == "seq_dsack")
    {
        return Duplicated(set, calls);
    }
    RackMap map;
    Json answers = Json::array();
    for (const auto& call : calls)
    {
        if (call[0] == "rsm")
        {
            AppendSent(map, call);
        }
        else
        {
            answers.push_back(Updated(version, set, map, call));
        }
    }
    return answers;
}

std::optional<Json>
TimelyAnswers(RackVersion /*version*/, const Json& record)
{
    const RackSet set(record);
    RackTimely timely;
    timely.gains.slowStart = set.Word("gain_ss", 250);
    timely.gains.avoidance = set.Word("gain_ca", 200);
    timely.gains.recovery = set.Word("gain_rec", 200);
    timely.minRttUs = set.Word("mingp");
    timely.sawSlowStart = set.Is("saw_ss");
    timely.sawAvoidance = set.Is("saw_ca");
    timely.sawRecovery = set.Is("saw_rec");
    timely.keepsRecovery = set.Is("no_rec_chg");
    Json answers = Json::array();
    for (const auto& call : record["calls"])
    {
        if (call[0] == "timely")
        {
            answers.push_back(static_cast<int>(RackJudgeRtt(call[1], call[2], timely.minRttUs)));
            continue;
        }
        if (call[0] == "inc")
        {
            timely.Raise(call[2], call[3], call[4] != 0);
        }
        else
        {
            timely.Lower(static_cast<RackTimelyVerdict>(call[1].get<int>()), call[2], call[3]);
        }
        answers.push_back({timely.gains.slowStart, timely.gains.avoidance, timely.gains.recovery});
    }
    return answers;
}

} // namespace hoststack::reference
